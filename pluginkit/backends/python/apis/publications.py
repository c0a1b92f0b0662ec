"""What `backends.protocol.Publications` asks of Python: this module implements it. Nothing is built or run."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from pluginkit.backends.protocol import ApiCopy, Code
from pluginkit.backends.python.apis import code as codes
from pluginkit.backends.python.distributions import Distribution, distributions, listing, named
from pluginkit.backends.python.installed import content_hashes
from pluginkit.backends.python.roots import import_roots
from pluginkit.backends.python.wheel.layout import modules
from pluginkit.core.errors import PluginkitError
from pluginkit.core.model import Lock, Package
from pluginkit.core.names import normalize
from pluginkit.core.verdict import Evidence

__all__ = ["api", "code", "fetch", "installed"]


def api(artifact: Path) -> ApiCopy:
    """Read the API that a wheel contains."""
    from pluginkit.backends.python.wheel.stamper import wheel_facts
    from pluginkit.surface.python.reader import surface

    facts = wheel_facts(artifact.read_bytes(), artifact.name)
    if not facts.modules:
        raise PluginkitError(f"{artifact}: no module in it", hint="an API is an importable package")
    with tempfile.TemporaryDirectory(prefix="pluginkit-") as scratch:
        for name, data in facts.sources.items():
            place = Path(scratch, name)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        lines = surface(Path(scratch), facts.modules)
    return ApiCopy(facts.name, facts.version, "python", facts.modules, lines, facts.content_files)


def installed(place: Path, names: Iterable[str]) -> Sequence[ApiCopy]:
    """Read those of the APIs named that are installed in an environment, each the copy that Python imports."""
    found = distributions(listing(map(str, import_roots(place))))
    return [_read(one) for name in names for one in list(named(found, normalize(name)))[:1]]


def fetch(name: str, version: str, lock: Lock | None, root: Path | None) -> ApiCopy:
    """Download the wheel of one version with uv and read it, by its hash where the lock pins that version."""
    from pluginkit.backends.python.building.fetch import install_wheel

    pins = lock.packages if lock else ()
    pin = next((one for one in pins if (one.name, one.version) == (normalize(name), version)), None)
    with tempfile.TemporaryDirectory(prefix="pluginkit-") as scratch:
        site = Path(scratch, "site")
        install_wheel(pin or Package(normalize(name), version, ()), site, root)
        (copy,) = installed(site, [name])
        return copy


def code(place: Path, evidence: Evidence) -> Code | None:
    """Return the Python sources in a wheel, or in a distribution of an environment."""
    files: Mapping[str, bytes] = {}
    with suppress(PluginkitError, OSError, ValueError):
        files = _installed_files(place, evidence.name) if import_roots(place) else _wheel_files(Path(evidence.subject))
    return codes.code(evidence.name, evidence.subject, files) if files else None


def _wheel_files(path: Path) -> Mapping[str, bytes]:
    from pluginkit.backends.python.wheel.stamper import wheel_facts

    return wheel_facts(path.read_bytes(), path.name).sources


def _installed_files(place: Path, name: str) -> Mapping[str, bytes]:
    (one,) = named(distributions(listing(map(str, import_roots(place)))), name)
    paths = content_hashes(one.path)
    return {path: Path(one.root, path).read_bytes() if path.endswith(".py") else b"" for path in sorted(paths)}


def _read(one: Distribution) -> ApiCopy:
    from pluginkit.surface.python.reader import surface

    try:
        hashes = content_hashes(one.path) if one.has_record else {}
    except (OSError, ValueError) as error:
        raise PluginkitError(f"{one.label}: its RECORD cannot be followed: {error}") from None
    names = modules(hashes)
    if not names:
        raise PluginkitError(
            f"{one.label}: no module of it lies in the environment",
            hint="an editable install has its sources elsewhere: name their directory",
        )
    return ApiCopy(
        one.name, one.version, "python", names, surface(Path(one.root), names), tuple(sorted(hashes.items()))
    )

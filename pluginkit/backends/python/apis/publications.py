"""What `backends.protocol.Publications` asks of Python: this module implements it. Nothing is built or run."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from pluginkit.backends.protocol import ApiCopy, Code
from pluginkit.backends.python.apis import code as codes
from pluginkit.backends.python.apis.artifact_files import files, installed_hashes, wheel_surface
from pluginkit.backends.python.apis.third_party import bounds, host, unstamped
from pluginkit.backends.python.distributions import Distribution, distributions, listing, named
from pluginkit.backends.python.roots import import_roots
from pluginkit.core.errors import PluginkitError
from pluginkit.core.lock import Lock, Package
from pluginkit.core.names import normalize
from pluginkit.core.verdict import Evidence

__all__ = ["api", "bounds", "code", "fetch", "host", "installed", "unstamped"]


def api(artifact: Path) -> ApiCopy:
    """Read the API that a wheel contains."""
    from pluginkit.backends.python.wheel.stamper import wheel_facts

    facts = wheel_facts(artifact, artifact.name)
    if not facts.modules:
        raise PluginkitError(f"{artifact}: no module in it", hint="an API is an importable package")
    return ApiCopy(facts.name, facts.version, "python", facts.modules, wheel_surface(facts), facts.content_files)


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
    found = files(place, evidence)
    return codes.code(evidence.name, evidence.subject, found) if found else None


def _read(one: Distribution) -> ApiCopy:
    from pluginkit.surface.python.reader import surface

    hashes, names = installed_hashes(one)
    return ApiCopy(
        one.name, one.version, "python", names, surface(Path(one.root), names), tuple(sorted(hashes.items()))
    )

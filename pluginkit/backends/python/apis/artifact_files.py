"""The files of a wheel or of an installed distribution, and the surface of an API among them."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from pluginkit.backends.python.distributions import Distribution, distributions, listing, named
from pluginkit.backends.python.inits import read_inits
from pluginkit.backends.python.installed import content_hashes
from pluginkit.backends.python.roots import import_roots
from pluginkit.backends.python.wheel.stamper import WheelFacts, wheel_facts
from pluginkit.core.errors import PluginkitError
from pluginkit.core.ownership import modules
from pluginkit.core.verdict import Evidence


def files(place: Path, evidence: Evidence) -> Mapping[str, bytes]:
    """Return the importable files of what was read at `place`, by import path; none where they cannot be read."""
    with suppress(PluginkitError, OSError, ValueError):
        if import_roots(place):
            return _installed_files(place, evidence.name)
        path = Path(evidence.subject)
        return wheel_facts(path, path.name).sources
    return {}


def wheel_surface(facts: WheelFacts) -> tuple[str, ...]:
    """Return the public surface of what a wheel contains."""
    from pluginkit.surface.python.reader import surface

    with tempfile.TemporaryDirectory(prefix="pluginkit-") as scratch:
        for name, data in facts.sources.items():
            place = Path(scratch, name)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        return surface(Path(scratch), facts.modules)


def installed_hashes(one: Distribution) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """Return (import path to sha256 in hex, modules) of an installed distribution.

    Raises PluginkitError where nothing of it lies in the environment.
    """
    try:
        hashes = content_hashes(one.path) if one.has_record else {}
    except (OSError, ValueError) as error:
        raise PluginkitError(f"{one.label}: its RECORD cannot be followed: {error}") from None
    names = modules(hashes, read_inits(hashes, lambda path: Path(one.root, path).read_bytes()))
    if not names:
        raise PluginkitError(
            f"{one.label}: no module of it lies in the environment",
            hint="an editable install has its sources elsewhere: name their directory",
        )
    return hashes, names


def _installed_files(place: Path, name: str) -> Mapping[str, bytes]:
    (one,) = named(distributions(listing(map(str, import_roots(place)))), name)
    paths = content_hashes(one.path)
    return {path: Path(one.root, path).read_bytes() if path.endswith(".py") else b"" for path in sorted(paths)}

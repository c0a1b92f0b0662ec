"""Packages that a lock pins in several versions, each under its marker: which of them an API is sealed as."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace

from pluginkit import __version__
from pluginkit.core.api import Api
from pluginkit.core.errors import PluginkitError
from pluginkit.core.lock import Lock, Package


def pin_of(name: str, packages: Iterable[Package]) -> Package:
    """Return the pin of the API `name` that is for the Python that is running, which builds with it.

    Raises PluginkitError where nothing pins it, or only for other Pythons and systems.
    """
    pins = [package for package in packages if package.name == name]
    found = next((pin for pin in pins if _holds(pin.marker)), None)
    if found is None and pins:
        others = "; ".join(f"{pin.version} is for {pin.marker}" for pin in pins)
        raise PluginkitError(
            f"the API {name} is not for this machine: {others}",
            hint=f"this is Python {'.'.join(map(str, sys.version_info[:3]))} on {sys.platform}: "
            "run pluginkit where one of those holds, or have members require it without a marker",
        )
    if found is None:
        raise PluginkitError(
            f"the API {name!r} is neither a directory of the workspace nor a locked dependency",
            hint="name its directory, or require it in the host or a plugin",
        )
    return replace(found, marker="")


def known(name: str, packages: Sequence[Package], previous: Lock | None) -> Api | None:
    """Return how `previous` sealed the API `name` where the same files are pinned still, by this version of pluginkit.

    So that a lock is the same wherever it is written: which fork, and which of a version's files, differ by machine.
    """
    sealed = previous.api(name) if previous else None
    if previous is None or sealed is None or not previous.toolkit or previous.toolkit.version != __version__:
        return None
    before = {one.hashes for one in previous.packages if (one.name, one.version) == (name, sealed.version)}
    now = {one.hashes for one in packages if (one.name, one.version) == (name, sealed.version)}
    return sealed if now and now <= before else None


def _holds(marker: str) -> bool:
    from packaging.markers import Marker

    return not marker or Marker(marker).evaluate()

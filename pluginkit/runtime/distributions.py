"""The distributions on the import path, by the names of their directories: no metadata is parsed to find them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping

from pluginkit.core.names import normalize
from pluginkit.core.record import record

_SUFFIX = ".dist-info"


@record
class Distribution:
    """One that is installed."""

    name: str
    """Normalized (PEP 503)."""
    version: str
    root: str
    """The directory its modules are imported from."""
    directory: str
    """Name of its `.dist-info` directory."""

    @property
    def label(self) -> str:
        """What reports call it."""
        return f"{self.name} {self.version} ({self.root})"

    @property
    def path(self) -> str:
        """Where its `.dist-info` directory is."""
        return os.path.join(self.root, self.directory)

    def read(self, name: str) -> bytes:
        """Return the bytes of a file in its `.dist-info` directory; none where there is no such file."""
        try:
            with open(os.path.join(self.path, name), "rb") as file:
                return file.read()
        except OSError:
            return b""


def import_roots() -> list[str]:
    """Return the directories of `sys.path`, absolute, each once; the current directory stands for an empty entry."""
    return list(dict.fromkeys(os.path.abspath(entry) for entry in sys.path if isinstance(entry, str)))


def distributions(roots: Iterable[str]) -> Mapping[str, Distribution]:
    """Return the distributions by name; of two copies the first on the path, as imports find it."""
    found: dict[str, Distribution] = {}
    for root in roots:
        for directory in listed(root):
            stem, _, version = directory.removesuffix(_SUFFIX).rpartition("-")
            name = normalize(stem)
            if stem and name not in found:
                found[name] = Distribution(name, version, root, directory)
    return found


def listed(root: str) -> list[str]:
    """Return the names of the `.dist-info` directories in one import root, sorted; none where it cannot be listed."""
    try:
        return sorted(name for name in os.listdir(root) if name.endswith(_SUFFIX))
    except OSError:
        return []


def in_group(found: Mapping[str, Distribution], group: str) -> Iterator[tuple[Distribution, list[tuple[str, str]]]]:
    """Yield the distributions with entry points in a group, and these as (name, object reference).

    One whose `entry_points.txt` cannot be read has none to call; what is wrong with it is found as it is verified.
    """
    from pluginkit.backends.python.wheel.contract import spelled
    from pluginkit.backends.python.wheel.distinfo import DistInfoError, read_entry_points

    mark = f"[{group}]".encode()
    for one in found.values():
        data = one.read("entry_points.txt")
        if mark not in data:
            continue
        try:
            points = [
                (name, spelled(reference)) for owner, name, reference in read_entry_points(data) if owner == group
            ]
        except DistInfoError:
            points = []
        yield one, points

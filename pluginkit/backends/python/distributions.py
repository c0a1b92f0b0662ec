"""Which distributions are installed: found as `importlib.metadata` finds them, and told apart from what is left behind.

The loader, `pluginkit verify ENV` and the tests of plugins all see what `distributions` returns.
"""

from __future__ import annotations

import os

from pluginkit.backends.python.file_names import ENTRY_POINTS, STAMP_FILE
from pluginkit.core.frozen import record, replace
from pluginkit.core.names import normalize

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    Listing = Sequence[tuple[str, Sequence[str]]]
    """Import roots in the order of the path, each with the names of what is metadata there."""

_SUFFIXES = (".dist-info", ".egg-info")
_DESCRIBES = ("METADATA", "PKG-INFO", ENTRY_POINTS)
"""Where none of these is, nothing is installed."""
_EGG = "egg-info"
"""The metadata directory in an `.egg`."""
_STASHED = "~"
"""pip puts it in place of a name's first letter while it removes a distribution."""


@record
class Distribution:
    """One that is installed, by its metadata: a directory, or a file of `distutils`."""

    name: str
    """Normalized (PEP 503)."""
    version: str
    """As the name of its metadata has it; empty where it has none."""
    root: str
    """The directory its modules are imported from."""
    metadata: str
    """Name of its metadata beneath `root`."""
    files: tuple[str, ...]
    """Names in its metadata directory."""
    contents: dict[str, bytes]
    """What was read of these files, so that every later look sees the same bytes."""
    leftovers: tuple[str, ...] = ()
    """Paths of metadata of its name that describes nothing: `importlib.metadata` may show that in its place."""

    @property
    def label(self) -> str:
        """What a host's reports call it."""
        version = f" {self.version}" if self.version else ""
        return f"{self.name}{version} ({self.root})"

    @property
    def path(self) -> str:
        """Where its metadata is."""
        return f"{self.root}/{self.metadata}"

    @property
    def has_record(self) -> bool:
        """True of a `.dist-info` directory that lists what was installed."""
        return "RECORD" in self.files and self.metadata.endswith(_SUFFIXES[0])

    @property
    def has_stamp(self) -> bool:
        """True where there is a stamp, whatever it is worth."""
        return STAMP_FILE in self.files

    def read(self, name: str) -> bytes:
        """Return the bytes of a file in its metadata directory; empty if there is no such file or it cannot be read."""
        from pluginkit.backends.python.regular_file import read_file

        if name in self.files and name not in self.contents:
            try:
                self.contents[name] = read_file(f"{self.path}/{name}")
            except OSError:
                return b""
        return self.contents.get(name, b"")


def listing(roots: Iterable[str]) -> Listing:
    """Return each import root with the names of what is metadata there, sorted; one directory of two names once.

    A root that cannot be listed (a zip file, a directory that is gone) holds nothing.
    """
    seen: set[tuple[int, int]] = set()
    found = []
    for root in roots:
        try:
            status = os.stat(root)
            names = os.listdir(root)
        except (OSError, ValueError):
            continue
        identity = (status.st_dev, status.st_ino)
        if identity not in seen:
            seen.add(identity)
            endings = (*_SUFFIXES, _EGG) if root.lower().endswith(".egg") else _SUFFIXES
            found.append((root, tuple(sorted(name for name in names if name.lower().endswith(endings)))))
    return found


def distributions(listed: Listing) -> tuple[Distribution, ...]:
    """Return what is installed, in the order of the path; of several copies the one that Python imports.

    That is the first on the path whose modules are there, and of two in one directory the one whose RECORD fits them.
    Where that cannot be told, all that it may be.
    """
    copies: dict[str, list[Distribution]] = {}
    for root, names in listed:
        for name in names:
            one = _described(root, name)
            copies.setdefault(one.name, []).append(one)
    for name in [name for name in copies if name.startswith(_STASHED)]:
        of = next((other for other in copies if other != name and other[1:] == name[1:]), "")
        if of:
            copies[of] += copies.pop(name)
    return tuple(one for found in copies.values() for one in _installed(found))


def _described(root: str, metadata: str) -> Distribution:
    place = root.replace(os.sep, "/").rpartition("/")[2] if metadata.lower() == _EGG else metadata
    stem, _, version = place.rpartition(".")[0].partition("-")
    try:
        files = tuple(os.listdir(f"{root}/{metadata}"))
    except OSError:
        files = ()
    return Distribution(normalize(stem), version.partition("-")[0], root, metadata, files, {})


def _is_there(one: Distribution) -> bool:
    """Return whether metadata describes anything; a file does, where it is `distutils`'."""
    if one.metadata.lower().endswith(_SUFFIXES[1]) and not one.files:
        return os.path.isfile(one.path)
    return any(name in one.files for name in _DESCRIBES)


def _installed(copies: Sequence[Distribution]) -> Sequence[Distribution]:
    there = [one for one in copies if _is_there(one)]
    there = [one for one in there if not one.name.startswith(_STASHED)] or there
    if len(copies) == 1 or not there:
        return there
    kept = _imported(there) if len(there) > 1 else there
    last = max(number for number, one in enumerate(copies) if one in kept or one.root == kept[0].root)
    leftovers = tuple(one.path for one in copies[: last + 1] if one not in kept)
    return [replace(one, leftovers=leftovers) for one in kept]


def _imported(copies: Sequence[Distribution]) -> Sequence[Distribution]:
    """Return those of which Python would import the modules: the first root that has any decides."""
    recorded = {one.path: _recorded(one) for one in copies}
    every = [path for files in recorded.values() for path in files]
    for root in dict.fromkeys(one.root for one in copies):
        here = [one for one in copies if one.root == root]
        alive = [one for one in here if _holds_any(root, recorded[one.path] or every)]
        if alive:
            return _fitting(alive, recorded)
    return [one for one in copies if one.root == copies[0].root]


def _fitting(copies: Sequence[Distribution], recorded: Mapping[str, Mapping[str, str]]) -> Sequence[Distribution]:
    """Return, of copies in one directory, the one whose files these are; all where that cannot be told."""
    listed = [one for one in copies if recorded[one.path]] or copies
    if len(listed) == 1:
        return listed
    fitting = [one for one in listed if _fits(one.root, recorded[one.path])]
    return fitting if len(fitting) == 1 else listed


def _fits(root: str, recorded: Mapping[str, str]) -> bool:
    from pluginkit.backends.python.regular_file import hash_file
    from pluginkit.backends.python.wheel.layout import encode_hash

    try:
        return all(encode_hash(hash_file(f"{root}/{path}").digest()) == digest for path, digest in recorded.items())
    except (OSError, ValueError):
        return False


def _recorded(one: Distribution) -> dict[str, str]:
    """Return import path and hash of what a RECORD lists; nothing where there is none that can be followed."""
    from pluginkit.backends.python.installed_record import importable, rows

    try:
        return dict(importable(rows(one.read("RECORD")))) if one.has_record else {}
    except ValueError:
        return {}


def _holds_any(root: str, paths: Iterable[str]) -> bool:
    paths = list(paths)
    return not paths or any(os.path.lexists(f"{root}/{path}") for path in paths)


def mentions(one: Distribution, group: str) -> bool:
    """Return whether a distribution may have entry points in a group: nothing is parsed for that."""
    return f"[{group}]".encode("utf-8", "surrogateescape") in one.read(ENTRY_POINTS)


def in_group(one: Distribution, group: str) -> list[tuple[str, str]] | None:
    """Return (name, object reference) of a distribution's entry points in a group; None where it has none there.

    Where its entry points cannot be read the list is empty: what is wrong with them is found as it is verified.
    """
    if not mentions(one, group):
        return None
    from pluginkit.backends.python.wheel.distinfo import DistInfoError, read_entry_points
    from pluginkit.backends.python.wheel.factories import spelled

    try:
        return [
            (name, spelled(reference))
            for owner, name, reference in read_entry_points(one.read(ENTRY_POINTS))
            if owner == group
        ]
    except DistInfoError:
        return []


def named(found: Iterable[Distribution], name: str) -> Iterator[Distribution]:
    """Yield the distributions of a (normalized) name: more than one if it cannot be told which is installed."""
    return (one for one in found if one.name == name)


def pins(found: Iterable[Distribution]) -> dict[str, str]:
    """Return name to version of all that is installed; empty where the version is not known."""
    return {one.name: one.version for one in found}

"""The stat index: what a build read, by size, times and inode, so that the next can tell that nothing changed.

It works as git's does. A file whose stat is the one on record was not touched; one whose stat differs is held against
what it was. What changed while the build read it, or in the very tick of the clock in which its stat was taken, has no
stat on record, and is looked at again.

A command that finds nothing to do does little but read this, so it imports nothing and makes no objects: the paths
stand in one string, their stats in another.
"""

from __future__ import annotations

import os

from pluginkit.core.environment import fingerprint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


PATH = ".pluginkit/index"
"""In the root of a workspace."""

UNKNOWN = "?"
"""The signature on record for what may have changed since; it equals none."""
TICK = 12_000_000
"""Nanoseconds; file systems take their times from a clock that may stand still for 10 ms."""
_COARSE = 2_000_000_000
"""The tick of file systems that keep whole seconds only."""

_MAGIC = "pluginkit index 1"


class Index:
    """What one build read and made."""

    __slots__ = ("dist", "fingerprint", "paths", "prefix", "rest", "said", "signatures")

    def __init__(self, prefix: str, head: Sequence[str], paths: list[str], signatures: list[str], rest: bytes) -> None:
        self.prefix = prefix
        """Of relative paths: empty, or a directory with a slash behind it."""
        self.fingerprint, self.dist, self.said = head
        self.paths = paths
        """Relative to the root; those that lie elsewhere are absolute."""
        self.signatures = signatures
        self.rest = rest
        """JSON that `store.memory` understands."""

    def place(self, path: str) -> str:
        """Return where a path of the index lies."""
        return path if path[0] == "/" else self.prefix + path

    def changed(self) -> dict[int, str]:
        """Return the positions of the paths whose stat is not the one on record, with what it is."""
        prefix = self.prefix
        places = [path if path[0] == "/" else prefix + path for path in self.paths] if prefix else self.paths
        found = signatures(places)
        if found == self.signatures:
            return {}
        pairs = zip(found, self.signatures, strict=True)
        return {number: pair[0] for number, pair in enumerate(pairs) if pair[0] != pair[1]}


class Looked:
    """An index, and the paths in it whose stat is another one."""

    def __init__(self, index: Index, environment: Mapping[str, str]) -> None:
        self.index = index
        self.same_environment = index.fingerprint == fingerprint(environment)
        self.dist = dist_of(index.prefix)
        self.same_release = index.dist == self.dist
        self.changed = index.changed()
        self.understood: object = None
        """What `store.memory` made of it, once it was asked."""


def look(prefix: str, environment: Mapping[str, str]) -> Looked | None:
    """Look at all that the index of the workspace names whose paths begin with `prefix`; None where there is none."""
    index = read(prefix)
    return Looked(index, environment) if index else None


def read(prefix: str) -> Index | None:
    """Return the index of the workspace whose paths begin with `prefix`; None where there is none that can be read."""
    try:
        with open(prefix + PATH, "rb") as file:  # noqa: PTH123 - pathlib is not imported here
            data = file.read()
        end = data.index(b"\n")
        magic, *lengths = data[:end].decode().split("\t")
        if magic != _MAGIC:
            return None
        parts = []
        for length in map(int, lengths):
            parts.append(data[end + 1 : end + 1 + length])
            end += 1 + length
        head, paths, signed, rest = parts
        fields = os.fsdecode(head).split("\0")
        found = Index(prefix, fields, os.fsdecode(paths).split("\0"), signed.decode().split("\0"), rest)
    except (OSError, ValueError):
        return None
    whole = end == len(data) and len(found.paths) == len(found.signatures) and all(found.paths)
    return found if whole else None


def to_bytes(head: Sequence[str], paths: Sequence[str], signed: Sequence[str], rest: bytes) -> bytes:
    """Return an index as bytes; `head` is its fingerprint, where `dist` leads, and what to say of no change."""
    parts = [*(os.fsencode("\0".join(texts)) for texts in (head, paths, signed)), rest]
    magic = "\t".join((_MAGIC, *(str(len(part)) for part in parts)))
    return b"\n".join((magic.encode(), *parts))


def signatures(places: Sequence[str]) -> list[str]:
    """Return what the index records of files and directories: times, size and inode; `-` for one that is not there."""
    stat = os.stat
    try:
        found = [stat(place) for place in places]
    except OSError:
        return [_signature(place) for place in places]
    return [f"{one.st_mtime_ns} {one.st_ctime_ns} {one.st_size} {one.st_ino}" for one in found]


def _signature(place: str) -> str:
    try:
        one = os.stat(place)  # noqa: PTH116 - pathlib is not imported here
    except (OSError, ValueError):
        return "-"
    return f"{one.st_mtime_ns} {one.st_ctime_ns} {one.st_size} {one.st_ino}"


def settled(signature: str, since: int) -> str:
    """Return the signature, or `UNKNOWN` where the file may have changed since (nanoseconds of its own clock)."""
    if signature == "-":
        return signature
    modified, changed = map(int, signature.split(" ")[:2])
    tick = TICK if modified % 1_000_000_000 or changed % 1_000_000_000 else _COARSE
    return signature if max(modified, changed) < since - tick else UNKNOWN


def now(prefix: str) -> int:
    """Return the time by the clock of a workspace's file system, in nanoseconds; 0 where that cannot be told."""
    try:
        handle = os.open(f"{prefix}.pluginkit/clock", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            os.utime(handle)
            return os.fstat(handle).st_mtime_ns
        finally:
            os.close(handle)
    except OSError:
        return 0


def dist_of(prefix: str) -> str:
    """Return where `dist` leads; empty where it is no link."""
    try:
        return os.readlink(f"{prefix}dist")  # noqa: PTH115
    except OSError:
        return ""

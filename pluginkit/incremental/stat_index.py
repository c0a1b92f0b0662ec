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
from pluginkit.core.ours import is_ours
from pluginkit.incremental.file_stat import signatures

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


PATH = ".pluginkit/index"
"""In the root of a workspace."""

_MAGIC = "pluginkit index 3"


class Index:
    """What one build read and made."""

    __slots__ = ("dist", "fingerprint", "paths", "prefix", "rest", "said", "signatures", "signer", "until")

    def __init__(self, prefix: str, head: Sequence[str], paths: list[str], signatures: list[str], rest: bytes) -> None:
        self.prefix = prefix
        """Of relative paths: empty, or a directory with a slash behind it."""
        self.fingerprint, self.dist, self.said, self.until, self.signer = head
        self.paths = paths
        """Relative to the root; those that lie elsewhere are absolute."""
        self.signatures = signatures
        self.rest = rest
        """JSON that `last_build` understands."""

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


class Snapshot:
    """An index, and the paths in it whose stat is another one."""

    def __init__(self, index: Index, environment: Mapping[str, str], signer: str) -> None:
        self.index = index
        self.same_environment = index.fingerprint == fingerprint(environment)
        self.same_signer = index.signer == signer
        """The release is signed as it is to be."""
        self.dist = dist_of(index.prefix)
        self.same_release = index.dist == self.dist
        self.same_verdict = not index.until or _is_yet_to_end(index.until)
        """No finding that was ignored then counts by now."""
        self.changed = index.changed()
        self.understood: object = None
        """What `last_build` made of it, once it was asked."""


def _is_yet_to_end(until: str) -> bool:
    from pluginkit.core import clock  # only where an ignore ends one day

    return clock.today() <= until


def look(prefix: str, environment: Mapping[str, str], signer: str = "") -> Snapshot | None:
    """Look at all that the index of the workspace names whose paths begin with `prefix`; None where there is none.

    `signer` is the mark of the key to sign with (see `core.key_mark`); empty for none.
    """
    index = read(prefix)
    return Snapshot(index, environment, signer) if index else None


def read(prefix: str) -> Index | None:
    """Return the index of the workspace whose paths begin with `prefix`; None where there is none that can be read."""
    try:
        with open(prefix + PATH, "rb") as file:  # noqa: PTH123 - pathlib is not imported here
            data = file.read()
        if not _is_own(prefix):
            return None
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


def _is_own(prefix: str) -> bool:
    """Return whether nobody else can have written the index.

    The owner of the workspace can: the sources are theirs too. A container's root builds what belongs to a user of the
    machine around it.
    """
    place = prefix + PATH
    return is_ours(place, os.path.dirname(place), owner=os.stat(prefix or ".").st_uid)  # noqa: PTH116, PTH120


def to_bytes(head: Sequence[str], paths: Sequence[str], signed: Sequence[str], rest: bytes) -> bytes:
    """Return an index as bytes; `head` is fingerprint, `dist`'s target, what to say of no change, its end, signer."""
    parts = [*(os.fsencode("\0".join(texts)) for texts in (head, paths, signed)), rest]
    magic = "\t".join((_MAGIC, *(str(len(part)) for part in parts)))
    return b"\n".join((magic.encode(), *parts))


def dist_of(prefix: str) -> str:
    """Return where `dist` leads; empty where it is not a link."""
    try:
        return os.readlink(f"{prefix}dist")  # noqa: PTH115
    except OSError:
        return ""

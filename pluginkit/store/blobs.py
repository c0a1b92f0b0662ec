"""Bytes by their digest, and records by the key of what made them: the two things a cache keeps.

The layout is that of the remote caches of Bazel, `cas/<sha256>` and `ac/<sha256>`, with two digits of each as a
directory. Nothing in it is trusted: a blob must have the digest that it is asked by, a record must end with its own.
What does not is set aside in `bad`, for whoever wants to know, and counts as missing. So does what somebody else can
have written, which stays where it is.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pluginkit.core import files
from pluginkit.core.ours import is_ours
from pluginkit.store.pruning import Kept

_MOST = 1 << 20
"""Bytes; a longer record is none of ours."""
_STALE = 3600
"""Seconds after which what a killed process left half-written is removed."""


class Blobs:
    """A store in a directory. All keys are 64 hex digits. What it cannot keep is not kept: no trouble of a build's."""

    def __init__(self, root: Path, top: Path | None = None) -> None:
        """Keep things in `root`; nobody else may write to it, nor to what it lies in, up to the directory `top`."""
        self.root = root
        self._top = str(top or root)
        self._ours: dict[str, bool] = {}
        """Of the directories that were looked at, whether they are."""

    def get(self, digest: str, target: Path, *, mode: int) -> bool:
        """Copy a blob, never link it, to `target`; False where there is none with just that digest.

        Raises OSError when `target` fails.
        """
        place = self._place("cas", digest)
        origin = self._opened(place)
        if origin is None:
            return False
        try:
            files.copy(origin, target, mode=mode)
        finally:
            os.close(origin)
        if files.digest(target) != digest:
            files.discard(target)
            self._set_aside(place)
            return False
        files.sync(target)
        return True

    def put(self, digest: str, source: Path, *, anew: bool = False) -> None:
        """Copy a file in, unless its blob is there; `anew`: even then, for it may be damaged."""
        place = self._place("cas", digest)
        if anew or not place.exists() or not is_ours(str(place), str(place)):
            self._keep(place, source)

    def read(self, key: str) -> bytes | None:
        """Return a record whose own digest, which ends it, is right."""
        place = self._place("ac", key)
        handle = self._opened(place)
        if handle is None:
            return None
        with open(handle, "rb") as file:  # noqa: PTH123
            data = file.read(_MOST)
        record, mark = data[:-64], data[-64:]
        if hashlib.sha256(key.encode() + record).hexdigest().encode() != mark:
            self._set_aside(place)
            return None
        return record

    def records(self) -> Iterator[bytes]:
        """Yield the records that are what they should be."""
        for path, _ in self.entries("ac"):
            record = None if path.name.startswith(".") else self.read(path.name)
            if record is not None:
                yield record

    def drop(self, key: str) -> None:
        """Forget a record."""
        files.discard(self._place("ac", key))

    def set_aside(self, room: str, key: str) -> None:
        """Let an entry of `cas` or `ac` count no more: it was found to be false."""
        self._set_aside(self._place(room, key))

    def write(self, key: str, record: bytes) -> None:
        """Keep a record, with a digest of it and its key at the end."""
        self._keep(self._place("ac", key), record + hashlib.sha256(key.encode() + record).hexdigest().encode())

    def entries(self, room: str) -> Iterator[tuple[Path, os.stat_result]]:
        """Yield what lies in `cas`, `ac` or `bad`."""
        for directory, _, names in os.walk(self.root / room):
            for name in names:
                with suppress(OSError):
                    path = Path(directory, name)
                    yield path, path.lstat()

    def sweep(self) -> None:
        """Remove what was set aside, and what killed processes left half-written."""
        before = time.time() - _STALE
        for room in ("cas", "ac", "bad"):
            for path, found in self.entries(room):
                if room == "bad" or (path.name.startswith(".") and found.st_mtime < before):
                    files.discard(path)

    def check(self) -> tuple[int, int]:
        """Compare every entry with its digest; return how many are good, and how many were not and are set aside.

        What somebody else can have written counts as bad, and stays.
        """
        good = bad = 0
        for path, _ in [*self.entries("cas"), *self.entries("ac")]:
            if path.name.startswith("."):
                continue
            if path.parent.parent.name == "ac":
                right = self.read(path.name) is not None
            else:
                right = not path.is_symlink() and path.is_file() and files.digest(path) == path.name
                if not right:
                    self._set_aside(path)
                right = right and self._counts(path)
            good, bad = good + right, bad + (not right)
        return good, bad

    def kept(self) -> Iterator[Kept]:
        """Yield the blobs and records, as what can be pruned."""
        for room in ("cas", "ac"):
            yield from (Kept(stat.st_mtime, stat.st_size, path) for path, stat in self.entries(room))

    def _place(self, room: str, key: str) -> Path:
        return self.root / room / key[:2] / key

    def _opened(self, place: Path) -> int | None:
        """Open an entry, and mark it as used; None where there is none, or something else in its place."""
        if not self._counts(place):
            return None
        try:
            handle = files.open_regular(place)
        except FileNotFoundError:
            return None
        except OSError:
            self._set_aside(place)
            return None
        with suppress(OSError):
            os.utime(handle)
        return handle

    def _counts(self, place: Path) -> bool:
        """Return whether nobody else can have written an entry."""
        return self._is_safe(place.parent) and is_ours(str(place), str(place))

    def _is_safe(self, directory: Path) -> bool:
        name = str(directory)
        if name not in self._ours:
            self._ours[name] = is_ours(name, self._top)
        return self._ours[name]

    def _set_aside(self, place: Path) -> None:
        """Move what is wrong out of the way, whatever it is."""
        bad = self.root / "bad"
        with suppress(OSError):
            files.make_directory(bad)
            files.rename(place, files.beside(bad / place.name))

    def _keep(self, place: Path, content: Path | bytes) -> None:
        """Write an entry beside its place and rename it there; nobody sees half of one."""
        fresh = files.beside(place)
        try:
            files.make_directory(place.parent)
            if not self._is_safe(place.parent):
                return
            if isinstance(content, bytes):
                files.create(fresh, content)
            else:
                origin = files.open_regular(content)
                try:
                    files.copy(origin, fresh)
                finally:
                    os.close(origin)
            files.rename(fresh, place)
        except OSError:
            files.discard(fresh)

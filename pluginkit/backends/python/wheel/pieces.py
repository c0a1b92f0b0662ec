"""The bytes of an archive, of which a reader takes one piece after the other: held in memory, or left in the file."""

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from pluginkit.backends.python.regular_file import changed, open_file, read_whole

PIECE = 256 << 10
"""Bytes that are read, unpacked and hashed at a time; they stay in the processor's cache."""
_WHOLE = 8 << 20
"""Bytes up to which a file is read at once, which is faster than many small reads."""


class Pieces(Protocol):
    """The bytes of an archive."""

    longest_comment: int
    """Bytes behind an end record that are looked at, to say what is wrong with it."""
    size: int

    def header(self, start: int, stop: int) -> bytes:
        """Return a few bytes."""
        ...

    def body(self, start: int, stop: int) -> bytes | memoryview:
        """Return many bytes."""
        ...


class InMemory:
    """Bytes that are held whole."""

    longest_comment = 0xFFFF

    def __init__(self, data: bytes) -> None:
        self.size = len(data)
        self._data, self._view = data, memoryview(data)

    def header(self, start: int, stop: int) -> bytes:
        """Return a few bytes."""
        return self._data[start:stop]

    def body(self, start: int, stop: int) -> memoryview:
        """Return many bytes, without a copy."""
        return self._view[start:stop]


class InFile:
    """Bytes of an open file; may be read by several threads."""

    longest_comment = 0xFFFF

    def __init__(self, handle: int, size: int) -> None:
        self.size = size
        self._handle = handle

    def header(self, start: int, stop: int) -> bytes:
        """Read from the file. Raises OSError when it has become shorter."""
        wanted = max(min(stop, self.size) - start, 0)
        data = os.pread(self._handle, wanted, start)
        while len(data) < wanted and (more := os.pread(self._handle, wanted - len(data), start + len(data))):
            data += more
        if len(data) != wanted:
            raise changed()
        return data

    body = header


def digest(pieces: Pieces) -> str:
    """Return the sha256 of all the bytes in hexadecimal. Raises OSError."""
    total = hashlib.sha256()
    for start in range(0, pieces.size, PIECE):
        total.update(pieces.body(start, start + PIECE))
    return total.hexdigest()


@contextmanager
def opened(path: Path) -> Iterator[Pieces]:
    """Give the bytes of a regular file; a large one stays on disk.

    Raises OSError, also at the end when the file was written to meanwhile.
    """
    try:
        handle, before = open_file(path)
    except ValueError as error:  # a NUL in the path
        raise OSError(errno.EINVAL, str(error)) from None
    try:
        large = before.st_size > _WHOLE and hasattr(os, "pread")
        yield InFile(handle, before.st_size) if large else InMemory(read_whole(handle, before.st_size))
        after = os.fstat(handle)
        if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
            raise changed()
    finally:
        os.close(handle)

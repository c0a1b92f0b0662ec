"""Files of wheels and environments, read whole or piece by piece."""

from __future__ import annotations

import errno
import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hashlib import _Hash
    from pathlib import Path

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
MAX_FILE = 2 << 30
"""Bytes; a larger file is refused unread."""
_PIECE = 1 << 20


def read_file(path: str | Path) -> bytes:
    """Read a regular file whole, without ever waiting for a pipe or a device. Raises OSError."""
    handle, status = open_file(path)
    try:
        return read_whole(handle, status.st_size)
    finally:
        os.close(handle)


def read_whole(handle: int, size: int) -> bytes:
    """Read what an open file of that size holds. Raises OSError when it has another size by now."""
    data = os.read(handle, size + 1)
    while len(data) < size and (more := os.read(handle, size + 1 - len(data))):
        data += more
    if len(data) != size:
        raise changed()
    return data


def hash_file(path: str | Path) -> _Hash:
    """Return the sha256 of a regular file, of which never more than a piece is in memory. Raises OSError."""
    from hashlib import sha256

    handle, status = open_file(path)
    try:
        data = os.read(handle, min(status.st_size + 1, _PIECE))
        digest, done = sha256(data), len(data)
        while done < status.st_size and (data := os.read(handle, min(status.st_size + 1 - done, _PIECE))):
            digest.update(data)
            done += len(data)
    finally:
        os.close(handle)
    if done != status.st_size:
        raise changed()
    return digest


def open_file(path: str | Path) -> tuple[int, os.stat_result]:
    """Open a regular file; return its handle, which the caller closes, and its status. Raises OSError."""
    handle = os.open(path, _FLAGS)
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        if status.st_size > MAX_FILE:
            raise OSError(errno.EFBIG, f"larger than {MAX_FILE >> 30} GiB")
    except OSError:
        os.close(handle)
        raise
    return handle, status


def changed() -> OSError:
    """Return the error of a file that is not as long as it was, or was written to."""
    return OSError(errno.EAGAIN, "it changed while it was read")

"""Files of wheels and environments, read whole."""

from __future__ import annotations

import errno
import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
MAX_FILE = 2 << 30
"""Bytes; a larger file is refused unread."""


def read_file(path: str | Path) -> bytes:
    """Read a regular file whole, without ever waiting for a pipe or a device. Raises OSError."""
    handle = os.open(path, _FLAGS)
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        if status.st_size > MAX_FILE:
            raise OSError(errno.EFBIG, f"larger than {MAX_FILE >> 30} GiB")
        data = os.read(handle, status.st_size + 1)
        while len(data) < status.st_size and (more := os.read(handle, status.st_size + 1 - len(data))):
            data += more
    finally:
        os.close(handle)
    if len(data) != status.st_size:
        raise OSError(errno.EAGAIN, "it changed while it was read")
    return data

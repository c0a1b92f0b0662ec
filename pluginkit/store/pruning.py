"""Room in the cache: what was used least recently goes first."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from pluginkit.core import files
from pluginkit.core.frozen import record


@record
class Kept:
    """One thing that can be removed alone: a file, or a directory with all that is in it."""

    used: float
    """When it was last, in seconds since the epoch."""
    size: int
    """Bytes."""
    path: Path


def prune(kept: Iterable[Kept], most: int) -> tuple[int, int]:
    """Remove what was used least recently until at most `most` bytes are left; return how many went, and how much."""
    found = sorted(kept, key=lambda one: (one.used, one.size, one.path))
    total = before = sum(one.size for one in found)
    gone = 0
    for one in found:
        if total <= most:
            break
        remove(one.path)
        total, gone = total - one.size, gone + 1
    return gone, before - total


def remove(path: Path) -> None:
    """Remove a file, or a directory, which nobody sees half removed."""
    if path.is_symlink() or not path.is_dir():
        files.discard(path)
        return
    going = path.with_name(f".making-{files.beside(path).name}")  # swept by whoever makes something there later
    with suppress(OSError):
        files.rename(path, going)
        shutil.rmtree(going, ignore_errors=True)


def size_of(directory: Path) -> int:
    """Return the bytes of all files in a directory."""
    return sum(path.lstat().st_size for path in directory.rglob("*") if path.is_symlink() or not path.is_dir())

"""What takes a while to make is made beside its place in the cache, and renamed into it."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pluginkit.core import files

_STALE = 3600
"""Seconds after which nobody is still at it."""


@contextmanager
def staging(place: Path) -> Iterator[Path]:
    """Yield a new directory beside `place`; what is left of it at the end goes, and what was killed long ago."""
    files.make_directory(place.parent)
    for left in place.parent.glob(".making-*"):
        with suppress(OSError):
            if left.stat().st_mtime < time.time() - _STALE:
                shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=".making-", dir=place.parent) as scratch:
        yield Path(scratch)

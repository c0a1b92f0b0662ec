"""Directories of the user's cache, and single files in them that take long to make, under the key of what made them.

They decide what is built, so a file that somebody else can have written, or that was damaged, counts as missing.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

from pluginkit.core import files
from pluginkit.core.ours import is_ours
from pluginkit.store.directory import cache_directory

_MARK = 64
"""Length of the digest that ends a file."""


def directory(room: str) -> Path:
    """Return where to keep what is run from: a directory of the cache, or of this process, which goes at its end.

    The latter where others can write to the cache: they could replace what was checked before it is used.
    """
    place = cache_directory() / room
    return place if is_ours(str(place), str(place.parent)) else _own_directory() / room


@cache
def _own_directory() -> Path:
    place = tempfile.mkdtemp(prefix="pluginkit-")
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    return Path(place)


def read(room: str, key: str) -> bytes | None:
    """Return what is kept in a `room` under a key; None where nothing is, or nothing that is as it was written."""
    place = _place(room, key)
    if not is_ours(str(place), str(cache_directory())):
        return None
    try:
        stored = place.read_bytes()
    except OSError:
        return None
    data, mark = stored[:-_MARK], stored[-_MARK:]
    return data if mark == _digest(key, data) else None


def write(room: str, key: str, data: bytes) -> None:
    """Keep `data` in a `room`, where that can be done."""
    place = _place(room, key)
    with suppress(OSError):
        files.make_directory(place.parent)
        files.write_atomic(place, data + _digest(key, data), mode=0o644)


def _place(room: str, key: str) -> Path:
    return cache_directory() / room / key.removeprefix("sha256:")


def _digest(key: str, data: bytes) -> bytes:
    return hashlib.sha256(os.fsencode(key) + data).hexdigest().encode()

"""The bytes of files and what is stamped into them; of several, read and hashed by a second thread, ahead of need."""

from __future__ import annotations

import _thread
import mmap
import os
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from pluginkit.backends.go.binary.elf import ElfError
from pluginkit.backends.go.binary.stamps import find_stamps, payload_digest
from pluginkit.core.record import record

MAX_SIZE = 4 << 30
"""Bytes; no artifact is larger."""

_READERS, _AHEAD = 2, 3
"""Threads, and files read or being read at a time."""
_FEW = 4
"""Files that are read before threads would have begun."""
_SWITCH = 1e-4
"""Seconds; with Python's own 5 ms the reader waits longer for its turn than a file takes."""


@record
class Content:
    """One file."""

    data: bytes | mmap.mmap
    stamps: Sequence[tuple[int, int]]
    """Where the JSON of each stamp begins and ends."""
    payload: Callable[[], str]
    """Returns the digest of the file without its stamp's own mention of it; empty unless there is just one stamp."""


def read_files(paths: Sequence[Path]) -> Iterator[Content | ElfError | OSError]:
    """Yield the content of each file in turn, or why it cannot be read."""
    if len(paths) < _FEW:
        yield from (read_file(path, mapped=True) for path in paths)
        return
    from threading import Event, Semaphore, Thread

    found: list[Content | ElfError | OSError | None] = [None] * len(paths)
    ready, room, waiting = [Event() for _ in paths], Semaphore(_AHEAD), iter(range(len(paths)))

    def read_ahead() -> None:
        while room.acquire():  # before the next file is taken, so that the first in turn always has its place
            index = next(waiting, None)
            if index is None:
                return
            found[index] = read_file(paths[index])
            ready[index].set()

    before = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH)
    try:
        for _ in range(_READERS):
            Thread(target=read_ahead, daemon=True).start()
        for index, one in enumerate(ready):
            one.wait()
            content, found[index] = found[index], None
            room.release()
            if content is not None:
                yield content
    finally:
        sys.setswitchinterval(before)


def read_file(path: Path, *, mapped: bool = False) -> Content | ElfError | OSError:
    """Return a file's content; an error for what is not there, no regular file, or too large.

    A `mapped` file costs half of one that is read, unless threads do it side by side.
    """
    try:
        data = _read(path, mapped)
    except (ElfError, OSError) as error:
        return error
    found = find_stamps(data)
    if len(found) != 1:
        return Content(data, found, str)
    if mapped:
        return Content(data, found, _beside(lambda: payload_digest(data, *found[0])))
    payload = payload_digest(data, *found[0])
    return Content(data, found, lambda: payload)


def _beside(work: Callable[[], str]) -> Callable[[], str]:
    """Start `work` in a thread and return what waits for its result; to import `threading` takes longer than that."""
    done, results = _thread.allocate_lock(), list[str]()
    done.acquire()

    def run() -> None:
        try:
            results.append(work())
        finally:
            done.release()

    def result() -> str:
        with done:
            return results[0]

    _thread.start_new_thread(run, ())
    return result


def _read(path: Path, mapped: bool) -> bytes | mmap.mmap:
    # Opening a pipe would wait for its other end.
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    with os.fdopen(handle, "rb", buffering=0) as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise ElfError("not a regular file")
        if status.st_size > MAX_SIZE:
            raise ElfError(f"has {status.st_size} bytes, at most {MAX_SIZE} are read")
        if not (mapped and status.st_size and hasattr(mmap, "MAP_PRIVATE")):
            return file.readall()
        flags = mmap.MAP_PRIVATE | getattr(mmap, "MAP_POPULATE", 0)
        return mmap.mmap(handle, status.st_size, flags=flags, prot=mmap.PROT_READ)

"""The bytes of files and what is stamped into them; of several, read and hashed by a second thread, ahead of need."""

import os
import stat
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from pluginkit.backends.go.binary.elf import ElfError
from pluginkit.backends.go.binary.stamps import find_stamps, payload_digest
from pluginkit.core.record import record

MAX_SIZE = 4 << 30
"""Bytes; no artifact is larger."""

_AHEAD = 2
"""Files read and waiting."""
_SWITCH = 1e-4
"""Seconds; with Python's own 5 ms the reader waits longer for its turn than a file takes."""


@record
class Content:
    """One file."""

    data: bytes
    stamps: Sequence[tuple[int, int]]
    """Where the JSON of each stamp begins and ends."""
    payload: str
    """Digest of the file without its stamp's own mention of it; empty unless there is just one stamp."""


def read_files(paths: Sequence[Path]) -> Iterator[Content | ElfError | OSError]:
    """Yield the content of each file in turn, or why it cannot be read."""
    if len(paths) < 2:
        yield from map(read_file, paths)
        return
    from queue import Queue
    from threading import Thread

    answers: Queue[Content | ElfError | OSError] = Queue(_AHEAD)

    def read_ahead() -> None:
        for path in paths:
            answers.put(read_file(path))

    before = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH)
    try:
        Thread(target=read_ahead, daemon=True).start()
        for _ in paths:
            yield answers.get()
    finally:
        sys.setswitchinterval(before)


def read_file(path: Path) -> Content | ElfError | OSError:
    """Return a file's content; an error for what is not there, no regular file, or too large."""
    try:
        data = _read(path)
    except (ElfError, OSError) as error:
        return error
    found = find_stamps(data)
    return Content(data, found, payload_digest(data, *found[0]) if len(found) == 1 else "")


def _read(path: Path) -> bytes:
    # Opening a pipe would wait for its other end.
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    with os.fdopen(handle, "rb", buffering=0) as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise ElfError("not a regular file")
        if status.st_size > MAX_SIZE:
            raise ElfError(f"has {status.st_size} bytes, at most {MAX_SIZE} are read")
        return file.readall()

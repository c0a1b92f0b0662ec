"""The bytes of a file and what is stamped into them."""

from __future__ import annotations

import _thread
import mmap
import os
import stat
from collections.abc import Callable, Sequence
from io import FileIO
from pathlib import Path

from pluginkit.backends.go.binary import trailer, wasm
from pluginkit.backends.go.binary.elf import ElfError
from pluginkit.backends.go.binary.stamps import find_stamps, payload_digest
from pluginkit.core.frozen import record

MAX_SIZE = 4 << 30
"""Bytes; no artifact is larger."""


@record
class Content:
    """One file."""

    data: bytes | mmap.mmap
    """Without its envelope."""
    stamps: Sequence[tuple[int, int]]
    """Where the JSON of each stamp begins and ends."""
    payload: Callable[[], str]
    """Returns the digest of the file without its stamp's own mention of it; empty unless there is just one stamp."""
    envelope: bytes | None = None
    """What lies behind the data, or is the last section of a module, unparsed; None where nothing does."""


def read_file(path: Path, *, beside: bool) -> Content | ElfError | OSError:
    """Return a file's content; an error for what is not there, no regular file, or too large.

    With `beside` it is hashed by a second thread while its reader goes on.
    """
    try:
        data, envelope = read_signed(path)
    except (ElfError, OSError) as error:
        return error
    found = find_stamps(data)
    if len(found) != 1:
        return Content(data, found, str, envelope)
    if beside:
        return Content(data, found, _beside(lambda: payload_digest(data, *found[0])), envelope)
    payload = payload_digest(data, *found[0])
    return Content(data, found, lambda: payload, envelope)


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


def read_data(path: Path | str, mapped: bool = True, *, populated: bool = True) -> bytes | mmap.mmap:
    """Return the bytes of a regular file, `mapped` where that can be done; ElfError for anything else.

    What is `populated` will be read as a whole.
    """
    with _opened(path) as file:
        return _content(file, os.fstat(file.fileno()).st_size, mapped, populated)


def read_signed(path: Path | str) -> tuple[bytes | mmap.mmap, bytes | None]:
    """Return the bytes of a regular file without the envelope behind them, and that; ElfError for anything else."""
    with _opened(path) as file:

        def read(at: int, count: int) -> bytes:
            file.seek(at)
            return file.read(count)

        split = wasm.split if wasm.is_module(file.read(len(wasm.HEADER))) else trailer.split
        size, envelope = split(os.fstat(file.fileno()).st_size, read)
        file.seek(0)
        return _content(file, size), envelope


def _opened(path: Path | str) -> FileIO:
    # Opening a pipe would wait for its other end.
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise ElfError("not a regular file")
        if status.st_size > MAX_SIZE:
            raise ElfError(f"has {status.st_size} bytes, at most {MAX_SIZE} are read")
        return FileIO(handle)
    except (ElfError, OSError):
        os.close(handle)
        raise


def _content(file: FileIO, size: int, mapped: bool = True, populated: bool = True) -> bytes | mmap.mmap:
    """Return the first `size` bytes of a file that is read from its start on."""
    if not (mapped and size and hasattr(mmap, "MAP_PRIVATE")):
        return file.readall()[:size]
    flags = mmap.MAP_PRIVATE | (getattr(mmap, "MAP_POPULATE", 0) if populated else 0)
    return mmap.mmap(file.fileno(), size, flags=flags, prot=mmap.PROT_READ)

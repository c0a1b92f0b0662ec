"""Files written whole or not at all. Releases and caches are made by these few operations."""

import errno
import itertools
import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from pluginkit.core.errors import PluginkitError

_numbers = itertools.count()


def write_atomic(path: Path, data: bytes, *, mode: int | None = None) -> None:
    """Replace `path` by `data` in one rename, synced to disk first; readers see the old or the new bytes.

    It gets the `mode`, by default the one that the umask leaves. A symlink at `path` is followed. Raises OSError and
    leaves the old file when anything fails.
    """
    path = path.resolve()
    fresh = beside(path)
    try:
        create(fresh, data, mode=0o666 & ~_umask() if mode is None else mode, synced=True)
        rename(fresh, path)
    except BaseException:
        discard(fresh)
        raise
    discard_abandoned(path)


def beside(path: Path) -> Path:
    """Return a name in the directory of `path` that nothing else has."""
    return path.with_name(f".{path.name[:80]}.{os.getpid()}.{next(_numbers)}")


def create(path: Path, data: bytes, *, mode: int = 0o644, synced: bool = False) -> None:
    """Write a file that must not exist, with just that mode."""
    with new(path, mode=mode, synced=synced) as write:
        write(data)


@contextmanager
def new(path: Path, *, mode: int = 0o644, synced: bool = False) -> Iterator[Callable[[bytes], None]]:
    """Yield what writes to a file that must not exist; it gets just that mode."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)

    def write(data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(handle, view) :]

    try:
        with _named(path):
            yield write
            os.fchmod(handle, mode)
            if synced:
                os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def seekable(path: Path, *, mode: int = 0o644, synced: bool = False) -> Iterator[BinaryIO]:
    """Yield a file that must not exist, to be written in any order; it gets just that mode."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with _named(path), os.fdopen(handle, "w+b") as file:
        yield file
        file.flush()
        os.fchmod(handle, mode)
        if synced:
            os.fsync(handle)


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Yield a file that takes the place of `path` at the end, as `write_atomic` does."""
    path = path.resolve()
    fresh = beside(path)
    try:
        with seekable(fresh, mode=0o666 & ~_umask(), synced=True) as file:
            yield file
        rename(fresh, path)
    except BaseException:
        discard(fresh)
        raise
    discard_abandoned(path)


def open_regular(path: Path) -> int:
    """Open a regular file to read, and nothing else: no symlink is followed, no pipe waited for."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return handle


def copy(origin: int, target: Path, *, mode: int = 0o644) -> None:
    """Copy an open file to one that must not exist; by reference where the file system can."""
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with _named(target):
            _pour(origin, handle)
            os.fchmod(handle, mode)
    finally:
        os.close(handle)


def refuse_special(path: Path) -> None:
    """Raise PluginkitError where a path is a pipe, socket or device: who opens that may wait for ever."""
    if path.exists() and not path.is_file() and not path.is_dir():
        raise PluginkitError(f"{path}: a pipe, socket or device among the sources", hint="move it away")


def digest(path: Path) -> str:
    """Return the sha256 of a file, in hexadecimal."""
    import hashlib

    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def rename(old: Path, new: Path) -> None:
    """Put `old` in the place of `new` in one step."""
    os.rename(old, new)  # noqa: PTH104 - what fails in tests is this module's `os`


def link(source: Path, target: Path) -> None:
    """Let a file stand in a second place."""
    os.link(source, target)


def point(name: Path, target: str) -> None:
    """Let the symlink `name` lead to `target`, in one step, and for good."""
    fresh = beside(name)
    try:
        os.symlink(target, fresh)  # noqa: PTH211
        rename(fresh, name)
    except BaseException:
        discard(fresh)
        raise
    sync(name.parent)
    discard_abandoned(name)


def make_directory(path: Path) -> None:
    """Make a directory, and those above it; nobody else can write to them, whatever the umask."""
    if not path.parent.exists():
        make_directory(path.parent)  # `makedirs` would give those the modes that the umask leaves
    os.makedirs(path, mode=0o755, exist_ok=True)  # noqa: PTH103


def discard(path: Path) -> None:
    """Remove a file, if it is there and can be removed."""
    with suppress(OSError):
        os.unlink(path)  # noqa: PTH108


def discard_abandoned(path: Path) -> None:
    """Remove what stands beside `path` under names of `beside` and belongs to processes that are no more."""
    name = re.compile(rf"\.{re.escape(path.name[:80])}\.([0-9]{{1,9}})\.[0-9]+")
    with suppress(OSError):
        for found in os.listdir(path.parent):  # noqa: PTH208
            named = name.fullmatch(found)
            if named and not _runs(int(named[1])):
                discard(path.with_name(found))


def sync(path: Path) -> None:
    """Flush a file, or the names in a directory, to disk."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        with _named(path):
            os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Give errors of an open file its name: the system says none."""
    try:
        yield
    except OSError as error:
        error.filename = error.filename or str(path)
        raise


def _pour(origin: int, handle: int) -> None:
    left = os.fstat(origin).st_size
    try:
        while left and (moved := os.copy_file_range(origin, handle, left)):
            left -= moved
    except (AttributeError, OSError) as error:  # another system, or between two file systems
        if getattr(error, "errno", errno.ENOSYS) not in (errno.ENOSYS, errno.EXDEV, errno.EINVAL, errno.EOPNOTSUPP):
            raise
    while data := os.read(origin, 1 << 20):
        view = memoryview(data)
        while view:
            view = view[os.write(handle, view) :]


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # somebody else's
        pass
    return True


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask

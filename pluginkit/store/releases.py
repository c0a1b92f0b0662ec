"""The releases of a workspace: directories named by digest, and `dist`, which leads to one of them.

At any moment `dist` is the complete old or the complete new release: a release is filled beside the others, flushed
to disk, renamed to its name, and only then pointed to, which is one rename too.
"""

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from pluginkit.core import files
from pluginkit.core import release as release_file
from pluginkit.core.config import DIST
from pluginkit.core.errors import PluginkitError
from pluginkit.core.model import Artifact
from pluginkit.core.modes import is_run

T = TypeVar("T")

STORE = ".pluginkit"
_FLUSHES = 4
"""At once: a disk does several in the time of one."""


class Releases:
    """The releases of the workspace in `root`."""

    def __init__(self, root: Path) -> None:
        self.dist = root / DIST
        self._store = root / STORE
        self._place = self._store / "releases"
        if self.dist.exists() and not self.dist.is_symlink():
            raise PluginkitError(f"{self.dist} is in the way: it is not a link to a release", hint="move or remove it")

    @contextmanager
    def only_build(self) -> Iterator[None]:
        """Hold the workspace's build lock; the kernel releases it when the process dies, however it dies."""
        files.make_directory(self._place)
        ignore = self._store / ".gitignore"
        if not ignore.exists():
            files.write_atomic(ignore, b"*\n", mode=0o644)
        with open(self._store / "build.lock", "w", opener=_private) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            for left in self._place.glob(".building-*"):  # by a build that was killed: we hold its lock
                shutil.rmtree(left, ignore_errors=True)
            yield

    @contextmanager
    def filling(self) -> Iterator[Path]:
        """Yield a directory to fill; what is still of it at the end is removed."""
        scratch = Path(tempfile.mkdtemp(prefix=".building-", dir=self._place))
        try:
            yield scratch
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def publish(self, scratch: Path) -> None:
        """Let `dist` lead to the filled directory, and forget releases before the last."""
        place = self._keep(scratch)
        files.point(self.dist, os.path.relpath(place, self.dist.parent))
        with suppress(OSError):
            self._forget_old(place)

    def _keep(self, scratch: Path) -> Path:
        """Rename a finished directory to its digest; a whole one already there is kept, a damaged one avoided."""
        _flush(scratch)
        digest = hashlib.sha256((scratch / release_file.NAME).read_bytes()).hexdigest()[:32]
        for number in range(1000):
            place = self._place / (f"{digest}.{number}" if number else digest)
            if not place.exists():
                files.rename(scratch, place)
                files.sync(self._place)
                return place
            if _same_files(scratch, place):
                return place
        raise PluginkitError(f"{self._place} is full of damaged releases", hint="remove it")

    def _forget_old(self, keep: Path) -> None:
        """Keep the release just made and the one before; nobody else builds here while we hold the lock."""
        finished = [path for path in self._place.iterdir() if not path.name.startswith(".") and path != keep]
        finished.sort(key=lambda path: path.stat().st_mtime_ns, reverse=True)
        for path in finished[1:]:
            shutil.rmtree(path, ignore_errors=True)


def _private(path: str, flags: int) -> int:
    """Open a file to which nobody else can write, whatever the umask."""
    return os.open(path, flags, 0o644)


def carry(source: Path, target: Path, artifact: Artifact) -> None:
    """Let an artifact stand in two releases, as one file; or as two where the file system has no hard links."""
    try:
        files.link(source, target)
    except OSError:
        files.make_directory(target.parent)
        if not source.is_file() or files.digest(source) != artifact.sha256:
            raise PluginkitError(f"{source} is not the file the last build made", hint="build again") from None
        handle = files.open_regular(source)
        try:
            files.copy(handle, target)
        finally:
            os.close(handle)


def at_once(work: Callable[[T], None], things: Iterable[T]) -> None:
    """Call `work` for each thing, a few at a time: it waits for the disk, or the network."""
    with ThreadPoolExecutor(_FLUSHES) as pool:
        for _ in pool.map(work, things):
            pass


def _flush(scratch: Path) -> None:
    """Give all files their modes, and write them to disk; but not those that another release has as well."""
    found = [(path, path.stat()) for path in _files(scratch)]
    own = [path for path, stat in found if stat.st_nlink == 1]
    for path, stat in found:
        mode = 0o755 if is_run(path.relative_to(scratch).as_posix()) else 0o644
        if stat.st_nlink == 1 and stat.st_mode & 0o7777 != mode:
            path.chmod(mode)
    at_once(files.sync, own)
    for directory in (*sorted((path for path in scratch.rglob("*") if path.is_dir()), reverse=True), scratch):
        directory.chmod(0o755)
        files.sync(directory)


def _same_files(one: Path, other: Path) -> bool:
    names = [path.relative_to(one) for path in _files(one)]
    if names != [path.relative_to(other) for path in _files(other)]:
        return False
    return all(_is_same(one / name, other / name) for name in names)


def _is_same(one: Path, other: Path) -> bool:
    import filecmp

    return one.samefile(other) or filecmp.cmp(one, other, shallow=False)


def _files(directory: Path) -> list[Path]:
    return sorted(path for path in directory.rglob("*") if not path.is_dir())

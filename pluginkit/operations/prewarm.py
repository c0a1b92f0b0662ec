"""What a build will want soon, started before anything else: backends take longer to import than sources to read."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pluginkit.backends.builders import builder
from pluginkit.backends.builders import prewarm as begin
from pluginkit.core.config import find_root
from pluginkit.core.errors import PluginkitError
from pluginkit.core.lockfile import NAME, read_lock
from pluginkit.incremental.last_build import understand
from pluginkit.operations.options import BuildOptions
from pluginkit.store.directory import cache_path

REMOTE_CACHE = "PLUGINKIT_REMOTE_CACHE"
"""Environment variable with the URL of a shared cache."""


@contextmanager
def prewarmed(options: BuildOptions) -> Iterator[Path | None]:
    """Begin what a build will want, where it is likely to want it; end at last what was not wanted.

    Yields the root of the workspace, if there is one.
    """
    last_build = understand(options.snapshot) if options.snapshot else None
    end = None
    if last_build and (count := last_build.restless if options.use_cache else len(last_build.paths)):
        end = begin(*last_build.prewarms, count, options.processes)
    root = find_root(options.start)
    if root and not last_build and _is_likely(options, root):
        end = _begin_by_lock(root, options.processes)
    try:
        yield root
    finally:
        if end:
            end()


def _begin_by_lock(root: Path, jobs: int) -> Callable[[], None]:
    try:
        lock, _ = read_lock(root / NAME)
    except PluginkitError:  # the step that needs the lock reports what is wrong with it
        return lambda: None
    return begin(lock.language, builder(lock.language).prewarms(lock), len(lock.members), jobs)


def _is_likely(options: BuildOptions, root: Path) -> bool:
    """Return whether a build without an index surely has something to build: no cache can have it."""
    if (root / ".pluginkit/index").exists() or options.remote_cache or os.environ.get(REMOTE_CACHE):
        return False
    return not options.use_cache or not os.path.isdir(os.path.join(cache_path(), "artifacts", "ac"))  # noqa: PTH112, PTH118

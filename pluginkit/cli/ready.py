"""What a build will want soon, started before anything else: backends take longer to import than sources to read."""

import argparse
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pluginkit.backends.early import begin
from pluginkit.core.config import find_root
from pluginkit.core.errors import PluginkitError
from pluginkit.core.lockfile import NAME, read_lock
from pluginkit.store.directory import cache_path
from pluginkit.store.memory import understand

URL = "PLUGINKIT_REMOTE_CACHE"
"""Names the default of --remote-cache."""


@contextmanager
def ready(args: argparse.Namespace) -> Iterator[Path | None]:
    """Begin what a build of the workspace will want, where it is likely to want it; end at last what was not wanted.

    Yields the root of the workspace, if there is one.
    """
    memory = understand(args.looked) if args.looked else None
    end = begin(memory.early, memory.restless, jobs(args)) if memory and memory.restless else None
    root = find_root(targets(args)[0])
    if root and not memory and _is_likely(args, root):
        end = _begin_by_lock(root, jobs(args))
    try:
        yield root
    finally:
        if end:
            end()


def _begin_by_lock(root: Path, jobs: int) -> Callable[[], None]:
    from pluginkit.backends.builders import builder

    try:
        lock, _ = read_lock(root / NAME)
    except PluginkitError:  # told by who needs it
        return lambda: None
    return begin(builder(lock.language).early(lock), len(lock.members), jobs)


def targets(args: argparse.Namespace) -> tuple[Path, Sequence[str]]:
    """Tell `build DIR NAME...` from `build NAME...`: a DIR is the root of a workspace of its own."""
    named = args.targets
    if named and Path(named[0]).is_dir() and find_root(Path(named[0])) == Path(named[0]).resolve():
        return Path(named[0]), named[1:]
    return Path(), named


def jobs(args: argparse.Namespace) -> int:
    """Return how many processes to build with: those asked for, or one a core."""
    cores = len(os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1))
    return args.jobs or cores


def _is_likely(args: argparse.Namespace, root: Path) -> bool:
    """Tell whether a build without an index surely has something to build: no cache can have it."""
    if (root / ".pluginkit/index").exists() or args.remote_cache or os.environ.get(URL):
        return False
    return bool(args.no_cache) or not os.path.isdir(os.path.join(cache_path(), "artifacts", "ac"))  # noqa: PTH112, PTH118

"""What a build will want soon, started before anything else: backends take longer to import than sources to read."""

import argparse
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pluginkit.core.config import find_root
from pluginkit.core.errors import PluginkitError
from pluginkit.core.lockfile import NAME, read_lock
from pluginkit.store.directory import cache_path
from pluginkit.store.index import Looked
from pluginkit.store.memory import understand


@contextmanager
def ready(args: argparse.Namespace) -> Iterator[Path | None]:
    """Start the build processes of a workspace where it is likely that they get work; end them at last.

    Yields the root of the workspace, if there is one.
    """
    root = find_root(targets(args)[0])
    if root is None or not _is_likely(args, root):
        yield root
        return
    from pluginkit.backends.builders import builder

    try:
        lock, _ = read_lock(root / NAME)
    except PluginkitError:  # told by who needs it
        yield root
        return
    builds = builder(lock.language)
    builds.warm(lock, jobs=jobs(args))
    try:
        yield root
    finally:
        builds.cool()


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
    """Tell whether a build surely has something to build, as far as that can be told without looking at sources."""
    looked: Looked | None = args.looked
    memory = understand(looked) if looked else None
    if memory:
        return not memory.at_rest
    if (root / ".pluginkit/index").exists() or args.remote_cache:
        return False
    return bool(args.no_cache) or not os.path.isdir(os.path.join(cache_path(), "artifacts", "ac"))  # noqa: PTH112, PTH118

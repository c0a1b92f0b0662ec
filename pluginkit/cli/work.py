"""What `build` and `plan` are about: a workspace, what is known of its last build, and the caches."""

import argparse
import os

from pluginkit.cli.printing import complain
from pluginkit.cli.ready import URL, targets
from pluginkit.core.config import find_root
from pluginkit.core.model import BuildPlan, Workspace
from pluginkit.stages import build as building
from pluginkit.stages import discover
from pluginkit.stages import lock as locking
from pluginkit.stages import remember as remembering
from pluginkit.stages.plan import plan as make_plan
from pluginkit.stages.remember import Past
from pluginkit.store.cache import Cache, local_cache

READ_ONLY = "PLUGINKIT_REMOTE_CACHE_READ_ONLY"


class Work:
    """One workspace, and what to build of it."""

    def __init__(self, args: argparse.Namespace) -> None:
        start, names = targets(args)
        looked = None if args.rehash or args.looked is None else args.looked
        self.past = remembering.recall(find_root(start), looked, forget=args.rehash)
        self.workspace = discover.discover(start, self.past.known)
        self.names = [_from_here(self.workspace, name) for name in names]
        self.cache = None if args.no_cache else open_cache(args.remote_cache, read_only=args.remote_cache_read_only)

    def plan(self, past: Past, *, promised: bool = True, only: bool = False) -> BuildPlan:
        """Plan a release, or `only` the members named; what the caches promise counts where it is `promised`."""
        lock, data = locking.current(self.workspace)
        current = None if only else building.current_release(self.workspace, past.intact, past.release)
        find = {"find": self.cache.find} if self.cache and promised else {}
        return make_plan(self.workspace, lock, data, self.names, current, past.resting, **find, only=only)

    def warn(self) -> None:
        """Say what trouble there was with the remote cache."""
        if self.cache and self.cache.remote and self.cache.remote.trouble:
            complain(f"warning: remote cache {self.cache.remote.url}: {self.cache.remote.trouble}")
            complain("hint: what it does not give is built here")


def _from_here(workspace: Workspace, name: str) -> str:
    """Return the path in the workspace of a member that a path from the current directory leads to; else the name."""
    place = os.path.relpath(os.path.realpath(name), os.path.realpath(workspace.root))
    return place if any(member.path == place for member in workspace.members) else name


def open_cache(url: str | None, *, read_only: bool) -> Cache:
    """Return this user's cache, before the one at a URL, or at that of the environment. Raises PluginkitError."""
    url = url or os.environ.get(URL)
    if not url:
        return Cache(local_cache())
    from pluginkit.store.remote import open_remote

    return Cache(local_cache(), open_remote(url, read_only=read_only or bool(os.environ.get(READ_ONLY))))

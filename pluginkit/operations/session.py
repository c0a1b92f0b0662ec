"""What `build` and `plan` work on: a workspace, what is known of its last build, and the caches."""

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from pluginkit.backends.builders import targets as chosen
from pluginkit.backends.signing import Signing
from pluginkit.core.config import find_root
from pluginkit.core.model import Artifact, BuildPlan, Release, Workspace
from pluginkit.core.notices import taken
from pluginkit.core.release import VENDORED
from pluginkit.core.trust import mark_of
from pluginkit.core.urls import without_credentials
from pluginkit.operations.options import BuildOptions
from pluginkit.operations.prewarm import REMOTE_CACHE
from pluginkit.operations.reporter import Reporter
from pluginkit.operations.signing import caches_of, trust_of
from pluginkit.stages import build as build_stage
from pluginkit.stages import discover
from pluginkit.stages import lock as lock_stage
from pluginkit.stages import record as record_stage
from pluginkit.stages.plan import nothing
from pluginkit.stages.plan import plan as make_plan
from pluginkit.stages.record import Past
from pluginkit.store.cache import Cache, local_cache

if TYPE_CHECKING:
    from pluginkit.store.remote import RemoteCache

READ_ONLY = "PLUGINKIT_REMOTE_CACHE_READ_ONLY"


class Session:
    """One workspace, and what to build of it."""

    def __init__(self, options: BuildOptions, reporter: Reporter) -> None:
        self.options, self.reporter = options, reporter
        snapshot = None if options.rehash else options.snapshot
        self.past = record_stage.recall(find_root(options.start), snapshot, forget=options.rehash)
        self.workspace = discover.discover(options.start, self.past.known, options.mode)
        modes = {member.path: member.mode for member in self.workspace.members}
        if self.past.last_build and self.past.last_build.has_other_modes(modes):
            self.past = replace(self.past, resting={})
        self.names = [_from_here(self.workspace, name) for name in options.names]
        self.trust = trust_of(self.workspace, options.key)
        if not options.use_cache:
            self.past = replace(self.past, resting={}, intact=frozenset())
            self.cache = Cache(local_cache(), reads=False)
            return
        remote = open_shared(options.remote_cache, read_only=options.remote_cache_read_only)
        self.cache = caches_of(self.workspace, remote=remote, key=options.key)

    def signing(self, past: Past) -> Signing:
        """Return how the build signs, by what is `past`."""
        signer = self.options.key.mark if self.options.key else ""
        known = past.intact if past.signer == signer else frozenset()
        return Signing(self.options.key, known, self.trust, self.workspace.release)

    def plan(self, past: Past, *, promised: bool = True, only: bool = False) -> BuildPlan:
        """Plan a release, or `only` the members named; what the caches promise counts where it is `promised`."""
        lock, data = lock_stage.current(self.workspace)
        targets = chosen(lock, self.options.targets)
        anew = not self.options.use_cache
        current = None if only or anew else self._current(past)
        find = self.cache.find if promised else nothing
        made = make_plan(
            self.workspace, lock, data, self.names, current, past.resting, find, only=only, targets=targets
        )
        return replace(made, anew=anew)

    def _current(self, past: Past) -> Release | None:
        """Return the current release, without artifacts that may have come from a cache and nobody trusted signed."""
        found = build_stage.current_release(self.workspace, past.intact, past.release)
        if found is None or self.trust is None:
            return found
        known = past.intact if past.trusted == mark_of(self.trust) else frozenset()
        signing, language = self.signing(past), self.workspace.language

        def counts(one: Artifact) -> bool:
            if one.key in known or one.kind in VENDORED or self.cache.is_built_here(one):
                return True
            return signing.vouched(found.directory / one.file, one.name, language)

        return replace(found, artifacts=tuple(filter(counts, found.artifacts)))

    def warn(self) -> bool:
        """Say what was ignored, and what trouble there was with the remote cache; return whether there was any."""
        for message, hint in taken():
            self.reporter.warn(message, hint)
        remote = self.cache.remote
        if remote is None or not remote.trouble:
            return False
        shown = without_credentials(remote.url)
        self.reporter.warn(f"remote cache {shown}: {remote.trouble}", hint="what it does not give is built here")
        return True


def _from_here(workspace: Workspace, name: str) -> str:
    """Return the path in the workspace of a member that a path from the current directory leads to; else the name."""
    place = os.path.relpath(os.path.realpath(name), os.path.realpath(workspace.root))
    return place if any(member.path == place for member in workspace.members) else name


def open_shared(url: str, *, read_only: bool) -> "RemoteCache | None":
    """Return the cache at a URL, or at that of the environment; None where neither names one. Raises PluginkitError."""
    url = url or os.environ.get(REMOTE_CACHE, "")
    if not url:
        return None
    from pluginkit.store.remote import open_remote

    return open_remote(url, read_only=read_only or bool(os.environ.get(READ_ONLY)))

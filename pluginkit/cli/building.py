"""`pluginkit build`: plan, build, hold the result against its hosts, and remember."""

import argparse
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from pluginkit.cli.approving import approve
from pluginkit.cli.printing import count, sealed, shown
from pluginkit.cli.progress import progress
from pluginkit.core.config import find_root
from pluginkit.core.errors import StaleLockError
from pluginkit.core.lockfile import NAME
from pluginkit.core.model import BuildPlan, Release, Workspace
from pluginkit.stages import build as building
from pluginkit.stages import discover
from pluginkit.stages import lock as locking
from pluginkit.stages import remember as remembering
from pluginkit.stages.plan import plan as make_plan
from pluginkit.stages.remember import Past
from pluginkit.store.cache import Cache, artifact_cache


def build(args: argparse.Namespace) -> int:
    """Build a release."""
    start, names = _targets(args.targets)
    past = remembering.recall(find_root(start), None if args.rehash else args.looked, forget=args.rehash)
    workspace = discover.discover(start, past.known)
    jobs = args.jobs or len(os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1))
    work = _Work(workspace, names, jobs, None if args.no_cache else artifact_cache()[0])
    try:
        plan, release = work.build(past, locked=args.locked)
    except building.MissingError:  # the cache promised what it does not hold: promises are not asked for again
        plan, release = work.build(Past(past.began, past.names), locked=args.locked, promised=False)
    remembering.remember(plan, release, past)
    print(f"{shown(release.directory)}: {_done(plan)}")
    return 0


class _Work:
    """One build, which may take more than one attempt."""

    def __init__(self, workspace: Workspace, names: Sequence[str], jobs: int, cache: Cache | None) -> None:
        self._workspace, self._names, self._jobs, self._cache = workspace, names, jobs, cache

    def build(self, past: Past, *, locked: bool, promised: bool = True) -> tuple[BuildPlan, Release]:
        """Plan and build; where the lock turns out to be out of date write it and try again, unless `locked`."""
        try:
            return self._attempt(past, promised)
        except StaleLockError:
            if locked:
                raise
        made = locking.lock(self._workspace)
        locking.write(self._workspace, made)
        print(f"wrote {shown(self._workspace.root / NAME)}: {sealed(made)}")
        return self._attempt(Past(past.began, past.names), promised)

    def _attempt(self, past: Past, promised: bool) -> tuple[BuildPlan, Release]:
        current_lock, data = locking.current(self._workspace)
        current = building.current_release(self._workspace, past.intact)
        find = {"find": self._cache.find} if self._cache and promised else {}
        plan = make_plan(self._workspace, current_lock, data, self._names, current, past.resting, **find)
        approved = partial(approve, plan, self._cache)
        with progress(len(plan.steps)) as report:
            return plan, building.build(plan, self._cache, jobs=self._jobs, report=report, approve=approved)


def _done(plan: BuildPlan) -> str:
    lock = f"lock {plan.lock_digest[:19]}..."
    if not plan.steps and not plan.fetched:
        return f"nothing changed, {count(len(plan.carried), 'artifact')}, {lock}"
    fetched = f", {len(plan.fetched)} from the cache" if plan.fetched else ""
    carried = f", {len(plan.carried)} carried over" if plan.carried else ""
    return f"{count(len(plan.steps), 'artifact')} built{fetched}{carried}, {lock}"


def _targets(targets: Sequence[str]) -> tuple[Path, Sequence[str]]:
    """Tell `build DIR NAME...` from `build NAME...`: a DIR is the root of a workspace of its own."""
    if targets and Path(targets[0]).is_dir() and find_root(Path(targets[0])) == Path(targets[0]).resolve():
        return Path(targets[0]), targets[1:]
    return Path(), targets

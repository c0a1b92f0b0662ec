"""`pluginkit build`: plan, build, hold the result against its hosts, and remember."""

import argparse
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from pluginkit.cli.approving import Approval, RefusedError
from pluginkit.cli.printing import count, sealed, shown
from pluginkit.cli.progress import progress
from pluginkit.cli.reporting import publish, publish_build, report_apart, wants_report
from pluginkit.core.config import find_root
from pluginkit.core.errors import StaleLockError
from pluginkit.core.lockfile import NAME
from pluginkit.core.model import BuildPlan, Release
from pluginkit.stages import build as building
from pluginkit.stages import discover
from pluginkit.stages import lock as locking
from pluginkit.stages import remember as remembering
from pluginkit.stages.plan import plan as make_plan
from pluginkit.stages.remember import Past
from pluginkit.store.cache import artifact_cache


def build(args: argparse.Namespace) -> int:
    """Build a release, and report what its hosts make of it."""
    with report_apart(args):
        work = _Work(args)
        try:
            line = work.run()
        except RefusedError:
            line = ""
    if not line:
        publish(work.approval.verdicts, args)
        print("nothing published: dist is the release before", file=sys.stderr)
        return 1
    publish_build(work.approval.verdicts, args)
    with report_apart(args):
        print(line)
    return 0


def root_of(args: argparse.Namespace) -> Path:
    """Return the root of the workspace that a build is about."""
    return discover.discover(_targets(args.targets)[0]).root


class _Work:
    """One build, which may take more than one attempt."""

    def __init__(self, args: argparse.Namespace) -> None:
        start, self._names = _targets(args.targets)
        looked = None if args.rehash or args.watch else args.looked
        self._past = remembering.recall(find_root(start), looked, forget=args.rehash)
        self._workspace = discover.discover(start, self._past.known)
        self._jobs, self._locked = args.jobs or _processors(), args.locked
        self._cache = None if args.no_cache else artifact_cache()[0]
        self._whole = wants_report(args)
        self.approval = Approval(self._workspace.root, self._cache, whole=self._whole)

    def run(self) -> str:
        """Build, and return the line that tells of it."""
        try:
            plan, release = self._build(self._past)
        except building.MissingError:  # the cache promised what it does not hold: promises are not asked for again
            plan, release = self._build(Past(self._past.began, self._past.names), promised=False)
        remembering.remember(plan, release, self._past)
        if self._whole and not self.approval.verdicts:  # nothing was new, and nothing held against anything
            self.approval.approve(plan, release.directory, release.artifacts, {})
        return f"{shown(release.directory)}: {_done(plan)}"

    def _build(self, past: Past, *, promised: bool = True) -> tuple[BuildPlan, Release]:
        """Plan and build; where the lock turns out to be out of date write it and try again, unless `locked`."""
        try:
            return self._attempt(past, promised)
        except StaleLockError:
            if self._locked:
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
        approved = partial(self.approval.approve, plan)
        with progress(len(plan.steps)) as report:
            return plan, building.build(plan, self._cache, jobs=self._jobs, report=report, approve=approved)


def _processors() -> int:
    return len(os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1))


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

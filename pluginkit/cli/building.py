"""`pluginkit build`: plan, build, hold the result against its hosts, and remember."""

import argparse
import os
import sys
from functools import partial

from pluginkit.cli.approving import Approval, RefusedError
from pluginkit.cli.printing import complain, count, sealed, shown
from pluginkit.cli.progress import progress
from pluginkit.cli.ready import jobs
from pluginkit.cli.reporting import publish, publish_build, report_apart, wants_report
from pluginkit.cli.work import Work
from pluginkit.core.config import DIST
from pluginkit.core.errors import StaleLockError
from pluginkit.core.lockfile import NAME
from pluginkit.core.model import BuildPlan, Release
from pluginkit.stages import build as building
from pluginkit.stages import lock as locking
from pluginkit.stages import remember as remembering
from pluginkit.stages.plan import settled_by
from pluginkit.stages.remember import Past


def build(args: argparse.Namespace) -> int:
    """Build a release, and report what its hosts make of it."""
    with report_apart(args):
        work = _Build(args)
        try:
            line = work.run()
        except RefusedError:
            line = ""
        finally:
            work.warn()
    if not line:
        publish(work.approval.verdicts, args)
        print("nothing published: dist is the release before", file=sys.stderr)
        return 1
    publish_build(work.approval.verdicts, args)
    with report_apart(args):
        print(line)
    return 0


class _Build(Work):
    """One build, which may take more than one attempt."""

    def __init__(self, args: argparse.Namespace) -> None:
        super().__init__(args)
        self._jobs, self._locked, self._executor, self._explain = jobs(args), args.locked, args.executor, args.explain
        self._whole = wants_report(args)
        self.approval = Approval(self.workspace.root, self.cache, whole=self._whole)

    def run(self) -> str:
        """Build, and return the line that tells of it."""
        dist = self.workspace.root / DIST
        before = os.path.realpath(dist)
        try:
            plan, release = self._build(self.past)
        except building.MissingError:  # the cache promised what it does not hold: promises are not asked for again
            plan, release = self._build(Past(self.past.began, self.past.names), promised=False)
        remembering.remember(plan, release, self.past)
        if self._whole and not self.approval.verdicts:  # nothing was new, and nothing held against anything
            self.approval.approve(plan, release.directory, release.artifacts, {})
        return f"{shown(release.directory)}: {_done(plan, same=os.path.realpath(dist) == before)}"

    def _build(self, past: Past, *, promised: bool = True) -> tuple[BuildPlan, Release]:
        """Plan and build; where the lock turns out to be out of date write it and try again, unless `locked`."""
        try:
            return self._attempt(past, promised)
        except StaleLockError:
            if self._locked:
                raise
        made = locking.lock(self.workspace)
        locking.write(self.workspace, made)
        print(f"wrote {shown(self.workspace.root / NAME)}: {sealed(made)}")
        for doubt in locking.doubtful(self.workspace, made):
            complain(f"warning: {doubt}")
        return self._attempt(Past(past.began, past.names), promised)

    def _attempt(self, past: Past, promised: bool) -> tuple[BuildPlan, Release]:
        plan = self.plan(past, promised=promised)
        if self._explain:
            from pluginkit.cli.planning import render_text

            print(render_text(plan, self.past.memory), end="")
        approved = partial(self.approval.approve, plan)
        with progress(len(plan.steps)) as report:
            if self._executor and self.cache and promised:
                from pluginkit.cli.elsewhere import build_elsewhere

                plan = settled_by(plan, build_elsewhere(plan, self.cache, self._executor, report))
                approved = partial(self.approval.approve, plan)
            return plan, building.build(plan, self.cache, jobs=self._jobs, report=report, approve=approved)


def cache_only(args: argparse.Namespace) -> int:
    """Build into the caches, and make no release."""
    from pluginkit.cli.contributing import contribute
    from pluginkit.core.errors import PluginkitError

    work = Work(args)
    if work.cache is None:
        raise PluginkitError("--cache-only with --no-cache leaves nothing to do")
    with progress(len(work.names)) as report:
        kept = contribute(work.workspace.root, work.names, work.cache, jobs=jobs(args), report=report)
    work.warn()
    print(f"in the cache: {', '.join(sorted(one.artifact.name for one in kept)) or 'nothing'}")
    return 2 if work.cache.remote and work.cache.remote.trouble else 0


def _done(plan: BuildPlan, *, same: bool) -> str:
    lock = f"lock {plan.lock_digest[:19]}..."
    if same and not plan.steps and not plan.fetched:
        return f"nothing changed, {count(len(plan.carried), 'artifact')}, {lock}"
    fetched = f", {len(plan.fetched)} from the cache" if plan.fetched else ""
    carried = f", {len(plan.carried)} carried over" if plan.carried else ""
    return f"{count(len(plan.steps), 'artifact')} built{fetched}{carried}, {lock}"

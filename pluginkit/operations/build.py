"""Plan, build, compare the result with its hosts, publish, and record: everything that `pluginkit build` does."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from pluginkit.core.config import DIST
from pluginkit.core.errors import PluginkitError, StaleLockError
from pluginkit.core.model import BuildPlan, CacheEntry, Release
from pluginkit.core.trust import mark_of
from pluginkit.core.verdict import Verdict
from pluginkit.operations.contribute import contribute
from pluginkit.operations.gate import Gate, RefusedError
from pluginkit.operations.lock import lock_workspace
from pluginkit.operations.options import BuildOptions
from pluginkit.operations.reporter import Reporter
from pluginkit.operations.session import Session
from pluginkit.operations.signing import doubts_of_signing, refuse_untrusted
from pluginkit.stages import build as build_stage
from pluginkit.stages import lock as lock_stage
from pluginkit.stages import record as record_stage
from pluginkit.stages.plan import settled_by
from pluginkit.stages.record import Past


@dataclass(frozen=True, slots=True)
class Built:
    """A build whose release was published, or is the one that was there."""

    release: Release
    plan: BuildPlan
    verdicts: Sequence[Verdict]
    """On the artifacts that were looked at: all of them where verdicts on the `whole` were asked for."""
    unchanged: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """A build that its own hosts refuse: `dist` is what it was."""

    verdicts: Sequence[Verdict]


def build(options: BuildOptions, reporter: Reporter) -> Built | Refused:
    """Build the release of a workspace; `dist` is the new one as soon as its hosts accept it, and until then the old.

    Raises PluginkitError when it cannot be built: a stale lock that may not be written, a member that fails.
    """
    session = _Build(options, reporter)
    try:
        return session.run()
    except RefusedError:
        return Refused(session.gate.verdicts)
    finally:
        session.warn()


class _Build(Session):
    """One build, which may take more than one attempt."""

    def __init__(self, options: BuildOptions, reporter: Reporter) -> None:
        super().__init__(options, reporter)
        refuse_untrusted(self.workspace, options.key)
        self.gate = Gate(self.workspace, self.cache, reporter, whole=options.whole, key=options.key)
        self._doubts = lock_stage.without_plugins(self.workspace)

    def run(self) -> Built:
        """Build, and return what came of it. Raises RefusedError where the hosts refuse it."""
        dist = self.workspace.root / DIST
        before = os.path.realpath(dist)
        try:
            plan, release = self._build(self.past)
        except build_stage.MissingError as error:  # the cache has not what it promised: it is not asked again
            if isinstance(error, build_stage.ForgedError):
                self.reporter.warn(error.message)
            plan, release = self._build(self._nothing_known, promised=False)
        if (self.options.whole or self.gate.is_due) and not self.gate.verdicts:  # nothing was new, nothing was judged
            self.gate.approve(plan, release.directory, release.artifacts, {})
        signed = (self.options.key.mark if self.options.key else "", mark_of(self.trust) if self.trust else "")
        record_stage.remember(plan, release, self.past, self.gate.until, *signed)
        for doubt in self._doubts:
            self.reporter.warn(doubt)
        for doubt, hint in doubts_of_signing(self.workspace, self.options.key):
            self.reporter.warn(doubt, hint)
        same = os.path.realpath(dist) == before and not plan.steps and not plan.fetched
        return Built(release, plan, self.gate.verdicts, unchanged=same)

    def _build(self, past: Past, *, promised: bool = True) -> tuple[BuildPlan, Release]:
        """Plan and build; where the lock turns out to be out of date write it and try again, unless `locked`."""
        try:
            return self._attempt(past, promised)
        except StaleLockError:
            if self.options.locked:
                raise
        self.reporter.locked(lock_workspace(self.workspace))
        self._doubts = ()  # said with the lock
        return self._attempt(self._nothing_known, promised)

    @property
    def _nothing_known(self) -> Past:
        return Past(self.past.began, self.past.names)

    def _attempt(self, past: Past, promised: bool) -> tuple[BuildPlan, Release]:
        plan = self.plan(past, promised=promised)
        self.reporter.planned(plan, self.past.last_build)
        with self.reporter.building(len(plan.steps)) as report:
            if self.options.executor and self.options.use_cache and promised:
                from pluginkit.operations.remote_build import build_remotely  # reaches the network

                plan = settled_by(plan, build_remotely(plan, self.cache, self.options.executor, report, self.reporter))
            approve = partial(self.gate.approve, plan)
            jobs = self.options.processes
            build = partial(build_stage.build, jobs=jobs, report=report, approve=approve)
            return plan, build(plan, self.cache, signing=self.signing(past))


def build_into_caches(options: BuildOptions, reporter: Reporter) -> tuple[Sequence[CacheEntry], bool]:
    """Build members into the caches, and make no release.

    Returns what the caches have of them, and whether the remote one did its part.
    """
    session = Session(options, reporter)
    if not options.use_cache:
        raise PluginkitError("a build into the caches, and no cache to use", hint="leave out --no-cache")
    with reporter.building(len(session.names)) as report:
        kept = contribute(
            session.workspace.root,
            session.names,
            lambda workspace: session.cache,
            jobs=options.processes,
            report=report,
            targets=options.targets,
            key=options.key,
            mode=options.mode,
        )
    if session.cache.remote and session.workspace.trust and options.key is None:
        reporter.warn(
            "nothing is shared: the configuration has [trust], so that what nobody signed counts on no other machine",
            hint="give the key to sign with: --sign-with KEY",
        )
    return kept, not session.warn()

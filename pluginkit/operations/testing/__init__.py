"""Plugins' own tests, without a change of an API or a host and with it: what `pluginkit test` does."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pluginkit.backends.fork_map import processors
from pluginkit.backends.process import end_groups
from pluginkit.backends.testing import Bench, Tester, tester
from pluginkit.core.errors import PluginkitError
from pluginkit.core.frozen import record
from pluginkit.core.lock import Lock
from pluginkit.core.lockfile import NAME, read_lock
from pluginkit.core.model import Member, Workspace
from pluginkit.core.names import nearest
from pluginkit.core.trial import Ran, Trial, Trials
from pluginkit.operations.testing import memory
from pluginkit.operations.testing.changes import Change, change_of
from pluginkit.operations.testing.copies import Copies, bench
from pluginkit.operations.testing.statics import Static, compared
from pluginkit.stages.discover import discover

Progress = Callable[[str], None]
"""Hears what is done next."""
_Known = tuple[Static, Ran | None]
"""What comparing tells of a plugin, and how its tests ended; None where they were not run for that reason."""


@record
class TrialOptions:
    """What `pluginkit test` takes, and callers from Python."""

    start: Path = Path()
    plugins: tuple[str, ...] = ()
    """Names; none: all of the workspace."""
    api: str = ""
    """DIR or git:REV with another copy of the API."""
    host: str = ""
    """A workspace or git:REV with another host and its APIs."""
    compile_only: bool = False
    seconds: float = 300.0
    """For the tests of one plugin."""
    jobs: int = 0
    """Plugins at a time; 0: one for each processor."""


def try_plugins(options: TrialOptions, progress: Progress = lambda text: None) -> Trials:
    """Run each plugin's tests without the change and with it; what is known from an earlier run is not run again.

    Builds and tests run in copies of the workspace. Raises PluginkitError where there is nothing to try.
    """
    workspace = discover(options.start)
    members = _chosen(workspace, options.plugins)
    with tempfile.TemporaryDirectory(prefix="pluginkit-") as scratch:
        place = Path(scratch).resolve()
        (place / "revisions").mkdir()
        change = change_of(workspace, options.api, options.host, place / "revisions")
        return _Run(workspace, change, options, place, progress).trials(members)


def _chosen(workspace: Workspace, names: Sequence[str]) -> list[Member]:
    plugins = {one.name: one for one in workspace.members if one.kind == "plugin"}
    for name in names:
        if name not in plugins:
            raise PluginkitError(f"{name!r} is not a plugin of {workspace.root}{nearest(name, plugins)}")
    if not plugins:
        raise PluginkitError(f"{workspace.root} has no plugin", hint="name plugins in its configuration")
    return [plugins[name] for name in names] or list(plugins.values())


class _Run:
    """One workspace and one change."""

    def __init__(
        self, workspace: Workspace, change: Change, options: TrialOptions, scratch: Path, progress: Progress
    ) -> None:
        self._workspace, self._change, self._options, self._progress = workspace, change, options, progress
        self._tester: Tester = tester(workspace.language)
        self._lock = _lock(workspace)
        self._copies = Copies(workspace, self._lock, scratch)

    def trials(self, members: Sequence[Member]) -> Trials:
        keys = {one.name: self._key(one) for one in members}
        trees = {"before": self._change.before.digest, "after": self._change.after.digest}
        known = {
            (side, one.name): memory.known((*keys[one.name], tree)) for side, tree in trees.items() for one in members
        }
        errors: dict[str, str] = {}
        missing = [one for one in members if not (known["before", one.name] and known["after", one.name])]
        if missing:
            fresh, errors = self._tried(missing, {key: found for key, found in known.items() if found})
            for (side, name), found in fresh.items():
                known[side, name] = found
                memory.keep((*keys[name], trees[side]), *found)
        return Trials(self._change.label, tuple(self._trial(one, known, errors) for one in members))

    def _key(self, member: Member) -> tuple[str, ...]:
        digest = self._tester.digest(self._workspace, self._lock, member)
        return self._workspace.language, member.name, digest, str(self._options.compile_only)

    def _trial(
        self,
        member: Member,
        known: Mapping[tuple[str, str], _Known | None],
        errors: Mapping[str, str],
    ) -> Trial:
        _, before = known["before", member.name] or (None, None)
        static, after = known["after", member.name] or (Static(), None)
        return Trial(
            plugin=member.name,
            language=self._workspace.language,
            repository="",
            breaks=static.breaks,
            places=static.places,
            before=before,
            after=after,
            error=errors.get(member.name, ""),
        )

    def _tried(
        self, members: Sequence[Member], known: Mapping[tuple[str, str], _Known]
    ) -> tuple[dict[tuple[str, str], _Known], dict[str, str]]:
        """Run what is not known; return how that ended, and why what could not be run could not."""
        self._progress("copying the workspace")
        roots = {"before": self._copies.tree("before", self._change.before)}
        roots["after"] = self._copies.tree("after", self._change.after)
        statics = self._statics(roots, members)
        found: dict[tuple[str, str], _Known] = {}
        errors: dict[str, str] = {}
        for side, root in roots.items():
            asked = [one for one in members if (side, one.name) not in known]
            broken = [one for one in asked if side == "after" and statics.get(one.name, Static()).breaks]
            found |= {(side, one.name): (statics[one.name], None) for one in broken}
            asked = [one for one in asked if one not in broken]
            runs, trouble = self._side(side, root, asked)
            found |= {(side, name): (Static(), ran) for name, ran in runs.items()}
            errors |= {one.name: f"{_WORDS[side]}: {trouble}" for one in asked if trouble}
        return found, errors

    def _statics(self, roots: Mapping[str, Path], members: Sequence[Member]) -> Mapping[str, Static]:
        """Return by name what is known to break without running anything."""
        barred = self._tester.barred(discover(roots["after"]))
        found = compared(roots["before"], roots["after"], members)
        return {**found, **{name: Static((reason,)) for name, reason in barred.items()}}

    def _side(self, side: str, root: Path, members: Sequence[Member]) -> tuple[dict[str, Ran], str]:
        if not members:
            return {}, ""
        self._progress(f"building what the tests need, {_WORDS[side]}")
        try:
            made = bench(root, members, self._tester)
            return self._ran(made, members, _WORDS[side]), ""
        except PluginkitError as error:
            return {}, error.message

    def _ran(self, made: Bench, members: Sequence[Member], words: str) -> dict[str, Ran]:
        """Run the tests of several plugins at a time; all end when one of them is interrupted."""
        mine = [found for one in members if (found := made.workspace.member(one.name))]
        options = self._options

        def run(member: Member) -> Ran:
            self._progress(f"testing {member.name}, {words}")
            return self._tester.run(made, member, seconds=options.seconds, compile_only=options.compile_only)

        with ThreadPoolExecutor(options.jobs or processors()) as pool:
            try:
                return dict(zip((one.name for one in mine), pool.map(run, mine), strict=True))
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                end_groups()
                raise


_WORDS = {"before": "without the change", "after": "with the change"}


def _lock(workspace: Workspace) -> Lock:
    path = workspace.root / NAME
    if not path.is_file():
        raise PluginkitError(f"{path}: no such file", hint="write it with `pluginkit lock`")
    return read_lock(path)[0]

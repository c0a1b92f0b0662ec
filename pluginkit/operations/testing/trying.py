"""One workspace and one change: what is known of its plugins, and the rest compared, built and run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pluginkit.core.errors import PluginkitError
from pluginkit.core.model import Member
from pluginkit.core.trial import Ran, Trial
from pluginkit.operations.testing import memory
from pluginkit.operations.testing.grounds import Ground
from pluginkit.operations.testing.options import Progress, TrialOptions
from pluginkit.operations.testing.running import Running
from pluginkit.operations.testing.statics import Static
from pluginkit.operations.testing.steadiness import steady

_WORDS = {"before": "without the change", "after": "with the change"}


class Trying:
    """Tries the plugins of one workspace; each side is copied and built when the first of its tests is to run."""

    def __init__(self, ground: Ground, options: TrialOptions, progress: Progress) -> None:
        self._ground, self._options, self._progress = ground, options, progress
        self._digests = ground.digests
        self._runs: dict[tuple[str, str], Ran] = {}
        self._statics: dict[str, Static] = {}
        self._errors: dict[str, str] = {}
        self.notes: list[str] = []
        """What a reader should know beside the trials."""

    def trials(self, members: Sequence[Member], repository: str = "") -> tuple[Trial, ...]:
        """Return how each plugin fares, in their order; remember what was found out."""
        keys = {one.name: self._key(one) for one in members}
        self._recall(keys)
        missing = [one for one in members if not self._is_known(one)]
        if missing:
            self._try(missing)
            self._keep(keys)
        return tuple(self._trial(one, repository) for one in members)

    @property
    def _is_same(self) -> bool:
        return self._digests["before"] == self._digests["after"]

    def _key(self, member: Member) -> tuple[str, ...]:
        return self._ground.language, member.name, self._ground.digest(member), str(self._options.compile_only)

    def _recall(self, keys: Mapping[str, tuple[str, ...]]) -> None:
        for name, key in keys.items():
            for side, digest in self._digests.items():
                if ran := memory.known_run((*key, digest)):
                    self._runs[side, name] = ran
            static = Static() if self._is_same else memory.known_static((*key, *self._digests.values()))
            if static is not None:
                self._statics[name] = static

    def _keep(self, keys: Mapping[str, tuple[str, ...]]) -> None:
        for (side, name), ran in self._runs.items():
            memory.keep_run((*keys[name], self._digests[side]), ran)
        for name, static in self._statics.items():
            memory.keep_static((*keys[name], *self._digests.values()), static)

    def _is_known(self, member: Member) -> bool:
        static = self._statics.get(member.name)
        sides = ("before",) if static and static.breaks else ("before", "after")
        return static is not None and all((side, member.name) in self._runs for side in sides)

    def _trial(self, member: Member, repository: str) -> Trial:
        static = self._statics.get(member.name, Static())
        return Trial(
            plugin=member.name,
            language=self._ground.language,
            repository=repository,
            breaks=static.breaks,
            places=static.places,
            before=self._runs.get(("before", member.name)),
            after=None if static.breaks else self._runs.get(("after", member.name)),
            error=self._errors.get(member.name, ""),
        )

    def _try(self, members: Sequence[Member]) -> None:
        """Compare and run what is not known."""
        self._progress("a copy of the workspace")
        roots = {"before": self._ground.tree("before")}
        if self._is_same:
            self._both_alike(roots["before"], members)
            return
        roots["after"] = self._ground.tree("after")
        self._compare(roots, members)
        running = {side: self._side(side, root, members) for side, root in roots.items()}
        self._again(running, members)

    def _both_alike(self, root: Path, members: Sequence[Member]) -> None:
        self._side("before", root, members)
        self._runs |= {("after", name): ran for (side, name), ran in [*self._runs.items()] if side == "before"}

    def _compare(self, roots: Mapping[str, Path], members: Sequence[Member]) -> None:
        """Find what is known to break without running anything."""
        try:
            found = self._ground.compared(roots, members)
        except PluginkitError as error:
            found = {}
            self.notes.append(f"the APIs cannot be compared without running tests: {error.message}")
        barred = self._ground.barred(roots["after"])
        for one in members:
            reason = barred.get(one.name)
            self._statics[one.name] = Static((reason,)) if reason else found.get(one.name, Static())

    def _side(self, side: str, root: Path, members: Sequence[Member]) -> Running | None:
        """Build a side and run what is not known there; return what runs tests in it, None where there was none."""
        asked = [one for one in members if (side, one.name) not in self._runs and one.name not in self._errors]
        if side == "after":
            asked = [one for one in asked if not self._statics[one.name].breaks]
        if not asked:
            return None
        words = _WORDS[side]
        self._progress(f"{words}: building")
        try:
            made, refused = self._ground.prepared(side, root, asked)
        except PluginkitError as error:
            self._errors |= {one.name: f"{words}: {error.message}" for one in asked}
            return None
        self._refuse(side, refused)
        running = Running(made, self._ground.tester, self._options, self._progress, words)
        self._add(side, running, (one.name for one in asked if one.name not in refused))
        return running

    def _refuse(self, side: str, refused: Mapping[str, tuple[str, ...]]) -> None:
        """Blame the change for what hosts refuse with it, and nobody for what they refuse without it."""
        for name, reasons in refused.items():
            if side == "before":
                self._errors[name] = f"{_WORDS[side]}: {'; '.join(reasons)}"
            else:
                self._statics[name] = Static(reasons)

    def _add(self, side: str, running: Running, names: Iterable[str]) -> None:
        for name, found in running.run(names).items():
            if isinstance(found, Ran):
                self._runs[side, name] = found
            else:
                self._errors[name] = f"{_WORDS[side]}: {found}"

    def _again(self, running: Mapping[str, Running | None], members: Sequence[Member]) -> None:
        """Run the tests once more that are to blame the change: what then ends otherwise is not its fault."""
        failed = [one.name for one in members if (ran := self._runs.get(("after", one.name))) and ran.failed]
        blamed = [one.name for one in members if one.name in failed and self._trial(one, "").blamed]
        again = {side: one.again(blamed) if one else {} for side, one in running.items()}
        for name in blamed:
            pair = self._runs["before", name], self._runs["after", name]
            found, unsteady = steady(pair, again["before"].get(name), again["after"].get(name))
            self._runs["before", name], self._runs["after", name] = found
            self.notes += [f"{name}: {test} passes or fails by chance: not blamed" for test in unsteady]

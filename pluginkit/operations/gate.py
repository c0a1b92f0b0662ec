"""A finished build against its own hosts, before it becomes the release."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import partial
from pathlib import Path

from pluginkit.backends.builders import with_left_out
from pluginkit.backends.inspectors import suffixes
from pluginkit.core.api import Ignore
from pluginkit.core.config import DIST
from pluginkit.core.frozen import replace
from pluginkit.core.model import Artifact, BuildPlan, Workspace
from pluginkit.core.ownership import modules
from pluginkit.core.private_key import PrivateKey
from pluginkit.core.release import VENDORED
from pluginkit.core.side_effect import SideEffect
from pluginkit.core.stamp import BUILDER, Stamp
from pluginkit.core.target import keyed, target_of
from pluginkit.core.verdict import Evidence, Host, HostSide, Verdict
from pluginkit.operations.places import with_places
from pluginkit.operations.reporter import Reporter
from pluginkit.operations.signing import alone
from pluginkit.rules import judge, judge_apart
from pluginkit.rules.ignores import is_past
from pluginkit.stages.build import MissingError
from pluginkit.stages.verify import hosts_among, read_artifacts, with_loaders
from pluginkit.store.cache import Cache


class RefusedError(Exception):
    """A build made artifacts that its own host would refuse."""


class Gate:
    """Refuses what a host among the artifacts of a build would refuse."""

    def __init__(
        self,
        workspace: Workspace,
        cache: Cache | None,
        reporter: Reporter,
        *,
        whole: bool,
        key: PrivateKey | None = None,
    ) -> None:
        """Judge builds of a workspace that are signed with a `key`; without one no host asks for signatures yet."""
        self._workspace, self._cache, self._reporter, self._whole = workspace, cache, reporter, whole
        self._is_signed = key is not None
        self.verdicts: Sequence[Verdict] = ()
        """On the artifacts that were looked at."""
        self._ends = [one.until for one in (workspace.trust.keys if workspace.trust and key else ()) if one.until]
        self.until = _first_end(workspace.ignores, self._ends)
        """Last day on which a later build may rely on the verdicts; empty: for good."""
        self.is_due = any(map(is_past, workspace.ignores))
        """An entry has ended, so that what was accepted before may be refused."""

    def approve(
        self,
        plan: BuildPlan,
        directory: Path,
        artifacts: Sequence[Artifact],
        side_effects: Mapping[str, Sequence[SideEffect]],
    ) -> None:
        """Compare the artifacts in `directory` with the hosts among them. Raises RefusedError.

        Unless a verdict on the `whole` is wanted, artifacts that were accepted without a word by the same rules are
        not read again.
        """
        whole = self._whole or self.is_due
        quiet = not whole and not any(side_effects.values())
        by = f"{BUILDER} {plan.lock_digest}"  # whose pins requirements are compared with
        if quiet and (plan.fetched or not plan.steps) and self._cache and self._cache.is_approved(artifacts, by):
            return
        added = {artifact.file for artifact in artifacts if artifact.kind in VENDORED}
        read, all_read = _read(plan, directory, added, whole=whole)
        self._refuse_others(plan, read)
        told = (replace(_listed(one), side_effects=tuple(side_effects.get(_key(one), ())), site=DIST) for one in read)
        evidences = with_left_out(self._workspace, told)
        groups = [(mine, self._sides(place, mine)) for place, mine in _apart(plan, directory, evidences)]
        sides = [side for _, hosts in groups for side in hosts]
        alone = partial(judge, sides=(), ignores=self._workspace.ignores)
        found = judge_apart(groups) if sides else [verdict for mine, _ in groups for verdict in alone(mine)]
        ignores = [*self._workspace.ignores, *(one for side in sides for one in side.host.ignores)]
        self.until = _first_end(ignores, self._ends)
        placed = with_places(found, {directory: read}, directory)
        self.verdicts = [replace(verdict, host=verdict.host.replace(str(directory), DIST)) for verdict in placed]
        if not all(verdict.accepted for verdict in self.verdicts):
            if all_read:
                raise RefusedError
            self._whole = True  # a plugin that was not read may bring what this one lacks
            self.approve(plan, directory, artifacts, side_effects)
            return
        if self._cache and all_read and not any(one.findings or one.ignored for one in self.verdicts):
            self._cache.approve(artifacts, by)

    def _sides(self, place: Path, evidences: Sequence[Evidence]) -> Sequence[HostSide]:
        """Return the hosts among artifacts; they do not ask for signatures that only others can add."""

        def asking(host: Host) -> Host:
            return replace(host, trust=alone(host.trust) if host.trust and self._is_signed else None)

        sides = with_loaders(hosts_among(place, evidences))
        return [replace(side, host=asking(side.host)) for side in sides]

    def _refuse_others(self, plan: BuildPlan, read: Sequence[Evidence]) -> None:
        """Raise MissingError where a cache gave artifacts that are not whole, or say that they have other inputs."""
        wanted = {f"{DIST}/{kept.artifact.file}": kept.artifact for kept in plan.fetched}
        made = {one.subject: one.stamp.inputs for one in read if one.stamp and _is_whole(one, one.stamp)}
        others = sorted(one.name for subject, one in wanted.items() if made.get(subject, "") != one.inputs)
        if others:
            self._reporter.warn(
                f"the cache has damaged artifacts, or those of other inputs, as {', '.join(others)}: built here"
            )
            raise MissingError(f"the cache has other artifacts as {', '.join(others)}", hint="build again")


def _listed(one: Evidence) -> Evidence:
    """Return the evidence of an artifact as a part of the release that the build is about to write, and to sign."""
    return one if one.binary is None or one.binary.has_envelope else replace(one, listed=True)


def _read(plan: BuildPlan, directory: Path, added: Set[str], *, whole: bool) -> tuple[Sequence[Evidence], bool]:
    """Read the artifacts; unless the `whole` is wanted, skip the plugins carried over where that makes no difference.

    These hosts accepted them when the previous release was built, under this very lock. Files that were `added`, not
    built, are not plugins. The second value says whether all were read.
    """
    carried = {artifact.file: artifact.kind for artifact in plan.carried}
    files = [path.relative_to(directory).as_posix() for path in sorted(directory.rglob("*")) if path.is_file()]
    fresh = [file for file in files if file not in carried and file not in added and file.endswith(suffixes())]
    plugins_only = all(step.member.kind == "plugin" for step in plan.steps)
    same_names = sorted(artifact.file for artifact in plan.replaced) == fresh
    if whole or not (plugins_only and plan.same_lock and fresh and same_names):
        return read_artifacts(directory, Path(DIST)), True
    made = _read_each(directory, fresh)
    hosts = _read_each(directory, [file for file, kind in carried.items() if kind != "plugin"])
    if any(is_past(one) for host in hosts if host.stamp for one in host.stamp.ignores):
        return read_artifacts(directory, Path(DIST)), True
    before = _read_each(plan.current or plan.workspace.root / DIST, fresh)
    known = {(_target(host), path) for host in hosts if host.binary for path in host.binary.packages}
    if [_shared(one, known) for one in made] != [_shared(one, known) for one in before]:
        return read_artifacts(directory, Path(DIST)), True
    return [*hosts, *made], False


def _is_whole(one: Evidence, stamp: Stamp) -> bool:
    """Return whether an artifact is what its stamp was made for."""
    return one.payload == stamp.payload and not any(defect.code.startswith(("PK1", "PK2")) for defect in one.defects)


def _first_end(ignores: Iterable[Ignore], others: Iterable[str]) -> str:
    return min((*(one.until for one in ignores if one.until), *others), default="")


def _read_each(directory: Path, files: Sequence[str]) -> list[Evidence]:
    return [replace(one, subject=f"{DIST}/{file}") for file in files for one in read_artifacts(directory / file)]


def _target(one: Evidence) -> str:
    """Return the target that an artifact of a release was built for."""
    return target_of(one.subject.removeprefix(f"{DIST}/"))


def _apart(plan: BuildPlan, directory: Path, evidences: Sequence[Evidence]) -> Iterator[tuple[Path, list[Evidence]]]:
    """Yield where the artifacts of each target are, and those."""
    for target in plan.targets:
        yield directory / target, [one for one in evidences if _target(one) == target]


def _key(one: Evidence) -> str:
    return keyed(_target(one), one.name)


def _shared(one: Evidence, known: Set[tuple[str, str]]) -> object:
    """Return what of a plugin matters to those beside it: names, packages that no host has, and import packages."""
    binary = one.binary
    packages = binary.packages.items() if binary else ()
    others = [pair for pair in packages if binary and pair[0] != binary.plugin_path]
    beside = {path: digest for path, digest in others if (_target(one), path) not in known}
    owned = modules(one.files, one.inits), sorted(path for path, init in one.inits.items() if init.extends)
    return one.name, binary and binary.plugin_path, sorted(factory.name for factory in one.factories), beside, owned

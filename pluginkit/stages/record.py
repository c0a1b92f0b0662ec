"""BuildPlan, Release -> index: keep what a build read and made, so that the next can tell what changed."""

import json
import os
import time
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from pluginkit.backends.builders import builder
from pluginkit.core.config import CONFIG
from pluginkit.core.environment import fingerprint
from pluginkit.core.known import Known
from pluginkit.core.lockfile import NAME
from pluginkit.core.model import BuildPlan, BuildStep, Member, Release
from pluginkit.core.release import VENDORED
from pluginkit.incremental import file_stat, stat_index
from pluginkit.incremental.entries import entry, listing
from pluginkit.incremental.last_build import RELEASE, WORKSPACE, LastBuild, Recorder, understand
from pluginkit.incremental.reasons import facts_of, nothing_changed
from pluginkit.incremental.stat_index import Snapshot


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of the last build when the next begins."""

    began: int
    """When that was, in nanoseconds of the file system's clock."""
    names: tuple[str, ...] = ()
    """What lay in the root then."""
    resting: Mapping[str, str] = field(default_factory=dict)
    """By key, the inputs of artifacts of which nothing changed."""
    intact: Set[str] = frozenset()
    """Keys of artifacts in the current release that were not edited since."""
    release: Path | None = None
    """That release, where it is told apart from others."""
    signer: str = ""
    """The mark of the key that signed it; empty for none."""
    trusted: str = ""
    """The mark of the trust by which each of its artifacts was signed, or built here; empty for none."""
    known: Known | None = None
    last_build: LastBuild | None = None


def recall(root: Path | None, snapshot: Snapshot | None = None, *, forget: bool = False) -> Past:
    """Return what is known of the workspace in `root` by a `snapshot`, taken now if need be; with `forget` the time."""
    if root is None:
        return Past(time.time_ns())
    prefix = f"{root}/"
    began = file_stat.now(prefix) or time.time_ns()
    names = tuple(listing(str(root), top=True))
    snapshot = None if forget else snapshot or stat_index.look(prefix, os.environ)
    last_build = understand(snapshot) if snapshot else None
    if last_build is None:
        return Past(began, names)
    members = {str(values["path"]): _member(values) for values in last_build.members}
    known = None if last_build.spoiled else Known(last_build.paths, members, last_build.visited)
    found = (last_build.resting, last_build.intact, last_build.release, last_build.signer, last_build.trusted)
    return Past(began, names, *found, known, last_build)


def remember(
    plan: BuildPlan, release: Release, past: Past, until: str = "", signer: str = "", trusted: str = ""
) -> None:
    """Write down what the build that ended with `release` read and made.

    `until` is the last day (ISO 8601) on which its verdict is sure to hold; empty: for good. `signer` is the mark of
    the key that signed the release, `trusted` that of the trust by which its artifacts count.
    """
    root = plan.workspace.root
    place = os.path.realpath(release.directory)
    recorder = Recorder(root, past.began)
    _record_workspace(recorder, plan, past)
    steps = {step.key: step for step in (*plan.steps, *plan.settled)}
    made = {artifact.key: artifact.inputs for artifact in release.artifacts}
    unseen = set()
    for key in plan.keys:
        if key in steps:
            _record_step(recorder, steps[key])
        elif past.last_build and key in past.resting:
            recorder.keep(key, past.last_build)
        elif key in made:  # carried over because others were named: nothing says whether it changed
            unseen.add(key)
        else:  # an API of Go's: its files are sources of all others
            recorder.watch(key, ())
    _record_release(recorder, place, release)
    unseen |= {key for key, step in steps.items() if not step.exact}
    exact = {key: made.get(key, "") for key in plan.keys if key not in unseen}
    usual = plan.is_whole and not plan.workspace.mode and len(exact) == len(plan.keys)
    said = nothing_changed(release) if usual else ""
    head = (fingerprint(os.environ), stat_index.dist_of(f"{root}/"), said, until, signer)
    members = {member.name: _values(member) for member in plan.workspace.members}
    facts, numbers = _facts(plan, past)
    prewarms = (plan.workspace.language, builder(plan.workspace.language).prewarms(plan.lock))
    more = {
        "prewarms": prewarms,
        "facts": facts,
        "facts_of": numbers,
        "visited": plan.workspace.visited,
        "trusted": trusted,
    }
    recorder.save(head, inputs=exact, members=members, **more)


def _facts(plan: BuildPlan, past: Past) -> tuple[Sequence[Mapping[str, str]], Mapping[str, int]]:
    """Return the facts of every artifact: each combination once, and its number by key."""
    distinct: dict[str, tuple[int, Mapping[str, str]]] = {}
    numbers = {}
    steps = {step.key: step for step in (*plan.steps, *plan.settled)}
    for key in plan.keys:
        step = steps.get(key)
        known = past.last_build.facts(key) if past.last_build else None
        facts = facts_of(step) if step else known
        if facts:
            numbers[key] = distinct.setdefault(json.dumps(facts), (len(distinct), facts))[0]
    return [facts for _, facts in distinct.values()], numbers


def _record_workspace(recorder: Recorder, plan: BuildPlan, past: Past) -> None:
    """Record the configuration, the lock, and where members and tools are found."""
    workspace, root = plan.workspace, str(plan.workspace.root)
    recorder.file(WORKSPACE, f"{root}/{NAME}", f"file {plan.lock_digest.removeprefix('sha256:')}", sure=True)
    recorder.watch(WORKSPACE, (f"{root}/{CONFIG}", f"{root}/pyproject.toml"))
    recorder.watch(WORKSPACE, [f"{root}/{package.path}" for package in plan.lock.vendored])
    recorder.watch(WORKSPACE, map(str, builder(workspace.language).surroundings(workspace, plan.lock)))
    # The lock and the release that the build itself puts there do not count as changes.
    own = {NAME, *past.names}
    recorder.directory(WORKSPACE, root, top=True, sure=set(listing(root, top=True)) == own)
    for path in set(workspace.visited) - {".", *(member.path for member in workspace.members)}:
        recorder.directory(WORKSPACE, f"{root}/{path}", top=False)


def _record_release(recorder: Recorder, place: str, release: Release) -> None:
    """Record the artifacts, by their keys, and what else lies in a release."""
    owners = {artifact.file: artifact for artifact in release.artifacts}
    made = []
    for directory, _, names in os.walk(place):
        recorder.directory(RELEASE, directory, top=False, sure=True)
        inside = "" if directory == place else f"{os.path.relpath(directory, place)}/"
        for name in names:
            path, artifact = f"{directory}/{name}", owners.get(f"{inside}{name}")
            known = f"{'exec' if artifact.is_executable else 'file'} {artifact.sha256}" if artifact else entry(path)
            made.append((artifact.key if artifact and artifact.kind not in VENDORED else RELEASE, path, known))
    recorder.made(made)


def _record_step(recorder: Recorder, step: BuildStep) -> None:
    for name, known in step.sources.items():
        recorder.file(step.key, f"{step.root}/{name}", known)
    for path in step.places:
        directory = str(step.root) if path == "." else f"{step.root}/{path}"
        recorder.directory(step.key, directory, top=path == ".")


def _values(member: Member) -> Mapping[str, Any]:
    return {one.name: getattr(member, one.name) for one in fields(member)}


def _member(values: Mapping[str, Any]) -> Member:
    return Member(**{name: _tuples(value) for name, value in values.items()})


def _tuples(value: Any) -> Any:
    """Return what JSON made lists of as the tuples that they were."""
    return tuple(map(_tuples, value)) if isinstance(value, list) else value

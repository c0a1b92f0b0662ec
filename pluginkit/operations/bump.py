"""Give an API a new version, in every place where the sources state it."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pluginkit.backends.builders import builder
from pluginkit.backends.members import members
from pluginkit.backends.steps import refuse_disagreement, step_between, typed
from pluginkit.core.errors import PluginkitError
from pluginkit.core.files import write_atomic
from pluginkit.core.lockfile import NAME, read_lock
from pluginkit.core.model import Member, Workspace
from pluginkit.core.names import nearest
from pluginkit.core.stated_version import StatedVersion, rewritten
from pluginkit.core.versions import STEPS, agrees, bumped, restated
from pluginkit.stages.discover import discover


@dataclass(frozen=True, slots=True)
class Edit:
    """One place where a version was written."""

    path: Path
    line: int
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class BumpedApi:
    """What came of it for one API."""

    api: str
    old: str
    new: str
    """The same as `old` where that was enough for what changed."""
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Bumped:
    """What came of a `bump`."""

    apis: tuple[BumpedApi, ...]
    next: tuple[str, ...]
    """Commands that seal the new versions, in order, in backticks."""


def bump(start: Path, step: str = "", api: str = "") -> Bumped:
    """Write the next version of an API, of the workspace that `start` lies in, where its files state it.

    `step` is one of `STEPS`, the part to move; empty: as the changes since the lock ask for. `api` is the name of an
    API or its directory; empty: the one there is, or without a step all of them. All files are written, or none.

    Raises PluginkitError where an API has two versions, or none in a file, and OSError for a full disk and the like.
    """
    workspace = discover(start)
    targets = [_target(workspace, member) for member in _chosen(workspace, step, api)]
    versions = _moved(workspace, targets, step) if step else _asked_for(workspace, targets)
    edits = [target.edits(versions[target.member.name]) for target in targets]
    _write(workspace.root, [edit for found in edits for edit in found])
    apis = (
        BumpedApi(target.member.name, target.version, versions[target.member.name], _told(workspace.root, found))
        for target, found in zip(targets, edits, strict=True)
    )
    uv = ("`uv lock`",) if (workspace.root / "uv.lock").is_file() else ()  # which pins the versions of members, too
    return Bumped(tuple(apis), (*uv, typed(workspace, "lock")))


@dataclass(frozen=True, slots=True)
class _Target:
    """One API, and where its version is written."""

    member: Member
    version: str
    places: tuple[StatedVersion, ...]

    def edits(self, new: str) -> list[tuple[StatedVersion, str]]:
        """Return what to write in which place. Raises PluginkitError where one cannot be written."""
        if not new:
            raise PluginkitError(
                f"{self.member.name}: nothing follows {self.version!r}, which is not a version",
                hint=f"write the new one in {self.places[0].place}",
            )
        found = [(one, restated(one.text, self.version, new)) for one in self.places] if new != self.version else []
        for one, _ in found:
            if one.start < 0:
                raise PluginkitError(
                    f"{one.place}: {one.text} is not written as one plain string", hint=f'write it as "{one.text}"'
                )
        return [(one, text) for one, text in found if one.text != text]


def _target(workspace: Workspace, member: Member) -> _Target:
    stated = members(workspace.language).stated_versions(workspace.root, member)
    if stated.deciding is None:
        raise PluginkitError(f"{member.path}: no file states the version of {member.name}", hint=stated.hint)
    version, places = stated.deciding.text, stated.places
    if workspace.versioning == "none":
        places = tuple(one for one in places if agrees(one.text, version))
    refuse_disagreement(member, places, version)
    return _Target(member, version, places)


def _chosen(workspace: Workspace, step: str, named: str) -> list[Member]:
    own = [member for member in map(workspace.member, workspace.apis) if member]
    names = ", ".join(one.name for one in own)
    if not own:
        raise PluginkitError("no API is a member of this workspace, so none gets its version here")
    if step and not named and len(own) > 1:
        raise PluginkitError(
            f"there are several APIs: {names}", hint=f"name one, as in {typed(workspace, 'bump', step, own[0].name)}"
        )
    found = [one for one in own if not named or named in (one.name, one.path) or _lies_at(workspace, one, named)]
    if not found:
        likely = nearest(named, [one.name for one in own])
        raise PluginkitError(f"{named!r} is not an API of this workspace{likely}", hint=f"it has {names}")
    return found


def _lies_at(workspace: Workspace, member: Member, named: str) -> bool:
    return "\0" not in named and Path(named).resolve() == (workspace.root / member.path).resolve()


def _moved(workspace: Workspace, targets: Sequence[_Target], step: str) -> Mapping[str, str]:
    if workspace.versioning == "pep440-calver":
        raise PluginkitError(
            'with versioning = "pep440-calver" the next version follows from the date',
            hint=f"leave out {step!r}: {typed(workspace, 'bump')}",
        )
    return {one.member.name: bumped(one.version, step) for one in targets}


def _asked_for(workspace: Workspace, targets: Sequence[_Target]) -> Mapping[str, str]:
    """Return the version that each API should have, by what changed since the lock."""
    if workspace.versioning == "none":
        raise PluginkitError(
            'with versioning = "none" changes ask for no step', hint=f"name it: {typed(workspace, 'bump', STEPS[-1])}"
        )
    if not (workspace.root / NAME).is_file():
        raise PluginkitError(
            f"{workspace.root / NAME}: no such file, so it is not known what changed",
            hint=f"name the step, as in {typed(workspace, 'bump', STEPS[1])}",
        )
    lock, _ = read_lock(workspace.root / NAME)
    found = {one.name: one for one in builder(workspace.language).apis(workspace, lock)}
    versions = {one.member.name: one.version for one in targets}
    for name in versions:
        old, new = lock.api(name), found[name]
        if old and old.digest != new.digest:
            step = step_between(workspace, old, new)
            versions[name] = versions[name] if step.is_enough else step.version
    return versions


def _told(root: Path, edits: Sequence[tuple[StatedVersion, str]]) -> tuple[Edit, ...]:
    return tuple(Edit(root / one.path, one.line, one.text, new) for one, new in edits)


def _write(root: Path, edits: Sequence[tuple[StatedVersion, str]]) -> None:
    """Write every file; where one cannot be written, leave all as they were."""
    of_file: dict[Path, list[tuple[StatedVersion, str]]] = {}
    for one, new in edits:
        of_file.setdefault(root / one.path, []).append((one, new))
    before = {path: path.read_bytes() for path in of_file}
    try:
        after = {path: rewritten(before[path].decode(), found).encode() for path, found in of_file.items()}
    except ValueError as error:
        raise PluginkitError(f"a file changed meanwhile: {error}", hint="try again") from None
    try:
        for path, data in after.items():
            write_atomic(path, data)
    except BaseException:
        for path, data in before.items():
            if path.read_bytes() != data:
                with suppress(OSError):
                    write_atomic(path, data)
        raise

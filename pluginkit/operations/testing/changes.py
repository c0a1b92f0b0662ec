"""What plugins are tried with: other copies of APIs and hosts, as directories that take the place of members."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from pluginkit.backends.copies import files_of
from pluginkit.backends.git import GitTree
from pluginkit.backends.language import language
from pluginkit.backends.testing import files_digest
from pluginkit.core.digest import fields_digest
from pluginkit.core.errors import PluginkitError
from pluginkit.core.frozen import EMPTY, record
from pluginkit.core.model import Member, Workspace
from pluginkit.operations.targets import is_workspace
from pluginkit.stages.discover import discover

_GIT = "git:"
_HEAD = "git:HEAD"


@record
class Tree:
    """A workspace with some of its members replaced."""

    replaced: Mapping[str, Path] = EMPTY
    """By path of a member: the directory whose files it has instead."""

    @property
    def digest(self) -> str:
        """What tells two of them apart, of one workspace; empty where nothing is replaced."""
        if not self.replaced:
            return ""
        parts = ((path.encode(), _digest(place).encode()) for path, place in sorted(self.replaced.items()))
        return fields_digest("pluginkit tree v1", [part for pair in parts for part in pair])


@record
class Change:
    """Two trees: without a change, and with it."""

    label: str
    before: Tree
    after: Tree
    notes: tuple[str, ...] = ()
    """What a reader should know of it."""


def change_of(workspace: Workspace, api: str, host: str, scratch: Path) -> Change:
    """Return the change that options name: another `api`, another `host` with its APIs, or by default what changed.

    That is the APIs of the workspace as they are now, compared with those of the last commit. Files of git revisions
    are written below `scratch`. Raises PluginkitError where a place has no such member.
    """
    if not host and not api:
        return _since_commit(workspace, scratch)
    if host:
        place = _place(workspace, host, scratch)
        label, found = f"--host {host}", _of_workspace(workspace, place, host, _is_host_side)
    else:
        label, found = f"--api {api}", _apis(workspace, api, scratch)
    after = different(workspace, found)
    return Change(label, Tree(), after, () if after.replaced else (f"{label} is what the workspace has already",))


def _since_commit(workspace: Workspace, scratch: Path) -> Change:
    """Return what changed in the APIs since the last commit; nothing where there is no such commit."""
    label = "the APIs as they are now, compared with the last commit"
    try:
        place = _revision(workspace, _HEAD, scratch)
    except PluginkitError as error:
        return Change(label, Tree(), Tree(), (f"no last commit to compare with: {error.message}",))
    apis = [one.path for one in workspace.members if _is_api(workspace, one)]
    before = different(workspace, {path: place / path for path in apis if (place / path).is_dir()})
    notes = () if before.replaced else ("the APIs are what they are in the last commit: name a change with --api",)
    return Change(label, before, Tree(), notes)


def different(workspace: Workspace, replaced: Mapping[str, Path]) -> Tree:
    """Return a tree with those of the members replaced whose files differ."""
    return Tree({path: place for path, place in replaced.items() if _digest(place) != _digest(workspace.root / path)})


def _apis(workspace: Workspace, named: str, scratch: Path) -> Mapping[str, Path]:
    place = _place(workspace, named, scratch)
    if is_workspace(place):
        return _of_workspace(workspace, place, named, _is_api)
    members = [one for one in workspace.members if _is_api(workspace, one)]
    if named.startswith(_GIT):
        return {one.path: place / one.path for one in members if (place / one.path).is_dir()}
    if len(members) != 1:
        several = ", ".join(one.name for one in members) or "none in this workspace"
        raise PluginkitError(
            f"--api {named}: which API is it? There are {several}", hint="name a checkout of the whole workspace"
        )
    manifest = language(workspace.language).manifest
    if manifest and not (place / manifest).is_file():
        raise PluginkitError(
            f"--api {named}: no {manifest} in it", hint=f"name the directory that is to be {members[0].path} here"
        )
    return {members[0].path: place}


def _of_workspace(
    workspace: Workspace, place: Path, named: str, wanted: Callable[[Workspace, Member], bool]
) -> Mapping[str, Path]:
    """Return the members of a workspace elsewhere that take the place of ours of the same name."""
    if not is_workspace(place):
        raise PluginkitError(
            f"{named}: not a pluginkit workspace, and only sources can be built with the plugins",
            hint="name a checkout of the host, or git:REV; `pluginkit fleet PLACE --host` compares with what was built",
        )
    theirs = {one.name: one for one in discover(place).members}
    found = {
        one.path: place / theirs[one.name].path
        for one in workspace.members
        if wanted(workspace, one) and one.name in theirs
    }
    if not found:
        names = ", ".join(one.name for one in workspace.members if wanted(workspace, one)) or "any"
        raise PluginkitError(f"{named}: it has no member that is called {names}")
    return found


def _is_api(workspace: Workspace, member: Member) -> bool:
    return member.kind == "api" or member.name in workspace.apis


def _is_host_side(workspace: Workspace, member: Member) -> bool:
    return member.kind == "host" or _is_api(workspace, member)


def _place(workspace: Workspace, named: str, scratch: Path) -> Path:
    """Return the directory that a DIR or git:REV names; of a revision, where the workspace is in it."""
    if named.startswith(_GIT) and not Path(named).exists():
        return _revision(workspace, named, scratch)
    place = Path(named)
    if not place.is_dir():
        raise PluginkitError(f"{named}: no such directory", hint="name a directory with sources, or git:REV")
    return place.resolve()


def _revision(workspace: Workspace, named: str, scratch: Path) -> Path:
    tree = GitTree(workspace.root, named.removeprefix(_GIT), scratch / "revision")
    inside = workspace.root.resolve().relative_to(tree.root.resolve()).as_posix().removeprefix(".")
    tree.write(inside)
    if not (tree.target / inside).is_dir():
        raise PluginkitError(f"{named}: it has no {inside}", hint="name a revision that has this workspace")
    return tree.target / inside


def _digest(place: Path) -> str:
    return files_digest(place, files_of(place))

"""What tests are run in: a workspace with members replaced, or a repository that takes the APIs from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from pluginkit.backends.copies import copy_tree, files_of
from pluginkit.backends.testing import Bench, OutsideTester, Tester, files_digest, tester
from pluginkit.core.digest import fields_digest
from pluginkit.core.errors import PluginkitError
from pluginkit.core.lock import Lock
from pluginkit.core.lockfile import NAME, read_lock
from pluginkit.core.model import Member, Workspace
from pluginkit.operations.testing.changes import Change, Tree
from pluginkit.operations.testing.copies import Copies, prepared
from pluginkit.operations.testing.statics import Static, compared
from pluginkit.stages.discover import discover

_Refused = Mapping[str, tuple[str, ...]]


class Ground(Protocol):
    """A place with plugins, which has two sides: `before` and `after` a change."""

    language: str
    tester: Tester
    digests: Mapping[str, str]
    """By side: what tells it from others of the same place."""

    def digest(self, member: Member) -> str:
        """Return `sha256:...` of all that decides how a plugin's tests end, but for the side."""
        ...

    def tree(self, side: str) -> Path:
        """Return the root of a new copy of the place."""
        ...

    def barred(self, root: Path) -> Mapping[str, str]:
        """Return by name of a plugin why its requirements exclude what a copy has; there they are widened."""
        ...

    def compared(self, roots: Mapping[str, Path], members: Sequence[Member]) -> Mapping[str, Static]:
        """Return by name what the change breaks, as far as reading tells. Raises PluginkitError."""
        ...

    def prepared(self, side: str, root: Path, members: Sequence[Member]) -> tuple[Bench, _Refused]:
        """Make a copy ready to run tests; return with it why plugins are refused, by name. Raises PluginkitError."""
        ...


class WorkspaceGround:
    """A workspace that has the APIs among its members, or locks them."""

    def __init__(self, workspace: Workspace, change: Change, scratch: Path) -> None:
        self._workspace, self._lock = workspace, _lock(workspace)
        self._trees = {"before": change.before, "after": change.after}
        self._copies = Copies(workspace, self._lock, scratch)
        self.language, self.tester = workspace.language, tester(workspace.language)
        self.digests: Mapping[str, str] = {side: tree.digest for side, tree in self._trees.items()}

    def digest(self, member: Member) -> str:
        """Return the digest that the language has for it."""
        return self.tester.digest(self._workspace, self._lock, member)

    def tree(self, side: str) -> Path:
        """Copy the workspace, and replace members."""
        return self._copies.tree(side, self._trees[side])

    def barred(self, root: Path) -> Mapping[str, str]:
        """Widen the requirements that exclude a member."""
        return self.tester.barred(discover(root))

    def compared(self, roots: Mapping[str, Path], members: Sequence[Member]) -> Mapping[str, Static]:
        """Compare the APIs of both copies."""
        places = {one.name: roots["before"] / one.path for one in members}
        return compared(self.language, roots["before"], roots["after"], places, roots["before"])

    def prepared(self, side: str, root: Path, members: Sequence[Member]) -> tuple[Bench, _Refused]:
        """Lock and build the copy."""
        return prepared(root, members, self.tester)


class OutsideGround:
    """A repository whose plugins require the APIs of a workspace that is elsewhere."""

    def __init__(self, workspace: Workspace, tester: OutsideTester, apis: WorkspaceOfApis, scratch: Path) -> None:
        self._workspace, self._outside, self._apis, self._scratch = workspace, tester, apis, scratch
        self.language, self.digests = workspace.language, apis.digests
        self.tester: Tester = tester
        self._digest = files_digest(workspace.root, files_of(workspace.root))

    def digest(self, member: Member) -> str:
        """Return the digest of the repository and the interpreter."""
        return fields_digest("pluginkit outside v1", [self._digest.encode(), self._outside.version.encode()])

    def tree(self, side: str) -> Path:
        """Copy the repository."""
        return copy_tree(self._workspace.root, self._scratch / side)

    def barred(self, root: Path) -> Mapping[str, str]:
        """Return nothing: what it requires is overridden."""
        return {}

    def compared(self, roots: Mapping[str, Path], members: Sequence[Member]) -> Mapping[str, Static]:
        """Compare the APIs of the other workspace."""
        places = {one.name: roots["before"] / one.path for one in members}
        return compared(self.language, self._apis.root("before"), self._apis.root("after"), places, roots["before"])

    def prepared(self, side: str, root: Path, members: Sequence[Member]) -> tuple[Bench, _Refused]:
        """Make environments with the sources of what it requires."""
        return self._outside.beside(root, tuple(members), self._apis.places(side)), {}


class WorkspaceOfApis:
    """The workspace whose APIs and hosts others require, without a change and with it."""

    def __init__(self, workspace: Workspace, change: Change, scratch: Path) -> None:
        self._workspace, self._scratch = workspace, scratch
        self._trees = {"before": change.before, "after": change.after}
        self._roots: dict[str, Path] = {}
        self._members = [one for one in workspace.members if one.kind != "plugin"]
        self.names = tuple(one.name for one in self._members)
        self.digests: Mapping[str, str] = {side: self._digest(tree) for side, tree in self._trees.items()}

    def sources(self, side: str) -> Mapping[str, Path]:
        """Return by name where the files of its members are, on one side."""
        tree = self._trees[side]
        return {one.name: tree.replaced.get(one.path, self._workspace.root / one.path) for one in self._members}

    def root(self, side: str) -> Path:
        """Return the root of a copy of one side."""
        if side not in self._roots:
            copies = Copies(self._workspace, _lock(self._workspace), self._scratch)
            self._roots[side] = copies.tree(f"apis-{side}", self._trees[side])
        return self._roots[side]

    def places(self, side: str) -> Mapping[str, Path]:
        """Return by name where its APIs and hosts lie in a copy of one side."""
        return {one.name: self.root(side) / one.path for one in self._members}

    def _digest(self, tree: Tree) -> str:
        places = [tree.replaced.get(one.path, self._workspace.root / one.path) for one in self._members]
        return fields_digest("pluginkit apis v1", [files_digest(one, files_of(one)).encode() for one in places])


def _lock(workspace: Workspace) -> Lock:
    path = workspace.root / NAME
    if not path.is_file():
        raise PluginkitError(f"{path}: no such file", hint="write it with `pluginkit lock`")
    return read_lock(path)[0]

"""The two copies of a workspace, without the change and with it, made when the first of their tests is to run."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from pluginkit.backends.copies import copy_files
from pluginkit.backends.language import language
from pluginkit.backends.testing import Bench, Tester
from pluginkit.core.errors import PluginkitError
from pluginkit.core.lock import Lock
from pluginkit.core.model import Member, Workspace
from pluginkit.operations.build import Refused, build
from pluginkit.operations.lock import lock_workspace
from pluginkit.operations.options import BuildOptions
from pluginkit.operations.rebuild.place import Place
from pluginkit.operations.reporter import Silent
from pluginkit.operations.testing.changes import Tree
from pluginkit.stages.discover import discover


class Copies:
    """Copies of one workspace."""

    def __init__(self, workspace: Workspace, lock: Lock, scratch: Path) -> None:
        self._place = Place(workspace, lock, scratch)

    def tree(self, name: str, tree: Tree) -> Path:
        """Return the root of a new copy in which the members are replaced that the tree names."""
        root = self._place.copy(name)
        for path, source in tree.replaced.items():
            target = root / path
            if target == root:
                raise PluginkitError("the API is the root of the workspace: it cannot be replaced")
            shutil.rmtree(target, ignore_errors=True)
            copy_files(source, target)
        return root


def bench(root: Path, members: Sequence[Member], tester: Tester) -> Bench:
    """Make a copy ready to run tests: locked, and where the language installs artifacts, with its release built."""
    workspace = discover(root)
    lock_workspace(workspace, allow_same_version=True)
    workspace = discover(root)
    if language(workspace.language).installs:
        made = build(BuildOptions(start=root, locked=True), Silent())
        if isinstance(made, Refused):
            errors = [one for verdict in made.verdicts for one in verdict.findings if one.severity == "error"]
            raise PluginkitError("\n".join(f"{one.code} {one.subject}: {one.message}" for one in errors))
    mine = tuple(found for one in members if (found := workspace.member(one.name)))
    return tester.bench(workspace, mine)

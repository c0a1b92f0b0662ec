"""The two copies of a workspace, without the change and with it, made when the first of their tests is to run."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from pluginkit.backends.copies import copy_files
from pluginkit.backends.language import language
from pluginkit.backends.testing import Bench, Tester
from pluginkit.core.config import DIST
from pluginkit.core.errors import PluginkitError
from pluginkit.core.lock import Lock
from pluginkit.core.model import Member, Workspace
from pluginkit.operations.gate import Gate, RefusedError
from pluginkit.operations.lock import lock_workspace
from pluginkit.operations.options import BuildOptions
from pluginkit.operations.rebuild.place import Place
from pluginkit.operations.reporter import Silent
from pluginkit.operations.session import Session
from pluginkit.operations.testing.changes import Tree
from pluginkit.stages.build import build
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


def prepared(root: Path, members: Sequence[Member], tester: Tester) -> tuple[Bench, Mapping[str, tuple[str, ...]]]:
    """Make a copy ready to run tests: locked, and where the language installs artifacts, with its release built.

    Returns with it, by name, the plugins that the hosts of the copy refuse, and each reason; the others run all the
    same. Raises PluginkitError where it cannot be locked or built.
    """
    workspace = discover(root)
    lock_workspace(workspace, allow_same_version=True)
    workspace = discover(root)
    refused = _built(root) if language(workspace.language).installs else {}
    mine = (workspace.member(one.name) for one in members if one.name not in refused)
    return tester.bench(workspace, tuple(filter(None, mine))), refused


def _built(root: Path) -> Mapping[str, tuple[str, ...]]:
    """Publish the release of a copy, whatever its hosts say of it; return by name of a plugin why they refuse it."""
    session = Session(BuildOptions(start=root, locked=True), Silent())
    gate = Gate(session.workspace, session.cache, session.reporter, whole=True)
    plan = session.plan(session.past)

    def judged(*found: Any) -> None:
        with suppress(RefusedError):
            gate.approve(plan, *found)

    jobs, signing = session.options.processes, session.signing(session.past)
    made = build(plan, session.cache, jobs=jobs, report=lambda artifact: None, approve=judged, signing=signing)
    files = {f"{DIST}/{one.file}": one.name for one in made.artifacts if one.kind == "plugin"}
    refused: dict[str, tuple[str, ...]] = {}
    for finding in (one for verdict in gate.verdicts for one in verdict.findings if one.severity == "error"):
        if name := files.get(finding.subject):
            refused[name] = (*refused.get(name, ()), f"{finding.code} {finding.message}")
    return refused

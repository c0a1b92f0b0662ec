"""Plugins' own tests, without a change of an API or a host and with it: what `pluginkit test` does."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from pluginkit.backends.language import language
from pluginkit.core.errors import PluginkitError
from pluginkit.core.model import Member, Workspace
from pluginkit.core.names import nearest
from pluginkit.core.trial import Trials
from pluginkit.operations.testing.changes import change_of
from pluginkit.operations.testing.grounds import WorkspaceGround
from pluginkit.operations.testing.options import Progress, TrialOptions
from pluginkit.operations.testing.repositories import Repositories, listed
from pluginkit.operations.testing.trying import Trying
from pluginkit.stages.discover import discover

__all__ = ["TrialOptions", "try_plugins"]


def try_plugins(options: TrialOptions, progress: Progress = lambda text: None) -> Trials:
    """Run each plugin's tests without the change and with it; what is known from an earlier run is not run again.

    Builds and tests run in copies of the workspace. Raises PluginkitError where there is nothing to try.
    """
    workspace = discover(options.start)
    others = listed(options.repositories) if options.repositories else ()
    members = () if others else _chosen(workspace, options.plugins, compile_only=options.compile_only)
    with tempfile.TemporaryDirectory(prefix="pluginkit-") as scratch:
        place = Path(scratch).resolve()
        (place / "revisions").mkdir()
        change = change_of(workspace, options.api, options.host, place / "revisions")
        if others:
            elsewhere = Repositories(workspace, change, options, place, progress)
            return Trials(change.label, tuple(elsewhere.trials(others)), (*change.notes, *elsewhere.notes))
        trying = Trying(WorkspaceGround(workspace, change, place), options, progress)
        trials = trying.trials(members)
        return Trials(change.label, trials, (*change.notes, *trying.notes))


def _chosen(workspace: Workspace, names: Sequence[str], *, compile_only: bool) -> list[Member]:
    plugins = {one.name: one for one in workspace.members if one.kind == "plugin"}
    for name in names:
        if name not in plugins:
            raise PluginkitError(f"{name!r} is not a plugin of {workspace.root}{nearest(name, plugins)}")
    if compile_only and language(workspace.language).installs:
        raise PluginkitError(
            f"--compile-only: plugins written in {workspace.language} are not compiled", hint="leave it out"
        )
    if not plugins:
        raise PluginkitError(f"{workspace.root} has no plugin", hint="name plugins in its configuration")
    return [plugins[name] for name in names] or list(plugins.values())

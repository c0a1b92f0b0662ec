"""In which mode the plugins of a release run, where its build was asked for another than the configuration has."""

from __future__ import annotations

from collections.abc import Iterator

from pluginkit.backends.language import language
from pluginkit.core.model import Release, Workspace
from pluginkit.core.modes import LINKED
from pluginkit.stages.verify import read_artifacts


def mode_of(released: Release, workspace: Workspace) -> str:
    """Return the mode to build a checkout in, so that it makes the release's artifacts; empty: as it is configured.

    The stamps of a release say how each plugin runs. Where that is another mode than the workspace says, and the same
    for all, it was asked for.
    """
    if not language(workspace.language).has_modes:
        return ""
    found = dict(_modes(released))
    configured = {one.name: one.mode for one in workspace.members if one.kind == "plugin"}
    same = all(configured.get(name, mode) == mode for name, mode in found.items())
    return "" if same or len({*found.values()}) > 1 else next(iter(found.values()))


def _modes(released: Release) -> Iterator[tuple[str, str]]:
    """Yield the name and the mode of each plugin in a release."""
    for one in read_artifacts(released.directory):
        if one.stamp and one.stamp.kind == "plugin":
            yield one.name, one.mode
        for plugin in one.stamp.linked if one.stamp else ():
            yield plugin.name, LINKED

"""Which plugins of a workspace a change of an API breaks, by what their sources do with it."""

from __future__ import annotations

from pluginkit.backends.protocol import ApiCopy, Code
from pluginkit.backends.readers import read_plugins, sealed_copy
from pluginkit.core.api import Api
from pluginkit.core.model import Member, Workspace
from pluginkit.core.names import requirement_name
from pluginkit.surface.concern import concerning


def concerned(workspace: Workspace, old: Api, new: Api) -> tuple[str, ...]:
    """Return the names of the plugins that the step from `old` to `new` breaks, or may break, sorted.

    `old` is what they were written for. A plugin whose sources cannot be read counts as one that uses everything.
    """
    plugins = [one for one in workspace.members if one.kind == "plugin" and _may_require(one, old.name)]
    copy = sealed_copy(old, workspace.language)
    return tuple(sorted(one.name for one in plugins if _is_concerned(workspace, one, copy, new)))


def _may_require(plugin: Member, api: str) -> bool:
    required = {requirement_name(line) for line in plugin.requires}
    return not required or "dependencies" in plugin.dynamic or api in required


def _is_concerned(workspace: Workspace, plugin: Member, old: ApiCopy, new: Api) -> bool:
    found = read_plugins(workspace.root / plugin.path, workspace.language)
    codes: list[Code | None] = [code for _, code in found]
    return any(concerning(old.surface, new.surface, code.uses(old) if code else None) for code in codes or [None])

"""Whether the version of an API takes the step that its changes ask for, and is one version; if not, what to type."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from pluginkit.backends.concerned import concerned
from pluginkit.backends.members import members
from pluginkit.core.api import Api
from pluginkit.core.clock import today
from pluginkit.core.config import find_root
from pluginkit.core.errors import PluginkitError
from pluginkit.core.model import Member, Workspace
from pluginkit.core.stated_version import StatedVersion, StatedVersions, disagreeing
from pluginkit.core.versions import is_development, is_enough, required_step
from pluginkit.surface.change import Change
from pluginkit.surface.roles import roles_between
from pluginkit.surface.step import Step, judge_step, part_to_bump

_MOST = 10
"""Changes that an error lists."""


def step_between(workspace: Workspace, old: Api, new: Api) -> Step:
    """Compare two copies of an API by the roles and the scheme that the workspace is configured with."""
    roles = {**roles_between([old, new], workspace.contract.of(new.name)), **workspace.roles}
    return judge_step(old, new, workspace.versioning, today(), roles)


def refuse_small_step(workspace: Workspace, old: Api, new: Api) -> None:
    """Raise PluginkitError where the step from `old`, as it was locked, to other bytes is too small for what changed.

    The version of an API that is not a member is not the workspace's to choose: it must only be another one. Nor is one
    between two tags of a repository: the next tag says how large the step is.
    """
    member = workspace.member(new.name)
    if member is None and old.version != new.version:
        return
    if (
        member
        and is_development(new.version)
        and not members(workspace.language).stated_versions(workspace.root, member).places
    ):
        return
    step = step_between(workspace, old, new)
    if not step.is_enough:
        raise PluginkitError(_explained(workspace, step), hint=_way_out(workspace, member, step))


def refuse_two_versions(workspace: Workspace, api: Api) -> None:
    """Raise PluginkitError where a file of the API states another version than it has, unless none is counted."""
    member = workspace.member(api.name)
    if member is None or workspace.versioning == "none":
        return
    stated = members(workspace.language).stated_versions(workspace.root, member)
    if stated.deciding is None and "version" in member.dynamic:
        return  # a repository's tags say it, and no file can say the same of each commit
    refuse_disagreement(member, stated.places, api.version)


def refuse_disagreement(member: Member, places: Sequence[StatedVersion], version: str) -> None:
    """Raise PluginkitError where one of `places` states another version of a member than `version`; it names both."""
    others = disagreeing(places, version)
    if not others:
        return
    same = next((one.place for one in places if one not in others), "what its build computes")
    lines = [f"{one.place} has {one.text}" for one in others]
    raise PluginkitError(
        f"{member.name} has two versions: {same} has {version}, {', '.join(lines)}",
        hint=f"write {version} in {others[0].place} too, or only the first parts of it; "
        'where it means something else, configure versioning = "none"',
    )


def typed(workspace: Workspace, *words: str) -> str:
    """Return a command as it works when it is typed here, which may be outside of the workspace."""
    elsewhere = [] if find_root(Path()) == workspace.root else [_from_here(workspace.root)]
    return f"`{shlex.join(['pluginkit', *words, *elsewhere])}`"


def _explained(workspace: Workspace, step: Step) -> str:
    old, new = step.old, step.new
    if old.version == new.version:
        return (
            f"the bytes of {new.label} changed, its version did not\n"
            f"  locked    {old.digest}\n"
            f"  found     {new.digest}\n"
            f"changes of its surface:\n{_listed(step)}"
        )
    if not is_enough(old.version, new.version, "patch", workspace.versioning):
        return f"{new.label} is not newer than {old.version}, which is locked"
    names = concerned(workspace, old, new) if step.size == "major" else ()
    plugins = f"\nthis concerns {', '.join(names)}" if names else ""
    return (
        f"{new.name}: the step from {old.version} to {new.version} is too small, "
        f"its changes ask for a {required_step(old.version, step.size, workspace.versioning)} one, to {step.version}\n"
        f"{_lines(step.asking)}{plugins}"
    )


def _listed(step: Step) -> str:
    if step.changes:
        return _lines(step.changes)
    if step.is_hidden:
        return "  unknown: part of the API cannot be read"
    return "  none: only the implementation"


def _lines(changes: Sequence[Change]) -> str:
    lines = [f"  {one}" + (f" ({one.detail})" if one.detail and one.breaks else "") for one in changes[:_MOST]]
    more = [f"  and {len(changes) - _MOST} more"] if len(changes) > _MOST else []
    return "\n".join([*lines, *more])


def _way_out(workspace: Workspace, member: Member | None, step: Step) -> str:
    meanwhile = f"while you work on it, {typed(workspace, 'lock', '--allow-same-version')}"
    stated = members(workspace.language).stated_versions(workspace.root, member) if member else StatedVersions()
    wanted = step.version if member else ""
    if stated.deciding is None or not wanted:
        return f"give it {wanted or 'a new version'}; {meanwhile}"
    own = [name for name in workspace.apis if workspace.member(name)]
    part = part_to_bump(step, workspace.versioning)
    command = ["bump", *([part] if part else []), *([step.new.name] if len(own) > 1 else [])]
    return f"{typed(workspace, *command)} gives it {wanted}; {meanwhile}"


def _from_here(root: Path) -> str:
    here = Path.cwd()
    return str(root.relative_to(here)) if root.is_relative_to(here) else str(root)

"""Workspace, Lock -> BuildPlan: what to build, in which order, from what."""

from collections.abc import Sequence

from pluginkit.backends.builders import builder
from pluginkit.core.digest import sha256
from pluginkit.core.errors import PluginkitError
from pluginkit.core.model import BuildPlan, Lock, Release, Workspace
from pluginkit.core.names import nearest, normalize


def plan(
    workspace: Workspace, lock: Lock, lock_bytes: bytes, names: Sequence[str] = (), current: Release | None = None
) -> BuildPlan:
    """Plan a release: every member, APIs first.

    What `current` has from equal inputs is carried over, where the language can tell. With `names`, so are
    the artifacts of all other members that were built from this very lock; where they were not they are built
    too, so that a release is always of one piece. Raises PluginkitError for a name that is no member.
    """
    digest = sha256(lock_bytes)
    wanted = {_member_named(workspace, name) for name in names}
    known = [member.name for member in workspace.members]
    reusable = {artifact.name: artifact for artifact in current.artifacts} if current else {}
    if not wanted or current is None or current.lock_digest != digest:
        reusable = {}
    carried = [reusable[name] for name in known if name not in wanted and name in reusable]
    resting = {artifact.name for artifact in carried}
    active = [member for member in workspace.members if member.name not in resting]
    backend = builder(workspace.language)
    steps = backend.steps(workspace, lock, digest, active)
    if backend.exact_inputs and current:
        made = {(artifact.name, artifact.inputs): artifact for artifact in current.artifacts}
        carried += [made[step.member.name, step.inputs] for step in steps if (step.member.name, step.inputs) in made]
        steps = tuple(step for step in steps if (step.member.name, step.inputs) not in made)
    return BuildPlan(workspace, lock, digest, steps, tuple(carried))


def _member_named(workspace: Workspace, name: str) -> str:
    """Return the distribution name that `name` means: that itself, a member's path, or the path's last part."""
    for member in workspace.members:
        if normalize(name) == member.name or name.strip("/") == member.path:
            return member.name
    short = [member.name for member in workspace.members if member.path.rpartition("/")[2] == name]
    if len(short) == 1:
        return short[0]
    known = [member.name for member in workspace.members]
    raise PluginkitError(f"no member is named {name!r}{nearest(name, known)}", hint=f"members: {', '.join(known)}")

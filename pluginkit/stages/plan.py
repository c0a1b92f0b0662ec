"""Workspace, Lock -> BuildPlan: what to build, in which order, from what."""

from collections.abc import Sequence, Set

from pluginkit.backends.builders import builder
from pluginkit.core.digest import sha256
from pluginkit.core.errors import PluginkitError
from pluginkit.core.model import BuildPlan, Lock, Release, Workspace
from pluginkit.core.names import nearest, normalize


def plan(
    workspace: Workspace,
    lock: Lock,
    lock_bytes: bytes,
    names: Sequence[str] = (),
    current: Release | None = None,
    resting: Set[str] = frozenset(),
) -> BuildPlan:
    """Plan a release: every member, APIs first.

    What `current` has from equal inputs is carried over, where that tells that nothing changed; of the members
    `resting` that is known beforehand. With `names`, so are the artifacts of all other members that were built from
    this very lock; where they were not they are built too, so that a release is always of one piece. Raises
    PluginkitError for a name that is no member.
    """
    digest = sha256(lock_bytes)
    wanted = {_member_named(workspace, name) for name in names}
    artifacts = {artifact.name: artifact for artifact in current.artifacts} if current else {}
    settled: Set[str] = frozenset()
    if current and current.lock_digest == digest:
        settled = artifacts.keys() - wanted if wanted else artifacts.keys() & resting
    active = [member for member in workspace.members if member.name not in settled]
    steps = builder(workspace.language).steps(workspace, lock, digest, active) if active else ()
    made = {(artifact.name, artifact.inputs): artifact for artifact in artifacts.values()}
    same = {step.member.name: step for step in steps if step.exact and (step.member.name, step.inputs) in made}
    carried = [artifacts[member.name] for member in workspace.members if member.name in settled or member.name in same]
    anew = tuple(step for step in steps if step.member.name not in same)
    replaced = tuple(artifacts[step.member.name] for step in anew if step.member.name in artifacts)
    return BuildPlan(workspace, lock, digest, anew, tuple(carried), tuple(same.values()), replaced)


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

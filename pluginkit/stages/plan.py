"""Workspace, Lock -> BuildPlan: what to build, in which order, from what."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import replace
from types import MappingProxyType

from pluginkit.backends.builders import builder
from pluginkit.core.digest import sha256
from pluginkit.core.errors import PluginkitError
from pluginkit.core.lock import Lock
from pluginkit.core.lockfile import sealed_digest
from pluginkit.core.model import Artifact, BuildPlan, BuildStep, CacheEntry, Release, Workspace
from pluginkit.core.names import nearest, normalize
from pluginkit.core.target import keyed

Find = Callable[[Mapping[str, str]], Mapping[str, CacheEntry]]
"""What a cache has of the keys and inputs asked for."""


def nothing(wanted: Mapping[str, str]) -> Mapping[str, CacheEntry]:
    """Return what no cache has."""
    return {}


def plan(
    workspace: Workspace,
    lock: Lock,
    lock_bytes: bytes,
    names: Sequence[str] = (),
    current: Release | None = None,
    resting: Mapping[str, str] = MappingProxyType({}),
    find: Find = nothing,
    *,
    only: bool = False,
    targets: Sequence[str] = ("",),
) -> BuildPlan:
    """Plan a release: every member, APIs first, for each of the `targets`.

    What `current` has of equal inputs is carried over, what `find` has is fetched; the inputs of what is `resting`, by
    key, are known already. With `names`, all other artifacts of this very lock are carried over, and built where there
    are none, so that a release is always of one piece; with `only`, just those named. Raises PluginkitError for an
    unknown name.
    """
    made = BuildPlan(workspace, lock, sha256(lock_bytes), (), targets=tuple(targets))
    keys, same_lock = made.keys, bool(current and current.lock_digest == made.lock_digest)
    _refuse_homeless(workspace)
    wanted = {one for name in names for one in _made_by(workspace, _member_named(workspace, name))}
    others = {key for key, member in keys.items() if wanted and member.name not in wanted}
    had = {artifact.key: artifact for artifact in current.artifacts} if current else {}
    choice = _Choice(had, find)
    if same_lock:
        choice.carried |= {key: had[key] for key in others if key in had}
    choice.settle({key: inputs for key, inputs in resting.items() if key in keys})
    not_built = {key for key, inputs in resting.items() if not inputs}
    idle = not_built | (others if only else set())
    steps = _steps(made, choice.settled | idle)
    choice.settle({step.key: step.inputs for step in steps if step.exact})
    anew = tuple(step for step in steps if step.key not in choice.settled)
    return replace(
        made,
        steps=anew,
        carried=tuple(choice.carried[key] for key in keys if key in choice.carried),
        settled=tuple(step for step in steps if step.exact and step.key in choice.settled),
        fetched=tuple(choice.fetched[key] for key in keys if key in choice.fetched),
        replaced=tuple(had[step.key] for step in anew if step.key in had),
        current=current.directory if current else None,
        same_lock=same_lock,
    )


def _steps(plan: BuildPlan, idle: Set[str]) -> tuple[BuildStep, ...]:
    """Return how to build what a plan may make, but for the keys that are `idle`; no target is asked for in vain."""
    found: list[BuildStep] = []
    keys = plan.keys
    for lock in plan.lock.views(plan.targets):
        own = {keyed(lock.target, one.name): one for one in plan.workspace.members}
        active = [one for key, one in own.items() if key in keys and key not in idle]
        if active:
            found += builder(plan.workspace.language).steps(plan.workspace, lock, sealed_digest(lock), active)
    return tuple(found)


def settled_by(plan: BuildPlan, made: Mapping[str, CacheEntry]) -> BuildPlan:
    """Return a plan in which the steps of these keys are done: what was made is fetched."""
    fetched = {kept.artifact.key: kept for kept in plan.fetched} | dict(made)
    return replace(
        plan,
        steps=tuple(step for step in plan.steps if step.key not in made),
        settled=(*plan.settled, *(step for step in plan.steps if step.key in made)),
        fetched=tuple(fetched[key] for key in plan.keys if key in fetched),
        replaced=tuple(artifact for artifact in plan.replaced if artifact.key not in made),
    )


class _Choice:
    """Which artifacts need not be built."""

    def __init__(self, had: Mapping[str, Artifact], find: Find) -> None:
        self._had, self._find = had, find
        self.carried: dict[str, Artifact] = {}
        self.fetched: dict[str, CacheEntry] = {}

    @property
    def settled(self) -> Set[str]:
        """Their keys."""
        return self.carried.keys() | self.fetched.keys()

    def settle(self, inputs: Mapping[str, str]) -> None:
        """Choose an artifact of just those inputs for each key, where there is one."""
        open_ = {key: digest for key, digest in inputs.items() if digest and key not in self.carried}
        for key, digest in open_.items():
            if key in self._had and self._had[key].inputs == digest:
                self.carried[key] = self._had[key]
        missing = {key: digest for key, digest in open_.items() if key not in self.carried}
        if missing:
            self.fetched |= self._find(missing)


def _refuse_homeless(workspace: Workspace) -> None:
    """Raise PluginkitError for a plugin that is to be part of hosts of which there are none."""
    if workspace.linked and not any(member.kind == "host" for member in workspace.members):
        raise PluginkitError(
            f"{workspace.linked[0].path}: mode = 'linked', and the workspace has no host that it could be part of",
            hint="name the host in `hosts`, or build it in another mode: `pluginkit build --mode plugin`",
        )


def _made_by(workspace: Workspace, name: str) -> Sequence[str]:
    """Return the members whose artifacts hold that member: of a linked plugin the hosts."""
    if any(member.name == name for member in workspace.linked):
        return [member.name for member in workspace.members if member.kind == "host"]
    return [name]


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

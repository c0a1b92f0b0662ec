"""Workspace, Lock -> BuildPlan: what to build, in which order, from what."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import replace
from types import MappingProxyType

from pluginkit.backends.builders import builder
from pluginkit.core.digest import sha256
from pluginkit.core.errors import PluginkitError
from pluginkit.core.lockfile import sealed_digest
from pluginkit.core.model import Artifact, BuildPlan, CacheEntry, Lock, Release, Workspace
from pluginkit.core.names import nearest, normalize

Find = Callable[[Mapping[str, str]], Mapping[str, CacheEntry]]
"""What a cache has of the members and inputs asked for."""


def plan(
    workspace: Workspace,
    lock: Lock,
    lock_bytes: bytes,
    names: Sequence[str] = (),
    current: Release | None = None,
    resting: Mapping[str, str] = MappingProxyType({}),
    find: Find = lambda wanted: {},
    *,
    only: bool = False,
) -> BuildPlan:
    """Plan a release: every member, APIs first.

    What `current` has of equal inputs is carried over, what `find` has is fetched; the inputs of members `resting` are
    known already. With `names`, all other artifacts of this very lock are carried over, and built where there are none,
    so that a release is always of one piece; with `only`, just those named. Raises PluginkitError for an unknown name.
    """
    digest, all_ = sha256(lock_bytes), [member.name for member in workspace.members]
    sealed, same_lock = sealed_digest(lock), bool(current and current.lock_digest == digest)
    wanted = {_member_named(workspace, name) for name in names}
    had = {artifact.name: artifact for artifact in current.artifacts} if current else {}
    choice = _Choice(had, find)
    if wanted and same_lock:
        choice.carried |= {name: had[name] for name in all_ if name in had and name not in wanted}
    choice.settle(resting)
    not_built = {name for name, inputs in resting.items() if not inputs}
    idle = not_built | (set(all_) - wanted if only else set())
    active = [member for member in workspace.members if member.name not in choice.settled | idle]
    steps = builder(workspace.language).steps(workspace, lock, sealed, active) if active else ()
    choice.settle({step.member.name: step.inputs for step in steps if step.exact})
    anew = tuple(step for step in steps if step.member.name not in choice.settled)
    return BuildPlan(
        workspace,
        lock,
        digest,
        sealed,
        anew,
        carried=tuple(choice.carried[name] for name in all_ if name in choice.carried),
        settled=tuple(step for step in steps if step.exact and step.member.name in choice.settled),
        fetched=tuple(choice.fetched[name] for name in all_ if name in choice.fetched),
        replaced=tuple(had[step.member.name] for step in anew if step.member.name in had),
        current=current.directory if current else None,
        same_lock=same_lock,
    )


def settled_by(plan: BuildPlan, made: Mapping[str, CacheEntry]) -> BuildPlan:
    """Return a plan in which the steps of these members are done: what was made is fetched."""
    fetched = {kept.artifact.name: kept for kept in plan.fetched} | dict(made)
    return replace(
        plan,
        steps=tuple(step for step in plan.steps if step.member.name not in made),
        settled=(*plan.settled, *(step for step in plan.steps if step.member.name in made)),
        fetched=tuple(fetched[member.name] for member in plan.workspace.members if member.name in fetched),
        replaced=tuple(artifact for artifact in plan.replaced if artifact.name not in made),
    )


class _Choice:
    """Which artifacts need not be built."""

    def __init__(self, had: Mapping[str, Artifact], find: Find) -> None:
        self._had, self._find = had, find
        self.carried: dict[str, Artifact] = {}
        self.fetched: dict[str, CacheEntry] = {}

    @property
    def settled(self) -> Set[str]:
        """The members whose artifacts they are."""
        return self.carried.keys() | self.fetched.keys()

    def settle(self, inputs: Mapping[str, str]) -> None:
        """Choose an artifact of just those inputs for each member, where there is one."""
        open_ = {name: digest for name, digest in inputs.items() if digest and name not in self.carried}
        for name, digest in open_.items():
            if name in self._had and self._had[name].inputs == digest:
                self.carried[name] = self._had[name]
        missing = {name: digest for name, digest in open_.items() if name not in self.carried}
        if missing:
            self.fetched |= self._find(missing)


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

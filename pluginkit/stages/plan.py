"""Workspace, Lock -> BuildPlan: what to build, in which order, from what."""

from collections.abc import Callable, Mapping, Sequence, Set
from types import MappingProxyType

from pluginkit.backends.builders import builder
from pluginkit.core.digest import sha256
from pluginkit.core.errors import PluginkitError
from pluginkit.core.model import Artifact, BuildPlan, Lock, Release, Workspace
from pluginkit.core.names import nearest, normalize


def plan(
    workspace: Workspace,
    lock: Lock,
    lock_bytes: bytes,
    names: Sequence[str] = (),
    current: Release | None = None,
    resting: Mapping[str, str] = MappingProxyType({}),
    find: Callable[[str, str], Artifact | None] = lambda name, inputs: None,
) -> BuildPlan:
    """Plan a release: every member, APIs first.

    What `current` has from equal inputs is carried over, and what `find` has, given a name and inputs, is fetched,
    where that tells that nothing changed; the inputs of the members `resting` are known beforehand. With `names`, the
    artifacts of all other members are carried over that were built from this very lock; where they were not they are
    built too, so that a release is always of one piece. Raises PluginkitError for a name that is no member.
    """
    digest = sha256(lock_bytes)
    wanted = {_member_named(workspace, name) for name in names}
    had = {artifact.name: artifact for artifact in current.artifacts} if current else {}
    order = {member.name: number for number, member in enumerate(workspace.members)}
    choice = _Choice(had, find)
    if wanted and current and current.lock_digest == digest:
        choice.carried |= {name: artifact for name, artifact in had.items() if name in order and name not in wanted}
    for name, inputs in resting.items():
        choice.settles(name, inputs)
    idle = {name for name, inputs in resting.items() if not inputs}  # what is no artifact of its own
    active = [member for member in workspace.members if member.name not in choice.settled | idle]
    steps = builder(workspace.language).steps(workspace, lock, digest, active) if active else ()
    same = tuple(step for step in steps if step.exact and choice.settles(step.member.name, step.inputs))
    anew = tuple(step for step in steps if step.member.name not in choice.settled)
    return BuildPlan(
        workspace,
        lock,
        digest,
        anew,
        carried=tuple(choice.carried[name] for name in sorted(choice.carried, key=order.__getitem__)),
        settled=same,
        fetched=tuple(choice.fetched[name] for name in sorted(choice.fetched, key=order.__getitem__)),
        replaced=tuple(had[step.member.name] for step in anew if step.member.name in had),
    )


class _Choice:
    """Which artifacts need not be built."""

    def __init__(self, had: Mapping[str, Artifact], find: Callable[[str, str], Artifact | None]) -> None:
        self._had, self._find = had, find
        self.carried: dict[str, Artifact] = {}
        self.fetched: dict[str, Artifact] = {}

    @property
    def settled(self) -> Set[str]:
        """The members whose artifacts they are."""
        return self.carried.keys() | self.fetched.keys()

    def settles(self, name: str, inputs: str) -> bool:
        """Tell whether there is an artifact of just those inputs, or another one was chosen before."""
        if name in self.carried:
            return True
        artifact = self._had.get(name)
        if artifact and artifact.inputs == inputs:
            self.carried[name] = artifact
            return True
        found = self._find(name, inputs) if inputs else None
        if found:
            self.fetched[name] = found
        return found is not None


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

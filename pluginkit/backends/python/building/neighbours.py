"""Projects of the tree that members need and that are not members: no build would make them."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from pluginkit.backends.python.local_wheels import projects_named
from pluginkit.backends.python.survey import directories
from pluginkit.core.errors import PluginkitError
from pluginkit.core.model import Member
from pluginkit.core.names import requirement_name
from pluginkit.core.toolkit import NAME as TOOLKIT


def refuse_declared(root: Path, members: Sequence[Member]) -> None:
    """Raise PluginkitError where what a member requires is a `workspace` or `path` source of uv's, but not a member."""
    shared = projects_named(root)
    for member, name in _foreign(members):
        if name != TOOLKIT and (name in shared or name in projects_named(root / member.path)):
            raise _left_out(root, member, name)


def refuse_unfound(root: Path, members: Sequence[Member], said: str) -> None:
    """Raise PluginkitError where a resolver `said` that it did not find what is a project of the tree."""
    for member, name in _foreign(members):
        if f"{name} was not found" in said and _place(root, name):
            raise _left_out(root, member, name)


def _foreign(members: Sequence[Member]) -> Iterable[tuple[Member, str]]:
    names = {member.name for member in members}
    for member in members:
        for name in map(requirement_name, member.requires):
            if name not in names:
                yield member, name


def _place(root: Path, name: str) -> str:
    return directories(root).get(name, "")


def _left_out(root: Path, member: Member, name: str) -> PluginkitError:
    place = _place(root, name)
    where = f"is made in {place}" if place else "is not a release of an index"
    return PluginkitError(
        f"{member.path} requires {name}, which {where} and is not a member",
        hint="what members share in one process is sealed with them: add "
        f'"{place or "its directory"}" to `api` of the configuration',
    )

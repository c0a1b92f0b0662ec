"""Who is API and who is plugin where no member has an entry point: by what they require."""

from collections.abc import Mapping, Sequence

from pluginkit.core.model import Member
from pluginkit.core.names import requirement_name

_LEAST = 2
"""Members that must require something for it to be their API."""


def shared_member(members: Sequence[Member]) -> Member | None:
    """Return the member that most others require, directly or not; None where not even two do.

    Of several, that is the one which requires the fewest of the members itself.
    """
    reached = {member.name: _reached(member, members) for member in members}
    counts = {member.name: sum(member.name in names for names in reached.values()) for member in members}
    best = max(members, key=lambda one: (counts[one.name], -len(reached[one.name]), one.name), default=None)
    return best if best and counts[best.name] >= _LEAST else None


def shared_distribution(members: Sequence[Member]) -> str:
    """Return the distribution from elsewhere that more than half of the members require; empty where there is none.

    Of several that nearly all of them do, that is the one whose name has most words in common with theirs.
    """
    own = {member.name for member in members}
    needed = [{requirement_name(line) for line in member.requires} - own for member in members]
    counts = {name: sum(name in names for names in needed) for name in set().union(*needed)}
    most = max(counts.values(), default=0)
    if most < _LEAST or most * 2 <= len(members):
        return ""
    words = [set(member.name.split("-")) for member in members]
    usual = [name for name, count in counts.items() if count * 10 >= most * 9]
    return max(sorted(usual), key=lambda name: sum(len(one & set(name.split("-"))) for one in words))


def dependents(name: str, members: Sequence[Member]) -> list[Member]:
    """Return the members that require `name`, directly or by way of each other."""
    return [member for member in members if name in _reached(member, members)]


def _reached(start: Member, members: Sequence[Member]) -> set[str]:
    """Return the names of all that a member requires, by way of other members too; never its own."""
    requires: Mapping[str, list[str]] = {one.name: [requirement_name(line) for line in one.requires] for one in members}
    reached: set[str] = set()
    ahead = [start.name]
    while ahead:
        for name in requires.get(ahead.pop(), ()):
            if name not in reached:
                reached.add(name)
                ahead.append(name)
    return reached - {start.name}

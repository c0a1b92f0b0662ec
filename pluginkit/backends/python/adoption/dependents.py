"""Who is API and who is plugin where no member has an entry point: by what they require."""

from collections.abc import Sequence

from pluginkit.core.closure import reached_from
from pluginkit.core.model import Member
from pluginkit.core.names import requirement_name

_LEAST = 2
"""Members that must require something for it to be their API."""


def shared_member(members: Sequence[Member]) -> Member | None:
    """Return the member that most others require, directly or not; None where not even two do.

    Of several, that is the one which requires the fewest of the members itself.
    """
    reached = _reached(members)
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
    reached = _reached(members)
    return [member for member in members if name in reached[member.name]]


def _reached(members: Sequence[Member]) -> dict[str, set[str]]:
    """Return by its name all that each member requires, by way of other members too; never its own."""
    requires = {one.name: [requirement_name(line) for line in one.requires] for one in members}
    return {name: reached_from(name, requires) - {name} for name in requires}

"""The members of an enumeration: which of them are one and the same, and their values."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial

from pluginkit.surface.breakage.facet import Facet, keys
from pluginkit.surface.breakage.values import value_of
from pluginkit.surface.index import Index
from pluginkit.surface.pair import Pair
from pluginkit.surface.view import View


def compare(names: Collection[str], one: str, other: str, pair: Pair) -> Iterator[Facet]:
    """Yield the ways in which changed values of an enumeration break those who use its members."""
    before, after = _values(pair.old, one), _values(pair.new, other)
    common = sorted(before.keys() & after.keys())
    parted = [
        (a, b)
        for index, a in enumerate(common)
        for b in common[index + 1 :]
        if (before[a] == before[b]) != (after[a] == after[b])
    ]
    for a, b in parted[:3]:
        same = before[a] == before[b]
        yield Facet(
            "callers",
            f"{a} and {b} are {'no longer' if same else 'now'} the same member",
            partial(_members_used, names, (a, b)),
        )
    changed = [member for member in common if before[member] != after[member]]
    if changed:
        yield Facet("callers", f"the value of {changed[0]} is {after[changed[0]]} instead of {before[changed[0]]}",
                    lambda view: _by_value(view, names))  # fmt: skip


def _values(index: Index, name: str) -> Mapping[str, str]:
    found = {}
    for short, path in index.members.get(name, {}).items():
        declared = index.names[path][0]
        if declared.word == "" and (given := value_of(declared)):
            found[short] = given
    numbers = {short: str(index) for index, short in enumerate(found, 1)}
    return {short: numbers[short] if given.startswith("auto(") else given for short, given in found.items()}


def _members_used(names: Collection[str], members: Sequence[str], view: View) -> Sequence[str]:
    return [one.act.key for one in view.reached if one.name in names and one.rest[:1] and one.rest[0] in members]


def _by_value(view: View, names: Collection[str]) -> Sequence[str]:
    found = keys(view.of_names(names, "call", "run"))
    if any(one.name in names for one in view.reached):
        found += [one.act.key for one in view.reached if "value" in one.rest]
    return found

"""The members of an enumeration: which of them are one and the same, and their values."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice

from pluginkit.surface.breakage.facet import Facet, keys
from pluginkit.surface.breakage.values import value_of
from pluginkit.surface.index import Index
from pluginkit.surface.pair import Pair
from pluginkit.surface.view import View

_MOST_TOLD = 3
"""Pairs of members that are named in a change."""


def compare(names: Collection[str], one: str, other: str, pair: Pair) -> Iterator[Facet]:
    """Yield the ways in which changed values of an enumeration break those who use its members."""
    before, after = _values(pair.old, one), _values(pair.new, other)
    common = sorted(before.keys() & after.keys())
    for a, b in islice(_parted(common, before, after), _MOST_TOLD):
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


def _parted(common: Sequence[str], before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield pairs of members that are the same on one side only; each member is compared with its equals alone."""
    groups: list[dict[str, set[str]]] = [{}, {}]
    for member in common:
        for values, group in zip((before, after), groups, strict=True):
            group.setdefault(values[member], set()).add(member)
    seen: dict[tuple[str, str], list[str]] = {}
    for a in common:
        key = before[a], after[a]
        if key not in seen:
            seen[key] = sorted(groups[0][key[0]] ^ groups[1][key[1]])
        yield from ((a, b) for b in seen[key] if b > a)


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

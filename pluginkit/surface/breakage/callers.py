"""Callers of a function or a method: calls that no longer fit, decorators that change how it is called."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pluginkit.surface.breakage import exchanged
from pluginkit.surface.breakage.facet import Facet, Test
from pluginkit.surface.breakage.functions import Acts, accepted, parted
from pluginkit.surface.calls import binds, demands, least, misfit
from pluginkit.surface.pair import Pair
from pluginkit.surface.signature import Declaration, parameters, returns
from pluginkit.surface.uses import Act
from pluginkit.surface.view import View

_HARMLESS = {
    "@abstractmethod", "@cache", "@classmethod", "@concrete", "@deprecated", "@final", "@hookimpl", "@hookspec",
    "@lru_cache", "@overload", "@runtime_checkable", "@setter", "@singledispatch", "@singledispatchmethod",
    "@staticmethod", "@unimplemented", "@declared",
}  # fmt: skip
_ADDS = {
    "@cache": ("cache_clear", "cache_info", "cache_parameters"),
    "@lru_cache": ("cache_clear", "cache_info", "cache_parameters"),
    "@singledispatch": ("register", "dispatch", "registry"),
    "@singledispatchmethod": ("register", "dispatcher"),
}
_CHANGES_RESULT = {"@generator", "@contextmanager", "@asynccontextmanager"}
_ITERATES = re.compile(r"(?:Async)?(?:Iterator|Iterable|Generator)\b")


def compare(
    before: Sequence[Declaration], after: Sequence[Declaration], acts: Acts, pair: Pair, *, member: bool
) -> Iterator[Facet]:
    """Yield the ways in which a changed function breaks its callers; `member`: it stands in a class."""
    one, overloads = parted(before)
    other, others = parted(after)
    if one.word != other.word:
        yield Facet(
            "callers",
            f"it is {'now' if other.word == 'async def' else 'no longer'} a coroutine function",
            _called(acts),
        )
    yield from _decorators(one, other, acts)
    yield from _signature(one, other, acts, member=member)
    yield from exchanged.compare(one, other, overloads, others, acts, pair)


def _called(acts: Acts) -> Test:
    return lambda view: [act.key for act, _ in acts(view) if act.verb in ("call", "run", "get")]


def _decorators(one: Declaration, other: Declaration, acts: Acts) -> Iterator[Facet]:
    came, went = other.decorators - one.decorators, one.decorators - other.decorators
    for name in sorted(went & _ADDS.keys()):
        if not _ADDS.keys() & came:
            yield Facet("callers", f"it no longer has {_ADDS[name][0]!r}", _takes(acts, _ADDS[name]))
    if came & {"@lru_cache", "@cache"}:
        yield Facet("callers", "its arguments must be hashable", _unhashable(acts))
    if "@singledispatch" in came:
        yield Facet("callers", "its first argument must be positional", _by_keyword(acts))
    iterates = {"@generator"} if _ITERATES.match(returns(one)) else set()
    for name in sorted((came | went) & _CHANGES_RESULT - (went & {"@generator"}) - iterates):
        yield Facet("callers", f"it is {'now' if name in came else 'no longer'} a {name[1:]}", _called(acts))
    unknown = sorted((came | went) - _HARMLESS - _CHANGES_RESULT)
    if unknown:
        how = "added" if unknown[0] in came else "removed"
        yield Facet("callers", f"{unknown[0]} was {how}: its effect is not known", _called(acts), is_unknown=True)


def _takes(acts: Acts, attributes: Sequence[str]) -> Test:
    def test(view: View) -> Sequence[str]:
        found = [act.key for name in attributes for act in view.reading.acts.get(name, ())]
        return found

    return test


def _unhashable(acts: Acts) -> Test:
    kinds = {"list", "dict", "set"}
    return lambda view: [
        act.key for act, _ in acts(view) if act.shape and any(kind in kinds for _, kind in act.shape.literals)
    ]


def _by_keyword(acts: Acts) -> Test:
    return lambda view: [
        act.key for act, _ in acts(view) if act.shape and not act.shape.positional and not act.shape.is_open
    ]


def _signature(one: Declaration, other: Declaration, acts: Acts, *, member: bool) -> Iterator[Facet]:
    reason = next(
        demands(accepted(one, of_class=False, member=member), accepted(other, of_class=False, member=member)), ""
    )
    if member and not reason:
        reason = next(
            demands(accepted(one, of_class=True, member=True), accepted(other, of_class=True, member=True)), ""
        )
    if not reason:
        return

    def test(view: View) -> Sequence[str]:
        return [
            act.key
            for act, of_class in acts(view)
            if _misfits(act, one, other, of_class=of_class, member=member)
            or (act.shape and act.shape.mapping and _names_lost(one, other) & view.reading.texts)
        ]

    yield Facet("callers", reason, test)


def _names_lost(one: Declaration, other: Declaration) -> set[str]:
    """Return the keywords that a function no longer takes."""
    sides = [{found.name for found in parameters(line) if found.kind in ("either", "keyword")} for line in (one, other)]
    return set() if any(found.kind == "**" for found in parameters(other)) else sides[0] - sides[1]


def _misfits(act: Act, one: Declaration, other: Declaration, *, of_class: bool, member: bool) -> bool:
    before, after = (accepted(line, of_class=of_class, member=member) for line in (one, other))
    if act.verb == "get":
        return bool(misfit(least(before), before, after))
    if act.shape is None:
        return False
    if member and not of_class and binds(act.shape, before) is None:  # perhaps the class itself, in a variable
        before, after = (accepted(line, of_class=True, member=True) for line in (one, other))
    return bool(misfit(act.shape, before, after))

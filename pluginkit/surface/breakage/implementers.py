"""Implementers: their own method is called in place of the API's, and may refuse the call or return too little."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pluginkit.core.frozen import replace
from pluginkit.surface.breakage.callbacks import functions_refusing
from pluginkit.surface.breakage.facet import Facet, Test, instead
from pluginkit.surface.breakage.functions import binding, merged_parameters, merged_returns, parted
from pluginkit.surface.calls import refuses
from pluginkit.surface.pair import Pair
from pluginkit.surface.signature import Declaration, Parameter, parameters
from pluginkit.surface.uses import Implementation
from pluginkit.surface.view import View


def compare(
    before: Sequence[Declaration], after: Sequence[Declaration], owners: Sequence[str], pair: Pair, *, made: bool
) -> Iterator[Facet]:
    """Yield the ways in which a changed method breaks classes that define it; `made`: it is there to be implemented."""
    one, overloads = parted(before)
    other, others = parted(after)
    who = "implementers" if made else "overriders"
    first, second = parameters(one)[1:], parameters(other)[1:]
    if binding(one) == "static":
        first = parameters(one)
    if binding(other) == "static":
        second = parameters(other)
    changed = _demand(first, second)
    if changed:
        yield Facet(who, changed, _defines(owners, one.short, first, second))
    if one.word != other.word:
        is_async = other.word == "async def"
        yield Facet(who, f"it is {'now' if is_async else 'no longer'} a coroutine function",
                    _of_kind(owners, one.short, is_async=is_async))  # fmt: skip
    yield from _contract(who, one.short, [*overloads] or [one], [*others] or [other], owners, pair)


def _demand(first: Sequence[Parameter], second: Sequence[Parameter]) -> str:
    """Return why implementations may be called differently; empty where they are not."""
    shape = [(one.name, one.kind, one.optional) for one in first]
    return (
        ""
        if shape == [(one.name, one.kind, one.optional) for one in second]
        else "it may be called with other arguments"
    )


def _defines(owners: Sequence[str], short: str, first: Sequence[Parameter], second: Sequence[Parameter]) -> Test:
    def test(view: View) -> Sequence[str]:
        is_callback = short == "__call__" and any(view.old.is_protocol(owner) for owner in owners)
        found = functions_refusing(view, first, second) if is_callback else []
        for one in _implementers(view, owners):
            own = _own(view, one, short)
            if own is not None and refuses(own if one.is_module else own[1:], first, second):
                found.append(f"{one.name}.{short}")
        return found

    return test


def _implementers(view: View, owners: Sequence[str]) -> list[Implementation]:
    seen: list[Implementation] = []
    for owner in owners:
        seen += [one for one in view.implementers(owner) if one not in seen]
    return seen


def _own(view: View, one: Implementation, short: str) -> Sequence[Parameter] | None:
    return Implementation(one.name, members=view.reading.members(one)).parameters(short)


def _of_kind(owners: Sequence[str], short: str, *, is_async: bool) -> Test:
    def test(view: View) -> Sequence[str]:
        found = _implementers(view, owners)
        texts = [(one.name, view.reading.members(one).get(short, "")) for one in found]
        return [f"{name}.{short}" for name, text in texts if text and text.startswith("async ") != is_async]

    return test


def _contract(
    who: str,
    short: str,
    earlier: Sequence[Declaration],
    later: Sequence[Declaration],
    owners: Sequence[str],
    pair: Pair,
) -> Iterator[Facet]:
    def test(view: View) -> Sequence[str]:
        return [f"{one.name}.{short}" for one in _implementers(view, owners) if short in view.reading.members(one)]

    was, now = merged_returns(earlier), merged_returns(later)
    if was and now and now != "None" and pair.taken(was, now) is False:
        yield Facet(who, f"it must return {instead(now, was)}", test)
    before, after = merged_parameters(earlier), merged_parameters(later)
    for name, type_ in before.items():
        given = after.get(name, "")
        if name not in ("self", "cls") and type_ and given and pair.given(given, type_) is False:
            yield Facet(who, f"{name!r} may be {instead(given, type_)}", test)


def refuses_new(own: Sequence[Parameter], declared: Declaration) -> str:
    """Return why a subclass's own method refuses calls of a new method of its base; empty if it does not."""
    found = parameters(declared) if binding(declared) == "static" else parameters(declared)[1:]
    by_place = [replace(one, kind="positional") if one.kind == "either" else one for one in found]
    return refuses(own, (), by_place)

"""The types that a function takes and returns: arguments that it no longer accepts, results that callers rely on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pluginkit.surface.breakage.facet import Facet, Test, instead
from pluginkit.surface.breakage.functions import Acts, accepted, merged_parameters, merged_returns
from pluginkit.surface.calls import Shape, binds
from pluginkit.surface.pair import Pair
from pluginkit.surface.signature import Declaration, parameters, returns
from pluginkit.surface.spelled import apart
from pluginkit.surface.view import View

_MOST_PAIRS = 10_000
"""Overloads of two sides that are compared with each other: a surface from an artifact may be anything."""


def compare(
    one: Declaration,
    other: Declaration,
    overloads: Sequence[Declaration],
    others: Sequence[Declaration],
    acts: Acts,
    pair: Pair,
) -> Iterator[Facet]:
    """Yield the ways in which changed types break callers; `overloads` and `others` are those of the two sides."""
    earlier, later = [*overloads] or [one], [*others] or [other]
    if len(earlier) * len(later) > _MOST_PAIRS:
        yield Facet(
            "callers", "it has too many overloads to compare", lambda view: [act.key for act, _ in acts(view)], True
        )
        return
    if _result(earlier, later, pair) is False:
        was, now = merged_returns(earlier), merged_returns(later)
        yield Facet(
            "callers",
            "its overloads return other types" if now == was and overloads else f"it returns {instead(now, was)}",
            lambda view: [act.key for act, _ in acts(view) if act.verb in ("call", "get")],
        )
    before, after = merged_parameters(earlier), merged_parameters(later)
    for name, was in before.items():
        now = after.get(name, "")
        if name in ("self", "cls") or not was or not now or ((overloads or others) and "[" in was + now):
            continue
        if pair.taken(was, now) is False:
            yield Facet("callers", f"{name!r} takes {instead(now, was)}", _gives(acts, one, name, was, now, pair))


def _result(earlier: Sequence[Declaration], later: Sequence[Declaration], pair: Pair) -> bool | None:
    """Return whether the new result fits where the old one did, overload by overload; None where it is not known."""
    results = []
    for one in earlier:
        was = returns(one)
        if was in ("", "None"):
            continue
        alike = [line for line in later if _takes_all(one, line, pair)] if len(earlier) > 1 else []
        choices = [returns(line) for line in alike] or [merged_returns(later)]
        fitting = [not now or pair.given(now, was) for now in choices]
        results.append(True if True in fitting else fitting[0])
    return False if False in results else None if None in results else True


def _takes_all(one: Declaration, other: Declaration, pair: Pair) -> bool:
    types = {parameter.name: parameter.annotation for parameter in parameters(other)}
    return all(pair.taken(own.annotation, types.get(own.name, "")) is True for own in parameters(one))


def _gives(acts: Acts, declared: Declaration, name: str, was: str, now: str, pair: Pair) -> Test:
    was, now = pair.old.expand(was), pair.new.expand(now)
    lost = sorted(_literals(was) - _literals(now)) if "Literal" in was and "Literal" in now else []

    by_text = bool(lost) and all(one[:1] in "'\"" and one[1:-1].isidentifier() for one in lost)

    def test(view: View) -> Sequence[str]:
        found = []
        for act, of_class in acts(view):
            argument = _argument(act.shape, declared, name, of_class=of_class)
            if act.verb == "get":
                found.append(act.key)
            elif argument is None or act.shape is None:
                continue
            elif by_text:
                found += [act.key] * any(one[1:-1] in view.reading.texts for one in lost)
            elif "Literal[" in now and act.shape.kind(argument):
                continue  # which values it gives is not known
            elif not (kind := act.shape.kind(argument)) or pair.taken(kind, now) is False:
                found.append(act.key)
        return found

    return test


def _literals(text: str) -> set[str]:
    found = set()
    for part in text.split(" | "):
        head, items = apart(part)
        if head == "Literal":
            found |= set(items)
    return found


def _argument(shape: Shape | None, declared: Declaration, name: str, *, of_class: bool) -> str | None:
    if shape is None:
        return None
    for bound in (False, True) if not of_class else (True, False):
        taken = binds(shape, accepted(declared, of_class=bound, member="self" in _first(declared)))
        if taken is not None:
            return "*" if shape.is_open and name not in taken else taken.get(name)
    return None


def _first(declared: Declaration) -> Sequence[str]:
    found = parameters(declared)
    return [found[0].name] if found else []

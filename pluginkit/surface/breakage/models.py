"""Models that check what they are given (pydantic): types and constraints that refuse what was accepted."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from pluginkit.surface.breakage.facet import Facet, instead, keys
from pluginkit.surface.breakage.values import value_of
from pluginkit.surface.pair import Pair
from pluginkit.surface.signature import Parameter
from pluginkit.surface.view import View

_CONSTRAINTS = ("gt", "ge", "lt", "le", "multiple_of", "min_length", "max_length", "pattern", "strict", "validator")


def compare(
    names: Collection[str], one: str, other: str, before: Sequence[Parameter], after: Sequence[Parameter], pair: Pair
) -> Iterator[Facet]:
    """Yield the ways in which a model refuses what its constructor was given before."""
    types = {parameter.name: parameter.annotation for parameter in after}
    yield from _constrained(names, one, other, pair)
    for parameter in before:
        now = types.get(parameter.name, "")
        fit = pair.taken(parameter.annotation, now) if now and parameter.annotation else True
        if fit is not True:

            def test(view: View, name: str = parameter.name, now: str = now) -> Sequence[str]:
                acts = view.of_names(names, "call", "run")
                given = [act for act in acts if act.shape and (name in act.shape.keywords or act.shape.is_open)]
                return [act.key for act in given if act.shape and not _suits(act.shape.kind(name), now, pair)]

            yield Facet("callers", f"{parameter.name!r} takes {instead(now, parameter.annotation)}", test, fit is None)


def _suits(kind: str, now: str, pair: Pair) -> bool:
    return bool(kind) and pair.taken(kind, now) is True


def _constrained(names: Collection[str], one: str, other: str, pair: Pair) -> Iterator[Facet]:
    """Yield the ways in which a model may refuse values for more than their types."""
    strict = [index.keywords(name).get("strict") == "True" for index, name in ((pair.old, one), (pair.new, other))]
    if strict == [False, True]:
        yield Facet(
            "callers",
            "it no longer converts values (`strict`)",
            lambda view: keys(view.of_names(names, "call", "run")),
            True,
        )
    theirs = pair.new.all_members(other)
    for short, path in pair.old.all_members(one).items():
        if short not in theirs or pair.old.word(path) != "field":
            continue
        was, now = value_of(pair.old.names[path][0]), value_of(pair.new.names[theirs[short]][0])
        more = [word for word in _CONSTRAINTS if f"{word}=" in now and f"{word}=" not in was]
        if more:
            yield Facet(
                "callers",
                f"{short!r} is constrained by `{more[0]}`",
                lambda view, short=short: [  # type: ignore[misc]
                    act.key for act in view.of_names(names, "call", "run") if act.shape and short in act.shape.keywords
                ],
                True,
            )

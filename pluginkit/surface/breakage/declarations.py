"""What modules declare: one name before and after, whatever kind of thing it was and is."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from pluginkit.surface.breakage import callbacks, callers, classes, values
from pluginkit.surface.breakage.construction import constructor
from pluginkit.surface.breakage.facet import Facet, keys
from pluginkit.surface.breakage.functions import FUNCTIONS, Acts
from pluginkit.surface.calls import demands, misfit
from pluginkit.surface.index import Index
from pluginkit.surface.pair import Pair
from pluginkit.surface.signature import (
    Declaration,
    Parameter,
    annotation,
    arguments,
    declaration,
    has_default,
    parameters,
    returns,
    split,
)
from pluginkit.surface.uses import Act
from pluginkit.surface.view import View


def compare(
    names: list[str], before: Sequence[Declaration], after: Sequence[Declaration], pair: Pair
) -> Iterator[Facet]:
    """Yield the ways in which a changed declaration of a module breaks those who use it by one of its `names`."""
    first, second = before[-1], after[-1]
    acts = _named(names)
    conditions = [{line.condition for line in lines} for lines in (before, after)]
    if conditions[0] != conditions[1] and any(conditions[1]):
        yield Facet("callers", f"it exists only if {second.condition}", lambda view: keys(view.beneath(names)),
                    is_unknown=True)  # fmt: skip
    if first.word in FUNCTIONS and second.word in FUNCTIONS:
        yield from callers.compare(before, after, acts, pair, member=False)
        yield from callbacks.hooked(before, after)
    elif first.word == second.word == "class":
        yield from classes.compare(names, first.name, second.name, pair)
    elif first.word in values.VALUES and second.word in values.VALUES:
        yield from values.compare(first, second, _beneath(names), pair)
        if first.word == second.word == "" and annotation(second) and has_default(first) and not has_default(second):
            yield Facet("callers", "it is annotated but never assigned", lambda view: keys(view.beneath(names)))
    elif first.word == second.word == "type":
        was, now = (line.rest.removeprefix(" = ") for line in (first, second))
        if was != now:
            yield from callbacks.compare(was, now)
    elif first.word == second.word:
        if first.rest.rpartition(".")[2] != second.rest.rpartition(".")[2]:
            yield Facet(
                "callers", "it is imported from elsewhere", lambda view: keys(view.beneath(names)), is_unknown=True
            )
    else:
        yield from values.replaced(first, second, acts, lambda view: [one.name for one in view.subclasses(first.name)])
        yield from _calls(names, before, after, pair)


def _calls(
    names: list[str], before: Sequence[Declaration], after: Sequence[Declaration], pair: Pair
) -> Iterator[Facet]:
    """Yield the ways in which calls break where a function became a class, or a class a function."""
    first, second = _taken(before, pair.old), _taken(after, pair.new)
    if first is None or second is None:
        return
    if reason := next(demands(first, second), ""):

        def test(view: View, first: Sequence[Parameter] = first, second: Sequence[Parameter] = second) -> Sequence[str]:
            acts = view.of_names(names, "call", "run")
            return [act.key for act in acts if act.shape and misfit(act.shape, first, second)]

        yield Facet("callers", reason, test)


def _taken(lines: Sequence[Declaration], side: Index) -> Sequence[Parameter] | None:
    if lines[-1].word == "class":
        return constructor(side, lines[-1].name)
    if lines[-1].word == "type" and lines[-1].rest.startswith(" = NewType["):
        return (Parameter("x", "positional"),)
    return parameters(lines[-1]) if lines[-1].word in FUNCTIONS else None


def as_called(before: Sequence[Declaration], after: Sequence[Declaration], new: Index) -> Sequence[Declaration]:
    """Return the lines of the newer side; of a callable instance in place of a function, the line of its `__call__`."""
    of = new.class_named(annotation(after[-1])) if after[-1].word == "" else ""
    path = new.all_members(of).get("__call__", "") if of else ""
    if before[-1].word not in FUNCTIONS or not path:
        return after
    call = new.names[path][-1]
    inner = ", ".join(split(arguments(call), ",")[1:])
    returned = f" -> {returns(call)}" if returns(call) else ""
    return [declaration(f"{call.word} {after[-1].name}({inner}){returned}")]


def _named(names: Collection[str]) -> Acts:
    def acts(view: View) -> Sequence[tuple[Act, bool]]:
        return [(act, False) for act in view.of_names(names)]

    return acts


def _beneath(names: Collection[str]) -> Acts:
    def acts(view: View) -> Sequence[tuple[Act, bool]]:
        return [(one.act, False) for one in view.reached if one.name in names]

    return acts

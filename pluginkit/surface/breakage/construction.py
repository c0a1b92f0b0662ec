"""How a class is constructed: who makes one, or has a constructor of its own that is called in its place."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence

from pluginkit.surface.breakage import models
from pluginkit.surface.breakage.bases import UNTOLD
from pluginkit.surface.breakage.facet import Facet, Test, keys
from pluginkit.surface.calls import Shape, demands, least, misfit
from pluginkit.surface.index import Index
from pluginkit.surface.pair import Pair
from pluginkit.surface.signature import Parameter, parameters
from pluginkit.surface.view import View


def constructor(index: Index, name: str) -> tuple[Parameter, ...] | None:
    """Return the parameters of a class's constructor; None where a base elsewhere has it."""
    members = index.all_members(name)
    for own in ("__init__", "__new__"):
        if own in members:
            return parameters(index.names[members[own]][-1])[1:]
    return None if index.foreign_bases(name) - UNTOLD else ()


def line(index: Index, name: str) -> str:
    """Return the line of what constructs a class; empty where a base elsewhere does, or nothing says it."""
    members = index.all_members(name)
    own = members.get("__init__") or members.get("__new__") or ""
    return index.names[own][-1].line if own else ""


def compare(names: Collection[str], one: str, other: str, pair: Pair) -> Iterator[Facet]:
    """Yield the ways in which a changed constructor breaks those who construct a class or derive from it."""
    before, after = constructor(pair.old, one), constructor(pair.new, other)
    if pair.new.is_protocol(other) and not pair.old.is_protocol(one):
        yield Facet(
            "callers", "a Protocol cannot be instantiated", lambda view: keys(view.of_names(names, "call", "run"))
        )
    if not _abstract(pair.old, one) and (left := _abstract(pair.new, other)):
        yield Facet(
            "callers",
            f"it cannot be instantiated: {left!r} is abstract",
            lambda view: keys(view.of_names(names, "call", "run")),
        )
    if before == after or before is None or pair.old.is_protocol(one):
        return
    if after is None:
        yield Facet("callers", "its constructor comes from another distribution",
                    lambda view: keys(view.of_names(names, "call", "run")), is_unknown=True)  # fmt: skip
        return
    reason = next(demands(before, after), "")
    if reason:
        yield Facet("callers", reason, _makes(names, one, before, after))
    if {"BaseModel", "pydantic.BaseModel", "RootModel"} & pair.old.foreign_bases(one):
        yield from models.compare(names, one, other, before, after, pair)


def _abstract(index: Index, name: str) -> str:
    """Return a member for which Python refuses to instantiate a class; empty where there is none."""
    if not index.is_abstract(name):
        return ""
    members = index.all_members(name).values()
    return next(
        (path.rpartition(".")[2] for path in members if "@abstractmethod" in index.names[path][-1].decorators), ""
    )


def _makes(names: Collection[str], one: str, before: Sequence[Parameter], after: Sequence[Parameter]) -> Test:
    def fits_no_more(shape: Shape | None) -> bool:
        return shape is not None and bool(misfit(shape, before, after))

    def test(view: View) -> Sequence[str]:
        found = [act.key for act in view.of_names(names, "call", "run") if fits_no_more(act.shape)]
        if fits_no_more(least(before)):
            found += keys(view.of_names(names, "get"))
        derived = view.subclasses(one)
        if derived:
            ups = [up.act for up in view.reached if up.act.verb == "super" and up.rest == ("__init__",)
                    and one in view.old.ancestry(view.old.resolve(up.name))]  # fmt: skip
            found += [act.key for act in ups if fits_no_more(act.shape)]
            classes = {implementation.name for implementation in derived}
            found += [one for one in classes if _constructs(view, one, fits_no_more)]
        return found

    return test


def _constructs(view: View, name: str, fits_no_more: Callable[[Shape | None], bool]) -> bool:
    return any(act.key == f".{name}" and fits_no_more(act.shape) for act in view.reading.acts.get(name, ()))

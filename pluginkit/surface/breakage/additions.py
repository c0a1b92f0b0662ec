"""Members that a class got: who implements it and lacks them, or has something else of that name."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from pluginkit.surface.breakage.bases import UNTOLD
from pluginkit.surface.breakage.facet import Facet, Test
from pluginkit.surface.breakage.implementers import refuses_new
from pluginkit.surface.breakage.instances import data_subclasses, extended, operates
from pluginkit.surface.breakage.values import value_of
from pluginkit.surface.calls import Shape, binds, demands
from pluginkit.surface.index import Index
from pluginkit.surface.pair import Pair
from pluginkit.surface.signature import Declaration, Parameter, parameters
from pluginkit.surface.uses import Implementation
from pluginkit.surface.view import View


def added(path: str, declared: Declaration, owner: str, pair: Pair) -> Iterator[Facet]:
    """Yield the ways in which a new member of a class breaks those who implement or subclass it."""
    short, new = declared.short, pair.new
    is_function = declared.word in ("def", "async def")
    abstract = bool({"@abstractmethod", "@unimplemented", "@declared"} & declared.decorators)
    in_protocol = new.is_protocol(declared.owner) and "@concrete" not in declared.decorators
    if short == "__init_subclass__":
        needed = [one.name for one in parameters(declared)[1:] if not one.optional and one.kind not in ("*", "**")]
        who = "implementers" if needed else "overriders"
        yield Facet(who, "subclasses must pass class keywords", _keywords(owner, parameters(declared)[1:]))
    elif short in ("__init__", "__new__", "__slots__") or declared.word in ("field", "class"):
        if short == "__slots__":
            yield Facet("callers", "other attributes can no longer be set", extended(owner))
        elif declared.word == "field" and value_of(declared):
            yield Facet("overriders", "dataclasses derived from it cannot have fields without a default",
                        lambda view: data_subclasses(view, owner))  # fmt: skip
    elif short == "__hash__" or (short == "__eq__" and "__hash__" not in new.all_members(declared.owner)):
        if short == "__eq__" or not is_function:
            yield Facet("callers", "it is no longer hashable", operates(("__hash__",), owner))
    elif "@declared" in declared.decorators and (
        new.foreign_bases(declared.owner) - UNTOLD or "metaclass" in new.keywords(declared.owner)
    ):
        return  # a base elsewhere, or the metaclass, may give it a value
    elif abstract or in_protocol:
        yield Facet("implementers", f"implementations need {short!r}", _lacks(owner, short, pair.new))
    elif new.is_protocol(declared.owner):
        yield Facet("implementers", f"implementations need {short!r}", _lacks_alone(owner, short))
    elif is_function:
        yield Facet("overriders", f"a subclass may define its own {short!r}", _clashes(owner, declared))


def _lacks(owner: str, short: str, new: Index) -> Test:
    def test(view: View) -> Sequence[str]:
        lacking = [one for one in view.implementers(owner) if short not in view.reading.members(one)]
        return [one.name for one in lacking if not _is_given(view.bases_of(one), short, new)]

    return test


def _lacks_alone(owner: str, short: str) -> Test:
    """Return a test for classes that match a Protocol without deriving from it, and so do not inherit the member."""

    def test(view: View) -> Sequence[str]:
        derived = [one.name for one in view.subclasses(owner)]
        found = [one for one in view.implementers(owner) if one.name not in derived]
        return [one.name for one in found if short not in view.reading.members(one)]

    return test


def _is_given(bases: Collection[str], short: str, new: Index) -> bool:
    """Return whether one of some classes of the API has a member that subclasses can rely on."""
    for base in bases:
        path = new.all_members(new.resolve(base)).get(short)
        marks = new.names[path][-1].decorators if path else frozenset(("@declared",))
        is_bare = bool({"@abstractmethod", "@unimplemented", "@declared"} & marks)
        if path and not is_bare and ("@concrete" in marks or not new.is_protocol(path.rpartition(".")[0])):
            return True
    return False


def _clashes(owner: str, declared: Declaration) -> Test:
    def test(view: View) -> Sequence[str]:
        found = []
        for one in view.subclasses(owner):
            own = Implementation(one.name, members=view.reading.members(one)).parameters(declared.short)
            if own is not None and refuses_new(own[1:], declared):
                found.append(f"{one.name}.{declared.short}")
        return found

    return test


def subclassing(owner: str, before: Declaration, after: Declaration) -> Iterator[Facet]:
    """Yield the ways in which a changed `__init_subclass__` breaks subclasses."""
    first, second = parameters(before)[1:], parameters(after)[1:]
    if reason := next(demands(first, second), ""):
        yield Facet("implementers", reason, _keywords(owner, second))


def _keywords(owner: str, taken: Sequence[Parameter]) -> Test:
    def test(view: View) -> Sequence[str]:
        given = (
            (one, Shape(0, tuple(word for word in one.keywords if word != "metaclass")))
            for one in view.subclasses(owner)
        )
        return [one.name for one, shape in given if _unbound(shape, taken)]

    return test


def _unbound(shape: Shape, taken: Sequence[Parameter]) -> bool:
    return binds(shape, taken) is None

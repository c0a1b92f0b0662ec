"""How a plugin shows what it does with the instances of a class, and with classes of its own that derive from it."""

from __future__ import annotations

from collections.abc import Sequence

from pluginkit.surface.breakage.facet import Test
from pluginkit.surface.pair import Pair
from pluginkit.surface.view import View


def operates(methods: Sequence[str], name: str) -> Test:
    """Return a test for uses of some special methods by a plugin that has instances of a class."""

    def test(view: View) -> Sequence[str]:
        if not view.holds(name):
            return []
        return [act.key for method in methods for act in view.reading.acts.get(method, ())]

    return test


def extended(name: str) -> Test:
    """Return a test for attributes that a plugin sets on instances of a class that does not declare them."""

    def test(view: View) -> Sequence[str]:
        found = [one.act.key for one in view.reached if one.rest == ("*",) and _makes_one(view, one.name, name)]
        return found

    return test


def _makes_one(view: View, path: str, name: str) -> bool:
    meant = view.old.resolve(path)
    return meant == name or name in view.old.types_of(meant)


def sets(name: str, pair: Pair) -> Test:
    """Return a test for setting fields of a class, or deriving a dataclass from it."""
    fields = {short for short, path in pair.old.all_members(name).items() if pair.old.word(path) in ("field", "")}

    def test(view: View) -> Sequence[str]:
        acts = [act for short in fields for act in view.reading.acts.get(short, ())] if view.holds(name) else []
        found = [act.key for act in acts if act.verb == "set"]
        return [*found, *data_subclasses(view, name)]

    return test


def data_subclasses(view: View, name: str) -> Sequence[str]:
    """Return the dataclasses of a plugin that derive from a class."""
    return [one.name for one in view.subclasses(name) if "@dataclass" in one.keywords]

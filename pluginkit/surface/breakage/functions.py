"""What callers and implementers of functions and methods have in common: bindings, overloads, merged types."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pluginkit.surface.signature import Declaration, Parameter, parameters, returns
from pluginkit.surface.uses import Act
from pluginkit.surface.view import View

FUNCTIONS = ("def", "async def")


Acts = Callable[[View], Sequence[tuple[Act, bool]]]
"""Takes the view of a plugin; returns its uses of a function, each with whether it is looked up on the class."""


def parted(lines: Sequence[Declaration]) -> tuple[Declaration, list[Declaration]]:
    """Return the line of the function that runs, and its overloads."""
    overloads = [one for one in lines if "@overload" in one.decorators]
    plain = [one for one in lines if "@overload" not in one.decorators]
    return (plain or overloads)[-1], overloads


def binding(declared: Declaration) -> str:
    """Return how a method is bound: `instance`, `class` or `static`."""
    if "@staticmethod" in declared.decorators or declared.short == "__new__":
        return "static"
    is_class = "@classmethod" in declared.decorators or declared.short in ("__init_subclass__", "__class_getitem__")
    return "class" if is_class else "instance"


def accepted(declared: Declaration, *, of_class: bool, member: bool) -> tuple[Parameter, ...]:
    """Return the parameters that a caller fills; `of_class`: a method is looked up on the class, not on an instance."""
    found = parameters(declared)
    if not member:
        return found
    kind = binding(declared)
    if found[:1] and found[0].kind in ("*", "**"):
        return found
    return found if kind == "static" or (kind == "instance" and of_class) else found[1:]


def merged_parameters(lines: Sequence[Declaration]) -> dict[str, str]:
    """Return the type of each parameter: what any of the overloads takes."""
    found: dict[str, list[str]] = {}
    for line in lines:
        for one in parameters(line):
            found.setdefault(one.name, []).append(one.annotation)
    return {name: "" if "" in types else " | ".join(dict.fromkeys(types)) for name, types in found.items()}


def merged_returns(lines: Sequence[Declaration]) -> str:
    """Return what any of the overloads returns; empty where one does not say it."""
    found = [returns(line) for line in lines]
    return "" if "" in found else " | ".join(dict.fromkeys(found))

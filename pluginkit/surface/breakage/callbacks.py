"""Functions of a plugin that the API calls: callbacks, and implementations of pluggy's hooks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pluginkit.surface.breakage.facet import Facet
from pluginkit.surface.breakage.functions import parted
from pluginkit.surface.calls import refuses
from pluginkit.surface.signature import Declaration, Parameter, parameters
from pluginkit.surface.spelled import apart
from pluginkit.surface.view import View


def compare(was: str, now: str) -> Iterator[Facet]:
    """Yield the ways in which a changed `Callable[[...], ...]` breaks those who pass functions of that type."""
    sides = [apart(text) for text in (was, now)]
    if not all(head == "Callable" and items and items[0].startswith("[") for head, items in sides):
        yield Facet("", "it is another type", lambda view: ())
        return
    counts = [[part for part in apart(items[0])[1] if part] for _, items in sides]
    first, second = ([Parameter(f"_{index}", "positional") for index in range(len(parts))] for parts in counts)

    def test(view: View) -> Sequence[str]:
        return functions_refusing(view, first, second)

    yield Facet("implementers" if len(first) != len(second) else "", "callbacks are called with other arguments", test)


def functions_refusing(view: View, first: Sequence[Parameter], second: Sequence[Parameter]) -> list[str]:
    """Return the functions of a plugin that accept calls with `first` and refuse calls with `second`."""
    found = []
    for module in view.reading.classes:
        for name in module.members if module.is_module else ():
            own = module.parameters(name)
            if own is not None and not refuses(own, (), first) and refuses(own, first, second):
                found.append(f"{module.name}.{name}")
    return found


def hooked(before: Sequence[Declaration], after: Sequence[Declaration]) -> Iterator[Facet]:
    """Yield the ways in which a changed hook breaks functions of its name, which take some of its arguments."""
    if not before or "@hookspec" not in before[-1].decorators:
        return
    short = before[-1].short
    one, other = parted(before)[0], parted(after)[0] if after else None
    allowed = {parameter.name for parameter in parameters(other)} if other else set()
    stays = other is not None and "@hookspec" in other.decorators

    def test(view: View) -> Sequence[str]:
        found = []
        for implementation in view.reading.classes:
            own = implementation.parameters(short)
            if own is not None:
                needed = {parameter.name for parameter in own if not parameter.optional} - {"self", "cls"}
                if not stays or not needed <= allowed:
                    found.append(f"{implementation.name}.{short}")
        return found

    gone = [parameter.name for parameter in parameters(one) if parameter.name not in allowed]
    if not stays or gone:
        reason = f"the hook no longer has the argument {gone[0]!r}" if stays else "it is no longer a hook"
        yield Facet("implementers", reason, test)

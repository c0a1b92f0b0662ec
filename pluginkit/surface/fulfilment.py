"""Whether a plugin's class is what a Python API asks for: members, how they are called, what is awaited.

Only what fails however the host goes about it is a fault: of the calls that an API allows, one that the plugin takes is
enough, since what the host really gives is not known.
"""

from __future__ import annotations

from pluginkit.core.frozen import record
from pluginkit.surface.calls import Shape, binds
from pluginkit.surface.signature import annotation, parameters, returns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pluginkit.surface.index import Index
    from pluginkit.surface.lineage import Lineage
    from pluginkit.surface.signature import Declaration, Parameter

_CALLABLE = ("def", "async def")
_HARMLESS = {"@abstractmethod", "@classmethod", "@final", "@staticmethod", "@unimplemented", "@concrete", "@generator"}
"""Decorators that leave a method's parameters as they are written."""
_AWAITED = {
    "Any", "AsyncGenerator", "AsyncIterable", "AsyncIterator", "Awaitable", "Coroutine", "Future", "Generator", "Task",
    "object",
}  # fmt: skip
"""What a coroutine may pass for, by the last part of its name."""
_PLAIN = {"bool", "bytes", "dict", "float", "frozenset", "int", "list", "NoneType", "set", "str", "tuple"}


@record
class Fault:
    """One member that is not what the API asks for."""

    member: str
    problem: str
    """What is wrong with it; empty where it is missing."""
    found: str
    """The plugin's declaration of it."""
    wanted: str
    """The API's declaration of it."""


def faults(lineage: Lineage, api: Index, expected: str) -> Iterator[Fault]:
    """Yield what keeps a class from being an `expected`, a class of the API."""
    is_protocol = api.is_protocol(expected)
    for name, path in sorted(api.all_members(expected).items()):
        wanted = api.names[path]
        if hasattr(object, name) or wanted[0].word not in (*_CALLABLE, "property", ""):
            continue
        found = lineage.member(name)
        if found is None:
            continue
        if not found:
            if is_protocol or "@abstractmethod" in wanted[0].decorators:
                yield Fault(name, "", "nothing", shown(wanted[0]))
        elif "@abstractmethod" in found[0].decorators:
            yield Fault(name, "is abstract", shown(found[0]), shown(wanted[0]))
        elif found is not wanted and (problem := _misfit(api, found, wanted)):
            yield Fault(name, problem, shown(found[0]), shown(wanted[0]))


def shown(line: Declaration) -> str:
    """Return a declaration as its author would write it."""
    if line.word in _CALLABLE:
        return f"{line.word} {line.short}{line.rest}"
    if line.word == "property":
        typed = annotation(line)
        return f"@property def {line.short}(self){f' -> {typed}' if typed else ''}"
    return f"{line.short}{line.rest}"


def _misfit(api: Index, found: Sequence[Declaration], wanted: Sequence[Declaration]) -> str:
    own, asked = found[0], wanted[0]
    if asked.word == "property" and own.word in _CALLABLE and not own.decorators - _HARMLESS:
        typed = annotation(asked)
        return "is a method, not a property" if typed and _cannot_be(api, typed, {"Callable"}) else ""
    if own.word not in _CALLABLE or asked.word not in _CALLABLE or own.decorators - _HARMLESS:
        return ""
    if all(_refuses(own, one) for one in wanted):
        return "does not take the arguments of the API's"
    return _unawaited(api, own, asked)


def _refuses(own: Declaration, asked: Declaration) -> bool:
    if asked.decorators - _HARMLESS:
        return False
    given = bound(own)
    return all(binds(shape, given) is None for shape in _calls(bound(asked)))


def bound(line: Declaration) -> Sequence[Parameter]:
    """Return the parameters of a method that its callers give."""
    found = parameters(line)
    has_self = "@staticmethod" not in line.decorators and found and found[0].kind in ("positional", "either")
    return found[1:] if has_self else found


def _calls(allowed: Sequence[Parameter]) -> Iterator[Shape]:
    """Yield calls that fit parameters: with the fewest arguments and with all of them, by position and by name."""
    star, mapping = any(one.kind == "*" for one in allowed), any(one.kind == "**" for one in allowed)
    plain = [one for one in allowed if one.kind not in ("*", "**")]
    for chosen in ([one for one in plain if not one.optional], plain):
        for by_name in ((), ("either",)):
            words = sorted(one.name for one in chosen if one.kind in ("keyword", *by_name))
            places = sum(one.kind in {"positional", "either"} - {*by_name} for one in chosen)
            yield Shape(places, tuple(words), star, mapping)


def _unawaited(api: Index, own: Declaration, asked: Declaration) -> str:
    """Return what is wrong where one of the two is a coroutine function and the other is not."""
    if own.word == asked.word or {"@generator"} & (own.decorators | asked.decorators) or asked.decorators - _HARMLESS:
        return ""
    if own.word == "async def":
        result = returns(asked)
        return "is a coroutine function, which the host does not await" if result and _cannot_be(api, result) else ""
    result = returns(own).rpartition(".")[2]
    return f"is not a coroutine function, and the host awaits its {result}" if result in _PLAIN else ""


def _cannot_be(api: Index, text: str, more: set[str] | None = None) -> bool:
    """Return whether nothing in a type, which is spelled out in full, can be awaited, or is among `more`."""
    words = [word.rpartition(".")[2] for word in api.words(api.expand(text))]
    known = all(word in _PLAIN | {"None", "Literal", "Optional", "Union"} or api.class_named(word) for word in words)
    return known and not {*words} & (_AWAITED | (more or set()))


def refusal(shape: Shape, given: Sequence[Parameter]) -> tuple[Sequence[str], Sequence[str]]:
    """Return which parameters a call leaves without argument, and which of its arguments none takes.

    Arguments are `0`, `1`, ... and names of keywords.
    """
    kinds = {one.kind for one in given}
    places = [one.name for one in given if one.kind in ("positional", "either")]
    named = {one.name for one in given if one.kind in ("either", "keyword")}
    taken = places[: shape.positional]
    untaken = [str(index) for index in range(len(places), shape.positional) if "*" not in kinds]
    untaken += [word for word in shape.keywords if ("**" not in kinds and word not in named) or word in taken]
    left = {*taken, *(word for word in shape.keywords if word in named)}
    missing = [one.name for one in given if not one.optional and one.kind not in ("*", "**") and one.name not in left]
    return missing, untaken

"""Types as surfaces spell them, and whether a value of one fits where another is expected.

Classes of the standard library are ordered as PEP 484's numeric tower and `collections.abc` say, those of the API by
their bases and members. What is not known about a type is not guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from pluginkit.surface.spelled import apart, split_union

_ABOVE: Mapping[str, tuple[str, ...]] = {
    "bool": ("int",),
    "int": ("float",),
    "float": ("complex",),
    "str": ("Sequence",),
    "bytes": ("Sequence",),
    "bytearray": ("MutableSequence",),
    "list": ("MutableSequence",),
    "tuple": ("Sequence",),
    "range": ("Sequence",),
    "deque": ("MutableSequence",),
    "dict": ("MutableMapping",),
    "defaultdict": ("dict",),
    "OrderedDict": ("dict",),
    "Counter": ("dict",),
    "set": ("MutableSet",),
    "frozenset": ("Set",),
    "MutableSequence": ("Sequence",),
    "Sequence": ("Collection", "Reversible"),
    "MutableMapping": ("Mapping",),
    "Mapping": ("Collection",),
    "MutableSet": ("Set",),
    "Set": ("Collection",),
    "KeysView": ("Set",),
    "ItemsView": ("Set",),
    "ValuesView": ("Collection",),
    "Collection": ("Sized", "Iterable", "Container"),
    "Reversible": ("Iterable",),
    "Generator": ("Iterator",),
    "Iterator": ("Iterable", "Generator"),
    "AsyncGenerator": ("AsyncIterator",),
    "AsyncIterator": ("AsyncIterable",),
    "Coroutine": ("Awaitable",),
    "PosixPath": ("pathlib.Path",),
    "pathlib.Path": ("pathlib.PurePath",),
    "pathlib.PurePath": ("os.PathLike",),
}
_SAME = {"TypeGuard": "bool", "TypeIs": "bool", "Pattern": "re.Pattern", "Match": "re.Match"}
_COLLECTIONS = {"list", "tuple", "set", "frozenset", "dict", "Sequence", "Collection", "Set", "Mapping", "deque"}
_ANYTHING = {"", "Any", "object", "_", "...", "typing.Any", "Self", "Incomplete"}
_DEEPEST = 12
_MOST_PAIRS = 10_000
"""Members of two unions that are compared with each other: a surface from an artifact may be anything."""

Derives = Callable[[str, str], "bool | None"]
"""Whether one class of the API does all that another does; None where one of them is not the API's."""


def fits(given: str, wanted: str, derives: Derives, depth: int = 0) -> bool | None:
    """Return whether a value of type `given` fits where `wanted` is expected; None where it is not known."""
    if given == wanted or _is_anything(given) or _is_anything(wanted):
        return True
    if depth > _DEEPEST:
        return False
    parts, choices = split_union(given), split_union(wanted)
    if len(parts) * len(choices) > _MOST_PAIRS:
        return False  # nobody writes such types: what cannot be compared does not fit
    if len(parts) > 1:
        return _all(fits(part, wanted, derives, depth + 1) for part in parts)
    if len(choices) > 1:
        return _any(fits(given, choice, derives, depth + 1) for choice in choices)
    head, items = apart(given)
    other, expected = apart(wanted)
    head, other = _SAME.get(head, head), _SAME.get(other, other)
    if head == "Literal":
        return _literal(items, wanted, other, expected, derives)
    if other == "Literal":
        return False
    if head in ("NotRequired", "Required", "Final", "ClassVar", "ReadOnly") and items:
        return fits(items[0], wanted, derives, depth + 1)
    if other in ("NotRequired", "Required", "Final", "ClassVar", "ReadOnly") and expected:
        return fits(given, expected[0], derives, depth + 1)
    below = _is_below(head, other, derives)
    if not below or not items or not expected:
        return below
    if head == other == "Callable":
        return _callable(items, expected, derives, depth)
    if head != other and len(items) != len(expected):
        return below
    return _arguments(items, expected, derives, depth)


def _is_anything(text: str) -> bool:
    return text in _ANYTHING or (text[:1] == "T" and text[1:].isdigit()) or text == "T"


def _all(found: object) -> bool | None:
    results = list(found)  # type: ignore[call-overload]
    return False if False in results else None if None in results else True


def _any(found: object) -> bool | None:
    results = list(found)  # type: ignore[call-overload]
    return True if True in results else None if None in results else False


def _literal(items: Sequence[str], wanted: str, other: str, expected: Sequence[str], derives: Derives) -> bool | None:
    if other == "Literal":
        return set(items) <= set(expected)
    return _all(fits(kind_of(item) or "Any", wanted, derives) for item in items)


def _is_below(head: str, other: str, derives: Derives) -> bool | None:
    if head == other or (head.rpartition(".")[2] == other.rpartition(".")[2] and "." in head + other):
        return True
    if head in _COLLECTIONS and other in ("Iterator", "Generator"):
        return True  # all but `next()` is the same
    own = derives(head, other)
    if own is not None:
        return own
    above, waiting = set[str](), [head]
    while waiting:
        for name in _ABOVE.get(waiting.pop(), ()):
            if name not in above:
                above.add(name)
                waiting.append(name)
    if other in above:
        return True
    if other in _ABOVE and head in _LOOSE and _climbs(other, head):
        return True  # the new annotation is merely less precise
    known = {*_ABOVE, *(name for names in _ABOVE.values() for name in names), "None", "Callable", "type"}
    return False if head in known and other in known else None


_LOOSE = {"Sequence", "MutableSequence", "Collection", "Mapping", "MutableMapping", "Set", "MutableSet"}


def _climbs(name: str, above: str) -> bool:
    waiting, seen = [name], set[str]()
    while waiting:
        for one in _ABOVE.get(waiting.pop(), ()):
            if one == above:
                return True
            if one not in seen:
                seen.add(one)
                waiting.append(one)
    return False


def _callable(items: Sequence[str], expected: Sequence[str], derives: Derives, depth: int) -> bool | None:
    taken, wanted = apart(items[0])[1], apart(expected[0])[1]
    result = fits(items[-1], expected[-1], derives, depth + 1) if len(items) == len(expected) == 2 else True
    if "..." in (items[0], expected[0]) or not (items[0].startswith("[") and expected[0].startswith("[")):
        return result
    taken, wanted = [one for one in taken if one], [one for one in wanted if one]
    if len(taken) != len(wanted):
        return False
    return _all([result, *(fits(b, a, derives, depth + 1) for a, b in zip(taken, wanted, strict=True))])


def _arguments(items: Sequence[str], expected: Sequence[str], derives: Derives, depth: int) -> bool | None:
    items, expected = [one for one in items if one != "..."], [one for one in expected if one != "..."]
    if len(items) == 1 < len(expected) or len(expected) == 1 < len(items):
        longer, single = (items, expected[0]) if len(items) > 1 else (expected, items[0])
        if items is longer:
            return _all(fits(one, single, derives, depth + 1) for one in longer)
        return _any(fits(single, one, derives, depth + 1) for one in longer)
    if len(items) != len(expected):
        return False
    return _all(fits(a, b, derives, depth + 1) for a, b in zip(items, expected, strict=True))


def kind_of(value: str) -> str:
    """Return the type of a literal value; empty where it is not one."""
    import ast

    try:
        node = ast.parse(value, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    if isinstance(node, ast.Constant):
        return "None" if node.value is None else type(node.value).__name__
    if isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant):
        return "bool" if isinstance(node.op, ast.Not) else type(node.operand.value).__name__
    kinds = {ast.List: "list", ast.ListComp: "list", ast.Dict: "dict", ast.DictComp: "dict", ast.Set: "set",
             ast.SetComp: "set", ast.Tuple: "tuple", ast.JoinedStr: "str", ast.GeneratorExp: "Generator"}  # fmt: skip
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _BUILTINS:
        return node.func.id
    return kinds.get(type(node), "")


_BUILTINS = ("list", "dict", "set", "frozenset", "tuple", "str", "int", "float", "bytes", "bool")

"""Names of types as surfaces spell them."""

from __future__ import annotations

from pluginkit.surface.signature import split

_BARE = ("typing", "typing_extensions", "collections.abc", "builtins", "types", "abc", "enum", "dataclasses")
_BUILTIN = {
    "List": "list", "Dict": "dict", "Set": "set", "FrozenSet": "frozenset", "Tuple": "tuple", "Type": "type",
    "Text": "str",
    "ContextManager": "AbstractContextManager", "AsyncContextManager": "AbstractAsyncContextManager",
    "AbstractSet": "Set", "Deque": "deque", "DefaultDict": "defaultdict", "OrderedDict": "OrderedDict",
}  # fmt: skip


def external(dotted: str) -> str:
    """Return how a name from another distribution or the standard library is spelled."""
    module, _, name = dotted.rpartition(".")
    if module in ("typing", "typing_extensions"):
        return _BUILTIN.get(name, name)
    if module in _BARE:
        return name
    return dotted


def split_union(text: str) -> list[str]:
    """Return the members of a union that stand outside of brackets."""
    if " | " not in text:
        return [text]
    parts, depth, start = [], 0, 0
    for index, char in enumerate(text):
        depth += (char in "([{") - (char in ")]}")
        if char == "|" and depth == 0:
            parts.append(text[start:index].strip())
            start = index + 1
    return [*parts, text[start:].strip()]


def apart(text: str) -> tuple[str, list[str]]:
    """Return the name of a type and what stands in its brackets."""
    head, found, rest = text.partition("[")
    if not found or not rest.endswith("]"):
        return external(text), []
    if not head:
        return "[]", split(rest[:-1], ",")
    return external(head), split(rest[:-1], ",")

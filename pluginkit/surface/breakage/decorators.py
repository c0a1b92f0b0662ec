"""The decorators of a class, and what the options of a dataclass make of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from pluginkit.surface.breakage.facet import Facet, keys
from pluginkit.surface.breakage.instances import extended, operates, sets
from pluginkit.surface.index import Index
from pluginkit.surface.pair import Pair
from pluginkit.surface.signature import Declaration, split

_COMPARISONS = ("__lt__", "__le__", "__gt__", "__ge__")
_KNOWN = {"@runtime_checkable", "@total_ordering", "@final", "@deprecated", "@dataclass_transform", "@declared"}


def compare(names: Collection[str], name: str, one: Declaration, other: Declaration, pair: Pair) -> Iterator[Facet]:
    """Yield the ways in which changed decorators of a class, or options of a dataclass, break those who use it."""
    before, after = _options(one), _options(other)
    for side, found in ((pair.old, before), (pair.new, after)):
        of = name if side is pair.old else other.name
        if _is_hashable(side, of, found):
            found["hashable"] = ""
    came, went = set(after) - set(before), set(before) - set(after)
    if "@runtime_checkable" in went:
        yield Facet("callers", "it no longer works with `isinstance`", lambda view: keys(view.of_names(names, "test")))
    if "order" in went or "@total_ordering" in went:
        yield Facet("callers", "it no longer supports `<` and `>`", operates(_COMPARISONS, name))
    if "frozen" in came:
        yield Facet("callers", "it is now frozen", sets(name, pair))
    if "no eq" in came:
        yield Facet("callers", "instances are compared by identity", operates(("__eq__", "__ne__"), name))
    if "slots" in came:
        yield Facet("callers", "other attributes can no longer be set", extended(name))
    if "hashable" in went and "@deprecated" not in after:
        yield Facet("callers", "it is no longer hashable", operates(("__hash__",), name))
    if "fields" in went and "fields" not in after:
        yield Facet("callers", "it is no longer a dataclass", operates(("__dataclass_fields__",), name))
    unknown = {item for item in came | went if item.startswith("@")} - _KNOWN
    if unknown:
        reason = f"{min(unknown)} was {'added' if min(unknown) in came else 'removed'}: its effect is not known"
        yield Facet("callers", reason, lambda view: view.mentions_class(names), is_unknown=True)


def _is_hashable(index: Index, name: str, options: Mapping[str, str]) -> bool:
    members = index.all_members(name)
    if "__hash__" in members:
        return index.names[members["__hash__"]][-1].word in ("def", "async def")
    if "fields" in options and "no eq" not in options:
        return "frozen" in options or "unsafe_hash" in options
    return "__eq__" not in members


def _options(declared: Declaration) -> dict[str, str]:
    """Return the decorators of a class, those of a dataclass as what its options mean: `fields`, `frozen`, `no eq`."""
    found: dict[str, str] = {}
    for decorator in declared.decorators:
        name, _, text = decorator.partition("(")
        if name not in ("@dataclass", "@define", "@attrs", "@s", "@mutable", "@frozen"):
            found[name] = ""
            continue
        given = dict(part.split("=", 1) for part in split(text.rstrip(")"), ",") if "=" in part)
        found["fields"] = ""
        defaults = {"slots": "True"} if name in ("@define", "@mutable", "@frozen") else {}
        for option in ("frozen", "order", "slots", "unsafe_hash"):
            if (defaults | given).get(option) == "True" or (option == "frozen" and name == "@frozen"):
                found[option] = ""
        if given.get("eq") == "False":
            found["no eq"] = ""
    return found

"""Which types no longer implement which interfaces of their package, although neither lost anything by itself."""

from __future__ import annotations

from collections.abc import Iterator

from pluginkit.surface.go.comparison import Comparison
from pluginkit.surface.go.lines import Item, Package
from pluginkit.surface.go.shapes import is_sealed, members, signature, underlying


def lost(comparison: Comparison) -> Iterator[tuple[tuple[str, str], Item, str]]:
    """Yield the key under which to note it, the old line, and the interface, for each type of the old surface.

    Interfaces with unexported methods say in the surface which types implement them; others are looked into where they
    ask for more than before.
    """
    known = comparison.types.known
    kept = {(one.owner, one.name) for one in comparison.new.items if one.kind == "implements"}
    pointers = {(one.owner, one.name) for one in comparison.new.items if one.kind == "implements" and one.star}
    for one in comparison.old.items:
        if one.kind == "implements" and (head := comparison.old.type(one.owner)):
            after = known.get(one.owner, one.owner), known.get(one.name, one.name)
            both = comparison.new.type(after[0]) and comparison.new.type(after[1])
            if both and (after not in kept or (after in pointers and not one.star)):
                yield head.key, one, one.name
    for name in {owner for owner, _ in comparison.verdicts if owner}:
        yield from _lost(comparison, name)


def _lost(comparison: Comparison, contract: str) -> Iterator[tuple[tuple[str, str], Item, str]]:
    old, new = comparison.old, comparison.new
    head, after = old.type(contract), new.type(comparison.types.known.get(contract, contract))
    if head is None or after is None or underlying(head, old) != ("interface",) or is_sealed(old, contract):
        return
    for name, one in old.tops.items():
        other = new.type(comparison.types.known.get(name, name))
        if one.kind != "type" or other is None or name == contract or underlying(one, old) == ("interface",):
            continue
        if _implements(old, one, head) and not _implements(new, other, after):
            yield one.key, one, contract


def _implements(package: Package, one: Item, contract: Item) -> bool:
    asked = list(members(package, contract.name, "asks"))
    methods = {method.name: method for method in members(package, one.name, "method")}
    return bool(asked) and all(
        (method := methods.get(wanted.name)) is not None and signature(method, package) == signature(wanted, package)
        for wanted in asked
    )

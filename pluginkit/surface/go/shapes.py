"""What the declarations of a Go surface mean: signatures, underlying types, sets of fields and methods."""

from __future__ import annotations

from collections.abc import Iterator

from pluginkit.surface.go.lines import Item, Package
from pluginkit.surface.go.types import Type, parse, parse_field, parse_parameters, parse_signature, without_names


def constraints(one: Item) -> tuple[Type, ...]:
    """Return the constraints of the type parameters of a function, a method or a type."""
    return parse_parameters(one.parameters)


def signature(one: Item, package: Package) -> Type:
    """Return the type of a function or a method."""
    return parse_signature(_canonical(one.text, one, package))


def type_of(one: Item, package: Package) -> Type:
    """Return the type of a constant, a variable, a field, a function, or of what an alias stands for."""
    if one.kind in ("func", "method", "asks"):
        return signature(one, package)
    text = _canonical(one.text, one, package)
    if one.kind in ("field", "embedded"):
        return parse_field(text)[0]
    return parse(text.partition(" = ")[0] if one.kind == "const" else text)


def tag(one: Item) -> str:
    """Return the tag of a field, quoted."""
    return parse_field(one.text)[1]


def value(one: Item) -> str:
    """Return the value of a constant, as it is spelled."""
    return one.text.partition(" = ")[2]


def underlying(one: Item, package: Package) -> Type:
    """Return the underlying type of a type: of structs and interfaces the word, since they have members."""
    text = _canonical(one.text, one, package)
    word = text.partition(" ")[0]
    return (word,) if word in ("struct", "interface") else parse(text)


def constraint_parts(one: Item) -> tuple[Type, ...]:
    """Return what an interface asks of types beside methods."""
    tree = parse(one.text)
    return tree[2] if tree[0] == "interface" else ()


def members(package: Package, name: str, *kinds: str) -> Iterator[Item]:
    """Yield the members of a type that are of some kinds and that importers can name."""
    for one in package.members.get(name, {}).values():
        if one.kind in kinds and one.public:
            yield one


def is_sealed(package: Package, name: str) -> bool:
    """Return whether an interface has an unexported method, so that importers cannot implement it."""
    return any(one.kind == "asks" and not one.public for one in package.members.get(name, {}).values())


def _canonical(text: str, one: Item, package: Package) -> str:
    """Return a spelling with type parameters by their places; older surfaces have them by name."""
    head = package.tops.get(one.owner) if one.owner else one
    if head is None or not head.parameters or head.parameters.startswith("[$"):
        return text
    names = [part.split(" ")[0] for part in head.parameters[1:-1].split(", ") if " " in part]
    return without_names(text, {name: f"${index}" for index, name in enumerate(names)})

"""Two copies of one Go package compared by the rules of golang.org/x/exp/apidiff: what of a change breaks whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pluginkit.core.frozen import record
from pluginkit.surface.change import SEVERITIES
from pluginkit.surface.go.correspondence import Correspondence
from pluginkit.surface.go.lines import Item, Package
from pluginkit.surface.go.shapes import (
    constraint_parts,
    constraints,
    is_sealed,
    members,
    signature,
    tag,
    type_of,
    underlying,
    value,
)
from pluginkit.surface.go.types import Type

VERSION = "APIVersion"
"""The constant that states the version: its value changes with each, whatever else does."""
PROMOTED = "no field of its own any more: literals cannot name it"
"""Why a field that is promoted now breaks who writes such a struct down, and nobody else."""

_DEEPEST = 8
"""Levels of embedding that are looked into."""
_SIGNED = ("int8", "int16", "int32", "int", "int64")
_UNSIGNED = ("uint8", "uint16", "uint32", "uint", "uint64")
_WIDENING = (_SIGNED, _UNSIGNED, ("float32", "float64"), ("complex64", "complex128"))


@record
class Verdict:
    """What a difference means."""

    old: Item | None
    new: Item | None
    severity: str
    reason: str


class Comparison:
    """Finds out what differs; `verdicts` holds the worst about each declaration, by owner and name."""

    def __init__(self, old: Package, new: Package, roles: Mapping[str, str]) -> None:
        self.old = old
        self.new = new
        self.roles = roles
        self.types = Correspondence(old, new, self._types)
        self.verdicts: dict[tuple[str, str], Verdict] = {}

    def note(self, key: tuple[str, str], old: Item | None, new: Item | None, severity: str, reason: str) -> None:
        """Keep a verdict, unless a worse one about the same declaration is known."""
        before = self.verdicts.get(key)
        if before is None or SEVERITIES.index(severity) < SEVERITIES.index(before.severity):
            self.verdicts[key] = Verdict(old, new, severity, reason)

    def top(self, name: str) -> None:
        """Compare what both copies, or one of them, declare under an exported name at the top level."""
        old, new = self.old.tops.get(name), self.new.tops.get(name)
        if old is None:
            self.note(("", name), None, new, "added", "new")
        elif new is None:
            self.removed(("", name), old)
        else:
            self._pair(old, new)

    def removed(self, key: tuple[str, str], old: Item) -> None:
        """Note that something that plugins may use is gone."""
        self.note(key, old, None, "callers", "it is gone, as was announced" if old.deprecated else "it is gone")

    def changed(self, key: tuple[str, str], old: Item, new: Item | None, reason: str) -> None:
        """Note that something is no longer what plugins take it for."""
        self.note(key, old, new, "callers", reason)

    def _pair(self, old: Item, new: Item) -> None:
        kinds = {"alias": "type"}
        if kinds.get(old.kind, old.kind) != kinds.get(new.kind, new.kind):
            self._other_kind(old, new)
        elif old.kind in ("type", "alias"):
            if not self.types.same(_meant(old, self.old), _meant(new, self.new)):
                self.changed(old.key, old, new, "another type than before")
        elif old.kind == "func" and not self._same_constraints(old, new):
            self.changed(old.key, old, new, "other type parameters")
        elif not self.types.same(type_of(old, self.old), type_of(new, self.new)):
            self.changed(old.key, old, new, "another signature" if old.kind == "func" else "another type")
        elif old.kind == "const" and value(old) != value(new):
            self._value(old, new)

    def _other_kind(self, old: Item, new: Item) -> None:
        if old.kind == "func" and new.kind == "var" and self.types.same(type_of(old, self.old), type_of(new, self.new)):
            self.note(old.key, old, new, "added", "a function became a variable, which is called in the same way")
        else:
            self.changed(old.key, old, new, f"was {_called(old)}, is {_called(new)}")

    def _value(self, old: Item, new: Item) -> None:
        if old.name == VERSION and not old.owner:
            self.note(old.key, old, new, "implementation", "states the version")
        else:
            self.changed(old.key, old, new, "another value, which is compiled into plugins")

    def _same_constraints(self, old: Item, new: Item) -> bool:
        before, after = constraints(old), constraints(new)
        return len(before) == len(after) and all(map(self.types.same, before, after))

    def _types(self, old: Item, new: Item | Type) -> None:
        """Compare two types that correspond."""
        if isinstance(new, tuple):
            self._underlying(old, None, underlying(old, self.old), new)
            for method in members(self.old, old.name, "method"):
                self.removed(method.key, method)
            return
        before, after = underlying(old, self.old), underlying(new, self.new)
        if before == after == ("interface",):
            self._interfaces(old, new)
        elif before == after == ("struct",):
            self._structs(old, new)
            self._methods(old, new)
        elif self._underlying(old, new, before, after):
            self._methods(old, new)
        if new.incomparable and not old.incomparable:
            self.changed(old.key, old, new, "its values can no longer be compared")

    def _underlying(self, old: Item, new: Item | None, before: Type, after: Type) -> bool:
        """Compare what types are made of; return whether methods are worth comparing too."""
        if before[0] != after[0] and {before[0], after[0]} - {"chan", "<-chan", "chan<-"}:
            self.changed(old.key, old, new, "made of another type")
            return False
        if before[0] in ("chan", "<-chan", "chan<-"):
            if not self.types.same(before[1], after[1]):
                self.changed(old.key, old, new, "a channel of another type")
            elif before[0] != after[0] and after[0] == "chan":
                self.note(old.key, old, new, "added", "the channel has no direction any more")
            elif before[0] != after[0]:
                self.changed(old.key, old, new, "the channel has another direction")
        elif _widens(before, after):
            self.note(old.key, old, new, "added", f"{after[1]} holds every value that {before[1]} does")
        elif not (before == after if _is_basic(before) else self.types.same(before, after)):
            self.changed(old.key, old, new, "made of another type")
        return True

    def _structs(self, old: Item, new: Item) -> None:
        fields = {one.name: one for one in members(self.new, new.name, "field", "embedded")}
        selectable = fields | {
            one.name: one for one in members(self.new, new.name, "promoted") if one.name not in fields
        }
        for one in members(self.old, old.name, "field", "embedded", "promoted"):
            after = selectable.get(one.name)
            if after is None:
                self.removed(one.key, one)
            elif not self.types.same(type_of(one, self.old), type_of(after, self.new)):
                self.changed(one.key, one, after, "another type")
            elif one.kind != "promoted" and one.name not in fields:
                self.changed(one.key, one, after, PROMOTED)
            elif "promoted" not in (one.kind, after.kind) and tag(one) != tag(after):
                self.note(one.key, one, after, "implementation", "another tag, which only reflection sees")
        known = {one.name for one in members(self.old, old.name, "field", "embedded")}
        reachable = known | {one.name for one in members(self.old, old.name, "promoted")}
        for one in selectable.values():
            if one.name not in reachable:
                self.note((old.name, one.name), None, one, "added", "new; literals without field names break")
            elif one.kind != "promoted" and one.name not in known:
                self.note((old.name, one.name), None, one, "added", "a field of its own now")

    def _methods(self, old: Item, new: Item) -> None:
        before = {one.name: one for one in members(self.old, old.name, "method")}
        after = {one.name: one for one in members(self.new, new.name, "method")}
        for name, one in before.items():
            other = after.get(name)
            if other is None or not self._same_method(one, other):
                for declared in [one, *self._sources(old.name, name)]:
                    if other is None:
                        self.removed(declared.key, declared)
                    else:
                        self.changed(declared.key, declared, other, "another signature")
            elif other.star and not one.star:
                self.changed(one.key, one, other, "only pointers have it now")
            elif one.star and not other.star:
                self.note(one.key, one, other, "added", "values have it now, too")
        for name, one in after.items():
            if name not in before:
                self.note((old.name, name), None, one, "added", "new")

    def _sources(self, owner: str, name: str, depth: int = 0) -> Iterator[Item]:
        """Yield the method of that name of each type that an old struct embeds: one of them is where it is from."""
        for field in self.old.members.get(owner, {}).values() if depth < _DEEPEST else ():
            if field.kind == "embedded":
                inner = field.text.lstrip("*")
                method = self.old.members.get(inner, {}).get(name)
                if method is not None and method.kind == "method":
                    yield method
                    yield from self._sources(inner, name, depth + 1)

    def _same_method(self, old: Item, new: Item) -> bool:
        return self._same_constraints(old, new) and self.types.same(signature(old, self.old), signature(new, self.new))

    def _interfaces(self, old: Item, new: Item) -> None:
        before = {one.name: one for one in members(self.old, old.name, "asks")}
        after = {one.name: one for one in members(self.new, new.name, "asks")}
        for name, one in before.items():
            if name not in after:
                self.removed(one.key, one)
            elif not self.types.same(signature(one, self.old), signature(after[name], self.new)):
                self._asked(old, one, after[name])
        closed = is_sealed(self.old, old.name)
        for name, one in after.items():
            if name not in before:
                self._asks_more(old, one, closed)
        if not closed:
            for one in self.new.members.get(new.name, {}).values():
                if one.kind == "asks" and not one.public:
                    self._asks_more(old, one, closed)
        if len(parts := constraint_parts(old)) != len(others := constraint_parts(new)) or not all(
            map(self.types.same, parts, others)
        ):
            self.changed(old.key, old, new, "other types fulfil it")

    def _asked(self, owner: Item, old: Item, new: Item) -> None:
        if is_sealed(self.old, owner.name) or self._role(owner) == "host":
            self.changed(old.key, old, new, "another signature")
        else:
            self.note(old.key, old, new, "implementers", "another signature than those who implement it have")

    def _asks_more(self, owner: Item, new: Item, closed: bool) -> None:
        key = owner.name, new.name
        if closed:
            self.note(key, None, new, "added", "new; nobody else can implement the interface")
        elif self._role(owner) == "host":
            self.note(key, None, new, "added", "new; plugins do not implement the interface")
        elif new.public:
            self.note(key, None, new, "implementers", "new, and those who implement the interface do not have it")
        else:
            self.note(key, None, new, "implementers", "unexported: nobody else can implement the interface any more")

    def _role(self, one: Item) -> str:
        return self.roles.get(one.name if "." in one.name else f"{one.path}.{one.name}", "")


def _meant(one: Item, package: Package) -> Type:
    return type_of(one, package) if one.kind == "alias" else ("name", one.name, ())


def _called(one: Item) -> str:
    return {"const": "a constant", "var": "a variable", "func": "a function"}.get(one.kind, "a type")


def _is_basic(tree: Type) -> bool:
    return tree[0] == "name" and not tree[2]


def _widens(old: Type, new: Type) -> bool:
    """Return whether a numeric type holds all values of another, on every machine."""
    if not (_is_basic(old) and _is_basic(new)) or old == new:
        return False
    return any(old[1] in sizes and new[1] in sizes and sizes.index(old[1]) < sizes.index(new[1]) for sizes in _WIDENING)

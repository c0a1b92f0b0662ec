"""Which types of one copy of a Go package are which of another, and what about them differs.

The rules are those of golang.org/x/exp/apidiff, see its README: two named types correspond if one can take the place
of the other, whatever unexported ones are called; other types do if they are made of types that do. What is found on
the way is for the caller to compare.
"""

from __future__ import annotations

from collections.abc import Callable

from pluginkit.surface.go.lines import Item, Package
from pluginkit.surface.go.shapes import constraints
from pluginkit.surface.go.types import Type


class Correspondence:
    """Grows while types are compared: the first comparison of a type decides what it corresponds to.

    `compare` is called for each two types once they do; the new one is predeclared where it is no item.
    """

    def __init__(self, old: Package, new: Package, compare: Callable[[Item, Item | Type], None]) -> None:
        self.old = old
        self.new = new
        self.known: dict[str, str] = {}
        """Name of each old type to that of the new one."""
        self._compare = compare

    def same(self, old: Type, new: Type) -> bool:
        """Return whether two types correspond."""
        if old[0] == "name":
            return self._names(old, new)
        if old[0] != new[0]:
            return False
        if old[0] == "text":
            return old == new
        if old[0] == "func":
            # All parts are compared, not as far as the first that differs: that tells more.
            found = [self._all(old[1], new[1]), self._all(old[2], new[2])]
            return all(found)
        if old[0] == "struct":
            return len(old) == len(new) and all(map(self._fields, old[1:], new[1:]))
        if old[0] == "interface":
            methods = len(old[1]) == len(new[1]) and all(
                before[0] == after[0] and self.same(before[1], after[1])
                for before, after in zip(old[1], new[1], strict=True)
            )
            return methods and self._all(old[2], new[2])
        return self._all(old[1:], new[1:])

    def _all(self, old: tuple[Type, ...], new: tuple[Type, ...]) -> bool:
        found = [self.same(before, after) for before, after in zip(old, new, strict=False)]
        return len(old) == len(new) and all(found)

    def _fields(self, old: Type, new: Type) -> bool:
        (name, before, tag, embedded), (other, after, other_tag, other_embedded) = old, new
        hidden = embedded and not name[:1].isupper() and not other[:1].isupper()
        return (
            embedded == other_embedded and tag == other_tag and self.same(before, after) and (hidden or name == other)
        )

    def _names(self, old: Type, new: Type) -> bool:
        if new[0] != "name":
            return False
        found = self.names(old[1], new[1])
        return self._all(old[2], new[2]) and found

    def names(self, old: str, new: str) -> bool:
        """Return whether two named types correspond, by name; their arguments are another matter."""
        before, after = self.old.type(old), self.new.type(new)
        if before is None or "." in old:
            if old != new:
                return False
            if before is not None and after is not None and old not in self.known:
                self.known[old] = new
                self._compare(before, after)
            return True
        if before.public and old != new and old not in self.known and self.new.type(old) is not None:
            self.names(old, old)  # types of the same name come first, or the message would be about the wrong one
        if old in self.known:
            return self.known[old] == new
        if "." in new or (after is None and new not in _PREDECLARED):
            return False
        if after is not None and not self._all(constraints(before), constraints(after)):
            return False
        self.known[old] = new
        self._compare(before, after if after is not None else ("name", new, ()))
        return True


_PREDECLARED = frozenset((
    "bool", "complex128", "complex64", "float32", "float64", "int", "int16", "int32", "int64", "int8", "string", "uint",
    "uint16", "uint32", "uint64", "uint8", "uintptr",
))  # fmt: skip

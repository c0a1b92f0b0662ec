"""What the uses of a plugin reach in the surface that it was built for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from pluginkit.core.frozen import record
from pluginkit.surface.index import Index
from pluginkit.surface.uses import Act

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    T = TypeVar("T")

_DEEPEST = 100
"""Packages within each other: a surface from an artifact may be anything."""


@record
class Reached:
    """A use whose key is a path, and the declaration that it reaches."""

    act: Act
    name: str
    """Dotted name of what a module declares; empty where the surface does not declare it."""
    rest: tuple[str, ...]
    """Attributes looked up on that, in order."""
    module: str
    """The module in which it was looked for."""

    @property
    def is_computed(self) -> bool:
        """Whether an attribute is looked up by a computed name."""
        return self.rest == ("*",) and self.act.verb == "get"


def reach(act: Act, old: Index, above: Collection[str]) -> Reached:
    """Return what a use whose key is a path reaches in a surface; `above` are its `packages`."""
    parts = act.key.split(".")
    owner = old.resolve(parts[0])
    for index, part in enumerate(parts[1:], 1):
        name = f"{owner}.{part}"
        meant = old.resolve(name)
        if old.word(meant) == "module" and meant in old.names:
            owner = meant
        elif name in old.names:
            return Reached(act, name, tuple(parts[index + 1 :]), owner)
        elif name not in above:
            return Reached(act, "", tuple(parts[index:]), owner)
        elif owner in old.names and name not in old.names and index == len(parts) - 1:
            return Reached(act, "", (part,), owner)  # a private module
        else:
            owner = name  # a part of a namespace package, or a private one
    return Reached(act, owner, (), owner)


def packages(old: Index) -> set[str]:
    """Return every dotted name above a module of a surface."""
    found = set()
    for name in (*old.members, *old.private):
        parts = name.split(".")[:_DEEPEST]
        found |= {".".join(parts[: index + 1]) for index in range(len(parts))}
    return found


def grouped(pairs: Iterable[tuple[str, T]]) -> Mapping[str, Sequence[T]]:
    """Return values by their keys, in order."""
    found: dict[str, list[T]] = {}
    for key, one in pairs:
        found.setdefault(key, []).append(one)
    return found

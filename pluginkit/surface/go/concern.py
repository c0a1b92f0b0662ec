"""Which changes of a Go API a plugin has to be edited for; for the others it is only built again.

What a plugin uses is lines, as its stamp keeps them:

    use PATH.Name                   it names that, or holds a value of that type
    use PATH.Type.Member            it selects that, or needs it for an interface
    implements PATH.Type            it has a type that is taken for that interface
    embeds PATH.Type                in a struct
    literal PATH.Type keyed         it writes such a struct down, with the names of fields
    literal PATH.Type unkeyed       or without
    dynamic REASON                  what else it uses is not known
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pluginkit.core.frozen import record
from pluginkit.surface.change import BREAKING, Change
from pluginkit.surface.go.comparison import PROMOTED
from pluginkit.surface.go.lines import Item, item

_MEMBERS = ("field", "embedded", "promoted", "method")


@record
class Concern:
    """A change that breaks one plugin, or may."""

    change: Change
    because: tuple[str, ...]
    """The lines of its uses that say so."""


def go_concerning(changes: Iterable[Change], uses: Sequence[str] | None) -> tuple[Concern, ...]:
    """Return what of `changes` a plugin has to be edited for; nothing means that it only has to be built again.

    `uses` are the lines of its uses; where they are not known everything that breaks anyone concerns it.
    """
    if uses is None:
        return tuple(Concern(change, ()) for change in changes if change.severity in BREAKING)
    index = _Index(uses)
    found = [(change, tuple(sorted(set(index.concerned(change))))) for change in changes]
    return tuple(Concern(change, because) for change, because in found if because)


def deprecated(surface: Iterable[str], uses: Iterable[str]) -> Mapping[str, str]:
    """Return which lines of a plugin's uses name something that its API declares deprecated, with the dotted name."""
    marked = {one.dotted for one in map(item, surface) if one.deprecated}
    named = ((line, line.split(" ")[1]) for line in uses if line.startswith(("use ", "implements ", "embeds ")))
    return {line: name for line, name in named if name in marked}


class _Index:
    """The uses of one plugin, by name."""

    def __init__(self, uses: Sequence[str]) -> None:
        self.lines = frozenset(uses)
        self.dynamic = [line for line in uses if line.startswith("dynamic ")]
        self.within: dict[str, list[str]] = {}
        """Each type to the lines that name it, or something of it."""
        for line in uses:
            name = line.split(" ")[1] if " " in line else ""
            for about in (name, name.rpartition(".")[0]):
                self.within.setdefault(about, []).append(line)

    def concerned(self, change: Change) -> Iterator[str]:
        """Yield the lines because of which a change breaks the plugin."""
        one = item(change.old or change.new)
        owners = {one.dotted.rpartition(".")[0], change.name.rpartition(".")[0]} if one.owner else set()
        names = {change.name, one.dotted} if one.kind != "implements" else {change.name}
        yield from self._unnamed(one, owners | names)
        if change.severity not in BREAKING:
            return
        yield from self.dynamic
        if one.kind == "unknown":
            yield from (line for line in self.lines if line.startswith(("use ", "implements ", "embeds ")))
        if change.reason == PROMOTED and not any(f"literal {owner} keyed" in self.lines for owner in owners):
            return
        for name in names:
            if one.kind in _MEMBERS or one.kind == "asks":
                yield from self._has(f"use {name}")
            else:
                yield from self.within.get(name, ())
        for owner in owners:
            if one.kind == "asks" and change.severity == "implementers":
                yield from self._has(f"implements {owner}")
            elif one.kind in _MEMBERS:
                yield from self._has(f"embeds {owner}")

    def _unnamed(self, one: Item, names: Iterable[str]) -> Iterator[str]:
        """Yield literals without names of fields, which go by the order and the types of all of them."""
        if one.kind in ("field", "embedded") or (one.kind == "type" and one.text.startswith("struct ")):
            for name in names:
                yield from self._has(f"literal {name} unkeyed")

    def _has(self, line: str) -> Iterator[str]:
        if line in self.lines:
            yield line

"""A plugin's class beside an API: its own lines and those of the API's classes it derives from, as one order."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pluginkit.surface.index import Index
    from pluginkit.surface.signature import Declaration

_EMPTY = {
    "builtins.object", "abc.ABC", "typing.Generic", "typing.Protocol", "typing_extensions.Generic",
    "typing_extensions.Protocol",
}  # fmt: skip
"""Bases without members of their own."""
_EMPTY_HERE = {"ABC", "Generic", "Protocol"}
"""These, as surfaces spell them."""


class Lineage:
    """A class with all that it inherits, as far as the plugin's lines and the API's tell."""

    def __init__(self, own: Index, api: Index, path: str) -> None:
        self._own, self._api = own, api
        order = [*self._above(path, frozenset())]
        last = {one: index for index, one in enumerate(order)}
        self._order = [one for index, one in enumerate(order) if not one or last[one] == index]

    @property
    def is_complete(self) -> bool:
        """Whether all its bases are known."""
        return "" not in self._order

    @property
    def inherited(self) -> Sequence[str]:
        """The API's classes among its bases, nearest first."""
        return [one for one in self._order if one and self._own.word(one) != "class"]

    def member(self, name: str) -> Sequence[Declaration] | None:
        """Return the lines of a member, none where it has no such member; None where that is not known."""
        for one in self._order:
            if not one:
                return None
            index = self._own if self._own.word(one) == "class" else self._api
            if path := index.members.get(one, {}).get(name):
                return index.names[path]
        return ()

    def _above(self, path: str, below: frozenset[str]) -> Iterator[str]:
        """Yield a class and its bases, the empty string for one that is not known."""
        if path in below or path in _EMPTY:
            return
        meant = self._api.resolve(path)
        if self._own.word(path) == "class":
            yield path
            for base in self._own.bases(path):
                if "=" not in base:
                    yield from self._above(base, below | {path})
        elif self._api.word(meant) == "class":
            yield from self._api.ancestry(meant)
            if not self._api.foreign_bases(meant) <= _EMPTY_HERE:
                yield ""
        else:
            yield ""

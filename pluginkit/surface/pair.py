"""Two surfaces of one API, and whether types of one fit those of the other."""

from __future__ import annotations

from collections.abc import Callable

from pluginkit.surface.index import Index
from pluginkit.surface.types import fits

_PLAIN = {"int", "float", "str", "bytes", "bool", "list", "dict", "tuple", "set", "frozenset", "None"}


class Pair:
    """An older and a newer surface, whose types can be compared."""

    def __init__(self, old: Index, new: Index) -> None:
        self.old, self.new = old, new

    def given(self, now: str, was: str) -> bool | None:
        """Return whether a result of the newer API, of type `now`, fits where the type `was` was expected."""
        return fits(self.new.expand(now), self.old.expand(was), _derives(self.new, self.old))

    def taken(self, was: str, now: str) -> bool | None:
        """Return whether an argument of type `was` is accepted by the newer API, which takes `now`."""
        return fits(self.old.expand(was), self.new.expand(now), _derives(self.old, self.new))


def _derives(first: Index, second: Index) -> Callable[[str, str], bool | None]:
    """Return a function that compares classes: whether one of `first` does all that one of `second` does."""

    def derives(given: str, wanted: str) -> bool | None:
        own, other = first.class_named(given), second.class_named(wanted)
        if not own:
            plain = given in _PLAIN and other and not second.is_protocol(other)
            return False if plain and not second.foreign_bases(other) else None
        above = {one.rpartition(".")[2] for one in (*first.ancestry(own), *first.foreign_bases(own))}
        if wanted.rpartition(".")[2] in above:
            return True
        if other and own.rpartition(".")[2] in {one.rpartition(".")[2] for one in second.ancestry(other)}:
            return True  # said less precisely
        wider = first.class_named(wanted)
        if wider and own in first.ancestry(wider):
            return True  # said less precisely
        if not other:
            untold = first.foreign_bases(own) - {"Generic", "ABC", "Protocol"}
            return False if not untold and wanted in _PLAIN else None
        mine, theirs = first.all_members(own), second.all_members(other)
        if other.rpartition(".")[2].startswith("_") and theirs.keys() <= mine.keys():
            return True  # a private class under another name
        return all(
            name in mine
            and [(one.word, one.rest) for one in first.names[mine[name]]]
            == [(one.word, one.rest) for one in second.names[path]]
            for name, path in theirs.items()
            if not name.startswith("__")
        )

    return derives

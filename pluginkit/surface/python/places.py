"""Where in its Python code a plugin uses names, and where its uses break."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pluginkit.core.frozen import record
from pluginkit.surface.uses import VERBS, Reading, Uses


@record
class Place:
    """Where a plugin uses a name."""

    line: str
    """The line of `Uses` that it made."""
    file: str
    number: int
    """Line in the file, from 1."""
    member: str = ""
    """Of the line of a class or a module, which of its members stands there; empty for all of it."""


@dataclass(slots=True)
class Places:
    """The places of a plugin's uses, file by file."""

    places: list[Place] = field(default_factory=list)
    file: str = ""

    def add(self, line: str, node: ast.AST, member: str = "") -> None:
        """Note a line of `Uses`, and where it is."""
        self.places.append(Place(line, self.file, getattr(node, "lineno", 1), member))

    def add_all(self, line: str, node: ast.AST, members: Mapping[str, ast.AST]) -> None:
        """Note the line of a class or a module, and where each of its members stands."""
        self.add(line, node)
        for name, one in members.items():
            self.add(line, one, name)


def find_places(places: Sequence[Place], mentions: Iterable[str]) -> list[Place]:
    """Return the places of `mentions`, which are keys of uses or names of the plugin's own classes and modules.

    `places` are as `read_places` returns them. Each line of a file comes once, sorted. A member that a class of the
    plugin has from another one of its classes stands in that one; one that it lacks, where the class begins.
    """
    by_key: dict[str, list[Place]] = {}
    for place in places:
        for key in _keys(place):
            by_key.setdefault(key, []).append(place)
    reading = Reading(Uses(tuple(dict.fromkeys(place.line for place in places))))
    found = [place for mention in mentions for place in _found(mention, by_key, reading)]
    lines = {(place.file, place.number): place for place in reversed(found)}
    return [lines[at] for at in sorted(lines)]


def _keys(place: Place) -> Iterator[str]:
    verb, _, rest = place.line.partition(" ")
    if verb in VERBS:
        yield rest.partition(" ")[0].partition("|")[0]
    elif verb == "text":
        yield repr(rest)
    elif verb in ("class", "module"):
        name = rest.partition("(" if verb == "class" else ":")[0]
        yield f"{name}.{place.member}" if place.member else name


def _found(mention: str, by_key: dict[str, list[Place]], reading: Reading) -> Sequence[Place]:
    if mention in by_key:
        return by_key[mention]
    owner, _, member = mention.rpartition(".")
    waiting, seen = [owner], set[str]()
    while waiting:
        name = waiting.pop(0)
        if name in seen:
            continue
        seen.add(name)
        if f"{name}.{member}" in by_key:
            return by_key[f"{name}.{member}"]
        waiting += [base.rpartition(".")[2] for one in reading.classes if one.name == name for base in one.bases]
    return by_key.get(owner, ())

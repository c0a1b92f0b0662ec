"""Where in a plugin's Python code it does what a break concerns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pluginkit.surface.python.uses import Place
from pluginkit.surface.uses import VERBS, Reading, Uses


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

"""Classes: who constructs, subclasses, tests or subscripts one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from pluginkit.surface.breakage import bases, decorators, enumerations
from pluginkit.surface.breakage.facet import Facet
from pluginkit.surface.breakage.instances import operates, sets
from pluginkit.surface.pair import Pair
from pluginkit.surface.view import View


def compare(names: Collection[str], one: str, other: str, pair: Pair) -> Iterator[Facet]:
    """Yield the ways in which a changed class breaks those who use it by one of its names.

    `one` and `other` are its dotted names in the older and the newer surface.
    """
    old, new = pair.old, pair.new
    yield from bases.compare(names, one, other, pair)
    yield from decorators.compare(names, one, old.names[one][0], new.names[other][0], pair)
    before, after = old.keywords(one), new.keywords(other)
    metaclass = after.get("metaclass", "")
    if metaclass not in ("", before.get("metaclass")) and not metaclass.endswith("ABCMeta"):
        yield Facet("callers", f"its metaclass is now {metaclass}", lambda view: _mixed(view, one))
    if after.get("frozen") == "True" != before.get("frozen"):
        yield Facet("callers", "it is now frozen", sets(one, pair))
    if "NamedTuple" in old.foreign_bases(one) & new.foreign_bases(other):
        counts = [sum(side.word(path) == "field" for path in side.all_members(name).values())
                  for side, name in ((old, one), (new, other))]  # fmt: skip
        if counts[0] != counts[1]:
            yield Facet("callers", f"it has {counts[1]} items instead of {counts[0]}", operates(("__iter__",), one))
    if "Enum" in new.foreign_bases(other) - old.foreign_bases(one):
        yield Facet("callers", "it is now an enumeration: its attributes are members", lambda view: [
            found.act.key for found in view.reached if found.name in names and found.rest])  # fmt: skip
    if "Enum" in str(sorted(old.foreign_bases(one))) or "Flag" in str(sorted(old.foreign_bases(one))):
        yield from enumerations.compare(names, one, other, pair)


def _mixed(view: View, one: str) -> Sequence[str]:
    """Return the classes of a plugin whose metaclass may conflict with that of a class of the API."""
    return [found.name for found in view.subclasses(one) if len(found.bases) > 1 or "metaclass" in found.keywords]

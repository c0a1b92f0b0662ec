"""What a class derives from: its bases elsewhere and in the API, and its type parameters."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from pluginkit.surface.breakage.facet import Facet, Test, keys
from pluginkit.surface.index import Index
from pluginkit.surface.pair import Pair
from pluginkit.surface.signature import split
from pluginkit.surface.spelled import apart
from pluginkit.surface.view import View

UNTOLD = {"Generic", "Protocol", "ABC", "object"}
_EXCEPTIONS = ("Error", "Exception", "Warning", "Exit", "Interrupt", "Abort")


def compare(names: Collection[str], one: str, other: str, pair: Pair) -> Iterator[Facet]:
    """Yield the ways in which changed bases or type parameters break those who use a class by its `names`."""
    old, new = pair.old, pair.new
    gone = sorted(old.foreign_bases(one) - new.foreign_bases(other) - UNTOLD)
    for base in gone:
        yield Facet("callers", f"it no longer derives from {base}", _rests_on(names, one, base))
    above, still = (
        {path.rpartition(".")[2] for path in index.ancestry(name)} for index, name in ((old, one), (new, other))
    )
    made = {path.rpartition(".")[2] for path in old.ancestry(one) if new.serves(path)}
    for base in sorted(above - still - made - {one.rpartition(".")[2]}):
        yield Facet("callers", f"it no longer derives from {base}", lambda view, base=base: keys(view.tests(base)))  # type: ignore[misc]
    before, after = _type_parameters(old, one), _type_parameters(new, other)
    if before is not None and before != after:
        reason = "it is no longer generic" if after is None else f"its type parameters are now {after}"
        yield Facet("callers", reason, _subscripts(names, after))


def _rests_on(names: Collection[str], one: str, base: str) -> Test:
    """Return a test for uses of a class that rest on a base elsewhere.

    For an exception, only catching it by that base counts.
    """
    if one.endswith(_EXCEPTIONS) or base.endswith(_EXCEPTIONS):
        return lambda view: keys(view.tests(base))

    def test(view: View) -> Sequence[str]:
        used = [act.key for act in view.of_names(names, "call", "run", "get", "item")]
        used += [found.act.key for found in view.reached if found.name in names and found.rest]
        used += [found.name for found in view.subclasses(one)]
        if not used and view.holds(one):
            used = [f".{one.rpartition('.')[2]}", *keys(view.tests(base))]
        return used

    return test


def _type_parameters(index: Index, name: str) -> str | None:
    for base in index.bases(name):
        head, items = apart(base)
        if head in ("Generic", "Protocol") and items:
            return ", ".join(items)
    return None


def _subscripts(names: Collection[str], after: str | None) -> Test:
    items = split(after, ",") if after else []
    fewest, most = sum(not item.endswith("=") for item in items), len(items)
    open_ = any(item.startswith(("*", "Unpack", "P")) for item in items)

    def test(view: View) -> Sequence[str]:
        found = []
        for act in view.of_names(names, "item"):
            count = act.shape.positional if act.shape else 1
            if not open_ and not fewest <= count <= most:
                found.append(act.key)
        return found

    return test

"""What the hosts of a tree ask of plugins: which names they look up, and what they take the symbols for."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from pluginkit.backends.go.building.adoption.facts import Asserted, Lookup, Main

_ADDED = ("APIVersion", "Capabilities")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A name of the contract."""

    name: str
    type: str
    """As `[contract.symbols]` has it; empty where only the presence of the symbol can be compared."""
    packages: tuple[str, ...]
    """Import paths of the packages that its type is made of."""
    place: str
    """Where it is looked up; empty where no host of the tree does."""
    note: str = ""
    """What a reader should know of the type."""


def names(lookups: Sequence[Lookup], exporting: Sequence[Main]) -> list[str]:
    """Return the names that all plugins have to export, of what is looked up, in the order of the lookups.

    `exporting` are the main packages that may be plugins. Optional names are left out, and so are those that fewer
    than half of them export.
    """
    required = [one.name for one in lookups if one.name and not one.optional]
    asked = list(dict.fromkeys(required or [one.name for one in lookups if one.name]))
    exported = Counter(name for main in exporting for name in main.exports if name in asked)
    most = max(exported.values(), default=0)
    return [name for name in asked if 2 * exported[name] > most]


def wanted(name: str, lookups: Sequence[Lookup], plugins: Sequence[Main]) -> Wanted:
    """Return what hosts ask of the symbol `name`, by their type assertions; where there are none, by the plugins."""
    its = [one for one in lookups if one.name == name]
    place = its[0].place if its else ""
    types = [type_ for one in its for type_ in one.types]
    paths = {main.package.path for main in plugins if name in main.exports}
    exact = _best([one for one in types if not one.interface and one.type], paths)
    if exact and (paths <= exact.fits or all(not one.interface for one in types)):
        return Wanted(name, exact.type, exact.packages, place, _misfits(name, exact, plugins))
    if types:
        packages = tuple(sorted({path for one in types if one.interface for path in one.packages}))
        taken = ", ".join(dict.fromkeys(one.type for one in types if one.interface))
        return Wanted(name, "", packages, place, f"taken for {taken}: verify sees that it is there, not its methods")
    found = Counter(main.exports[name].type for main in plugins if name in main.exports)
    type_ = found.most_common(1)[0][0] if found else ""
    packages = next((main.exports[name].packages for main in plugins if exports_as(main, name, type_)), ())
    note = "no type assertion found, its type is that of the plugins" if place else ""
    return Wanted(name, type_, packages, place, note)


def exports_as(main: Main, name: str, type_: str) -> bool:
    """Return whether a main package exports a name with a type, as reflect prints that."""
    return name in main.exports and main.exports[name].type == type_


def _best(types: Sequence[Asserted], paths: Collection[str]) -> Asserted | None:
    """Return the type that most of the plugins have, the first of such."""
    return max(types, key=lambda one: len(one.fits.intersection(paths)), default=None)


def _misfits(name: str, type_: Asserted, plugins: Sequence[Main]) -> str:
    others = [one for one in plugins if name in one.exports and one.package.path not in type_.fits]
    return "; ".join(f"{one.path} exports it as {one.exports[name].type}" for one in others)


def computed(lookups: Sequence[Lookup]) -> Iterator[str]:
    """Yield a line for each lookup whose name the sources do not show."""
    for one in lookups:
        if not one.name:
            yield f"{one.place}: looks up {one.written}, a name that is computed: add it to [contract.symbols] by hand"


def not_asked(lookups: Sequence[Lookup], contract: Collection[str]) -> Iterator[str]:
    """Yield a line for each name that is looked up and not part of the contract."""
    for name in dict.fromkeys(one.name for one in lookups if one.name and one.name not in contract):
        its = [one for one in lookups if one.name == name]
        reason = "optional" if all(one.optional for one in its) else "not exported by most plugins"
        if name in _ADDED:
            reason = "added by `pluginkit build` where a plugin lacks it"
        yield f"{its[0].place}: looks up {name}, {reason}: left out of [contract.symbols]"

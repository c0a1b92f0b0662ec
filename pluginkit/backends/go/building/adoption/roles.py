"""Which main packages of a tree are hosts and which are plugins, and which packages are the API between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pluginkit.backends.go.building.adoption.contract import Wanted, exports_as, names, wanted
from pluginkit.backends.go.building.adoption.facts import is_own

if TYPE_CHECKING:
    from pluginkit.backends.go.building.adoption.facts import Facts, Lookup, Main
    from pluginkit.backends.go.building.packages import Package


@dataclass(frozen=True, slots=True)
class Roles:
    """Who is what in a tree."""

    hosts: tuple[Main, ...]
    plugins: tuple[Main, ...]
    contract: tuple[Wanted, ...]
    lookups: tuple[Lookup, ...]
    """Those that a host may run."""


def assign(facts: Facts) -> Roles:
    """Return the roles of the main packages of a tree.

    A host is one that may run plugin.Open, in a package of its own, of the API or of a required module. A plugin
    exports what hosts look up, and does not open plugins itself or has an empty function main. Where there are
    no hosts, the plugins are the main packages that export types of the same package, one that they import.
    """
    asked = {one.name for one in facts.lookups} - {""}
    hosts = [one for one in facts.mains if one.opens and not (one.stub and asked & set(one.exports))]
    hosts = [one for one in hosts if not one.test_data] or hosts
    if not hosts:
        return _without_hosts(facts)
    paths = {one.package.path for one in hosts}
    lookups = tuple(one for one in facts.lookups if one.hosts & paths)
    others = [one for one in facts.mains if one not in hosts and not one.test_data]
    candidates = [one for one in others if {one.name for one in lookups} & set(one.exports)]
    candidates = candidates or _without_names(facts, hosts, others, lookups)
    contract = names(lookups, candidates)
    plugins = [one for one in candidates if set(contract) <= set(one.exports)]
    if not plugins:  # of several kinds: each exports one of the names
        contract = [name for name in contract if all(name in one.exports for one in candidates)]
        plugins = candidates
    return Roles(tuple(hosts), tuple(plugins), tuple(wanted(name, lookups, plugins) for name in contract), lookups)


def _without_names(
    facts: Facts, hosts: Sequence[Main], others: Sequence[Main], lookups: Sequence[Lookup]
) -> list[Main]:
    """Return the plugins of hosts that look up names which are computed, or look up nothing.

    They export the types that are asserted; or their function main does nothing, and they import what hosts import.
    """
    typed = {path for one in lookups if not one.name for type_ in one.types for path in type_.fits}
    found = [one for one in others if one.package.path in typed]
    if found or any(one.name for one in lookups):
        return found
    shared = {path for host in hosts for path in host.package.deps if _can_be_shared(facts.packages, path)}
    return [one for one in others if one.stub and shared & set(one.package.imports)]


def _without_hosts(facts: Facts) -> Roles:
    """Return the plugins of a tree that has no host: they export types of a package that they share with it."""
    mains = [one for one in facts.mains if not one.test_data and _shared_types(facts, one)]
    mains = [one for one in mains if one.stub] or mains
    votes: dict[str, int] = {}
    for main in mains:
        for path in _shared_types(facts, main):
            votes[path] = votes.get(path, 0) + sum(path in export.packages for export in main.exports.values())
    if not votes:
        return Roles((), (), (), ())
    api = max(sorted(votes), key=lambda path: (sum(path in _shared_types(facts, one) for one in mains), votes[path]))
    plugins = [one for one in mains if api in _shared_types(facts, one)]
    first = plugins[0].exports
    common = [
        name
        for name, export in first.items()
        if api in export.packages and all(exports_as(one, name, export.type) for one in plugins)
    ]
    return Roles((), tuple(plugins), tuple(wanted(name, (), plugins) for name in common), ())


def _shared_types(facts: Facts, main: Main) -> set[str]:
    """Return the packages that the exported types of a main package come from, those that a host may share."""
    named = {path for export in main.exports.values() for path in export.packages}
    return {path for path in named if _can_be_shared(facts.packages, path)}


def _can_be_shared(packages: Mapping[str, Package], path: str) -> bool:
    package = packages.get(path)
    return package is not None and not package.standard and package.name != "main"


def apis(root: Path, facts: Facts, roles: Roles) -> tuple[list[str], str]:
    """Return what the API of a tree is, directories of `root` or import paths, and why.

    The API is what the types of the contract are made of, or those asserted of symbols with computed names: the
    packages of the tree, or if there are none those of required modules. Where these types say nothing, it is what all
    plugins and the hosts import.
    """
    types = [type_ for one in roles.lookups if not one.name for type_ in one.types]
    asked = [one.packages for one in roles.contract or types]
    named = {path for paths in asked for path in paths if _can_be_shared(facts.packages, path)}
    found = _own_first(facts, named)
    why = "the types of the contract come from it"
    if not found:
        found, why = _own_first(facts, _imported_by_all(facts, roles)), "all plugins import it, as the host does"
    return [_place(root, facts.packages[path]) for path in found], why


def _own_first(facts: Facts, paths: Iterable[str]) -> list[str]:
    found = sorted(paths)
    return [path for path in found if is_own(facts.packages[path])] or found


def _imported_by_all(facts: Facts, roles: Roles) -> set[str]:
    sets = [set(one.package.imports) for one in roles.plugins]
    sets += [{one.package.path, *one.package.deps} for one in roles.hosts]
    common = set.intersection(*sets) if roles.plugins and roles.hosts else set()
    return {path for path in common if _can_be_shared(facts.packages, path)}


def _place(root: Path, package: Package) -> str:
    """Return how the configuration names a package: by its directory where `./DIRECTORY` means it, else by its path."""
    module = package.raw.get("Module") or {}
    inside = package.directory.is_relative_to(root.resolve())
    return package.directory.relative_to(root.resolve()).as_posix() if module.get("Main") and inside else package.path

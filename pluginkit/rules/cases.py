"""What each artifact of a set is compared with: the others, and what lies on the host's side."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence

from pluginkit.core.names import normalize
from pluginkit.core.ownership import dotted
from pluginkit.core.verdict import Evidence, Host
from pluginkit.rules.portions import conflicts, is_open, known_modules
from pluginkit.rules.rule import Case, Process, Twins

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    from pluginkit.rules.portions import Conflict

    K = TypeVar("K", bound=Hashable)


def cases(
    evidences: Sequence[Evidence], host: Host | None, process: Process, beside: Sequence[Evidence]
) -> Iterator[Case]:
    """Yield each artifact with what it is compared with: the host, and the others of the set and `beside` it.

    `process` is shared by all of them, and grows as they are opened (Go). Linear in the number of artifacts.
    """
    readable = [evidence for evidence in evidences if evidence.readable]
    named = _gather((normalize(one.name), one) for one in readable if one.name and not one.binary)
    around = [*readable, *(one for one in beside if one.readable and normalize(one.name) not in named)]
    claimed = _gather((factory, evidence) for evidence in around for factory in _entries(evidence))
    apis = {normalize(api.name) for api in host.apis} if host else ()  # a second copy of these is PK304
    shipped = _shipped([one for one in around if normalize(one.name) not in apis])
    known = {normalize(one.name): one for one in around if not one.binary}
    scripts = _gather((path, one) for one in around for path in one.placed if path.startswith("bin/"))
    shared = {module: owners for module, owners in shipped.items() if len(owners) > 1}
    modules = {api.name: known_modules(api, around) for api in host.apis} if host else {}
    disputed = conflicts([one for one in around if not one.binary], host)
    for evidence in evidences:
        namesakes = None if evidence.binary else _others(evidence, named.get(normalize(evidence.name), ()))
        claims = {}
        if evidence.readable and not namesakes:  # two copies of one plugin declare the same: that is said once
            found = {name: _others(evidence, claimed[name, group]) for name, group in _entries(evidence)}
            claims = {name: twins for name, twins in found.items() if twins}
        shares = disputed.get(evidence.subject, ()) if evidence.readable else ()
        mine = _overlapping(evidence, shared, shares) if shared and not namesakes else ()
        overlaps = {path: twins for path in mine if (twins := _others(evidence, shared[dotted(path)]))}
        same = [path for path in overlaps if _is_identical(path, shared[dotted(path)])]
        both = evidence.placed if scripts and not namesakes else ()
        twice = {path: twins for path in both if (twins := _others(evidence, scripts.get(path, ())))}
        twins = namesakes if evidence.readable else None
        yield Case(evidence, host, twins, claims, process, overlaps, twice, known, same, modules, shares)


def _shipped(artifacts: Sequence[Evidence]) -> Mapping[str, list[Evidence]]:
    """Return the modules in packages that several artifacts have files in, each with those that have it."""
    tops = _gather(
        (top, one) for one in artifacts for top in {path.partition("/")[0].partition(".")[0] for path in one.files}
    )
    several = {top for top, owners in tops.items() if len(owners) > 1}
    return _gather((module, one) for one in artifacts for module in _modules(one, several)) if several else {}


def _modules(one: Evidence, tops: Collection[str]) -> set[str]:
    beneath = (path for path in one.files if path.partition("/")[0].partition(".")[0] in tops)
    return {module for path in beneath if (module := dotted(path)) and not is_open(one, path)}


def _overlapping(
    evidence: Evidence, shared: Mapping[str, Sequence[Evidence]], conflicts: Iterable[Conflict]
) -> Iterator[str]:
    """Yield the files of an artifact that are modules of others too.

    Left out is what PK512 says: a package that is another file, as `x.py`, in one of them.
    """
    disputed = {one.package for one in conflicts}
    files: dict[str, frozenset[str]] = {}
    for path in evidence.files:
        module = dotted(path)
        for one in shared.get(module, ()) if module in disputed else ():
            if one.subject not in files:
                files[one.subject] = frozenset(one.files)
        if module in shared and (module not in disputed or all(path in files[one.subject] for one in shared[module])):
            yield path


def _is_identical(path: str, owners: Sequence[Evidence]) -> bool:
    """Return whether a file is known to be the same in all artifacts that have it."""
    package = path.removesuffix("/__init__.py")
    return all(package in one.inits and one.inits[package] == owners[0].inits.get(package) for one in owners)


def _entries(evidence: Evidence) -> dict[tuple[str, str], None]:
    """Return (name, group) of its entry points, each once."""
    group = evidence.stamp.contract.group if evidence.stamp else ""
    return {(factory.name, group): None for factory in evidence.factories}


def _gather(pairs: Iterable[tuple[K, Evidence]]) -> Mapping[K, list[Evidence]]:
    found: dict[K, list[Evidence]] = {}
    for key, evidence in pairs:
        found.setdefault(key, []).append(evidence)
    return found


def _others(evidence: Evidence, group: Sequence[Evidence]) -> Twins | None:
    """Return the rest of the group, without going through all of it."""
    if len(group) < 2:
        return None
    first = group[1] if group[0] is evidence else group[0]
    return Twins(first.subject, len(group) - 1)

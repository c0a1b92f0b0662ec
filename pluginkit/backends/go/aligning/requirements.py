"""go.mod edited until a plugin is built from the host's copies of all modules whose packages both have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pluginkit.backends.go.aligning.facts import CHECKOUT, HostFacts, Used
from pluginkit.backends.go.aligning.module import Listed, Module, UnlistedError, go_order, later
from pluginkit.core.errors import PluginkitError

_ROUNDS = 6
"""Each may bring in packages that were not there before; more than two were never seen."""

Pin = Callable[[Module, Mapping[str, str]], None]
"""Brings modules to versions, by path. Raises PluginkitError where that cannot be."""


class Drift(NamedTuple):
    """A module of which plugin and host have packages in common, in two copies."""

    module: str
    """Its path in the host's build."""
    own: str
    """Its path in the plugin's, where another module has these packages there."""
    used: Used
    offered: Used
    packages: tuple[str, ...]


class Attempt(NamedTuple):
    """How far one way of pinning led."""

    packages: tuple[Listed, ...] = ()
    drifts: tuple[Drift, ...] = ()
    """What is left of them."""
    failure: str = ""
    """What the go command said where it gave up."""

    @property
    def errors(self) -> dict[str, str]:
        """Why packages cannot be built, by import path."""
        return {one.path: one.error for one in self.packages if one.error}


def lower_go(module: Module) -> None:
    """Let go.mod ask for no later Go than the host's."""
    found, offered = module.manifest(), go_order(module.facts.go)
    edits = []
    if go_order(found.get("Go", "")) > offered:
        edits.append(f"-go={module.facts.go.removeprefix('go')}")
    if go_order(found.get("Toolchain", "")) > offered:
        edits.append("-toolchain=none")
    module.edit(*edits)


def settle(module: Module, patterns: Sequence[str], pin: Pin) -> Attempt:
    """Edit go.mod until nothing drifts any more that could be pinned; return what is built then."""
    attempt = Attempt()
    try:
        for _ in range(_ROUNDS):
            packages = module.list(patterns)
            found = tuple(drifts(module.facts, packages))
            attempt = Attempt(packages, found)
            before = module.snapshot()
            _fix(module, [one for one in found if one.offered.version != CHECKOUT], pin)
            if module.snapshot() == before:
                break
    except UnlistedError as error:
        return Attempt(failure=str(error))
    except PluginkitError as error:
        return attempt._replace(failure=error.message)
    return attempt


def drifts(facts: HostFacts, packages: Iterable[Listed]) -> Iterator[Drift]:
    """Yield the modules whose packages plugin and host have both, and not from one copy."""
    found: dict[tuple[str, str, Used], list[str]] = {}
    for one in packages:
        theirs = facts.owner(one.path) if one.module and facts.has(one.path) else ""
        if theirs and (theirs != one.module or _differ(one.used, facts.used(theirs))):
            found.setdefault((theirs, one.module, one.used), []).append(one.path)
    for (theirs, own, used), paths in sorted(found.items()):
        yield Drift(theirs, own, used, facts.used(theirs), tuple(sorted(paths)))


def _differ(used: Used, offered: Used) -> bool:
    """Return whether two copies are known to be two; what lies in a directory of the host's machine is not known."""
    if offered.replaced_by and not is_module(offered.replaced_by):
        return used.version != offered.version or is_module(used.replaced_by)
    return used != offered


def is_module(replacement: str) -> bool:
    """Return whether what replaces a module is a version of one, and not a directory."""
    return " " in replacement


def _fix(module: Module, found: Sequence[Drift], pin: Pin) -> None:
    if not found:
        return
    manifest = module.manifest()
    edits = [edit for one in found for edit in _replacements(one, manifest)]
    # A version that only a replacement made possible cannot even be loaded without it.
    edits += [f"-require={one.module}@{one.offered.version}" for one in found]
    module.edit(*dict.fromkeys(edits))
    pin(module, {one.module: one.offered.version for one in found})


def _replacements(drift: Drift, manifest: Mapping[str, Any]) -> Iterator[str]:
    """Yield the edits by which a module is replaced as the host has it."""
    wanted = drift.offered.replaced_by if is_module(drift.offered.replaced_by) else ""
    for own in manifest.get("Replace") or ():
        old, new = own["Old"], own["New"]
        said = " ".join(filter(None, (new["Path"], new.get("Version", ""))))
        if old["Path"] == drift.module and said != wanted:
            yield "-dropreplace=" + "@".join(filter(None, (old["Path"], old.get("Version", ""))))
    if wanted:
        yield f"-replace={drift.module}={wanted.replace(' ', '@')}"


def by_requirement(module: Module, pins: Mapping[str, str]) -> None:
    """Let the go command choose: it lowers what requires later versions than these, as far as there are such."""
    module.must("bring the modules to the host's versions", "get", *(f"{path}@{pin}" for path, pin in pins.items()))


def by_exclusion(module: Module, pins: Mapping[str, str]) -> None:
    """Exclude each later version that anything requires; who requires it is then built with the host's."""
    for _ in range(_ROUNDS):
        asked = sorted({(path, at) for _, path, at in module.graph() if path in pins and later(at, pins[path])})
        if not asked:
            return
        module.edit(*(f"-exclude={path}@{at}" for path, at in asked))

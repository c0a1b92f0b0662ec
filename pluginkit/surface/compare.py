"""Two surfaces of one API compared: every change, whom it breaks, and which version it asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from pluginkit.core.frozen import EMPTY
from pluginkit.surface import diff
from pluginkit.surface.breakage.facet import Found
from pluginkit.surface.breakage.functions import FUNCTIONS
from pluginkit.surface.breakage.surfaces import Comparison
from pluginkit.surface.change import SEVERITIES, Change
from pluginkit.surface.index import Index
from pluginkit.surface.signature import (
    declaration,
    parameters,
)


def compare(old: Sequence[str], new: Sequence[str], roles: Mapping[str, str] = EMPTY) -> tuple[Change, ...]:
    """Return every difference between two surfaces, each with its worst severity, worst first.

    `roles` say who implements a class, by its dotted name: `plugins` or `host`. Of a class that is not in them,
    either may.
    """
    if is_go(old) or is_go(new):
        from pluginkit.surface.go.compare import go_compare

        changes = list(go_compare(old, new, roles))
    else:
        every = [told(one, roles) for one in found(tuple(old), tuple(new))]
        changes = [one for one in every if one.breaks or one.old != one.new]  # the others are reported of their members
    return tuple(sorted(changes, key=lambda one: (SEVERITIES.index(one.severity), one.name)))


def step(changes: Sequence[Change]) -> str:
    """Return which part of a version changes ask for: `major`, `minor` or `patch` (SemVer 2.0.0, 6 to 8)."""
    severities = {one.severity for one in changes}
    if severities & {"implementers", "callers", "unknown"}:
        return "major"
    return "minor" if severities & {"added", "typing"} else "patch"


def is_go(surface: Sequence[str]) -> bool:
    """Return whether the lines of a surface are Go's."""
    return any(line.startswith("pkg ") for line in surface[:1])


def sees_all(surface: Sequence[str]) -> bool:
    """Return whether a surface shows every change that can break a plugin."""
    if is_go(surface):
        from pluginkit.surface.go.compare import unknown_lines

        return not unknown_lines(surface)
    unknown = (line for line in surface if line.startswith("unknown ") or line.endswith(" (compiled)"))
    return bool(surface) and not any(unknown)


@lru_cache(maxsize=16)
def found(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[Found, ...]:
    """Return every difference between two Python surfaces, with the ways in which it breaks plugins."""
    return tuple(Comparison(_index(old), _index(new)).changes())


@lru_cache(maxsize=16)
def _index(lines: tuple[str, ...]) -> Index:
    return Index(lines)


def index(lines: tuple[str, ...]) -> Index:
    """Return the graph of a surface; the last few are remembered."""
    return _index(lines)


def told(one: Found, roles: Mapping[str, str] = EMPTY) -> Change:
    """Return a difference as a change, with its worst severity and the reason."""
    facets = [facet for facet in one.facets if facet.who in ("callers", "implementers")]
    owner = (one.old or one.new) and declaration(one.old or one.new).owner
    if roles.get(owner) == "host":
        facets = [facet for facet in facets if facet.who != "implementers"]
    known = [facet for facet in facets if not facet.is_unknown]
    worst = next((facet for who in ("implementers", "callers") for facet in known if facet.who == who), None)
    severity = worst.who if worst else "unknown" if facets else "added" if not one.old else "implementation"
    if one.is_internal and severity != "added":
        severity = "implementation"
    elif severity == "implementation" and one.is_typing:
        severity = "typing"
    elif severity == "implementation" and (one.facets or _is_wider(one) or _is_newly_deprecated(one)):
        severity = "added"
    if one.is_internal and severity == "added":
        severity = "implementation"
    reason = worst.reason if worst else facets[0].reason if facets else ""
    return Change(one.name, one.old, one.new, diff.place(declaration(one.old or one.new)), severity, reason)


def _is_newly_deprecated(one: Found) -> bool:
    """Return whether a declaration is marked as deprecated, which asks for a minor version (SemVer 2.0.0, 7)."""
    sides = [{mark.partition("(")[0] for mark in declaration(line).decorators} for line in (one.old, one.new)]
    return "@deprecated" in sides[1] - sides[0]


def _is_wider(one: Found) -> bool:
    """Return whether a function accepts other parameters than before."""
    old, new = declaration(one.old), declaration(one.new)
    if old.word not in FUNCTIONS or new.word not in FUNCTIONS:
        return False
    return {(p.name, p.kind, p.optional) for p in parameters(old)} != {
        (p.name, p.kind, p.optional) for p in parameters(new)
    }

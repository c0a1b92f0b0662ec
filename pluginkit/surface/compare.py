"""Two surfaces of one API compared: every change, whom it breaks, and which version it asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from pluginkit.core.frozen import EMPTY, record
from pluginkit.surface import diff
from pluginkit.surface.breakage.facet import Found
from pluginkit.surface.breakage.functions import FUNCTIONS
from pluginkit.surface.breakage.surfaces import Comparison
from pluginkit.surface.index import Index
from pluginkit.surface.signature import (
    declaration,
    parameters,
)

SEVERITIES = ("implementers", "callers", "unknown", "typing", "added", "implementation")
"""Whom a change breaks, or what else it is; the worst first."""


@record
class Change:
    """One difference between two surfaces; `str()` is one line for people."""

    name: str
    """Dotted name of what changed, as the older surface has it."""
    old: str
    """Its line before, empty where it was added."""
    new: str
    """Its line after, empty where it was removed."""
    place: str
    """What it stands in: `class Plugin`, `module acme_api`."""
    severity: str
    """One of SEVERITIES: the worst for anyone."""
    reason: str = ""
    """What of it breaks them; empty where nothing does."""

    def __str__(self) -> str:
        return str(diff.Change(self.name, self.old, self.new, self.place))


def compare(old: Sequence[str], new: Sequence[str], roles: Mapping[str, str] = EMPTY) -> tuple[Change, ...]:
    """Return every difference between two Python surfaces, each with the worst that it does to anyone.

    `roles` say of classes, by dotted name, who implements them: `plugins` or `host`; of others it is not known, and
    may be either.
    """
    changes = [told(one, roles) for one in found(tuple(old), tuple(new))]
    return tuple(sorted(changes, key=lambda one: (SEVERITIES.index(one.severity), one.name)))


def step(changes: Sequence[Change]) -> str:
    """Return which part of a version changes ask for: `major`, `minor` or `patch` (SemVer 2.0.0, 6 to 8)."""
    severities = {one.severity for one in changes}
    if severities & {"implementers", "callers", "unknown"}:
        return "major"
    return "minor" if severities & {"added", "typing"} else "patch"


@lru_cache(maxsize=16)
def found(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[Found, ...]:
    """Return every difference between two Python surfaces, with how a plugin shows that it is concerned."""
    return tuple(Comparison(_index(old), _index(new)).changes())


@lru_cache(maxsize=16)
def _index(lines: tuple[str, ...]) -> Index:
    return Index(lines)


def index(lines: tuple[str, ...]) -> Index:
    """Return a surface as a graph, made once."""
    return _index(lines)


def told(one: Found, roles: Mapping[str, str] = EMPTY) -> Change:
    """Return a difference as it is told, with the worst that it does to anyone."""
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
    elif (severity == "implementation" and one.facets) or (severity == "implementation" and _is_wider(one)):
        severity = "added"
    if one.is_internal and severity == "added":
        severity = "implementation"
    reason = worst.reason if worst else facets[0].reason if facets else ""
    lines = [line for line in (one.old, one.new) if line]
    place = diff.place(declaration(lines[0]), lines)
    return Change(one.name, one.old, one.new, place, severity, reason)


def _is_wider(one: Found) -> bool:
    """Return whether a signature takes more than it did."""
    old, new = declaration(one.old), declaration(one.new)
    if old.word not in FUNCTIONS or new.word not in FUNCTIONS:
        return False
    return {(p.name, p.kind, p.optional) for p in parameters(old)} != {
        (p.name, p.kind, p.optional) for p in parameters(new)
    }

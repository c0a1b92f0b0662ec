"""Versions, specifiers, requirements and tags, each distinct one parsed once. Imports packaging when called."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from functools import lru_cache

from pluginkit.core.versions import version

TYPE_CHECKING = False
if TYPE_CHECKING:
    from packaging.requirements import Requirement
    from packaging.specifiers import SpecifierSet


_RELEASE = r"[0-9]{1,9}(?:\.[0-9]{1,9}){0,5}"
_CLAUSES = rf"\s*(?:>=|<=|==|!=|>|<)\s*{_RELEASE}\s*(?:,\s*(?:>=|<=|==|!=|>|<)\s*{_RELEASE}\s*)*"
_PLAIN_CLAUSE = rf"(?:>=|<=|==|!=|>|<)\s*{_RELEASE}"
_PLAIN_REQUIREMENT = rf"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)((?:{_CLAUSES})?)"
_COMPARED: dict[str, Callable[[tuple[int, ...], tuple[int, ...]], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}


@lru_cache(maxsize=4096)
def specifier(text: str) -> SpecifierSet | None:
    """Return a version specifier, None for anything else."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return SpecifierSet(text)
    except (InvalidSpecifier, ValueError):
        return None


def is_specifier(text: str) -> bool:
    """Return whether something is a version specifier."""
    return bool(re.fullmatch(_CLAUSES, text)) or specifier(text) is not None


@lru_cache(maxsize=4096)
def requirement(text: str) -> Requirement | None:
    """Return a requirement (PEP 508), None for anything else."""
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        return Requirement(text)
    except (InvalidRequirement, RecursionError, ValueError):
        return None


@lru_cache(maxsize=4096)
def wanted(text: str, python: str, extra: str = "") -> bool:
    """Return whether the marker of the requirement `text` holds here, with `python` (a version, or empty: this one)."""
    from packaging.markers import UndefinedComparison, UndefinedEnvironmentName

    parsed = requirement(text)
    if parsed is None or parsed.marker is None:
        return True
    environment = {"extra": extra}
    if python:
        environment |= {"python_version": ".".join(python.split(".")[:2]), "python_full_version": python}
    try:
        return parsed.marker.evaluate(environment)
    except (RecursionError, UndefinedComparison, UndefinedEnvironmentName, ValueError):
        return True


def needed(text: str, python: str) -> tuple[str, str] | None:
    """Return name and specifiers of the requirement `text`, both empty where its marker rules it out; None for no such.

    Nearly every one is a name and a few bounds: those are read without packaging, which takes longer to import than a
    host's plugins take to verify.
    """
    plain = re.fullmatch(_PLAIN_REQUIREMENT, text)
    if plain:
        return plain[1], plain[2].strip()
    parsed = requirement(text)
    if parsed is None:
        return None
    return (parsed.name, str(parsed.specifier)) if wanted(text, python) else ("", "")


def needed_for(extra: str, text: str, python: str) -> tuple[str, str] | None:
    """Return name and specifiers of the requirement `text` where only an extra wants it; else None."""
    parsed = requirement(text)
    if parsed is None or not wanted(text, python, extra) or wanted(text, python):
        return None
    return parsed.name, str(parsed.specifier)


@lru_cache(maxsize=4096)
def admits(specifiers: str, found: str) -> bool:
    """Return whether the version `found` lies in `specifiers`; pre-releases count."""
    if re.fullmatch(_RELEASE, found) and re.fullmatch(_CLAUSES, specifiers):
        return all(_within(clause.strip(), found) for clause in specifiers.split(","))
    parsed = specifier(specifiers)
    return parsed is not None and version(found) is not None and parsed.contains(found, prereleases=True)


@lru_cache(maxsize=4096)
def disjoint(one: str, other: str) -> bool:
    """Return whether no version lies in both specifiers."""
    if one == other and re.fullmatch(_PLAIN_CLAUSE, one):
        return False
    mine, theirs = specifier(one), specifier(other)
    return mine is not None and theirs is not None and (mine & theirs).is_unsatisfiable()


def within_major(used: str, offered: str) -> str:
    """Return why a plugin for the API version `used` does not fit a host with `offered`; empty if it does."""
    if re.fullmatch(_RELEASE, used) and re.fullmatch(_RELEASE, offered):  # without packaging, as `needed`
        ours, others = _numbers(used), _numbers(offered)
        return "another major version" if ours[0] != others[0] else "newer than the host's" if ours > others else ""
    mine, theirs = version(used), version(offered)
    if mine is None or theirs is None:
        return "not both are versions that can be compared"
    if (mine.epoch, mine.major) != (theirs.epoch, theirs.major):
        return "another major version"
    return "newer than the host's" if mine > theirs else ""


def _within(clause: str, found: str) -> bool:
    """Compare final releases, of numbers alone, as PEP 440 does: missing ones are zeros."""
    comparison = clause[:2] if clause[:2] in _COMPARED else clause[:1]
    return _COMPARED[comparison](_numbers(found), _numbers(clause[len(comparison) :]))


def _numbers(release: str) -> tuple[int, ...]:
    numbers = [int(part) for part in release.split(".")]
    return (*numbers, *[0] * (6 - len(numbers)))

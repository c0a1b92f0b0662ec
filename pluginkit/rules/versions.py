"""Versions, specifiers, requirements and tags, each distinct one parsed once. Imports packaging when called."""

from __future__ import annotations

from functools import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from packaging.requirements import Requirement
    from packaging.specifiers import SpecifierSet
    from packaging.version import Version


@lru_cache(maxsize=4096)
def version(text: str) -> Version | None:
    """Return a version (PEP 440), None for anything else."""
    from packaging.version import InvalidVersion, Version

    try:
        return Version(text)
    except InvalidVersion:
        return None


@lru_cache(maxsize=4096)
def specifier(text: str) -> SpecifierSet | None:
    """Return a version specifier, None for anything else."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return SpecifierSet(text)
    except (InvalidSpecifier, ValueError):
        return None


@lru_cache(maxsize=4096)
def requirement(text: str) -> Requirement | None:
    """Return a requirement (PEP 508), None for anything else."""
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        return Requirement(text)
    except (InvalidRequirement, RecursionError, ValueError):
        return None


@lru_cache(maxsize=4096)
def wanted(text: str, python: str) -> bool:
    """Tell whether the marker of the requirement `text` holds here, with `python` (a version, or empty: this one)."""
    from packaging.markers import UndefinedComparison, UndefinedEnvironmentName

    parsed = requirement(text)
    if parsed is None or parsed.marker is None:
        return True
    environment = {"extra": ""}
    if python:
        environment |= {"python_version": ".".join(python.split(".")[:2]), "python_full_version": python}
    try:
        return parsed.marker.evaluate(environment)
    except (RecursionError, UndefinedComparison, UndefinedEnvironmentName, ValueError):
        return True


@lru_cache(maxsize=4096)
def admits(specifiers: str, found: str) -> bool:
    """Tell whether the version `found` lies in `specifiers`; pre-releases count."""
    parsed = specifier(specifiers)
    return parsed is not None and version(found) is not None and parsed.contains(found, prereleases=True)


@lru_cache(maxsize=4096)
def disjoint(one: str, other: str) -> bool:
    """Tell whether no version lies in both specifiers."""
    mine, theirs = specifier(one), specifier(other)
    return mine is not None and theirs is not None and (mine & theirs).is_unsatisfiable()


def within_major(used: str, offered: str) -> str:
    """Return why a plugin for the API version `used` does not fit a host with `offered`; empty if it does."""
    mine, theirs = version(used), version(offered)
    if mine is None or theirs is None:
        return "not both are versions that can be compared"
    if (mine.epoch, mine.major) != (theirs.epoch, theirs.major):
        return "another major version"
    return "newer than the host's" if mine > theirs else ""

"""Requirements of a project that exclude what a host pins, and the narrowest edit by which they admit it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from pluginkit.core.names import normalize
from pluginkit.core.toml import read_toml
from pluginkit.rules.versions import admits, needed, requirement

_CLAUSE = re.compile(r"\s*(===|~=|==|!=|<=|>=|<|>)\s*([^,\s]+)\s*")


class Excluded(NamedTuple):
    """A requirement that no version which the host has can meet."""

    manifest: Path
    line: str
    """As it is written there."""
    name: str
    pin: str
    """The version that the host has."""


def excluded(manifest: Path, pins: Mapping[str, str], python: str) -> Iterator[Excluded]:
    """Yield the dependencies that `[project]` of a pyproject.toml declares and the host's pins do not meet.

    `python` is the host's version of it, by which markers are read; empty: this one.
    """
    project = read_toml(manifest).table("project")
    for line in project.values.get("dependencies") or ():
        found = needed(line, python) if isinstance(line, str) else None
        name = normalize(found[0]) if found else ""
        pin = pins.get(name, "")
        if found and pin and found[1] and not admits(found[1], pin):
            yield Excluded(manifest, line, name, pin)


def widen(one: Excluded) -> str:
    """Return a requirement with each clause that excludes the host's version moved just so far that it does not."""
    parsed = requirement(one.line)
    if parsed is None:
        return one.line
    clauses = [_moved(operator, version, one.pin) for operator, version in _CLAUSE.findall(str(parsed.specifier))]
    extras = f"[{','.join(sorted(parsed.extras))}]" if parsed.extras else ""
    marker = f"; {parsed.marker}".replace('"', "'") if parsed.marker else ""
    return f"{parsed.name}{extras}{','.join(sorted(filter(None, dict.fromkeys(clauses)), reverse=True))}{marker}"


def _moved(operator: str, version: str, pin: str) -> str:
    if admits(f"{operator}{version}", pin):
        return f"{operator}{version}"
    if operator in ("<", "<="):
        return f"<={pin}"
    return "" if operator == "!=" else f">={pin}"


def rewrite(manifest: Path, old: str, new: str) -> bool:
    """Put a requirement in the place of another in a pyproject.toml; return whether it stood there as it is read."""
    text = manifest.read_text(encoding="utf-8")
    for quote in ('"', "'"):
        if f"{quote}{old}{quote}" in text:
            manifest.write_text(text.replace(f"{quote}{old}{quote}", f'"{new}"'), encoding="utf-8")
            return True
    return False

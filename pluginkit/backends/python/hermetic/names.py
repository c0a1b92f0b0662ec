"""Names of files in a configuration: whether they lead to sources of the member, and nowhere else."""

import os
from collections.abc import Iterator, Mapping
from typing import Any

from pluginkit.core.names import requirement_name
from pluginkit.incremental.entries import JUNK, is_junk


def table(values: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return the table of that name; an empty one where there is none."""
    found = values.get(key)
    return found if isinstance(found, dict) else {}


def listed(value: Any) -> list[Any]:
    """Return what a setting names that may be one name or a list of them."""
    return value if isinstance(value, list) else [value] if value else []


def files(value: Any) -> list[Any]:
    """Return the files that a value names: a path, a table with one or several, or nothing."""
    return listed(value.get("file")) if isinstance(value, dict) else listed(value)


def leaves(value: Any) -> Iterator[Any]:
    """Yield what stands in a table of lists, at any depth."""
    for lines in value.values() if isinstance(value, dict) else ():
        if isinstance(lines, dict):
            yield from leaves(lines)
        else:
            yield from lines if isinstance(lines, list) else [lines]


def is_inside(name: Any) -> bool:
    """Return whether a path or pattern cannot lead out of the member."""
    return isinstance(name, str) and ".." not in name and not os.path.isabs(name)  # noqa: PTH117 - of each member


def is_source(name: Any) -> bool:
    """Return whether a path leads to what counts as a source; one whose first part is a pattern may lead elsewhere."""
    if not is_inside(name):
        return False
    first = next((part for part in name.split("/") if part not in ("", ".")), "")
    return first != "" and not any(mark in first for mark in "*?[") and not is_junk(first, top=True)


def is_file_pattern(name: Any) -> bool:
    """Return whether a pattern matches nothing but sources, if only files are asked for."""
    return is_source(name) or (is_inside(name) and "/" not in name and "**" not in name and name not in JUNK)


def metadata_files(project: Mapping[str, Any]) -> list[Any]:
    """Return the files that `[project]` names: the readme and licences."""
    licence = project.get("license")
    named = [*files(project.get("readme")), *files(licence if isinstance(licence, dict) else "")]
    return named + listed(project.get("license-files"))


def is_literal(project: Mapping[str, Any]) -> bool:
    """Return whether no requirement has braces, in which backends put variables of the environment or paths."""
    required = [*listed(project.get("dependencies")), *leaves(project.get("optional-dependencies"))]
    return not any("{" in str(line) for line in required)


def requires_only(build: Mapping[str, Any], *names: str) -> bool:
    """Return whether a build environment is asked for these distributions alone: others may be plugins of theirs."""
    return all(isinstance(line, str) and requirement_name(line) in names for line in listed(build.get("requires")))


def all_of(names: list[Any], check: Any) -> tuple[str, ...] | None:
    """Return the names, where `check` holds of each."""
    return tuple(names) if all(map(check, names)) else None

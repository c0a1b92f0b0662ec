"""What the tests of a plugin need beside the plugin: the requirements that its pyproject.toml states for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import copy
from pathlib import Path
from typing import Any

from pluginkit.backends.python.testing.sources import local_sources
from pluginkit.core.names import normalize
from pluginkit.core.toml import read_toml
from pluginkit.rules.versions import requirement

_GROUPS = ("test", "tests", "testing", "dev")
_RUNNER = "pytest"
_CONFIGURATIONS = {"tox.ini": "[pytest]", "setup.cfg": "[tool:pytest]", "pyproject.toml": "[tool.pytest"}
"""Files that may configure pytest, and how the line begins by which they do."""


def requirements_of_tests(root: Path, member: str) -> tuple[str, ...]:
    """Return the requirements (PEP 508) of the tests of the project in `root/member`, pytest among them.

    They are those of its dependency group `test`, `tests`, `testing` or `dev` (PEP 735), else of the extra of such a
    name, else of such a group of the root's.
    """
    own, top = _tables(root / member), _tables(root)
    found = _group(own[0]) or _extra(own[1]) or _group(top[0])
    needed = found if any(name_of(line) == _RUNNER for line in found) else (*found, _RUNNER)
    places = {**local_sources(root), **local_sources(root, member)}
    return tuple(_placed(line, places) for line in needed)


def _placed(line: str, places: Mapping[str, Path]) -> str:
    """Return a requirement as one for what lies in a place of the workspace, where its source is such a place."""
    parsed = requirement(line)
    place = places.get(normalize(parsed.name)) if parsed and not parsed.url else None
    if parsed is None or place is None:
        return line
    placed = copy(parsed)  # others have this one, too
    placed.specifier, placed.url = type(parsed.specifier)(), place.as_uri()
    return str(placed)


def configures_pytest(directory: Path) -> bool:
    """Return whether pytest takes its configuration from this directory when it is run there."""
    if any((directory / name).is_file() for name in ("pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml")):
        return True
    return any(
        line.startswith(start)
        for name, start in _CONFIGURATIONS.items()
        if (directory / name).is_file()
        for line in (directory / name).read_text(encoding="utf-8", errors="replace").splitlines()
    )


def _tables(directory: Path) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return `[dependency-groups]` and `[project.optional-dependencies]` of a project."""
    manifest = directory / "pyproject.toml"
    if not manifest.is_file():
        return {}, {}
    read = read_toml(manifest)
    return read.table("dependency-groups").values, read.table("project").table("optional-dependencies").values


def _group(groups: Mapping[str, Any]) -> tuple[str, ...]:
    named = {normalize(name): name for name in groups}
    wanted = next((named[name] for name in _GROUPS if name in named), None)
    return tuple(dict.fromkeys(_lines(groups, wanted, ()))) if wanted else ()


def _lines(groups: Mapping[str, Any], name: str, above: tuple[str, ...]) -> Iterator[str]:
    """Yield the requirements of a dependency group and of those that it includes."""
    for line in groups.get(name) or ():
        if isinstance(line, str):
            yield line
        elif isinstance(line, dict) and (other := line.get("include-group")) and other not in (*above, name):
            yield from _lines(groups, other, (*above, name))


def _extra(extras: Mapping[str, Any]) -> tuple[str, ...]:
    named = {normalize(name): name for name in extras}
    wanted = next((named[name] for name in _GROUPS if name in named), None)
    return tuple(line for line in extras[wanted] if isinstance(line, str)) if wanted else ()


def name_of(line: str) -> str:
    """Return the normal form of the name of a distribution that a requirement names; empty where it is not one."""
    parsed = requirement(line)
    return normalize(parsed.name) if parsed else ""

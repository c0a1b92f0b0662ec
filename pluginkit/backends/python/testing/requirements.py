"""What the tests of a plugin need beside the plugin: the requirements that its pyproject.toml states for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pluginkit.core.names import normalize
from pluginkit.core.toml import read_toml
from pluginkit.rules.versions import requirement

_GROUPS = ("test", "tests", "testing", "dev")
_RUNNER = "pytest"


def requirements_of_tests(root: Path, member: str) -> tuple[str, ...]:
    """Return the requirements (PEP 508) of the tests of the project in `root/member`, pytest among them.

    They are those of its dependency group `test`, `tests`, `testing` or `dev` (PEP 735), else of the extra of such a
    name, else of such a group of the root's.
    """
    own, top = _tables(root / member), _tables(root)
    for found in (_group(own[0]), _extra(own[1]), _group(top[0])):
        if found:
            return found if any(_is(line, _RUNNER) for line in found) else (*found, _RUNNER)
    return (_RUNNER,)


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


def _is(line: str, name: str) -> bool:
    return name_of(line) == name

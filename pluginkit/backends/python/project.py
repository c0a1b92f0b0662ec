"""A Python project's own declaration of itself: `pyproject.toml`, or `setup.cfg` and `setup.py` where that is all."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pluginkit.backends.python.hermetic import named_files
from pluginkit.core.errors import PluginkitError
from pluginkit.core.model import Member
from pluginkit.core.names import normalize
from pluginkit.core.toml import Table, read_toml

if TYPE_CHECKING:
    from pluginkit.backends.python.setup_files import Declared

LEGACY_REQUIRES = ("setuptools>=40.8.0",)
LEGACY_BACKEND = "setuptools.build_meta:__legacy__"
"""What PEP 517 prescribes for a project without `[build-system]`."""

_ALL_DYNAMIC = ("version", "dependencies", "optional-dependencies", "requires-python")

_MANIFESTS = ("pyproject.toml", "setup.cfg", "setup.py")


def is_project(directory: Path) -> bool:
    """Return whether a directory holds a Python project."""
    return any((directory / name).is_file() for name in _MANIFESTS)


def read_member(root: Path, path: str, kind: str) -> Member:
    """Read the member in `root/path` without running its backend.

    Raises PluginkitError when there is no project, or its name is not declared statically.
    """
    directory = root / path
    if not is_project(directory):
        raise PluginkitError(f"{directory}: no pyproject.toml", hint=f"the configuration names it as {kind}")
    manifest = directory / "pyproject.toml"
    table = read_toml(manifest) if manifest.is_file() else Table({}, str(directory))
    project = table.table("project")
    build = table.table("build-system")
    dynamic = project.strings("dynamic", ()) if project.values else _ALL_DYNAMIC
    poetry = table.table("tool").table("poetry")
    points = _entry_points(project.table("entry-points"), poetry.table("plugins"))
    if not points and ("entry-points" in dynamic if project.values else not poetry.values):
        points = _of_setuptools(directory).entry_points
    reads = named_files(directory, table.values)
    return Member(
        name=_name(directory, table, project),
        kind=kind,
        path=path,
        version=project.take("version", str, ""),
        requires=project.strings("dependencies", ()),
        extras=_extras(project),
        requires_python=project.take("requires-python", str, ""),
        build_requires=build.strings("requires", LEGACY_REQUIRES),
        build_backend=build.take("build-backend", str, LEGACY_BACKEND),
        backend_path=build.strings("backend-path", ()),
        dynamic=dynamic,
        entry_points=points,
        capabilities=table.table("tool").table("pluginkit").strings("capabilities", ()),
        exact=reads is not None,
        reads=reads or (),
    )


def _name(directory: Path, table: Table, project: Table) -> str:
    name = project.take("name", str, "") or table.table("tool").table("poetry").take("name", str, "")
    name = name or _of_setuptools(directory).name
    if not name:
        raise PluginkitError(f"{directory}: its distribution name is not declared", hint=_where_to_name(directory))
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?", name):
        raise PluginkitError(f"{directory}: {name!r} is not a distribution name", hint="use letters, digits and '-'")
    return normalize(name)


def _where_to_name(directory: Path) -> str:
    if (directory / "pyproject.toml").is_file() or not (directory / "setup.py").is_file():
        return "add `name` to [project] of its pyproject.toml"
    return "setup.py is read and never run: give `setup` the name as a literal, or put it into [metadata] of setup.cfg"


def _of_setuptools(directory: Path) -> "Declared":
    from pluginkit.backends.python.setup_files import Declared, declared  # few projects are without [project]

    found = any((directory / name).is_file() for name in _MANIFESTS[1:])
    return declared(directory) if found else Declared()


def _extras(project: Table) -> tuple[tuple[str, tuple[str, ...]], ...]:
    extras = project.table("optional-dependencies")
    return tuple((name, extras.strings(name)) for name in sorted(extras.values))


def _entry_points(table: Table, of_poetry: Table) -> tuple[tuple[str, str, str], ...]:
    groups: dict[str, Any] = table.values or of_poetry.values
    for group, entries in groups.items():
        if not isinstance(entries, dict) or not all(isinstance(value, str) for value in entries.values()):
            raise PluginkitError(f"{table.where}: entry-points group {group!r} is not a table of strings")
    return tuple((group, name, groups[group][name]) for group in sorted(groups) for name in sorted(groups[group]))

"""Wheels that lie in the workspace, and other places of this machine that `[tool.uv.sources]` names."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pluginkit.backends.python.wheel.distinfo import DistInfoError, parse_file_name
from pluginkit.core.digest import sha256
from pluginkit.core.errors import PluginkitError
from pluginkit.core.lock import Package
from pluginkit.core.model import Member
from pluginkit.core.names import normalize
from pluginkit.core.toml import read_toml


@dataclass(frozen=True, slots=True)
class LocalSources:
    """What the manifests of a workspace say of where packages lie on this machine."""

    wheels: Mapping[str, Package]
    """By name: wheels in the workspace, with their hashes."""
    directories: frozenset[str]
    """Names of projects that are taken from their sources."""


def local_sources(root: Path, members: Sequence[Member]) -> LocalSources:
    """Return what `[tool.uv.sources]` of the root and of the members names by `path` or `workspace`.

    Raises PluginkitError for a wheel that is not there, lies outside the workspace or is not named as a wheel is.
    """
    wheels: dict[str, Package] = {}
    directories: set[str] = set()
    for directory in dict.fromkeys((root, *(root / member.path for member in members))):
        for name, source in sources(directory):
            path = source.get("path", "")
            if isinstance(path, str) and path.endswith(".whl"):
                wheels.setdefault(name, _wheel(root, directory, name, path))
        directories |= projects_named(directory)
    return LocalSources(wheels, frozenset(directories))


def directories(root: Path) -> list[str]:
    """Return the directories, relative to `root`, of which `[tool.uv.sources]` of its manifest takes projects."""
    named = (str(source["path"]) for _, source in sources(root) if "path" in source)
    return [path for path in named if not path.endswith(".whl")]


def projects_named(directory: Path) -> set[str]:
    """Return the names for which `[tool.uv.sources]` of a project's manifest names sources on this machine."""
    return {name for name, source in sources(directory) if _is_project(source)}


def _is_project(source: Mapping[str, Any]) -> bool:
    return "workspace" in source or ("path" in source and not str(source["path"]).endswith(".whl"))


def sources(directory: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield what `[tool.uv.sources]` of the project in a directory says, by the name it says it of."""
    manifest = directory / "pyproject.toml"
    tables = read_toml(manifest).table("tool").table("uv").table("sources").values if manifest.is_file() else {}
    for name, source in tables.items():
        choices = source if isinstance(source, list) else [source]
        yield from ((normalize(name), one) for one in choices if isinstance(one, dict))


def _wheel(root: Path, directory: Path, name: str, path: str) -> Package:
    where = f"{directory / 'pyproject.toml'}: [tool.uv.sources] {name}"
    place = os.path.relpath(os.path.realpath(directory / path), os.path.realpath(root)).replace(os.sep, "/")
    if place.startswith("../"):
        raise PluginkitError(
            f"{where}: {path} lies outside the workspace", hint="copy it into the workspace, so that others have it too"
        )
    try:
        file = parse_file_name(place.rpartition("/")[2])
        data = (root / place).read_bytes()
    except OSError as error:
        raise PluginkitError(f"{where}: {path}: {error.strerror}", hint="put it there, or name another") from None
    except DistInfoError as error:
        raise PluginkitError(f"{where}: {error}", hint="a wheel's name says what it is: do not rename it") from None
    if normalize(file.name) != name:
        raise PluginkitError(f"{where}: {path} is a wheel of {file.name}", hint=f"name a wheel of {name}")
    return Package(name, file.version, (sha256(data),), path=place)

"""Projects of the tree that members need and that are no members: no build would make them."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pluginkit.backends.python.survey import directories
from pluginkit.core.errors import PluginkitError
from pluginkit.core.model import Member
from pluginkit.core.names import normalize, requirement_name
from pluginkit.core.toml import read_toml
from pluginkit.core.toolkit import NAME as TOOLKIT


def refuse_declared(root: Path, members: Sequence[Member]) -> None:
    """Raise PluginkitError where a member's requirement is a `workspace` or `path` source of uv's and is no member."""
    shared = _local_sources(root)
    for member, name in _foreign(members):
        if name in shared or name in _local_sources(root / member.path):
            raise _left_out(root, member, name)


def refuse_unfound(root: Path, members: Sequence[Member], said: str) -> None:
    """Raise PluginkitError where a resolver `said` that it did not find what is a project of the tree."""
    for member, name in _foreign(members):
        if f"{name} was not found" in said and _place(root, name):
            raise _left_out(root, member, name)


def _foreign(members: Sequence[Member]) -> Iterable[tuple[Member, str]]:
    names = {member.name for member in members}
    for member in members:
        for name in map(requirement_name, member.requires):
            if name not in names:
                yield member, name


def _local_sources(directory: Path) -> set[str]:
    """Return the names that `[tool.uv.sources]` gives sources on this machine; the toolkit is no member anywhere."""
    manifest = directory / "pyproject.toml"
    sources = read_toml(manifest).table("tool").table("uv").table("sources").values if manifest.is_file() else {}
    found = set()
    for name, source in sources.items():
        choices = source if isinstance(source, list) else [source]
        if any(isinstance(one, dict) and _is_project(one) for one in choices):
            found.add(normalize(name))
    return found - {TOOLKIT}


def _is_project(source: Mapping[str, Any]) -> bool:
    return "workspace" in source or ("path" in source and not str(source["path"]).endswith(".whl"))


def _place(root: Path, name: str) -> str:
    return directories(root).get(name, "")


def _left_out(root: Path, member: Member, name: str) -> PluginkitError:
    place = _place(root, name)
    where = f"is made in {place}" if place else "is no release of an index"
    return PluginkitError(
        f"{member.path} requires {name}, which {where} and is no member",
        hint="what members share in one process is sealed with them: add "
        f'"{place or "its directory"}" to `api` of the configuration',
    )

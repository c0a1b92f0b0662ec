"""Find the Python projects of a tree nobody has described yet, reading only."""

import configparser
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from pluginkit.backends.python.project import is_project, read_member
from pluginkit.core.errors import PluginkitError
from pluginkit.core.model import Member
from pluginkit.core.toml import read_toml
from pluginkit.incremental.entries import is_junk

NOT_MEMBERS = ("tests", "test", "testing", "fixtures", "templates")
_MAX_DEPTH = 6
_MAX_SOURCE = 2 << 20
"""Bytes; a longer source is generated and names no entry-point group."""


def projects(root: Path) -> Iterator[Member]:
    """Yield every named project at or beneath `root`, the kind left empty; test data and output are passed over."""
    for directory in _directories(root, 0):
        path = directory.relative_to(root).as_posix()
        try:
            yield _with_poetrys(_with_setuptools(read_member(root, path, ""), directory), directory)
        except PluginkitError:
            continue  # a manifest without a name is a virtual root or somebody's configuration


def directories(root: Path) -> Mapping[str, str]:
    """Return the names of the projects at or beneath `root`, and where each lies."""
    return {member.name: member.path for member in projects(root)}


def uv_workspace(root: Path) -> frozenset[str] | None:
    """Return the directories of the members of the uv workspace that is in `root`, its own included; None without."""
    manifest = root / "pyproject.toml"
    tool = read_toml(manifest).table("tool").table("uv") if manifest.is_file() else None
    if tool is None or "workspace" not in tool.values:
        return None
    workspace = tool.table("workspace")
    found = [
        {path.relative_to(root).as_posix() for pattern in workspace.strings(key, ()) for path in root.glob(pattern)}
        for key in ("members", "exclude")
    ]
    return frozenset(found[0] - found[1] | {"."})


def mentions(root: Path, member: Member, text: str) -> bool:
    """Return whether a source of `member` has `text` as a quoted string, as one that looks up a group does."""
    quoted = (f'"{text}"'.encode(), f"'{text}'".encode())
    for directory, folders, files in os.walk(root / member.path):
        inside = directory != str(root / member.path)
        folders[:] = [name for name in folders if not is_junk(name, top=not inside) and name not in NOT_MEMBERS]
        if inside and is_project(Path(directory)):
            folders.clear()
            continue
        for name in files:
            path = Path(directory, name)
            if name.endswith(".py") and name != "setup.py" and path.stat().st_size <= _MAX_SOURCE:
                data = path.read_bytes()
                if any(spelling in data for spelling in quoted):
                    return True
    return False


def _directories(directory: Path, depth: int) -> Iterator[Path]:
    if is_project(directory):
        yield directory
    if depth == _MAX_DEPTH:
        return
    with os.scandir(directory) as entries:
        inner = sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
    for name in inner:
        if not is_junk(name, top=True) and name not in NOT_MEMBERS and not name.startswith("."):
            yield from _directories(directory / name, depth + 1)


def _with_poetrys(member: Member, directory: Path) -> Member:
    """Return the member with the names that `[tool.poetry.dependencies]` requires, where `[project]` has none."""
    manifest = directory / "pyproject.toml"
    if member.requires or not manifest.is_file():
        return member
    found = read_toml(manifest).table("tool").table("poetry").table("dependencies").values
    return replace(member, requires=tuple(name for name in found if name != "python"))


def _with_setuptools(member: Member, directory: Path) -> Member:
    """Return the member with the entry points and requirements of `setup.cfg`, where there are no others."""
    setup = directory / "setup.cfg"
    if member.entry_points or not setup.is_file():
        return member
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(setup.read_text(encoding="utf-8"))
    except (configparser.Error, ValueError):
        return member
    found = []
    for group, lines in parser["options.entry_points"].items() if parser.has_section("options.entry_points") else ():
        for line in filter(None, map(str.strip, lines.splitlines())):
            name, _, reference = line.partition("=")
            found.append((group, name.strip(), reference.strip()))
    requires = tuple(filter(None, map(str.strip, parser.get("options", "install_requires", fallback="").splitlines())))
    return replace(member, entry_points=tuple(found), requires=member.requires or requires)

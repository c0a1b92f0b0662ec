"""Find the Python projects of a tree nobody has described yet, reading only."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pluginkit.backends.python.project import is_project, read_member
from pluginkit.backends.python.setup_files import declared, requirement_lines
from pluginkit.core.errors import PluginkitError
from pluginkit.core.model import Member
from pluginkit.core.names import requirement_name
from pluginkit.core.toml import Table, read_toml
from pluginkit.incremental.entries import is_junk

NOT_MEMBERS = ("tests", "test", "testing", "fixtures", "templates")
_MAX_DEPTH = 6
_MAX_SOURCE = 2 << 20
"""Bytes; a longer source is generated and names no entry-point group."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What a tree holds."""

    members: tuple[Member, ...]
    """Every project that could be read, its kind left empty, in the order of their paths."""
    left_out: tuple[tuple[str, str], ...]
    """(path, reason) of the others."""


def survey(root: Path, progress: Callable[[str], None] = lambda path: None) -> Survey:
    """Read every project at or beneath `root`; `progress` hears of each."""
    members, left_out = list[Member](), list[tuple[str, str]]()
    for directory, reason in _directories(root, 0):
        path = directory.relative_to(root).as_posix()
        progress(path)
        try:
            found = None if reason else _read(root, path)
        except PluginkitError as error:
            reason = _why(directory, error)
        else:
            members += [found] if found else []
        left_out += [(path, reason)] if reason else []
    return Survey(tuple(members), tuple(left_out))


def projects(root: Path) -> Iterator[Member]:
    """Yield every named project at or beneath `root`, the kind left empty; test data and output are passed over."""
    yield from survey(root).members


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
        {path for pattern in workspace.strings(key, ()) for path in _matches(root, pattern)}
        for key in ("members", "exclude")
    ]
    return frozenset(found[0] - found[1] | {"."})


def _matches(root: Path, pattern: str) -> set[str]:
    """Return what a pattern of uv's matches beneath `root`; nothing where it leads elsewhere."""
    try:
        return {path.relative_to(root).as_posix() for path in root.glob(pattern)}
    except (ValueError, NotImplementedError, OSError):
        return set()


def sources(root: Path, member: Member) -> Iterator[bytes]:
    """Yield the bytes of a project's modules; those of tests and of projects inside are passed over."""
    for directory, folders, files in os.walk(root / member.path):
        inside = directory != str(root / member.path)
        folders[:] = sorted(name for name in folders if not is_junk(name, top=not inside) and name not in NOT_MEMBERS)
        if inside and is_project(Path(directory)):
            folders.clear()
            continue
        for name in sorted(files):
            path = Path(directory, name)
            if name.endswith(".py") and name != "setup.py" and path.is_file() and path.stat().st_size <= _MAX_SOURCE:
                yield path.read_bytes()


def _directories(directory: Path, depth: int, reason: str = "") -> Iterator[tuple[Path, str]]:
    """Yield where projects lie, each with the reason why it is not a member; empty for one that may be."""
    if is_project(directory):
        yield directory, reason
    if depth == _MAX_DEPTH:
        return
    try:
        with os.scandir(directory) as entries:
            inner = sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
    except OSError:
        return
    for name in inner:
        if not is_junk(name, top=True) and not name.startswith("."):
            why = f"in {name!r}, which holds test data or templates" if name in NOT_MEMBERS else reason
            yield from _directories(directory / name, depth + 1, reason or why)


def _read(root: Path, path: str) -> Member:
    """Read a project, with the requirements that its own files of older kinds declare."""
    member = read_member(root, path, "")
    if member.requires or "dependencies" not in member.dynamic:
        return member
    directory = root / path
    poetry = _manifest(directory).table("tool").table("poetry").table("dependencies").values
    names = tuple(name for name in poetry if name != "python")
    return replace(member, requires=names or _of_files(directory, member) or declared(directory).requires)


def _of_files(directory: Path, member: Member) -> tuple[str, ...]:
    """Return the requirements that setuptools takes from files of the project, and pbr from one of a fixed name."""
    if "pbr" in map(requirement_name, member.build_requires):
        return requirement_lines(directory / "requirements.txt")
    dynamic = _manifest(directory).table("tool").table("setuptools").table("dynamic").values.get("dependencies")
    named = dynamic.get("file", []) if isinstance(dynamic, dict) else []
    paths = [directory / str(name) for name in ([named] if isinstance(named, str) else named)]
    inside = [path for path in paths if path.resolve().is_relative_to(directory.resolve())]
    return tuple(line for path in inside for line in requirement_lines(path))


def _why(directory: Path, error: PluginkitError) -> str:
    """Return why a project could not be read; nothing where there is none, but somebody's configuration."""
    if not (directory / "setup.py").is_file():
        try:
            table = _manifest(directory)
        except PluginkitError:
            return error.message.removeprefix(f"{directory}: ")
        if not table.table("project").values and not table.table("tool").table("poetry").values:
            return ""
    return error.message.removeprefix(f"{directory}: ")


def _manifest(directory: Path) -> Table:
    manifest = directory / "pyproject.toml"
    return read_toml(manifest) if manifest.is_file() else Table({}, str(manifest))

"""The modules of a tree: those that are read, and those that are left out."""

import os
import shlex
from collections.abc import Iterator
from pathlib import Path

from pluginkit.backends.go.building.command import Go
from pluginkit.backends.go.project import is_project
from pluginkit.incremental.entries import is_junk

_HIDDEN = ("vendor", "testdata", "node_modules")


def patterns(go: Go) -> list[str]:
    """Return what `go list` is asked for: all packages of the module in the root, or of those that go.work uses."""
    if not (go.root / "go.work").is_file():
        return ["./..."]
    printed = go.must("read go.work", "list", "-m", "-f", "{{.Dir}}").split("\n")
    inside = [Path(line).relative_to(go.root).as_posix() for line in printed if line and _is_inside(go.root, line)]
    return ["./..." if path == "." else f"./{path}/..." for path in inside]


def _is_inside(root: Path, directory: str) -> bool:
    return Path(directory).is_relative_to(root)


def left_out(root: Path) -> list[str]:
    """Return a line for each module beneath the root with main packages that the go command does not read there."""
    if (root / "go.work").is_file():
        return []
    found = [path for path in _modules(root) if any(is_project(one) for one in _directories(root / path))]
    used = " ".join(shlex.quote(f"./{path}") for path in found)
    own = ". " if (root / "go.mod").is_file() else ""
    return [f"{path}: a module of its own, not read; `go work init {own}{used}` makes one workspace" for path in found]


def _modules(root: Path) -> Iterator[str]:
    for directory in _directories(root):
        if directory != root and (directory / "go.mod").is_file():
            yield directory.relative_to(root).as_posix()


def _directories(root: Path) -> Iterator[Path]:
    for directory, folders, _ in os.walk(root):
        kept = (name for name in folders if name[0] not in "._" and not is_junk(name, top=directory == str(root)))
        folders[:] = sorted(name for name in kept if name not in _HIDDEN)
        yield Path(directory)

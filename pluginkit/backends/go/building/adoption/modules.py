"""The modules of a tree: those that are read, and those that are left out."""

import os
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from pluginkit.backends.go.building.command import Go
from pluginkit.backends.go.project import is_project
from pluginkit.core.errors import PluginkitError
from pluginkit.incremental.entries import is_junk

_HIDDEN = ("vendor", "testdata", "node_modules")


def patterns(go: Go) -> list[str]:
    """Return what `go list` is asked for: all packages of the module in the root, or of those that go.work uses.

    Raises PluginkitError where the root has neither.
    """
    if not (go.root / "go.work").is_file():
        if not (go.root / "go.mod").is_file():
            raise _no_module(go.root)
        return ["./..."]
    printed = go.must("read go.work", "list", "-m", "-f", "{{.Dir}}").split("\n")
    inside = [Path(line).relative_to(go.root).as_posix() for line in printed if line and _is_inside(go.root, line)]
    return ["./..." if path == "." else f"./{path}/..." for path in inside]


def _no_module(root: Path) -> PluginkitError:
    found = list(_modules(root))
    if not found:
        return PluginkitError(f"{root}: neither go.mod nor go.work in it", hint="write one with `go mod init`")
    return PluginkitError(
        f"{root}: neither go.mod nor go.work in it; modules beneath it: {', '.join(found)}",
        hint=f"`{one_workspace(root, found)}` makes one workspace of them, "
        f"`pluginkit init {shlex.quote(found[0])}` reads one alone",
    )


def _is_inside(root: Path, directory: str) -> bool:
    return Path(directory).is_relative_to(root)


def left_out(root: Path) -> list[str]:
    """Return the modules beneath the root with main packages that the go command does not read there, by directory."""
    if (root / "go.work").is_file():
        return []
    return [path for path in _modules(root) if any(is_project(one) for one in _directories(root / path))]


def one_workspace(root: Path, modules: Sequence[str]) -> str:
    """Return the command that makes one workspace of the root and modules beneath it."""
    own = [".", *modules] if (root / "go.mod").is_file() else modules
    return " ".join(["go work init", *(shlex.quote(path if path == "." else f"./{path}") for path in own)])


def _modules(root: Path) -> Iterator[str]:
    for directory in _directories(root):
        if directory != root and (directory / "go.mod").is_file():
            yield directory.relative_to(root).as_posix()


def _directories(root: Path) -> Iterator[Path]:
    for directory, folders, _ in os.walk(root):
        kept = (name for name in folders if name[0] not in "._" and not is_junk(name, top=directory == str(root)))
        folders[:] = sorted(name for name in kept if name not in _HIDDEN)
        yield Path(directory)

"""Where a checkout is built again: a copy with nothing in it that git ignores, laid out in one way or another."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from copy import copy
from pathlib import Path

from pluginkit.backends.copies import copy_tree, link_neighbours, mirrored
from pluginkit.backends.git import files_at, repository_around
from pluginkit.backends.language import language, resolve
from pluginkit.core.lock import Lock
from pluginkit.core.lockfile import NAME as LOCK
from pluginkit.core.model import Workspace

_BESIDES = (LOCK, "uv.lock", "go.work", "go.work.sum", "vendor")
"""What a build goes by and is copied though git may ignore it."""


class Place:
    """A workspace, and a directory in which copies of it are made, one at a time."""

    def __init__(self, workspace: Workspace, lock: Lock, scratch: Path) -> None:
        self._root, self._scratch = workspace.root.resolve(), scratch
        self._base, self._besides = self._root, list(_BESIDES)
        top, listed = repository_around(self._root), files_at(self._root)
        if top and listed:
            self._base = top
            ignored = (one.path for one in workspace.members if not _has_any(listed, one.path))
            self._besides += [*ignored, *(package.path for package in lock.vendored)]
        self._asks_repository = any("version" in member.dynamic for member in workspace.members)
        neighbours = language(workspace.language).neighbours
        self._neighbours: list[str] = resolve(neighbours)(self._root) if neighbours else []

    def moved(self, scratch: Path) -> Place:
        """Return one whose copies are made in another directory."""
        found = copy(self)
        found._scratch = scratch
        return found

    def copy(self, name: str = "tree", *, loose: bool = False, backwards: bool = False) -> Path:
        """Copy the checkout anew to the place of that name; return the root of the workspace there.

        With `loose` the group may write to all files, as with umask 002; with `backwards` they are made in the reverse
        of the usual order.
        """
        target = self._scratch / name
        shutil.rmtree(target, ignore_errors=True)
        inside = self._root.relative_to(self._base)
        base = copy_tree(self._base, target, [str(inside / one) for one in self._besides], backwards=backwards)
        self._mark(base)
        link_neighbours(self._root, target, self._neighbours)
        if loose:
            _loosen(base)
        return mirrored(self._root, target)

    def _mark(self, base: Path) -> None:
        """Make the copy of a repository one: ignore files count up to its top, and some versions are asked of it."""
        repository = self._base / ".git"
        if self._asks_repository and repository.is_dir():
            shutil.copytree(repository, base / ".git", symlinks=True)
        elif self._asks_repository and repository.is_file():
            shutil.copy2(repository, base / ".git")
        elif repository.exists():
            (base / ".git").mkdir()


def _has_any(listed: Sequence[str], path: str) -> bool:
    return path == "." or any(name.startswith(f"{path}/") for name in listed)


def _loosen(base: Path) -> None:
    for path in _all(base):
        path.chmod(path.stat().st_mode | 0o060 | (0o010 if path.is_dir() else 0))


def _all(base: Path) -> Iterator[Path]:
    for directory, folders, names in os.walk(base):
        found = (Path(directory, name) for name in (*folders, *names))
        yield from (path for path in found if not path.is_symlink())

"""A copy of a repository to work on: what its author would commit, and nothing that git ignores."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from pluginkit.backends.git import files_at

_LEFT_OUT = {".git", ".hg", ".pluginkit", ".venv", "__pycache__", "dist", "node_modules"}
"""Directories that are not copied where git cannot list the files."""


def copy_tree(root: Path, scratch: Path, besides: Iterable[str] = (), *, backwards: bool = False) -> Path:
    """Copy the files of `root` below `scratch`, at the place that its absolute path names there; return that place.

    In a git repository these are the tracked and the untracked files that are not ignored. `besides` are names in the
    root that are copied though they are ignored. Links are kept as they are. The last files are copied first where that
    shall be `backwards`: some file systems list them in that order.
    """
    target = mirrored(root, scratch)
    target.mkdir(parents=True, exist_ok=True)
    paths = list(dict.fromkeys([*files_of(root), *_besides(root, besides)]))
    _copy(root, target, reversed(paths) if backwards else paths)
    return target


def copy_files(source: Path, target: Path) -> None:
    """Copy those files of a directory that its author would commit to another; links are kept as they are."""
    target.mkdir(parents=True, exist_ok=True)
    _copy(source, target, files_of(source))


def _copy(source: Path, target: Path, paths: Iterable[str]) -> None:
    for path in paths:
        place = target / path
        place.parent.mkdir(parents=True, exist_ok=True)
        if (source / path).is_symlink() or (source / path).is_file():
            shutil.copy2(source / path, place, follow_symlinks=False)


def mirrored(path: Path, scratch: Path) -> Path:
    """Return where an absolute path has its place below `scratch`, so that relative paths lead from copy to copy."""
    return scratch / path.relative_to(path.anchor)


def link_neighbours(root: Path, scratch: Path, names: Iterable[str]) -> None:
    """Let relative paths out of the root lead from its copy to the directories themselves, which are only read."""
    for name in names:
        target = (root / name).resolve()
        place = mirrored(target, scratch)
        if not place.exists() and target.is_dir():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(target)


def files_of(root: Path) -> Iterable[str]:
    """Return the paths, relative to a root, of what its author would commit, and not of what git ignores."""
    found = files_at(root)
    return _walked(root) if found is None else found


def _walked(root: Path) -> Iterator[str]:
    for path in sorted(root.rglob("*")):
        inside = path.relative_to(root)
        if not _LEFT_OUT.intersection(inside.parts) and not path.is_dir():
            yield inside.as_posix()


def _besides(root: Path, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        place = root / name
        found = place.rglob("*") if place.is_dir() else [place]
        yield from (path.relative_to(root).as_posix() for path in found if path.is_file())

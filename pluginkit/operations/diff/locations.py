"""What OLD, NEW and PLACE on the command line stand for: files and directories, here or in a git revision."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from pluginkit.backends.inspectors import suffixes
from pluginkit.backends.readers import readers
from pluginkit.core.config import find_root
from pluginkit.core.errors import PluginkitError
from pluginkit.core.frozen import record
from pluginkit.core.lockfile import NAME as LOCK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.backends.git import GitTree

GIT = "git:"
_RELEASE = re.compile(
    r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)==(?P<version>[A-Za-z0-9][A-Za-z0-9.!+_-]*)"
)
_ENVIRONMENT = ("pyvenv.cfg", ".dist-info")
_CONFIGURATION = ("pluginkit.toml", LOCK)
_FORMS = "a directory, an artifact, a release, an environment, pluginkit.lock, git:REV, git:REV:PATH or NAME==VERSION"


@record
class Location:
    """A file or directory, and what it is called."""

    label: str
    path: Path
    tree: GitTree | None = None
    """The revision that it is of."""

    def shown(self, path: str) -> str:
        """Return how reports call a path in it: relative to the working directory, or to the root of the repository."""
        base = str(self.tree.target) if self.tree else os.getcwd()  # noqa: PTH109
        return os.path.relpath(path, base) if path.startswith(base + os.sep) else path

    def complete(self, paths: Sequence[Path]) -> None:
        """Make sure that all files at these paths are there, and not only those that surfaces are read from."""
        for path in paths if self.tree else ():
            self.tree.write(path.relative_to(self.tree.target).as_posix())  # type: ignore[union-attr]


class Locations:
    """Finds places by how they are written."""

    def __init__(self, scratch: Path) -> None:
        """Files of git revisions are written below the directory `scratch`."""
        self._scratch = scratch
        self._trees: dict[str, GitTree] = {}

    def find(self, text: str) -> Location:
        """Return the place that `text` names. Raises PluginkitError where there is none."""
        if text.startswith(GIT) and not Path(text).exists():
            return self._of_git(text)
        path = Path(text)
        if not text or not path.exists():
            raise PluginkitError(f"{text!r}: no such file or directory", hint=f"name {_FORMS}")
        return Location(text, path)

    def _of_git(self, text: str) -> Location:
        revision, colon, inside = text.removeprefix(GIT).partition(":")
        tree = self._tree(revision)
        if not colon:  # as much of the repository as is around the working directory: its workspace, or itself
            around = find_root(Path()) or Path()
            inside = os.path.relpath(around.resolve(), tree.root)
        inside = os.path.normpath(inside or ".").replace(os.sep, "/").removeprefix("./")
        inside = "" if inside == "." else inside
        if not tree.kind(inside):
            raise PluginkitError(f"{text}: the revision has no {inside}", hint="paths begin at the repository's root")
        tree.write(inside, keeps if tree.kind(inside) == "directory" else lambda name: True)
        above = [str(directory) for directory in PurePosixPath(inside).parents]
        for language, reader in readers():  # what is around a package may decide what it is
            if any(tree.kind(f"{place}/{name}".removeprefix("./")) for place in above for name in language.root_files):
                tree.write("", reader.keeps)
        return Location(text, tree.target / inside, tree)

    @contextmanager
    def named(self) -> Iterator[None]:
        """Let errors call files of a revision as a reader would, and not by where they were written."""
        try:
            yield
        except PluginkitError as error:
            message = error.message
            for revision, tree in self._trees.items():
                message = message.replace(f"{tree.target}{os.sep}", f"{GIT}{revision}:")
            raise PluginkitError(message, hint=error.hint) from None

    def _tree(self, revision: str) -> GitTree:
        from pluginkit.backends.git import GitTree

        if revision not in self._trees:
            self._trees[revision] = GitTree(Path(), revision, self._scratch / f"revision-{len(self._trees)}")
        return self._trees[revision]


def release_of(text: str) -> tuple[str, str] | None:
    """Return name and version where `text` is of the form NAME==VERSION and no file is called that."""
    found = _RELEASE.fullmatch(text)
    return (found["name"], found["version"]) if found and not Path(text).exists() else None


def keeps(name: str) -> bool:
    """Return whether a file of that name has a say in what a directory is, in any language."""
    return name in _CONFIGURATION or any(read.keeps(name) for _, read in readers())


def is_environment(path: Path) -> bool:
    """Return whether a directory is an installed environment."""
    return path.is_dir() and any(name.endswith(_ENVIRONMENT) for name in os.listdir(path))  # noqa: PTH208


def holds_artifacts(path: Path) -> bool:
    """Return whether a directory is a release, an environment or has artifacts in it, and is not one of sources."""
    from pluginkit.core.release import NAME as RELEASE

    names = os.listdir(path)  # noqa: PTH208
    if RELEASE in names or is_environment(path):
        return True
    if "__init__.py" in names:  # a package may have compiled modules, which are called as plugins are
        return False
    return any(name.endswith(suffixes()) for name in names)

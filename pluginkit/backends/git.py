"""What a git repository says of files: those of a revision, read from its objects, and those that it tracks or ignores.

A repository may be a stranger's, and its configuration names programs: file system monitors, hooks, filters, text
converters, transports. The commands used here, `ls-tree`, `cat-file --batch` and `ls-files`, call none of them, and
what git itself might start on its own (a monitor, a fetch of missing objects, itself in a submodule) is switched off.
Nothing is checked out. The answers depend on the repository alone: the user's and the machine's settings do not count.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from pluginkit.backends.process import TIMED_OUT, find_program, run_bytes
from pluginkit.core.errors import PluginkitError
from pluginkit.core.frozen import record

_ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_ALLOW_PROTOCOL": "none",  # objects that a partial clone lacks stay missing
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
_SETTINGS = (
    "core.fsmonitor=false",
    f"core.hooksPath={os.devnull}",
    f"core.excludesFile={os.devnull}",
    f"core.attributesFile={os.devnull}",
    "core.quotePath=false",
    "submodule.recurse=false",
    "protocol.allow=never",
)
_PATIENCE = 60
"""Seconds that git may take; it waits for a pipe that has the name of a file of its own."""
_REGULAR = ("100644", "100755", "100664")
"""Modes of files; links and submodules are left out."""


@record
class _Blob:
    object: str
    path: str
    """POSIX, relative to the root of the repository."""


class GitTree:
    """The files of one revision, written below a directory when they are asked for."""

    def __init__(self, repository: Path, revision: str, target: Path) -> None:
        """Find `revision` in the repository that `repository` lies in; its files will be written below `target`.

        Raises PluginkitError where there is no git, no repository or no such revision.
        """
        self.root = _top(repository)
        self.target = target
        self._written: set[str] = set()
        self.commit = self._commit(revision)
        """The tree's object name, or that of its commit."""
        self._blobs = tuple(self._listed())

    def kind(self, path: str) -> str:
        """Return what is at a path relative to the root: `file`, `directory`, or nothing."""
        if not path or any(one.path.startswith(f"{path}/") for one in self._blobs):
            return "directory"
        return "file" if any(one.path == path for one in self._blobs) else ""

    def write(self, path: str, keep: Callable[[str], bool] = lambda name: True) -> None:
        """Write the files at or below `path` (relative to the root, empty for all) whose names `keep` accepts."""
        wanted = [one for one in self._blobs if _is_within(one.path, path) and one.path not in self._written]
        wanted = [one for one in wanted if keep(one.path.rpartition("/")[2])]
        for one, data in zip(wanted, self._contents([one.object for one in wanted]), strict=True):
            place = self.target / one.path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
            self._written.add(one.path)

    def _commit(self, revision: str) -> str:
        options = ("--verify", "--quiet", "--end-of-options")
        status, printed, said = self._git("rev-parse", *options, f"{revision}^{{tree}}")
        if status != 0:
            raise PluginkitError(
                f"git:{revision}: {said.strip().removeprefix('fatal: ') or 'no such revision'}",
                hint="name a branch, a tag or a commit of this clone; a shallow one has few: `git fetch --unshallow`",
            )
        return printed.decode("ascii", "replace").strip()

    def _listed(self) -> Iterator[_Blob]:
        status, printed, said = self._git("ls-tree", "-r", "-z", "--full-tree", self.commit)
        if status != 0:
            raise PluginkitError(f"git ls-tree: {said.strip()}")
        for entry in printed.split(b"\0"):
            head, _, path = entry.decode("utf-8", "surrogateescape").partition("\t")
            mode, _, rest = head.partition(" ")
            if mode in _REGULAR and _is_safe(path):
                yield _Blob(rest.partition(" ")[2], path)

    def _contents(self, objects: Sequence[str]) -> Iterator[bytes]:
        if not objects:
            return
        status, printed, said = self._git("cat-file", "--batch", stdin="".join(f"{one}\n" for one in objects).encode())
        position = 0
        for name in objects:
            end = printed.find(b"\n", position)
            head = printed[position:end].split(b" ") if end > 0 else []
            if len(head) != 3 or head[1] != b"blob":
                raise PluginkitError(
                    f"git has no object {name}: {said.strip() or f'exit status {status}'}",
                    hint="the clone is incomplete: fetch what it lacks with `git fetch`",
                )
            size = int(head[2])
            yield printed[end + 1 : end + 1 + size]
            position = end + size + 2

    def _git(self, *arguments: str, stdin: bytes = b"") -> tuple[int, bytes, str]:
        git = find_program("git")
        if git is None:
            raise PluginkitError("no git found", hint="install git, or name a directory instead of git:REV")
        return _asked(git, self.root, self.root, *arguments, stdin=stdin)


def files_at(directory: Path) -> tuple[str, ...] | None:
    """Return the files below a directory that are tracked, or untracked and not ignored, relative to it.

    None where git is not installed, or the directory is not in a repository. Nothing of the repository is run.
    """
    git, top = find_program("git"), repository_around(directory)
    if git is None or top is None:
        return None
    listing = ("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    status, printed, _ = _asked(git, top, directory, *listing)
    if status != 0:
        return None
    return tuple(sorted({os.fsdecode(name) for name in printed.split(b"\0") if name}))


def _asked(git: str, top: Path, place: Path, *arguments: str, stdin: bytes = b"") -> tuple[int, bytes, str]:
    """Run git in a place of a repository: whoever owns that, nothing of it is run.

    Which repository that is, and what its files are, does not depend on `core.worktree`, nor on whether the place looks
    like a bare one. Raises PluginkitError where git does not end.
    """
    options = [part for one in _SETTINGS for part in ("-c", one)]
    options += [f"--git-dir={top / '.git'}", f"--work-tree={top}"]
    command: list[str | Path] = [git, "--no-pager", *options, "-C", place, *arguments]
    status, printed, said = run_bytes(command, stdin=stdin, extra=_ENVIRONMENT, seconds=_PATIENCE)
    if status == TIMED_OUT:
        raise PluginkitError(
            f"{top}: git {arguments[0]} has not ended after {_PATIENCE} s",
            hint="look for a pipe where git reads a file, as `.gitignore` or `.git/index`: `find . -type p`",
        )
    return status, printed, said


def repository_around(place: Path) -> Path | None:
    """Return the top directory of the repository that a place is in; None where it is in none."""
    directories = (place.resolve(), *place.resolve().parents)
    return next((one for one in directories if (one / ".git").exists()), None)


def _top(place: Path) -> Path:
    if top := repository_around(place):
        return top
    raise PluginkitError(f"{place}: not in a git repository", hint="git:REV reads the repository around this directory")


def _is_within(path: str, directory: str) -> bool:
    return not directory or path == directory or path.startswith(f"{directory}/")


def _is_safe(path: str) -> bool:
    """Return whether a path stays below the directory it is written to; git's own tools write no others."""
    parts = PurePosixPath(path).parts
    return bool(parts) and not path.startswith("/") and ".." not in parts and ".git" not in parts and "\\" not in path

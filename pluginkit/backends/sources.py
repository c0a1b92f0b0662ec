"""Which files of a member are its sources, and their digests."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pluginkit.backends.git import files_at
from pluginkit.core.errors import PluginkitError
from pluginkit.core.files import refuse_special
from pluginkit.incremental.entries import entry, is_junk

_HARMLESS = frozenset(("__pycache__", ".git", ".DS_Store"))
"""No backend ships these; of other junk below a member's own directory nobody knows."""
_READ_UNASKED = (
    "licen", "copying", "notice", "authors", "readme", "pyproject.", "setup.", "hatch.", ".gitignore", ".hgignore",
)  # fmt: skip
"""How names begin that backends look for beside the manifest."""


@dataclass(frozen=True, slots=True)
class Sources:
    """The source files of a member."""

    files: Mapping[str, str]
    """Name in the member to digest of mode and bytes."""
    places: tuple[str, ...]
    """Directories in which they were looked for, relative to the member; `.` for itself."""
    exact: bool
    """Nothing that a backend may ship was left out."""
    dropped: frozenset[str] = frozenset()
    """Files in the member's own directory that were left out as git ignores them."""
    is_ignored: bool = False
    """Git ignores the member as a whole."""


def read_sources(root: Path, path: str, listed: frozenset[str] | None) -> Sources:
    """Return the source files of the member in `root/path`.

    Left out is what git ignores (`listed` is what it does not, see `list_sources`): backends write version
    files and the like there, and a fresh checkout has none. Left out everywhere is what tools leave behind
    (caches, environments, `build`, `dist`, bytecode, `*.egg-info`) and workspaces nested in the member.
    Symlinks to files count as their target's bytes; symlinks to directories as their text, so that no
    loop can form.
    """
    directory = os.path.normpath(root / path)
    walk = _Walk()
    walk.through(directory, "")
    prefix = "" if path == "." else f"{path}/"
    chosen = [name for name in walk.found if listed is None or f"{prefix}{name}" in listed]
    # A member that git ignores as a whole is a copy in somebody's scratch directory: then all of it counts.
    is_ignored = not chosen and bool(walk.found)
    chosen = sorted(chosen or walk.found)
    for name in chosen:
        if not name.isprintable():
            raise PluginkitError(f"{directory}: {name!r} is not a name that every system can write", hint="rename it")
    files = {name: entry(walk.found[name]) for name in chosen}
    dropped = walk.found.keys() - files.keys()
    unsure = walk.unsure or any(digest.startswith("link ") for digest in files.values())
    exact = not (unsure or any(map(_may_count, dropped)))
    top = frozenset(name for name in dropped if "/" not in name)
    return Sources(files, tuple(walk.places), exact, top, is_ignored)


def _may_count(name: str) -> bool:
    """Return whether a file that git ignores may change a wheel."""
    return "/" in name or name.lower().startswith(_READ_UNASKED)


def still(directory: Path, sources: Mapping[str, str]) -> bool:
    """Return whether those files are what they were; others may have come, as backends leave some."""
    try:
        return all(entry(str(directory / name)) == digest for name, digest in sources.items())
    except OSError:
        return False


def list_sources(root: Path) -> frozenset[str] | None:
    """Return the files beneath `root` that git tracks or at least does not ignore; None outside of git.

    What is ignored is what the repository's own files say, and not what a user ignores everywhere.
    """
    listed = files_at(root)
    return None if listed is None else frozenset(listed)


class _Walk:
    """A way through a member's directories."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        """Name of what may be a source, to its path."""
        self.places: list[str] = []
        self.unsure = False
        """Something was left out that a backend may ship."""

    def through(self, directory: str, prefix: str) -> None:
        """Find what may be a source in a directory and those below; `prefix` comes before its names."""
        with os.scandir(directory) as entries:
            found = list(entries)
        self.places.append(prefix.rstrip("/") or ".")
        if prefix and any(one.name == "pluginkit.lock" for one in found):
            self.unsure = True
            return
        for one in found:
            if is_junk(one.name, top=not prefix):
                self.unsure |= bool(prefix) and one.name not in _HARMLESS and not one.name.endswith(".pyc")
                continue
            name = f"{prefix}{one.name}"
            if one.is_dir(follow_symlinks=False):
                self.through(one.path, f"{name}/")
            elif one.is_file() or one.is_symlink():
                self.found[name] = one.path
            else:
                refuse_special(Path(one.path))

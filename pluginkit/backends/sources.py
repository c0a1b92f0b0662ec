"""Which files of a member are its sources, and their digests."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from pluginkit.backends.process import run
from pluginkit.core.errors import PluginkitError

# fmt: off
_JUNK = frozenset((
    ".git", ".hg", ".svn", ".venv", "venv", ".tox", ".nox", ".eggs", ".cache", ".idea", ".vscode", ".pluginkit",
    ".hypothesis", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".import_linter_cache", ".pdm-build", "__pycache__",
    "node_modules", ".DS_Store", ".coverage",
))
# fmt: on
_TOP_JUNK = frozenset(("build", "dist", "PKG-INFO"))
"""Left by build front ends and sdists in the member's own directory; deeper it may be a package."""


def read_sources(root: Path, path: str, listed: frozenset[str] | None) -> dict[str, str]:
    """Return the source files of the member in `root/path`: name in the member, and digest of mode and bytes.

    Left out is what git ignores (`listed` is what it does not, see `list_sources`): backends write version
    files and the like there, and a fresh checkout has none. Left out everywhere is what tools leave behind
    (caches, environments, `build`, `dist`, bytecode, `*.egg-info`) and workspaces nested in the member.
    Symlinks to files count as their target's bytes; symlinks to directories as their text, so that no
    loop can form.
    """
    directory = os.path.normpath(root / path)
    found = dict(sorted(_walk(directory, "", nested=False)))
    prefix = "" if path == "." else f"{path}/"
    chosen = [name for name in found if listed is None or f"{prefix}{name}" in listed]
    # A member that git ignores as a whole is a copy in somebody's scratch directory: then all of it counts.
    for name in chosen or found:
        if not name.isprintable():
            raise PluginkitError(f"{directory}: {name!r} is no name that every system can write", hint="rename it")
    return {name: entry(found[name]) for name in chosen or found}


def still(directory: Path, sources: Mapping[str, str]) -> bool:
    """Tell whether those files are what they were; others may have come, as backends leave some."""
    try:
        return all(entry(str(directory / name)) == digest for name, digest in sources.items())
    except OSError:
        return False


def list_sources(root: Path) -> frozenset[str] | None:
    """Return the files beneath `root` that git tracks or at least does not ignore; None outside of git."""
    if not any((directory / ".git").exists() for directory in (root, *root.parents)):
        return None
    try:
        done = run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=root)
    except PluginkitError:  # no git at hand
        return None
    return frozenset(done.stdout.split("\0")) if done.status == 0 else None


def is_junk(name: str, *, top: bool) -> bool:
    """Tell whether a file or directory of that name is no source; `top`: it lies in the member itself."""
    return name in _JUNK or name.endswith((".pyc", ".egg-info")) or (top and name in _TOP_JUNK)


def entry(path: str) -> str:
    """Return what of a source file counts: its kind, its executable bit and the sha256 of its bytes."""
    if os.path.islink(path) and not os.path.isfile(path):  # noqa: PTH113, PTH114 - thousands of them
        return "link " + hashlib.sha256(os.fsencode(os.readlink(path))).hexdigest()  # noqa: PTH115
    with open(path, "rb") as file:  # noqa: PTH123
        kind = "exec " if os.fstat(file.fileno()).st_mode & 0o100 else "file "
        return kind + hashlib.sha256(file.read()).hexdigest()


def _walk(directory: str, prefix: str, *, nested: bool) -> Iterator[tuple[str, str]]:
    """Yield (name, path) of what may be a source."""
    with os.scandir(directory) as entries:
        found = list(entries)
    if nested and any(entry.name == "pluginkit.lock" for entry in found):
        return
    for entry in found:
        if is_junk(entry.name, top=not nested):
            continue
        name = f"{prefix}{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(entry.path, f"{name}/", nested=True)
        elif entry.is_file() or entry.is_symlink():
            yield name, entry.path
        else:
            raise PluginkitError(f"{entry.path}: a pipe, socket or device among the sources", hint="move it away")

"""Which files of a member are its sources, and their digest."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

# fmt: off
_JUNK = frozenset((
    ".git", ".hg", ".svn", ".venv", "venv", ".tox", ".nox", ".eggs", ".cache", ".idea", ".vscode", ".pluginkit",
    ".hypothesis", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".import_linter_cache", "__pycache__",
    "node_modules", ".DS_Store", ".coverage",
))
# fmt: on
_TOP_JUNK = frozenset(("build", "dist", "PKG-INFO"))
"""Left by build front ends and sdists in the member's own directory; deeper it may be a package."""


def source_digest(root: Path) -> str:
    """Return `sha256:` over every source file beneath `root`: its path, executable bit and bytes.

    Left out are what tools leave behind (caches, environments, version control, `build`, `dist`,
    bytecode, `*.egg-info`) and workspaces nested in it. Symlinks to files count as their target's
    bytes; symlinks to directories as their text, so that no loop can form.
    """
    total = hashlib.sha256()
    for name, path in sorted(_walk(str(root), "", nested=False)):
        total.update(_entry(name, path))
    return "sha256:" + total.hexdigest()


def _entry(name: str, path: str) -> bytes:
    encoded = os.fsencode(name)
    if os.path.islink(path) and not os.path.isfile(path):  # noqa: PTH113, PTH114 - thousands of them
        kind, digest = b"link", hashlib.sha256(os.fsencode(os.readlink(path))).digest()  # noqa: PTH115
    else:
        with open(path, "rb") as file:  # noqa: PTH123
            digest = hashlib.sha256(file.read()).digest()
            kind = b"exec" if os.fstat(file.fileno()).st_mode & 0o100 else b"file"
    return b"%d %s %s " % (len(encoded), encoded, kind) + digest


def _walk(directory: str, prefix: str, *, nested: bool) -> Iterator[tuple[str, str]]:
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


def is_junk(name: str, *, top: bool) -> bool:
    """Tell whether a file or directory of that name is no source; `top`: it lies in the member itself."""
    return name in _JUNK or name.endswith((".pyc", ".egg-info")) or (top and name in _TOP_JUNK)

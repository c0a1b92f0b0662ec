"""What of a file or a directory counts as an input of a build."""

from __future__ import annotations

import os

# fmt: off
_JUNK = frozenset((
    ".git", ".hg", ".svn", ".venv", "venv", ".tox", ".nox", ".eggs", ".cache", ".pluginkit",
    ".hypothesis", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".import_linter_cache", ".pdm-build", "__pycache__",
    "node_modules", ".DS_Store", ".coverage",
))
# fmt: on
_TOP_JUNK = frozenset(("build", "dist", "PKG-INFO", ".idea", ".vscode"))
"""Left by build front ends, sdists and editors in the member's own directory; deeper it may be in a package."""


JUNK = _JUNK | _TOP_JUNK
"""Names in the member's own directory that are no sources."""


def is_junk(name: str, *, top: bool) -> bool:
    """Return whether a file or directory of that name is not a source; `top`: it lies in the member itself."""
    return name in _JUNK or name.endswith((".pyc", ".egg-info")) or (top and name in _TOP_JUNK)


def entry(path: str) -> str:
    """Return what of a source file counts: its kind, its executable bit and the sha256 of its bytes."""
    import hashlib

    if os.path.islink(path) and not os.path.isfile(path):  # noqa: PTH113, PTH114 - thousands of them
        return "link " + hashlib.sha256(os.fsencode(os.readlink(path))).hexdigest()  # noqa: PTH115
    with open(path, "rb") as file:  # noqa: PTH123
        kind = "exec " if os.fstat(file.fileno()).st_mode & 0o100 else "file "
        return kind + hashlib.sha256(file.read()).hexdigest()


def listing(directory: str, *, top: bool) -> list[str]:
    """Return the names in a directory that may be sources, sorted."""
    return sorted(name for name in os.listdir(directory) if not is_junk(name, top=top))  # noqa: PTH208

"""The ignore files that hatchling goes by: the nearest one at or above a member, up to the repository's root."""

from collections.abc import Iterable, Iterator
from pathlib import Path

_NAMES = ((".gitignore", ".git"), (".hgignore", ".hg"))
"""The file, and what marks the root of a repository."""


def ignore_files(directory: Path) -> list[Path]:
    """Return the ignore files that hatchling reads for a member in `directory`."""
    return [found for name, mark in _NAMES for found in _nearest(directory, name, mark)]


def candidates(directories: Iterable[Path]) -> Iterator[Path]:
    """Yield what would be such a file above members in `directories`, whether it is there or not."""
    nearest = {directory.parent for directory in directories}
    above = {one for directory in nearest for one in (directory, *directory.parents)}
    yield from (directory / name for directory in sorted(above) for name, _ in _NAMES)


def _nearest(directory: Path, name: str, mark: str) -> Iterator[Path]:
    for place in (directory, *directory.parents):
        if (place / name).is_file():
            yield place / name
            return
        if (place / mark).exists():
            return

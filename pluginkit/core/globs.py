"""Globs as artifacts and configurations spell them: `*`, `?` and `[...]` over names and paths, case and all."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_LENGTH = 500
"""Characters. fnmatch takes time quadratic in brackets that are not closed, and a longer glob stands for nothing."""


def matches(name: str, globs: Iterable[str]) -> bool:
    """Return whether a name is one that any of the globs stands for."""
    import fnmatch

    return any(len(glob) <= MAX_LENGTH and fnmatch.fnmatchcase(name, glob) for glob in globs)

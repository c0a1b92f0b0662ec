"""The build that finds nothing to do, before anything is imported that it does not need."""

from __future__ import annotations

import os

from pluginkit.incremental.stat_index import look

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pluginkit.incremental.stat_index import Snapshot


def snapshot_of(arguments: Sequence[str]) -> Snapshot | None:
    """Return what has changed since the last build, where `pluginkit build ARGUMENTS` is told nothing special."""
    directory = _directory(arguments)
    if directory is None:
        return None
    return look("" if directory == "." else f"{directory.rstrip('/')}/", os.environ)


def unchanged(snapshot: Snapshot) -> str:
    """Return what to say where a build has nothing to do; nothing where that is not known.

    It has not where all that the last build read, and all that it made, is as it was: by size, times and inode, or
    for what was only touched by its bytes. No process is started, and nothing is parsed.
    """
    if not (snapshot.same_environment and snapshot.same_release and snapshot.same_verdict and snapshot.index.said):
        return ""
    if snapshot.changed:
        from pluginkit.incremental.last_build import refresh

        if not refresh(snapshot):
            return ""
    return f"{snapshot.index.prefix}dist: {snapshot.index.said}"


_INDIFFERENT = ("--locked", "--explain", "--remote-cache-read-only")


def _is_jobs(one: str) -> bool:
    return one.startswith("-j") and one[2:].isdecimal()


def _directory(arguments: Sequence[str]) -> str | None:
    """Return the workspace that a plain `build` is about; None where it is told more than that."""
    named: list[str] = []
    ahead = iter(arguments)
    for one in ahead:
        if one == "--remote-cache":
            next(ahead, None)
        elif one not in _INDIFFERENT and not one.startswith("--remote-cache=") and not _is_jobs(one):
            named.append(one)
    if not named:
        return "."
    return named[0] if len(named) == 1 and not named[0].startswith("-") and "\0" not in named[0] else None

"""The build that finds nothing to do, before anything is imported that it does not need."""

from __future__ import annotations

import os

from pluginkit.core.key_mark import mark_of_given
from pluginkit.incremental.stat_index import look

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pluginkit.incremental.stat_index import Snapshot


def snapshot_of(arguments: Sequence[str]) -> Snapshot | None:
    """Return what has changed since the last build, where `pluginkit build ARGUMENTS` is told nothing special."""
    directory, key = _directory(arguments), _key(arguments)
    signer = mark_of_given(key, os.environ)
    if directory is None or signer is None:
        return None
    return look("" if directory == "." else f"{directory.rstrip('/')}/", os.environ, signer)


def unchanged(snapshot: Snapshot) -> str:
    """Return what to say where a build has nothing to do; nothing where that is not known.

    It has not where all that the last build read, and all that it made, is as it was: by size, times and inode, or
    for what was only touched by its bytes. No process is started, and nothing is parsed.
    """
    same = snapshot.same_environment and snapshot.same_release and snapshot.same_verdict and snapshot.same_signer
    if not (same and snapshot.index.said):
        return ""
    if snapshot.changed:
        from pluginkit.incremental.last_build import refresh

        if not refresh(snapshot):
            return ""
    return f"{snapshot.index.prefix}dist: {snapshot.index.said}"


_INDIFFERENT = ("--locked", "--explain", "--remote-cache-read-only")
_WITH_VALUE = ("--remote-cache", "--sign-with")
_JOINED = tuple(f"{one}=" for one in _WITH_VALUE)


def _key(arguments: Sequence[str]) -> str:
    """Return the file that the last `--sign-with` names; empty where there is none."""
    found = ""
    for number, one in enumerate(arguments):
        if one == "--sign-with":
            found = "".join(arguments[number + 1 : number + 2])
        elif one.startswith("--sign-with="):
            found = one.removeprefix("--sign-with=")
    return found


def _is_jobs(one: str) -> bool:
    return one.startswith("-j") and one[2:].isdecimal()


def _directory(arguments: Sequence[str]) -> str | None:
    """Return the workspace that a plain `build` is about; None where it is told more than that."""
    named: list[str] = []
    ahead = iter(arguments)
    for one in ahead:
        if one in _WITH_VALUE:
            next(ahead, None)
        elif one not in _INDIFFERENT and not one.startswith(_JOINED) and not _is_jobs(one):
            named.append(one)
    if not named:
        return "."
    return named[0] if len(named) == 1 and not named[0].startswith("-") and "\0" not in named[0] else None

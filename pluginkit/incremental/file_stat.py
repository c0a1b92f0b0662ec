"""Whether a file is as it was, by its stat: the one implementation, for builds and for hosts that start.

It works as git's index does. Size, times and inode stand in a signature; nobody can set the time of change
(`st_ctime`) of a file. What was changed in the very tick of the clock in which it was looked at has no signature, and
is looked at again.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

UNKNOWN = "?"
"""The signature on record for what may have changed since; it equals none."""
ABSENT = "-"
"""The signature of what is not there."""
TICK = 12_000_000
"""Nanoseconds; file systems take their times from a clock that may stand still for 10 ms."""
_COARSE = 2_000_000_000
"""The tick of file systems that keep whole seconds only."""


def signatures(places: Sequence[str]) -> list[str]:
    """Return times, size and inode of each file or directory in one word; `ABSENT` for one that is not there."""
    stat = os.stat
    try:
        found = [stat(place) for place in places]
    except OSError:
        return [_signature(place) for place in places]
    return [f"{one.st_mtime_ns} {one.st_ctime_ns} {one.st_size} {one.st_ino}" for one in found]


def _signature(place: str) -> str:
    try:
        one = os.stat(place)  # noqa: PTH116 - pathlib is not imported here
    except (OSError, ValueError):
        return ABSENT
    return f"{one.st_mtime_ns} {one.st_ctime_ns} {one.st_size} {one.st_ino}"


def settled(signature: str, since: int) -> str:
    """Return the signature, or `UNKNOWN` where the file may have changed since (nanoseconds of its own clock)."""
    if signature == ABSENT:
        return signature
    modified, changed = map(int, signature.split(" ")[:2])
    tick = TICK if modified % 1_000_000_000 or changed % 1_000_000_000 else _COARSE
    return signature if max(modified, changed) < since - tick else UNKNOWN


def now(prefix: str) -> int:
    """Return the time by the clock of a workspace's file system, in nanoseconds; 0 where that cannot be told."""
    try:
        handle = os.open(f"{prefix}.pluginkit/clock", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            os.utime(handle)
            return os.fstat(handle).st_mtime_ns
        finally:
            os.close(handle)
    except OSError:
        return 0

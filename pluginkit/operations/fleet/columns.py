"""The hosts of a fleet, each a column: what it offers, and what has to be as it was for its verdicts to hold."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from pluginkit.core.digest import sha256
from pluginkit.core.errors import PluginkitError
from pluginkit.core.fleet import FleetHost
from pluginkit.core.frozen import record, replace
from pluginkit.core.release import NAME
from pluginkit.core.verdict import Evidence, HostSide, Verdict
from pluginkit.incremental.file_stat import UNKNOWN, settled, signatures
from pluginkit.operations.fleet.policy import Policy, versions
from pluginkit.operations.targets import host_sides, is_workspace
from pluginkit.rules.pairs import Pairs
from pluginkit.stages.verify import with_loaders

_LOADERS = ("/etc/ld.so.cache", "/etc/ld.so.conf")
"""What changes when shared libraries come or go."""


@record
class Column:
    """One host."""

    host: FleetHost
    judge: Callable[[Evidence, Path | None], tuple[Verdict, HostSide]]
    """Returns what it makes of one artifact, which lies at a place, and the host's side that it was compared with."""


def columns_at(place: Path, policy: Policy, note: Callable[[str], None]) -> list[Column]:
    """Read the hosts at a place. Raises PluginkitError where there is none."""
    try:
        sides = host_sides([place], (), {}, note, unstamped=policy.unstamped, trust=policy.trust)
    except PluginkitError:
        if not place.is_dir():
            raise
        return [_bare(place, policy)]  # an environment: plugins say which APIs of it they are for
    return [_column(side, policy) for side in with_loaders(sides, policy.sysroot)]


def _column(side: HostSide, policy: Policy) -> Column:
    host, pairs = side.host, Pairs(side)
    found = FleetHost(host.label, host.name, host.language, versions(host.apis), host.platform)

    def judge(one: Evidence, place: Path | None) -> tuple[Verdict, HostSide]:
        return pairs.verdict(policy.prepared(one, place, side)), side

    return Column(found, judge)


def _bare(place: Path, policy: Policy) -> Column:
    """Return the column of an environment in which nothing has a stamp: its side depends on the plugin's APIs."""
    known: dict[object, Column] = {}

    def judge(one: Evidence, at: Path | None) -> tuple[Verdict, HostSide]:
        key = one.stamp and tuple((api.name, api.modules) for api in one.stamp.apis)
        if key is None or key not in known:
            (side,) = host_sides([place], (), {at or Path(one.subject): [one]}, _silent, unstamped=policy.unstamped)
            known[key] = _column(replace(side), policy)
        return known[key].judge(one, at)

    return Column(FleetHost(str(place), str(place), "python", ()), judge)


def _silent(_text: str) -> None:
    """Say nothing: it was said when the column was made."""


def signature(place: Path, policy: Policy) -> str:
    """Return a digest that changes with anything that verdicts of the hosts at a place rest on; empty: not known."""
    if is_workspace(place):
        return ""  # its lock decides, and what its files say: that is read anew
    top = place if place.is_dir() else place.parent if (place.parent / NAME).is_file() else place
    begun = time.time_ns()
    files = list(_files(str(top))) if top.is_dir() else [str(top)]
    stats = [settled(one, begun) for one in signatures(files)]
    if UNKNOWN in stats:
        return ""
    sysroot = str(policy.sysroot or "")
    libraries = [os.environ.get("LD_LIBRARY_PATH", ""), sysroot, *signatures([f"{sysroot}{path}" for path in _LOADERS])]
    told = [str(place), *(text for pair in zip(files, stats, strict=True) for text in pair), *libraries]
    return sha256("\0".join(told).encode("utf-8", "surrogateescape"))


def _files(top: str) -> Iterator[str]:
    """Yield all files beneath a directory, in order."""
    for directory, names, files in os.walk(top, followlinks=False):
        names.sort()
        yield from (f"{directory}/{name}" for name in sorted(files) if not name.endswith(".pyc"))

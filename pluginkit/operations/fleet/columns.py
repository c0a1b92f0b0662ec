"""The hosts of a fleet, each a column: what it offers, and what has to be as it was for its verdicts to hold."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from pluginkit.backends.python.roots import import_roots
from pluginkit.core.api import Contract
from pluginkit.core.digest import sha256
from pluginkit.core.errors import PluginkitError
from pluginkit.core.fleet import FleetHost
from pluginkit.core.frozen import record, replace
from pluginkit.core.names import requirement_name
from pluginkit.core.release import NAME
from pluginkit.core.urls import without_credentials
from pluginkit.core.verdict import Evidence, Host, HostSide, Verdict
from pluginkit.incremental.file_stat import UNKNOWN, settled, signatures
from pluginkit.operations.fleet.policy import Policy, versions
from pluginkit.operations.host_places import bounds_of
from pluginkit.operations.targets import WithheldError, host_sides, is_workspace
from pluginkit.rules import judge as judge_all
from pluginkit.rules.pairs import Pairs
from pluginkit.stages.verify import read_artifacts, with_loaders

_LIBRARIES = ("/etc/ld.so.cache", "/etc/ld.so.conf", "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib")
"""What changes when shared libraries come or go, of a machine or below a sysroot."""


_MOST = 100_000
"""Files of a host that are looked at; one of more is read anew."""


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
    except WithheldError as error:
        return [_withheld(place, error.evidences, policy)]
    except PluginkitError:
        found = without_stamp(place, policy)
        if found is None:
            raise
        return [_bare(place, found, policy)]  # plugins say which APIs of it they are for
    return [_column(side, policy) for side in with_loaders(sides, policy.sysroot)]


def _column(side: HostSide, policy: Policy) -> Column:
    pairs = Pairs(side)

    def judge(one: Evidence, place: Path | None) -> tuple[Verdict, HostSide]:
        return pairs.verdict(policy.prepared(one, place, side)), side

    return Column(_described(side.host), judge)


def _withheld(place: Path, evidences: Sequence[Evidence], policy: Policy) -> Column:
    """Return the column of what nobody signed as the trust asks: no plugin fits, as nothing is known of the host."""
    side = HostSide(Host(str(place), place.name, (), Contract(), language=evidences[0].language))

    def judge(one: Evidence, at: Path | None) -> tuple[Verdict, HostSide]:
        others = [evidence for evidence in evidences if evidence.subject != one.subject]
        (verdict,) = judge_all([policy.prepared(one, at, side), *others], (), trusted=policy.trust)
        return verdict, side

    return Column(_described(side.host), judge)


def without_stamp(place: Path, policy: Policy) -> Host | None:
    """Return a host without APIs for an environment or a wheel that is not a stamped host; None for all else."""
    if place.is_dir():
        return bounds_of(place)
    one = read_artifacts(place, trust=policy.trust)[0] if place.suffix == ".whl" and place.is_file() else None
    if one is None or not one.readable or (one.stamp and one.stamp.kind == "plugin"):
        return None
    return Host(str(place), one.name, (), Contract(), language=one.language)


def _bare(place: Path, found: Host, policy: Policy) -> Column:
    """Return the column of a host in which nothing has a stamp: its side depends on the plugin's APIs.

    A plugin is compared with the host `found`, which has none, where none of its APIs is there.
    """
    known: dict[object, Column] = {}

    def its(one: Evidence, at: Path) -> Column:
        given = {at: [one]}
        try:
            sides = host_sides([place], (), given, _silent, unstamped=policy.unstamped, trust=policy.trust)
        except PluginkitError:
            return _column(HostSide(found), policy)
        return _column(sides[0], policy)

    def judge(one: Evidence, at: Path | None) -> tuple[Verdict, HostSide]:
        lies = at or Path(one.subject)
        key = _asked(one, lies == place)
        if key is None:
            return its(one, lies).judge(one, at)
        if key not in known:
            known[key] = its(one, lies)
        return known[key].judge(one, at)

    return Column(_described(found), judge)


def _asked(one: Evidence, is_there: bool) -> object:
    """Return what of a plugin decides on the side of a host without a stamp; None where only its files tell."""
    if one.stamp is None:
        return None
    apis = tuple((api.name, api.digest) for api in one.stamp.apis)
    return apis, one.stamp.contract, frozenset(map(requirement_name, one.requires)), is_there, one.readable


def labelled(hosts: Sequence[FleetHost], named: str, place: Path) -> tuple[FleetHost, ...]:
    """Return the hosts at a place, which was named so: of a URL they are called by that, and not by where it is kept.

    Several at one URL are told apart by the rest of their paths.
    """
    if "://" not in named:
        return tuple(hosts)
    url = without_credentials(named)
    if len(hosts) == 1:
        return (replace(hosts[0], label=url),)
    top = url.removesuffix(f"/{NAME}")
    return tuple(replace(host, label=f"{top}{host.label.removeprefix(str(place))}") for host in hosts)


def _described(host: Host) -> FleetHost:
    return FleetHost(host.label, host.name, host.language, versions(host.apis), host.platform)


def _silent(_text: str) -> None:
    """Say nothing: it was said when the column was made."""


def signature(place: Path, policy: Policy) -> str:
    """Return a digest that changes with anything that verdicts of the hosts at a place rest on; empty: not known."""
    if is_workspace(place):
        return ""  # its lock decides, and what its files say: that is read anew
    top = place if place.is_dir() else place.parent if (place.parent / NAME).is_file() else place
    begun = time.time_ns()
    files = [str(top)]
    if top.is_dir():
        files = list(islice(_files([str(top), *map(str, import_roots(top))]), _MOST))
    stats = [settled(one, begun) for one in signatures(files)]
    if UNKNOWN in stats or len(files) == _MOST:
        return ""
    told = [str(place), *(text for pair in zip(files, stats, strict=True) for text in pair), *_libraries(policy)]
    return sha256("\0".join(told).encode("utf-8", "surrogateescape"))


def _files(tops: Sequence[str]) -> Iterator[str]:
    """Yield all files beneath directories, whatever links lead to them, in order."""
    entered, left = set(), [*reversed(tops)]
    while left:
        directory = left.pop()
        real = os.path.realpath(directory)
        if real in entered:
            continue
        entered.add(real)
        _, names, files = next(os.walk(directory), ("", (), ()))
        yield from (f"{directory}/{name}" for name in sorted(files) if not name.endswith(".pyc"))
        left += (f"{directory}/{name}" for name in sorted(names, reverse=True) if name != "__pycache__")


def _libraries(policy: Policy) -> Iterator[str]:
    """Yield what changes when the libraries do that the dynamic loader finds."""
    root = str(policy.sysroot or "")
    inherited = os.environ.get("LD_LIBRARY_PATH", "")
    ours = sorted(str(path) for above in ("lib", "usr/lib") for path in Path(root or "/", above).glob("*-linux-*"))
    places = [*(f"{root}{path}" for path in _LIBRARIES), *ours, *filter(None, inherited.split(":"))]
    yield from (root, inherited, *places, *signatures(places))

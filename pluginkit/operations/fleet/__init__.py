"""Many plugins in many releases, many hosts -> which fit which: what `pluginkit fleet` asks for."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from pluginkit.core.errors import PluginkitError
from pluginkit.core.fleet import Fit, Fleet, FleetHost, PluginRelease
from pluginkit.core.frozen import record, replace
from pluginkit.core.names import normalize
from pluginkit.core.urls import shown
from pluginkit.operations.fleet.candidates import Candidate
from pluginkit.operations.fleet.columns import Column, columns_at, labelled, signature
from pluginkit.operations.fleet.local import Links
from pluginkit.operations.fleet.memory import Known, Memory
from pluginkit.operations.fleet.order import newest_first
from pluginkit.operations.fleet.pairs import judged
from pluginkit.operations.fleet.places import candidates_of
from pluginkit.operations.fleet.policy import Policy, policy_of
from pluginkit.operations.fleet.remote import Remote, prepared
from pluginkit.operations.host_places import local

_Row = tuple[PluginRelease | None, tuple[Fit | None, ...]]


@record
class FleetOptions:
    """What a run of `fleet` is asked."""

    places: tuple[str, ...]
    """Paths and URLs of artifacts."""
    hosts: tuple[str, ...]
    """Paths, or URLs of a `release.json`."""
    plugins: tuple[str, ...] = ()
    """Patterns of the names of the plugins to look at (fnmatch); none: all."""
    unstamped: bool = False
    trust: Path | None = None
    sysroot: Path | None = None
    download: bool = False
    """Fetch whole what a server does not give in ranges."""
    note: Callable[[str], None] = lambda text: None


def fleet(options: FleetOptions) -> Fleet:
    """Return what each host makes of each release of each plugin at the places. Nothing of them is run.

    Every pair is judged as `verify` judges that artifact alone with that host. What is known from an earlier run is not
    read again. Raises PluginkitError where a place or a host cannot be read.
    """
    policy = policy_of(unstamped=options.unstamped, sysroot=options.sysroot, trust=options.trust)
    candidates = _candidates(options, policy)
    table = _Table(options, policy)
    rows = table.rows(candidates)
    found = [(release, fits) for release, fits in rows if release]
    if not found:
        raise _nothing(options)
    found.sort(key=lambda row: newest_first(row[0]))
    return Fleet(
        hosts=table.hosts,
        releases=tuple(release for release, _ in found),
        fits=tuple(fits for _, fits in found),
        left_out=len(rows) - len(found),
    )


def _nothing(options: FleetOptions) -> PluginkitError:
    places = tuple(map(shown, options.places))
    where = ", ".join(places)
    if not options.plugins:
        return PluginkitError(f"no plugin at {where}", hint="name where releases of plugins are")
    called = " or ".join(options.plugins)
    hosts = " ".join(f"--host {shlex.quote(shown(one))}" for one in options.hosts)
    return PluginkitError(
        f"no plugin that is called {called} at {where}",
        hint=f"show what there is with `pluginkit fleet {shlex.join(places)} {hosts}`",
    )


class _Table:
    """The columns, and what is known of the rows already."""

    def __init__(self, options: FleetOptions, policy: Policy) -> None:
        self._policy, self._note = policy, options.note
        where = [str(Path.cwd()), *options.places, "", *options.plugins]
        self._memory = Memory([*where, "", *policy.key])
        self._named = list(dict.fromkeys(options.hosts))
        self._places = [local(host) for host in self._named]
        self._signatures = [signature(place, policy) for place in self._places]
        self._columns: list[Column] | None = None
        known = [self._memory.hosts.get(mark, ()) for mark in self._signatures]
        self._found: Sequence[Sequence[FleetHost]] = known if all(known) else self._read()

    @property
    def hosts(self) -> tuple[FleetHost, ...]:
        places = zip(self._found, self._named, self._places, strict=True)
        return tuple(host for some, named, place in places for host in labelled(some, named, place))

    @property
    def _marks(self) -> list[str]:
        """Return what each column is remembered by; what begins with `?` is not."""
        pairs = enumerate(zip(self._signatures, self._found, strict=True))
        return [f"{mark or '?'} {place} {number}" for place, (mark, some) in pairs for number in range(len(some))]

    def rows(self, candidates: Sequence[Candidate]) -> list[_Row]:
        """Return releases and their cells, None for an artifact that is not a plugin; remember them."""
        marks = self._marks
        known = [self._memory.known(one.subject, one.identity) for one in candidates]
        missing = [one.missing(marks) if one else tuple(range(len(marks))) for one in known]
        stale = [number for number, columns in enumerate(missing) if columns]
        if stale:
            self._read_columns()
            asked = [(candidates[number], missing[number]) for number in stale]
            prepared([candidate for candidate, _ in asked])
            for number, row in zip(stale, judged(asked, self._columns or (), self._policy), strict=True):
                old = known[number]
                fits = dict(zip((marks[index] for index in missing[number]), row.fits, strict=False))
                fits = {**(old.fits if old else {}), **fits}
                identity = candidates[number].identity if row.lasts else ""
                known[number] = Known(identity, row.release, fits, row.is_settled)
            self._keep(candidates, known, marks)
        return [(one.release, tuple(one.fits.get(mark) for mark in marks)) for one in known if one]

    def _keep(self, candidates: Sequence[Candidate], known: Sequence[Known | None], marks: Sequence[str]) -> None:
        lasting = [mark for mark in marks if not mark.startswith("?")]
        rows = [
            (one.subject, replace(its, fits={mark: its.fits.get(mark) for mark in lasting}))
            for one, its in zip(candidates, known, strict=True)
            if its and not (its.release and its.release.unread)
        ]
        self._memory.keep(
            {mark: found for mark, found in zip(self._signatures, self._found, strict=True) if mark}, rows
        )

    def _read(self) -> list[Sequence[FleetHost]]:
        """Read the hosts; return them by place."""
        read = [columns_at(place, self._policy, self._note) for place in self._places]
        self._columns = [column for some in read for column in some]
        return [[column.host for column in some] for some in read]

    def _read_columns(self) -> None:
        if self._columns is None:
            self._found = self._read()


def _candidates(options: FleetOptions, policy: Policy) -> Sequence[Candidate]:
    """Return the artifacts at the places, of the plugins that are asked for: each once, whatever links lead to it."""
    patterns = [normalize(pattern) for pattern in options.plugins]
    remote = Remote(options.plugins, whole=options.download, note=options.note)
    links, found = Links(), dict[str, Candidate]()
    for place in options.places:
        for one in candidates_of(place, remote, policy.trust):
            if not patterns or any(fnmatchcase(normalize(one.name), pattern) for pattern in patterns):
                real = links.followed(one.subject)
                if real not in found or _file_of(found[real].subject) != _file_of(real) == _file_of(one.subject):
                    found[real] = one
    return list(found.values())


def _file_of(path: str) -> str:
    return path.rpartition("/")[2]

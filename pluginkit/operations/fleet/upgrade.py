"""The host of now, the next host, and the plugins of both -> what the upgrade takes of each plugin."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from pluginkit.core import release
from pluginkit.core.errors import PluginkitError
from pluginkit.core.fleet import FleetPlugin
from pluginkit.core.frozen import replace
from pluginkit.core.upgrade import Upgrade, UpgradeApi, UpgradePlugin
from pluginkit.core.urls import SERVERS, shown, without_credentials
from pluginkit.operations import targets
from pluginkit.operations.diff.locations import is_environment
from pluginkit.operations.fleet import FleetOptions, fleet
from pluginkit.operations.fleet.explain import explained
from pluginkit.operations.fleet.places import places_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.core.fleet import Fleet
    from pluginkit.core.upgrade import Takes
    from pluginkit.core.verdict import Finding

_NOW, _NEXT = 0, 1
"""Columns of the table."""


def upgrade(options: FleetOptions, following: str) -> Upgrade:
    """Return what the upgrade from the one host of `options` to the host `following` takes of each plugin.

    In use is the newest release of a plugin that fits the host now: among those in the environments and releases that
    are named as places, where there are any, else among all. Plugins in the release of the next host can be installed
    with it. Nothing of them is run. Raises PluginkitError where a place or host cannot be read, where more than one
    host, or hosts of two languages, are named, or where no plugin in use works with the host now.
    """
    if len(options.hosts) != 1:
        raise PluginkitError(
            f"an upgrade starts from one host, and {len(options.hosts)} are named",
            hint="name the host that plugins work with now with one --host",
        )
    now = options.hosts[0]
    places = (*options.places, *_brought(following, options.places))
    asked = replace(options, hosts=(now, following), places=places)
    table = _paired(fleet(asked), now, following)
    language = table.hosts[_NOW].language
    used = _Used(options.places, following)
    mine = [_plugin(table, one, used) for one in table.plugins if one.language == language]
    if all(one.now is None for one in mine):
        words = [*map(shown, options.places), "--host", shown(now), *_policy(options)]
        raise PluginkitError(
            f"no plugin that is in use works with {shown(now)}",
            hint=f"see why with `pluginkit fleet {shlex.join(words)}`",
        )
    return Upgrade(
        table, tuple(explained(table, mine, asked)), tuple(_apis(table)), tuple(_notes(table, mine, language))
    )


def _policy(options: FleetOptions) -> list[str]:
    """Return the arguments that decide beside the host."""
    paths = [("--trust", options.trust), ("--sysroot", options.sysroot)]
    return [
        *(word for name, path in paths if path for word in (name, str(path))),
        *(["--unstamped"] if options.unstamped else []),
    ]


def _paired(table: Fleet, now: str, following: str) -> Fleet:
    """Return the table with two columns, where the two places have one host each, in one language."""
    hosts = table.hosts
    if now == following:  # then it has one column for both
        table = replace(table, hosts=hosts * 2, fits=tuple(fits * 2 for fits in table.fits))
        hosts = table.hosts
    if len(hosts) > 2:
        raise PluginkitError(
            f"an upgrade leads from one host to one, and {shown(now)} and {shown(following)} have {len(hosts)}: "
            f"{', '.join(one.label for one in hosts)}",
            hint="name the file of each, or the directory of one target",
        )
    if hosts[_NOW].language != hosts[_NEXT].language:
        raise PluginkitError(
            f"{shown(now)} is a host in {hosts[_NOW].language}, "
            f"and {shown(following)} is one in {hosts[_NEXT].language}"
        )
    return table


def _brought(following: str, places: Sequence[str]) -> Sequence[str]:
    """Return the release of the next host as a place: the plugins in it were made for that host."""
    if following.startswith(SERVERS):
        return () if following in places else (following,)
    path = Path(following)
    if not (path / release.NAME).is_file() or any(_same(path, Path(one)) for one in places):
        return ()
    return (following,)


def _same(one: Path, other: Path) -> bool:
    return one == other or (one.exists() and other.exists() and one.samefile(other))


class _Used:
    """Which releases can be in use: those in environments and releases, where any is among the places.

    Those that lie in the release of the next host are not, unless that is the only place.
    """

    def __init__(self, places: Sequence[str], following: str) -> None:
        every = [one for place in places for one in places_in(place)]
        others = [place for place in every if not _same(Path(following), Path(place))]
        self._roots = [root for place in others or every for root in _roots(place)]
        self._next = _roots(following) if others else ()

    def __call__(self, subject: str) -> bool:
        if self._roots:
            return _lies_in(subject, self._roots)
        return not _lies_in(subject, self._next)


def _lies_in(subject: str, roots: Sequence[str]) -> bool:
    return any(subject.startswith((f"{root}/", f"{root}: ")) for root in roots)


def _roots(place: str) -> Sequence[str]:
    """Return what the subjects of a place begin with where it is an environment or a release."""
    if place.endswith(f"/{release.NAME}"):
        return (without_credentials(place.removesuffix(f"/{release.NAME}")),)
    path = Path(place.removeprefix("file://"))
    if not path.is_dir():
        return ()
    if targets.is_workspace(path):
        return [str(one) for one in targets.releases_at(path)]
    return [str(path)] if is_environment(path) or (path / release.NAME).is_file() else ()


def _plugin(table: Fleet, plugin: FleetPlugin, used: _Used) -> UpgradePlugin:
    """Return one plugin by the table alone; one that no release fits as `unknown`, and yet to be explained."""

    def fits(row: int, column: int) -> bool:
        fit = table.fits[row][column]
        return fit is not None and fit.accepted

    now = next((row for row in plugin.rows if fits(row, _NOW) and used(table.releases[row].subject)), None)
    if now is None:
        return _unused(table, plugin, [row for row in plugin.rows if used(table.releases[row].subject)])
    newest = now if fits(now, _NEXT) else table.newest(plugin, _NEXT)
    takes: Takes = "keeps" if newest == now else "unknown" if newest is None else "newer"
    return UpgradePlugin(plugin.name, plugin.language, takes, now, newest, _errors(table, now, _NEXT))


def _unused(table: Fleet, plugin: FleetPlugin, rows: Sequence[int]) -> UpgradePlugin:
    """Return a plugin without a release in use: why the newest of those that could be does not fit the host now."""
    causes = _errors(table, rows[0], _NOW) if rows else ()
    unread = next((table.releases[row].unread for row in rows if table.releases[row].unread), "")
    notes = (f"not read: {unread}",) if unread else ()
    return UpgradePlugin(plugin.name, plugin.language, "unused", causes=causes, notes=notes)


def _errors(table: Fleet, row: int, column: int) -> tuple[Finding, ...]:
    fit = table.fits[row][column]
    return tuple(one for one in fit.findings if one.severity == "error") if fit else ()


def _apis(table: Fleet) -> list[UpgradeApi]:
    now, following = ({api.name: api.version for api in host.apis} for host in table.hosts)
    return [UpgradeApi(name, now.get(name, ""), following.get(name, "")) for name in sorted({*now, *following})]


def _notes(table: Fleet, mine: Sequence[UpgradePlugin], language: str) -> list[str]:
    notes, others = list(table.notes), len(table.plugins) - len(mine)
    if others:
        notes.append(f"{others} plugin{'s' if others > 1 else ''} in another language than {language} left out")
    shown = {row for one in mine for row in (one.now, one.next) if row is not None}
    unchecked = [table.releases[row].unchecked for row in shown if table.releases[row].unchecked]
    if unchecked:
        codes = ", ".join(sorted({code for some in unchecked for code in some}))
        some = f"{len(unchecked)} release{'s' if len(unchecked) > 1 else ''}"
        notes.append(f"only parts of {some} were read, which leaves {codes} unchecked")
    return notes

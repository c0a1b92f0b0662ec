"""What a cell of a fleet's table says, how rows and columns are called, and what it all comes to."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from pluginkit.core.fleet import Fit, Fleet, FleetHost, FleetPlugin, PluginRelease
from pluginkit.core.frozen import record
from pluginkit.report.safe import safe
from pluginkit.report.spelling import causes_first

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    Status = Literal["fits", "older", "refused", "unread", "other-language"]

_WRONG_PLATFORM = "PK403"
_LONG = 24
"""Characters of a path beyond which its last part stands for it."""
_TARGET = " for "
"""Between the path of a release and which of its targets a host is for."""


@record
class Cell:
    """What a plugin, or one release of it, comes to with one host."""

    status: Status
    """`older`: the newest release does not fit, another one does."""
    row: int | None
    """The newest release that fits; None where none does."""
    judged: int
    """The newest release: what keeps it from fitting is what a reader asks about. Of several that are equally new,
    such as wheels for several platforms, the one that comes closest."""
    codes: tuple[str, ...] = ()
    """What refuses `judged`, causes first."""


def cell(fleet: Fleet, plugin: FleetPlugin, column: int) -> Cell:
    """Return what a plugin comes to with the host in a column."""
    row = fleet.newest(plugin, column)
    judged = _judged(fleet, plugin, column)
    if not fleet.speaks(judged, column):
        return Cell("other-language", None, judged)
    if row is not None and equally_new(fleet.releases[row], fleet.releases[plugin.rows[0]]):
        return Cell("fits", row, row)
    codes = _codes(fleet.fits[judged][column])
    if row is not None:
        return Cell("older", row, judged, codes)
    return Cell("refused" if codes else "unread", None, judged, codes)


def cell_of_release(fleet: Fleet, row: int, column: int) -> Cell:
    """Return what one release comes to with the host in a column."""
    fit = fleet.fits[row][column]
    if not fleet.speaks(row, column):
        return Cell("other-language", None, row)
    if fit is None:
        return Cell("unread", None, row)
    return Cell("fits", row, row) if fit.accepted else Cell("refused", None, row, _codes(fit))


def equally_new(one: PluginRelease, other: PluginRelease) -> bool:
    """Return whether nothing but their paths tells which of two releases of a plugin is the newer one."""
    return _age(one) == _age(other)


def _age(one: PluginRelease) -> tuple[str, int, tuple[str, ...]]:
    return one.version, one.number, () if one.version else tuple(api.version for api in one.apis)


def as_new(fleet: Fleet, plugin: FleetPlugin) -> list[int]:
    """Return the rows of a plugin's newest release: several where nothing but paths tells which is the newer one."""
    newest = fleet.releases[plugin.rows[0]]
    return list(takewhile(lambda row: equally_new(fleet.releases[row], newest), plugin.rows))


def _judged(fleet: Fleet, plugin: FleetPlugin, column: int) -> int:
    rows = as_new(fleet, plugin)
    return min(rows, key=lambda row: _distance(fleet.fits[row][column])) if len(rows) > 1 else rows[0]


def _distance(fit: Fit | None) -> tuple[bool, bool, int]:
    codes = fit.codes if fit else ()
    return fit is None, _WRONG_PLATFORM in codes, len(codes)


def _codes(fit: Fit | None) -> tuple[str, ...]:
    errors = [one for one in fit.findings if one.severity == "error"] if fit else []
    return tuple(dict.fromkeys(one.code for one in causes_first(errors)))


def stated(release: PluginRelease) -> str:
    """Return the version of a release, else its number as `#3`; empty where it states neither."""
    return safe(release.version, 40) or (f"#{release.number}" if release.number else "")


def titled(release: PluginRelease) -> str:
    """Return name and version of a release."""
    return f"{safe(release.name) or safe(release.subject)} {stated(release)}".rstrip()


def plugin_titles(plugins: Sequence[FleetPlugin]) -> list[str]:
    """Return how plugins are called: by name, and where two languages have the same name with the language."""
    names = [plugin.name for plugin in plugins]
    return [
        f"{safe(plugin.name)} ({safe(plugin.language)})" if names.count(plugin.name) > 1 else safe(plugin.name) or "?"
        for plugin in plugins
    ]


def host_titles(hosts: Sequence[FleetHost]) -> list[str]:
    """Return the labels of hosts without the directories that all of them begin or end with; no title is empty."""
    places, targets = zip(*(_divided(host.label) for host in hosts), strict=True) if hosts else ((), ())
    if len(set(targets)) < 2:
        targets = ("",) * len(hosts)
    shown = _told_apart(places) if len(set(places)) > 1 or not any(targets) else ("",) * len(hosts)
    titles = [f"{place} {target}".strip() for place, target in zip(shown, targets, strict=True)]
    if len(set(titles)) < len(titles):
        titles = labels(hosts)  # better long than the same
    return [safe(title) for title in titles]


def labels(hosts: Sequence[FleetHost]) -> list[str]:
    """Return the labels of hosts, with the names of those whose label another one has too."""
    found = [host.label for host in hosts]
    return [f"{host.label} {host.name}" if found.count(host.label) > 1 else host.label for host in hosts]


def _divided(label: str) -> tuple[str, str]:
    place, _, target = label.rpartition(_TARGET)
    return (place, target) if place else (label, "")


def _told_apart(places: Sequence[str]) -> list[str]:
    parts = [place.rstrip("/").split("/") for place in places]
    if len(set(places)) == 1:
        return [place if len(place) <= _LONG else part[-1] for place, part in zip(places, parts, strict=True)]
    while all(len(part) > 1 for part in parts) and len({part[0] for part in parts}) == 1:
        parts = [part[1:] for part in parts]
    while all(len(part) > 1 for part in parts) and len({part[-1] for part in parts}) == 1:
        parts = [part[:-1] for part in parts]
    return ["/".join(part) for part in parts]


def summary(fleet: Fleet) -> str:
    """Return in one line how many plugins have a release for every host."""
    plugins = fleet.plugins
    lacking = sum(bool(fleet.lacks(plugin)) for plugin in plugins)
    languages = {host.language for host in fleet.hosts}
    alone = sum(plugin.language not in languages for plugin in plugins)
    judged = len(plugins) - alone
    served = judged - lacking
    has = "has" if served == 1 else "have"
    parts = [f"{served} of {counted(judged, 'plugin')} {has} a release for every host"]
    parts += [f"{counted(alone, 'plugin')} for which no host of the same language is named"] if alone else []
    return "; ".join(parts)


def extent(fleet: Fleet) -> str:
    """Return in one line how much was looked at, and what no table shows."""
    fits = [
        fit
        for row, found in enumerate(fleet.fits)
        for column, fit in enumerate(found)
        if fit and fleet.speaks(row, column)
    ]
    warnings = [one.code for fit in fits for one in fit.findings if one.severity == "warning"]
    codes = ", ".join(map(safe, sorted(set(warnings))))
    ignored = sum(len(fit.ignored) for fit in fits)
    left_out = (
        f"{counted(fleet.left_out, 'artifact')} left out that {'is' if fleet.left_out == 1 else 'are'} not plugins"
    )
    parts = [counted(len(fleet.releases), "release"), counted(len(fleet.hosts), "host")]
    parts += [f"{counted(len(warnings), 'warning')} ({codes})"] if warnings else []
    parts += [f"{ignored} ignored"] if ignored else []
    parts += [left_out] if fleet.left_out else []
    return ", ".join(parts)


def counted(number: int, noun: str) -> str:
    """Return a number of things."""
    return f"{number} {noun}{'' if number == 1 else 's'}"

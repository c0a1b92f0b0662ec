"""Why releases are refused, each reason once; and what was not read, or not checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pluginkit.core.fleet import Fleet, PluginRelease
from pluginkit.core.frozen import record
from pluginkit.report.fleet.words import as_new, cell, cell_of_release, counted, stated, titled
from pluginkit.report.safe import safe
from pluginkit.report.spelling import ROOTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.core.verdict import Finding

    Found = list[tuple[int, int, Finding, bool]]
    """Row, column, what was found there, and whether no other release fits."""

_MOST_VALUES = 3
"""Of one fact in one line."""
_NAME = "NAME"
"""Stands for the plugin's name where findings of several plugins are one reason."""


@record
class Reason:
    """One cause of refusals, and whom it concerns."""

    code: str
    message: str
    hint: str
    """That of the first release; empty where none is known."""
    hint_for: str
    """Its plugin, where the hints for others name them instead; else empty."""
    facts: Mapping[str, str | tuple[str, ...]]
    """Lists that all the findings have in common, and the different values of everything else."""
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    alone: bool
    """It leaves a plugin without any release for a host."""


def reasons(fleet: Fleet, every: bool) -> list[Reason]:
    """Return why newest releases, or with `every` all, are refused by hosts of their language.

    First comes what others may follow from, then what leaves a plugin without any release for a host, and of these the
    most frequent. Findings that differ in nothing but facts, and the name of the plugin, have one reason.
    """
    groups: dict[tuple[str, str, str], Found] = {}
    for row, column, alone in _refused(fleet, every):
        name, fit = fleet.releases[row].name, fleet.fits[row][column]
        for one in fit.findings if fit else ():
            if one.severity == "error":
                key = one.code, _general(one.message, name), _general(one.hint, name)
                groups.setdefault(key, []).append((row, column, one, alone))
    return [_reason(fleet, key, found) for key, found in sorted(groups.items(), key=_rank)]


def _rank(group: tuple[tuple[str, str, str], Found]) -> tuple[bool, bool, int, tuple[str, str, str]]:
    key, found = group
    return key[0] not in ROOTS, not any(alone for *_, alone in found), -len(found), key


def together(found: Iterable[Reason]) -> list[tuple[Reason, ...]]:
    """Return reasons that concern the same releases and hosts, and have the same remedy, together."""
    groups: dict[tuple[tuple[int, ...], tuple[int, ...], str], list[Reason]] = {}
    for one in found:
        groups.setdefault((one.rows, one.columns, one.hint), []).append(one)
    return [tuple(group) for group in groups.values()]


def _refused(fleet: Fleet, every: bool) -> Iterator[tuple[int, int, bool]]:
    """Yield row and column of what is asked about, and whether no other release fits."""
    columns = range(len(fleet.hosts))
    for plugin in fleet.plugins:
        if every:
            shown = [(cell_of_release(fleet, row, column), column) for row in plugin.rows for column in columns]
        else:
            shown = [(cell(fleet, plugin, column), column) for column in columns]
        for one, column in shown:
            if one.status in ("refused", "older"):
                yield one.judged, column, one.status == "refused"


def _general(text: str, name: str) -> str:
    return text.replace(name, _NAME) if name else text


def _reason(fleet: Fleet, key: tuple[str, str, str], found: Found) -> Reason:
    row, _, one, _ = found[0]
    code, message, _ = key
    rows = tuple(dict.fromkeys(row for row, *_ in found))
    hints = {each.hint for _, _, each, _ in found}
    same = len({each.message for _, _, each, _ in found}) == 1
    return Reason(
        code=code,
        message=one.message if same else message,
        hint=one.hint,
        hint_for=fleet.releases[row].name if len(hints) > 1 else "",
        facts=_facts([each for _, _, each, _ in found]),
        rows=rows,
        columns=tuple(sorted({column for _, column, *_ in found})),
        alone=any(alone for *_, alone in found),
    )


def _facts(found: Sequence[Finding]) -> dict[str, str | tuple[str, ...]]:
    facts: dict[str, str | tuple[str, ...]] = {}
    for name in dict.fromkeys(name for one in found for name in one.facts):
        values = list(dict.fromkeys(one.facts[name] for one in found if name in one.facts))
        texts = [value for value in values if isinstance(value, str)]
        if len(values) == 1:
            facts[name] = values[0]
        elif len(texts) == len(values):
            more = len(texts) - _MOST_VALUES
            facts[name] = ", ".join([*texts[:_MOST_VALUES], *([f"and {more} others"] if more > 0 else [])])
    return facts


def concerned(fleet: Fleet, rows: Iterable[int]) -> list[str]:
    """Return the releases in rows by name and version, those of one name once."""
    return list(dict.fromkeys(titled(fleet.releases[row]) for row in rows))


def gaps(fleet: Fleet, every: bool) -> list[tuple[str, list[PluginRelease]]]:
    """Return what was not read, and what could not be checked of that which is shown, each in a line, and the releases.

    Whatever was not read may be a newer release that fits.
    """
    found: dict[str, list[PluginRelease]] = {}
    shown = set(shown_rows(fleet, every))
    for row, one in enumerate(fleet.releases):
        if one.unread:
            found.setdefault(f"not read: {safe(one.unread)}", []).append(one)
        elif one.unchecked and row in shown:
            codes = ", ".join(map(safe, one.unchecked))
            found.setdefault(f"not checked, as only parts were read: {codes}", []).append(one)
    return list(found.items())


def shown_rows(fleet: Fleet, every: bool) -> list[int]:
    """Return the rows of which a report shows something: all, or those that are the newest or fit some host."""
    if every:
        return list(range(len(fleet.releases)))
    columns = range(len(fleet.hosts))
    rows: set[int] = set()
    for plugin in fleet.plugins:
        cells = [cell(fleet, plugin, column) for column in columns]
        rows |= {*as_new(fleet, plugin)} | {one.row for one in cells if one.row is not None}
    return sorted(rows)


def nameless(fleet: Fleet) -> list[tuple[str, int, list[int]]]:
    """Return plugin, row and columns of older releases that fit, and that state no version for a table to show."""
    taken: dict[tuple[str, int], list[int]] = {}
    for plugin in fleet.plugins:
        for column in range(len(fleet.hosts)):
            one = cell(fleet, plugin, column)
            if one.status == "older" and one.row is not None and not stated(fleet.releases[one.row]):
                taken.setdefault((plugin.name, one.row), []).append(column)
    return [(name, row, columns) for (name, row), columns in taken.items()]


def listed(names: Sequence[str], most: int, noun: str = "") -> str:
    """Return names as a list, at most so many of them."""
    more = len(names) - most
    return ", ".join([*names[:most], *([f"and {counted(more, noun) if noun else more} more"] if more > 0 else [])])

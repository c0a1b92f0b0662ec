"""A fleet as a table that fits a terminal, and below it why newest releases do not fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pluginkit.core.fleet import Fleet, FleetPlugin
from pluginkit.report.color import BOLD, CYAN, GREEN, RED, YELLOW, paint
from pluginkit.report.fleet.grid import Layout, Text, clip, grid, width
from pluginkit.report.fleet.reasons import Reason, concerned, gaps, listed, nameless, reasons, together
from pluginkit.report.fleet.words import (
    Cell,
    cell,
    cell_of_release,
    counted,
    extent,
    host_titles,
    plugin_titles,
    stated,
    summary,
)
from pluginkit.report.safe import safe
from pluginkit.report.text import fact_lines

_MOST_REASONS = 20
_MOST_NAMES = 12
_MOST_PLACES = 5
_LABEL = 9
"""Width of the labels of facts, as in `report.text`."""
_LEAST = 20
"""Columns that a list of names has at least."""


def render_text(fleet: Fleet, *, every: bool, color: bool, columns: int) -> str:
    """Return plugins by hosts: the newest release that fits, or the codes that keep the newest from fitting.

    With `every` it is releases by hosts. The table and lists of names are not wider than `columns`; messages, facts and
    hints are left to the terminal, so that what they quote can be copied.
    """
    heads = host_titles(fleet.hosts)
    names, rows = _releases(fleet) if every else _plugins(fleet)
    layout = grid(names, heads, rows, columns, color=color)
    blocks = [_legend(fleet, layout, columns, color), list(layout.lines), list(_marks(rows, layout))]
    blocks.append([line for one in nameless(fleet) for line in _nameless(fleet, one, heads)] if not every else [])
    found = reasons(fleet, every)
    groups = together(one for one in found if one.alone)
    blocks += [list(_reasons(fleet, some, heads, columns, color)) for some in groups[:_MOST_REASONS]]
    more = sum(map(len, groups[_MOST_REASONS:]))
    blocks += [[f"and {more} more reasons: `--output-format json` has all"]] if more else []
    blocks.append(list(_older(fleet, [one for one in found if not one.alone], heads, color)))
    blocks.append(
        [line for what, some in gaps(fleet, every) for line in _gap(what, [safe(one.subject) for one in some])]
    )
    blocks.append([safe(note) for note in fleet.notes])
    blocks.append([paint(summary(fleet), BOLD, GREEN if fleet.complete else RED, color=color), extent(fleet)])
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _plugins(fleet: Fleet) -> tuple[list[str], list[list[Text]]]:
    plugins, columns = fleet.plugins, range(len(fleet.hosts))
    return plugin_titles(plugins), [[_text(fleet, cell(fleet, one, column)) for column in columns] for one in plugins]


def _releases(fleet: Fleet) -> tuple[list[str], list[list[Text]]]:
    plugins, columns = fleet.plugins, range(len(fleet.hosts))
    names = [
        name for title, one in zip(plugin_titles(plugins), plugins, strict=True) for name in _rows(fleet, title, one)
    ]
    order = [row for one in plugins for row in one.rows]
    return names, [[_text(fleet, cell_of_release(fleet, row, column), True) for column in columns] for row in order]


def _rows(fleet: Fleet, title: str, plugin: FleetPlugin) -> Iterator[str]:
    """Yield how the releases of a plugin are called, by their place where no version tells them apart."""
    versions = [stated(fleet.releases[row]) for row in plugin.rows]
    for row, version in zip(plugin.rows, versions, strict=True):
        place = (
            ""
            if versions.count(version) == 1 and (version or len(versions) == 1)
            else safe(fleet.releases[row].subject)
        )
        yield " ".join(filter(None, (title, version, place)))


def _text(fleet: Fleet, one: Cell, every: bool = False) -> Text:
    """Return what stands in a cell."""
    newest = stated(fleet.releases[one.judged])
    taken = stated(fleet.releases[one.row]) if one.row is not None else ""
    if one.status == "fits":
        return Text("ok" if every else taken or "ok", "ok" if every else taken or "ok", GREEN)
    if one.status == "older":
        return Text(f"{taken} (of {newest})" if taken and newest else "ok, an older one", f"{taken or 'ok'}*", YELLOW)
    if one.status == "refused":
        text = _codes(one)
        return Text(text, text, RED)
    return Text("-", "-", "") if one.status == "other-language" else Text("unread", "unread", YELLOW)


def _codes(one: Cell) -> str:
    return safe(one.codes[0]) + (f" +{len(one.codes) - 1}" if len(one.codes) > 1 else "")


def _legend(fleet: Fleet, layout: Layout, columns: int, color: bool) -> list[str]:
    if not layout.numbered:
        return []
    size = len(str(len(fleet.hosts)))
    room = columns - size - 2
    return [
        f"{paint(f'{number:>{size}}', BOLD, color=color)}  {clip(title, room)}"
        for number, title in enumerate(host_titles(fleet.hosts), 1)
    ]


def _marks(rows: Sequence[Sequence[Text]], layout: Layout) -> Iterator[str]:
    """Yield what signs mean that not everybody knows."""
    if layout.short and any(one.short.endswith("*") for row in rows for one in row):
        yield "* not the newest release"
    if any(one.short == "-" for row in rows for one in row):
        yield "- of another language than the host"


def _nameless(fleet: Fleet, one: tuple[str, int, list[int]], heads: Sequence[str]) -> Iterator[str]:
    name, row, columns = one
    hosts = listed([heads[column] for column in columns], _MOST_PLACES)
    yield f"{safe(name)}: {safe(fleet.releases[row].subject)} fits {hosts}"


def _reasons(fleet: Fleet, some: Sequence[Reason], heads: Sequence[str], columns: int, color: bool) -> Iterator[str]:
    """Yield reasons, and once whom they concern and what to do."""
    for one in some:
        yield f"{paint(safe(one.code), BOLD, RED, color=color)} {safe(one.message)}"
        yield from (f"  {line}" for line in fact_lines(one.facts))
    first = some[0]
    names = concerned(fleet, first.rows)
    yield from _listed("plugins" if len(names) > 1 else "plugin", names, columns)
    if len(first.rows) == 1:
        yield f"  {'artifact':<{_LABEL}} {safe(fleet.releases[first.rows[0]].subject)}"
    language = fleet.releases[first.rows[0]].language
    if {column for column, host in enumerate(fleet.hosts) if host.language == language} != set(first.columns):
        hosts = [heads[column] for column in first.columns]
        yield from _listed("hosts" if len(hosts) > 1 else "host", hosts, columns)
    if first.hint:
        whose = f"hint for {safe(first.hint_for)}:" if first.hint_for else "hint:"
        yield f"  {paint(whose, CYAN, color=color)} {safe(first.hint)}"


def _older(fleet: Fleet, found: Sequence[Reason], heads: Sequence[str], color: bool) -> Iterator[str]:
    """Yield in a line each why newest releases do not fit where others do."""
    if found:
        yield "Where an older release fits, this keeps the newest from fitting:"
    for one in found[:_MOST_REASONS]:
        names, hosts = concerned(fleet, one.rows), [heads[column] for column in one.columns]
        whom = names[0] if len(names) == 1 else counted(len(names), "release")
        where = hosts[0] if len(hosts) == 1 else counted(len(hosts), "host")
        yield f"  {paint(safe(one.code), BOLD, YELLOW, color=color)} {safe(one.message)}: {whom} with {where}"
    if len(found) > _MOST_REASONS:
        yield f"  and {len(found) - _MOST_REASONS} more: `--all` tells why"


def _listed(label: str, names: Sequence[str], columns: int) -> Iterator[str]:
    """Yield a list in lines that are broken between names."""
    room = max(columns - _LABEL - 3, _LEAST)
    line = ""
    for part in _parts(names):
        if line and width(line) + 1 + width(part) > room:
            yield f"  {label:<{_LABEL}} {line}"
            label, line = "", ""
        line = f"{line} {part}".strip()
    yield f"  {label:<{_LABEL}} {line}"


def _parts(names: Sequence[str]) -> list[str]:
    """Return the parts between which a list can be broken."""
    more = len(names) - _MOST_NAMES
    shown = [*names[:_MOST_NAMES], *([f"and {more} more"] if more > 0 else [])]
    return [f"{name}," for name in shown[:-1]] + shown[-1:]


def _gap(what: str, subjects: Sequence[str]) -> Iterator[str]:
    yield what
    yield from (f"  {subject}" for subject in subjects[:_MOST_PLACES])
    if len(subjects) > _MOST_PLACES:
        yield f"  and {len(subjects) - _MOST_PLACES} more"

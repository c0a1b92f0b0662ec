"""A fleet in Markdown (GitHub Flavored), short enough for a comment or the summary of a job."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from pluginkit.core.fleet import Fleet, FleetPlugin
from pluginkit.report.fleet.reasons import Reason, concerned, gaps, reasons, together
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
from pluginkit.report.github import cell as escaped

MARK = "<!-- pluginkit fleet -->"
"""The first line, by which a comment is found again."""
_LONGEST_TABLE, _LONGEST = 40_000, 60_000
"""Characters; GitHub takes comments of 65,536."""
_WIDE = 6
"""Hosts beyond which heads are numbers."""
_MOST_NAMES = 10
_MOST_LINES = 10
_MARKS = {"fits": "✅", "older": "🔽", "refused": "❌", "unread": "❔", "other-language": "-"}


def render_markdown(fleet: Fleet, *, every: bool) -> str:
    """Return the table, and below it why newest releases do not fit, ending in a newline.

    With `every` the rows are releases, else plugins. Equal fleets give equal text. Nothing that strangers wrote is
    Markdown or HTML in it. What a comment has no room for is counted.
    """
    heads = [escaped(title) for title in host_titles(fleet.hosts)]
    lines = [MARK, f"### {'✅' if fleet.complete else '❌'} {escaped(summary(fleet))}", "", extent(fleet), ""]
    if len(heads) > _WIDE:
        lines += [*(f"{number}. {head}" for number, head in enumerate(heads, 1)), ""]
        titles = [str(number) for number in range(1, len(heads) + 1)]
    else:
        titles = heads
    lines += [f"| | {' | '.join(titles)} |", f"|---|{'---|' * len(titles)}"]
    lines += _cut(list(_rows(fleet, every)), _LONGEST_TABLE, lambda left: f"| {left} | {'| ' * len(titles)}")
    text = "\n".join(lines) + "\n"
    details = [_reasons(fleet, some, heads) for some in together(reasons(fleet, every))]
    details += [*_gaps(fleet, every), *(escaped(note) + "\n" for note in fleet.notes)]
    parts = [(one, True) for one in details]
    return "\n".join(
        [text, *_cut(parts, _LONGEST - len(text), lambda left: f"{left}: `--output-format json` has all\n")]
    )


def _cut(parts: Sequence[tuple[str, bool]], room: int, told: Callable[[str], str]) -> list[str]:
    """Return what there is room for; of more, what matters first, and how much is left out."""
    if sum(len(text) + 1 for text, _ in parts) <= room:
        return [text for text, _ in parts]
    order = sorted(range(len(parts)), key=lambda index: not parts[index][1])
    kept = set()
    for index in order:
        room -= len(parts[index][0]) + 1
        if room < 0:
            break
        kept.add(index)
    left = [matters for index, (_, matters) in enumerate(parts) if index not in kept]
    some = any(left) and not all(matters for _, matters in parts)
    last = f"and {len(left)} more" + (f", {sum(left)} of them not for every host" if some else "")
    return [*(text for index, (text, _) in enumerate(parts) if index in kept), told(last)]


def _rows(fleet: Fleet, every: bool) -> Iterator[tuple[str, bool]]:
    """Yield rows, and whether something in them is amiss."""
    columns = range(len(fleet.hosts))
    for title, plugin in zip(plugin_titles(fleet.plugins), fleet.plugins, strict=True):
        if every:
            for row in plugin.rows:
                cells = [cell_of_release(fleet, row, column) for column in columns]
                yield _row(fleet, _named(fleet, title, plugin, row), cells)
        else:
            yield _row(fleet, title, [cell(fleet, plugin, column) for column in columns])


def _named(fleet: Fleet, title: str, plugin: FleetPlugin, row: int) -> str:
    versions = [stated(fleet.releases[one]) for one in plugin.rows]
    mine = stated(fleet.releases[row])
    place = "" if versions.count(mine) == 1 and (mine or len(versions) == 1) else fleet.releases[row].subject
    return " ".join(filter(None, (title, mine, place)))


def _row(fleet: Fleet, title: str, cells: Sequence[Cell]) -> tuple[str, bool]:
    shown = " | ".join(f"{_MARKS[one.status]} {_said(fleet, one)}".rstrip() for one in cells)
    return f"| {escaped(title)} | {shown} |", any(one.status in ("refused", "unread") for one in cells)


def _said(fleet: Fleet, one: Cell) -> str:
    newest = stated(fleet.releases[one.judged])
    taken = stated(fleet.releases[one.row]) if one.row is not None else ""
    if one.status == "refused":
        return escaped(one.codes[0]) + (f" +{len(one.codes) - 1}" if len(one.codes) > 1 else "")
    if one.status == "older":
        return escaped(f"{taken} (of {newest})" if taken and newest else "an older one")
    return escaped(taken) if one.status == "fits" else "unread" if one.status == "unread" else ""


def _reasons(fleet: Fleet, some: Sequence[Reason], heads: Sequence[str]) -> str:
    """Return reasons, and once whom they concern and what to do."""
    first = some[0]
    names = concerned(fleet, first.rows)
    lines = [f"**{escaped(one.code)}** {escaped(one.message)}  " for one in some]
    lines += ["", f"- plugins: {_list(map(escaped, names))}", f"- hosts: {_list(heads[one] for one in first.columns)}"]
    for name, value in ((name, value) for one in some for name, value in one.facts.items()):
        values = (value,) if isinstance(value, str) else value
        shown = "<br>".join(map(escaped, values[:_MOST_LINES]))
        more = f"<br>and {len(values) - _MOST_LINES} more" if len(values) > _MOST_LINES else ""
        lines.append(f"- {escaped(name)}: {shown}{more}")
    if first.hint:
        whose = f" for {escaped(first.hint_for)}" if first.hint_for else ""
        lines.append(f"- hint{whose}: {escaped(first.hint)}")
    return "\n".join(lines) + "\n"


def _gaps(fleet: Fleet, every: bool) -> Iterator[str]:
    for what, releases in gaps(fleet, every):
        yield f"{escaped(what)}: {_list(escaped(one.subject) for one in releases)}\n"


def _list(names: Iterable[str]) -> str:
    shown = list(names)
    more = len(shown) - _MOST_NAMES
    return ", ".join([*shown[:_MOST_NAMES], *([f"and {counted(more, 'other')}"] if more > 0 else [])])

"""A comparison in Markdown (GitHub Flavored), short enough for a comment on a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import accumulate

from pluginkit.report.comparison.words import STATUS, advice, advised, because, headline, said, total
from pluginkit.report.github import cell
from pluginkit.surface.change import BREAKING
from pluginkit.surface.comparison import TITLES, ApiOutcome, Comparison, Place, PluginOutcome

MARK = "<!-- pluginkit diff -->"
"""The first line, by which a comment is found again."""
_MOST_ROWS = 60
"""Of one table; GitHub takes comments of 65,536 characters."""
_MOST_PLACES = 3
_LONGEST = 60_000
_LONGEST_TABLE = 20_000
"""Characters."""
_ICONS = {"breaks": "❌", "unknown": "❔", "rebuild": "🔁", "unaffected": "✅"}


def render_markdown(comparison: Comparison) -> str:
    """Return a table of APIs and one of plugins, and folded below them every change, ending in a newline.

    Equal comparisons give equal text. Nothing in it that strangers wrote is Markdown or HTML.
    """
    changed = [api for api in comparison.apis if api.kind != "equal"]
    lines = [MARK, f"### {_verdict(comparison)}", ""]
    if changed:
        lines += ["| API | breaks | other changes | version |", "|---|---|---|---|"]
        lines += _cut([_row(api) for api in changed])
    if changed and comparison.plugins:
        lines += ["", "| | plugin | what breaks it | where |", "|---|---|---|---|"]
        lines += _cut([row for plugin in comparison.plugins for row in _plugin(plugin)])
    details = "".join(_details(api) for api in changed if api.changes)
    text = "\n".join(lines).rstrip("\n") + "\n"
    return text + (details if len(text) + len(details) <= _LONGEST else "\nThe changes are too many for a comment.\n")


def _verdict(comparison: Comparison) -> str:
    steps = {"none": "The API did not change", "patch": "The API changed inside only", "minor": "The API grew"}
    verdict = steps.get(comparison.step, "The API breaks what was written for it")
    return f"{verdict}: {total(comparison)}" if comparison.plugins and comparison.step != "none" else verdict


def _row(api: ApiOutcome) -> str:
    breaks = sum(len(api.of(severity)) for severity in BREAKING)
    others = [f"{len(api.of(name))} {title}" for name, title in TITLES.items() if name not in BREAKING and api.of(name)]
    mark = "❌ " if api.enough is False else ""
    return f"| {cell(headline(api))} | {breaks or ''} | {', '.join(others)} | {mark}{cell(advice(api))} |"


def _plugin(plugin: PluginOutcome) -> Iterator[str]:
    head = f"| {_ICONS[plugin.status]} | {cell(plugin.name)} "
    if not plugin.concerns:
        yield f"{head}| {STATUS[plugin.status]} | |"
    for concern in plugin.concerns:
        yield f"{head}| {cell(because(concern))} | {_where(concern.places)} |"
        head = "| | "
    for one in plugin.deprecated:
        yield f"| ⚠️ | {cell(plugin.name)} | {cell(advised(one))} | {_where(one.places)} |"


def _where(places: tuple[Place, ...]) -> str:
    more = len(places) - _MOST_PLACES
    shown = [f"{cell(place.file)}:{place.line}" for place in places[:_MOST_PLACES]]
    return "<br>".join([*shown, *([f"and {more} more"] if more > 0 else [])])


def _cut(rows: list[str]) -> list[str]:
    """Return as many rows as a comment has room for, and how many more there are."""
    sizes = accumulate(len(row) for row in rows)
    kept = sum(number < _MOST_ROWS and size <= _LONGEST_TABLE for number, size in enumerate(sizes))
    return rows if kept == len(rows) else [*rows[:kept], f"| | and {len(rows) - kept} more | | |"]


def _details(api: ApiOutcome) -> str:
    body = "\n".join(_severities(api))
    count = f"{len(api.changes)} change{'' if len(api.changes) == 1 else 's'}"
    return f"\n<details><summary>{cell(headline(api))}: {count}</summary>\n\n{body}\n</details>\n"


def _severities(api: ApiOutcome) -> Iterable[str]:
    for severity, title in TITLES.items():
        if changes := api.of(severity):
            yield f"**{title}**\n"
            yield from (f"- {cell(said(change))}" for change in changes[:_MOST_ROWS])
            if len(changes) > _MOST_ROWS:
                yield f"- and {len(changes) - _MOST_ROWS} more"
            yield ""

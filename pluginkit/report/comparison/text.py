"""A comparison as text, in the manner of ruff and cargo."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from pluginkit.report.color import BOLD, CYAN, GREEN, RED, YELLOW, paint
from pluginkit.report.comparison.words import STATUS, advice, advised, because, headline, total
from pluginkit.report.safe import safe
from pluginkit.surface.change import BREAKING, Change
from pluginkit.surface.comparison import TITLES, ApiOutcome, Comparison, Place, PluginOutcome

_NARROWEST = 40
_MOST_CHANGES = 200
"""Of one severity."""
_MOST_PLACES = 5
_STATUS_COLORS = {"breaks": RED, "unknown": YELLOW, "rebuild": CYAN, "unaffected": GREEN}


def render_text(comparison: Comparison, *, color: bool, width: int = 0) -> str:
    """Return the comparison for a terminal of `width` columns (0: any), ending in a newline."""
    lines = [paint(f"{safe(comparison.old)} -> {safe(comparison.new)}", BOLD, color=color), ""]
    for api in comparison.apis:
        lines += [*_api(api, color), ""]
    if not comparison.apis:
        lines += ["no API on either side", ""]
    for plugin in comparison.plugins:
        lines += _plugin(plugin, color)
    if summary := total(comparison):
        lines += ["", paint(summary, BOLD, RED if comparison.broken else GREEN, color=color)]
    fitted = [part for line in lines for part in _fitted(line, width)]
    return "\n".join(fitted).rstrip("\n") + "\n"


def _api(api: ApiOutcome, color: bool) -> Iterator[str]:
    enough = RED if api.enough is False else GREEN if api.enough else YELLOW
    yield f"{paint(headline(api), BOLD, color=color)}: {paint(advice(api), enough, color=color)}"
    for severity, title in TITLES.items():
        changes = api.of(severity)
        if not changes:
            continue
        yield f"  {paint(title, RED if severity in BREAKING else CYAN, color=color)} ({len(changes)})"
        for change in changes[:_MOST_CHANGES]:
            yield from _change(change)
        if len(changes) > _MOST_CHANGES:
            yield f"    and {len(changes) - _MOST_CHANGES} more: see --output-format json"


def _change(change: Change) -> Iterator[str]:
    yield f"    {safe(str(change))}"
    if change.detail:
        yield f"      {safe(change.detail)}"


def _plugin(plugin: PluginOutcome, color: bool) -> Iterator[str]:
    status = paint(STATUS[plugin.status], _STATUS_COLORS[plugin.status], color=color)
    yield f"{paint(safe(plugin.name), BOLD, color=color)} ({safe(plugin.subject)}): {status}"
    for concern in plugin.concerns:
        yield f"  {because(concern)}"
        yield from _places(concern.places)
    for one in plugin.deprecated:
        yield f"  {paint('warning', YELLOW, color=color)}: {advised(one)}"
        yield from _places(one.places)
    yield from (f"  note: {safe(note)}" for note in plugin.notes)


def _places(places: tuple[Place, ...]) -> Iterator[str]:
    yield from (f"    {safe(place.file)}:{place.line}" for place in places[:_MOST_PLACES])
    if len(places) > _MOST_PLACES:
        yield f"    and {len(places) - _MOST_PLACES} more"


def _fitted(line: str, width: int) -> list[str]:
    """Return a line broken at blanks where it is longer than the terminal, indented as it was and two more."""
    if width < _NARROWEST or len(line) <= width or "\x1b" in line:
        return [line]
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    return textwrap.wrap(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)

"""An upgrade in Markdown (GitHub Flavored), short enough for a comment on a pull request."""

from __future__ import annotations

from collections.abc import Iterator

from pluginkit.report.fleet.upgrade import words
from pluginkit.report.github import cell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.core.upgrade import Takes, Upgrade, UpgradePlugin

_ICONS: dict[Takes, str] = {
    "edit": "❌", "unknown": "❔", "host": "❌", "rebuild": "🔁", "newer": "⬆️", "keeps": "✅", "unused": "💤",
}  # fmt: skip
_LONGEST = 60_000
"""Characters; GitHub takes comments of 65,536."""
_MOST_LINES = 10
"""Of one plugin."""


def render_markdown(found: Upgrade) -> str:
    """Return the sentence that sums it up, and a table of the plugins, the worst first, ending in a newline.

    Nothing in it that strangers wrote is Markdown or HTML.
    """
    versions = ", ".join(words.apis(found))
    lines = [f"### {'❌' if found.broken else '✅'} {cell(words.total(found))}", ""]
    lines += [f"{cell(words.title(found))}{f' ({cell(versions)})' if versions else ''}", ""]
    lines += ["| | plugin | the upgrade | why |", "|---|---|---|---|"]
    rows = [_row(found, plugin) for takes in words.TITLES for plugin in found.of(takes)]
    size, kept = sum(map(len, lines)), 0
    for row in rows:
        size += len(row) + 1
        if size > _LONGEST:
            break
        kept += 1
    lines += rows[:kept] + ([f"| | and {len(rows) - kept} more | | |"] if kept < len(rows) else [])
    lines += ["", *(f"- {cell(note)}" for note in found.notes)]
    return "\n".join(lines).rstrip("\n") + "\n"


def _row(found: Upgrade, plugin: UpgradePlugin) -> str:
    why = list(_why(found, plugin))
    more = [f"and {len(why) - _MOST_LINES} more"] if len(why) > _MOST_LINES else []
    told = "<br>".join([*why[:_MOST_LINES], *more])
    return f"| {_ICONS[plugin.takes]} | {cell(words.headline(found, plugin))} | {words.TITLES[plugin.takes]} | {told} |"


def _why(found: Upgrade, plugin: UpgradePlugin) -> Iterator[str]:
    if other := words.why_other(plugin):
        yield other
    if plugin.takes in ("keeps", "newer"):
        return
    for one in plugin.breaks:
        where = f": {cell(one.places[0])}" if one.places else ""
        yield cell(words.because(found, one)) + where
    yield from (f"{cause.code} {cell(cause.message)}" for cause in words.causes(plugin))
    yield from map(cell, plugin.notes)

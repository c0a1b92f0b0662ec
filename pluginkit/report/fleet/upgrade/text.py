"""An upgrade as text, grouped by what it takes."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from pluginkit.report.color import BOLD, CYAN, DIM, GREEN, RED, YELLOW, paint
from pluginkit.report.fleet.upgrade import words
from pluginkit.report.safe import safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.core.upgrade import Upgrade, UpgradePlugin
    from pluginkit.core.verdict import Finding

_NARROWEST = 40
_MOST_BREAKS, _MOST_PLACES = 20, 5
"""Of one plugin, and of one change."""
_MOST_FINDINGS, _MOST_HINTS = 20, 3
"""Of one plugin, or of all that need only a rebuild."""
_COLORS = {
    "edit": RED, "unknown": YELLOW, "host": RED, "rebuild": CYAN, "newer": GREEN, "keeps": GREEN, "unused": DIM,
}  # fmt: skip


def render_text(found: Upgrade, *, color: bool, columns: int = 0) -> str:
    """Return the upgrade for a terminal of so many columns (0: any), ending in a newline."""
    lines = [paint(words.title(found), BOLD, color=color), *(f"  {one}" for one in words.apis(found)), ""]
    for takes, title in words.TITLES.items():
        if plugins := found.of(takes):
            lines.append(f"{paint(title, _COLORS[takes], BOLD, color=color)} ({len(plugins)})")
            for plugin in plugins:
                lines += _plugin(found, plugin)
            lines += [*_common(plugins), ""] if takes == "rebuild" else [""]
    lines += [f"note: {safe(note)}" for note in found.notes]
    lines.append(paint(words.total(found), BOLD, RED if found.broken else GREEN, color=color))
    return "\n".join(part for line in lines for part in _fitted(line, columns)) + "\n"


def _plugin(found: Upgrade, plugin: UpgradePlugin) -> Iterator[str]:
    why = words.why_other(plugin)
    if plugin.takes in ("rebuild", "unused"):  # what these are refused for is much the same
        why = " ".join(dict.fromkeys(cause.code for cause in words.causes(plugin)))
    yield f"  {words.headline(found, plugin)}" + (f"  {why}" if why else "")
    if plugin.takes in ("edit", "unknown", "host"):
        yield from _breaks(found, plugin)
        yield from _findings(words.causes(plugin))
    yield from (f"    note: {safe(note)}" for note in plugin.notes)


def _breaks(found: Upgrade, plugin: UpgradePlugin) -> Iterator[str]:
    for one in plugin.breaks[:_MOST_BREAKS]:
        yield f"    {words.because(found, one)}"
        yield from (f"      {safe(place)}" for place in one.places[:_MOST_PLACES])
        if len(one.places) > _MOST_PLACES:
            yield f"      and {len(one.places) - _MOST_PLACES} more"
    if len(plugin.breaks) > _MOST_BREAKS:
        yield f"    and {len(plugin.breaks) - _MOST_BREAKS} more changes: see --output-format json"


def _common(plugins: Sequence[UpgradePlugin]) -> Iterator[str]:
    """Yield what several plugins are refused for, each finding once."""
    yield from _findings([cause for plugin in plugins for cause in words.causes(plugin)])


def _findings(causes: Sequence[Finding]) -> Iterator[str]:
    """Yield each distinct finding once, and then the distinct hints."""
    told = list(dict.fromkeys((cause.code, cause.message) for cause in causes))
    yield from (f"    {code} {safe(message)}" for code, message in told[:_MOST_FINDINGS])
    if len(told) > _MOST_FINDINGS:
        yield f"    and {len(told) - _MOST_FINDINGS} more findings: see --output-format json"
    hints = list(dict.fromkeys(cause.hint for cause in causes if cause.hint))
    yield from (f"    hint: {safe(hint)}" for hint in hints[:_MOST_HINTS])
    if len(hints) > _MOST_HINTS:
        yield f"    and {len(hints) - _MOST_HINTS} more hints: see --output-format json"


def _fitted(line: str, columns: int) -> list[str]:
    """Return a line broken at blanks where it is longer than the terminal, indented as it was and two more."""
    if columns < _NARROWEST or len(line) <= columns or "\x1b" in line:
        return [line]
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    return textwrap.wrap(line, columns, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)

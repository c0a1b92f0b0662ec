"""Trials as a table for a terminal, and below it what broke."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pluginkit.core.trial import Trial, Trials
from pluginkit.report.color import BOLD, DIM, GREEN, RED, YELLOW, paint
from pluginkit.report.safe import safe
from pluginkit.report.trial.words import GUILTY, already, label, printed, ran, total, what, worst_first

_HEAD = ("plugin", "", "without", "with")
_LAST = "what broke"
_COLORS = {"ok": GREEN, "no tests": DIM, "failed before": YELLOW}
_BROKEN = {"broken": "its tests do not start with the change", "late": "its tests take too long with the change"}
_LEAST = 16
"""Columns of what broke; where fewer are left, it only stands below the table."""
_MOST_NAMES, _MOST_LINES = 20, 30


def render_text(trials: Trials, *, color: bool, columns: int) -> str:
    """Return a row a plugin, then of each that broke the tests, the changes and what was printed; then a count."""
    lines = [paint(f"plugins' tests without and with {safe(trials.change)}", BOLD, color=color), ""]
    lines += _table(trials, color, columns)
    for trial in worst_first(trials):
        lines += _details(trial, color)
    lines += [f"note: {safe(note)}" for note in trials.notes]
    lines += [paint(total(trials), BOLD, GREEN if trials.harmless else RED, color=color)]
    return "\n".join(lines) + "\n"


def _table(trials: Trials, color: bool, columns: int) -> Iterator[str]:
    found = worst_first(trials)
    if not found:
        return
    widest = max(columns // 3, _LEAST)
    rows = [(_cut(label(one), widest), one.status, ran(one.before), ran(one.after)) for one in found]
    widths = [max(map(len, column)) for column in zip(_HEAD, *rows, strict=False)]
    rest = columns - sum(widths) - 2 * len(widths)
    told = [_short(one, rest) if rest >= _LEAST else "" for one in found]
    yield paint(_row(_HEAD, widths, _LAST if rest >= _LEAST else ""), DIM, color=color)
    for row, last in zip(rows, told, strict=True):
        line = _row(row, widths, last)
        status = widths[0] + 2
        shown = paint(row[1], _COLORS.get(row[1], RED), color=color)
        yield line[:status] + shown + line[status + len(row[1]) :]
    yield ""


def _row(cells: Sequence[str], widths: Sequence[int], last: str) -> str:
    return "  ".join([*(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)), last]).rstrip()


def _short(trial: Trial, width: int) -> str:
    """Return the first of what broke, and how many more; of the name of a test the end tells more than the start."""
    found = what(trial)
    if not found:
        return ""
    first, more = safe(found[0].partition("\n")[0]), f" (+{len(found) - 1})" if len(found) > 1 else ""
    left = width - len(more)
    if trial.status == "breaks" and len(first) > left:
        return f"...{first[len(first) - left + 3 :]}{more}"
    return _cut(first, left) + more


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 3]}..."


def _details(trial: Trial, color: bool) -> Iterator[str]:
    names = already(trial)
    if trial.status not in GUILTY and not names:
        return
    yield f"{paint(label(trial), BOLD, color=color)}: {_told(trial)}"
    for one in _few(names or what(trial)):
        yield from (f"  {safe(line)}" for line in one.splitlines() or [""])
    yield from (f"    {safe(place)}" for place in _few(trial.places))
    yield from (paint(f"  | {line}".rstrip(), DIM, color=color) for line in printed(trial, _MOST_LINES))
    yield ""


def _told(trial: Trial) -> str:
    """Return what the lines below a plugin's name are."""
    if trial.status == "breaks" and trial.after:
        return _BROKEN.get(trial.after.outcome, "these tests fail with the change")
    if trial.status == "refused":
        return "the change breaks what it uses, so its tests were not run with it"
    if trial.status == "error":
        return "its tests could not be run"
    return "these tests fail without the change already"


def _few(lines: Sequence[str]) -> Sequence[str]:
    if len(lines) <= _MOST_NAMES:
        return lines
    return (*lines[:_MOST_NAMES], f"and {len(lines) - _MOST_NAMES} more: `--output-format json` lists all")

"""Trials as a table for a terminal, and below it what broke."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pluginkit.core.trial import Trial, Trials
from pluginkit.report.color import BOLD, DIM, GREEN, RED, YELLOW, paint
from pluginkit.report.safe import safe
from pluginkit.report.trial.words import GUILTY, already, label, printed, ran, total, what, worst_first

_HEAD = ("plugin", "", "without", "with", "what broke")
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
    widest = max(columns // 3, _LEAST)
    rows = [
        (_cut(label(one), widest), one.status, ran(one.before), ran(one.after), _short(what(one)))
        for one in worst_first(trials)
    ]
    if not rows:
        return
    widths = [max(len(row[at]) for row in (_HEAD, *rows)) for at in range(4)]
    rest = columns - sum(widths) - 2 * len(widths)
    for row in (_HEAD, *rows):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        if row is not _HEAD:
            cells[1] = paint(cells[1], _COLORS.get(row[1], RED), color=color)
        last = [_cut(row[4], rest)] if rest >= _LEAST else []
        line = "  ".join([*cells, *last]).rstrip()
        yield paint(line, DIM, color=color) if row is _HEAD else line
    yield ""


def _short(found: Sequence[str]) -> str:
    if not found:
        return ""
    first = safe(found[0].partition("\n")[0])
    return f"{first} (+{len(found) - 1})" if len(found) > 1 else first


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

"""Trials in Markdown (GitHub Flavored), short enough for a comment on a pull request or the summary of a job."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from pluginkit.core.trial import Trial, Trials
from pluginkit.report.github import cell
from pluginkit.report.trial.words import already, label, printed, ran, total, what, worst_first

MARK = "<!-- pluginkit test -->"
"""The first line, by which a comment is found again."""
_ICONS = {"breaks": "❌", "refused": "❌", "error": "⚠️", "failed before": "🟡", "no tests": "⚪", "ok": "✅"}
_MOST_ROWS, _MOST_NAMES, _MOST_LINES = 100, 5, 25
_LONGEST = 60_000
"""Characters; GitHub takes comments of 65,536."""


def render_markdown(trials: Trials) -> str:
    """Return a table, a row a plugin, and folded below it what failing tests printed, ending in a newline.

    Equal trials give equal text. Nothing in it that strangers wrote is Markdown or HTML.
    """
    rows = worst_first(trials)
    verdict = f"{'✅' if trials.harmless else '❌'} {cell(trials.change)}: {total(trials)}"
    lines = [MARK, f"### {verdict}", ""]
    if rows:
        lines += ["| | plugin | without | with | what broke |", "|---|---|---|---|---|"]
        lines += [_row(trial) for trial in rows[:_MOST_ROWS]]
    if len(rows) > _MOST_ROWS:
        lines += ["", f"And {len(rows) - _MOST_ROWS} more."]
    lines += ["", *(f"- {cell(note)}" for note in trials.notes)] if trials.notes else []
    text, left = "\n".join(lines) + "\n", 0
    for trial in rows:
        folded = "".join(f"{line}\n" for line in _printed(trial))
        if len(text) + len(folded) > _LONGEST:
            left += 1
        else:
            text += folded
    return text + (f"\nWhat tests of {left} more printed is too long for a comment.\n" if left else "")


def _row(trial: Trial) -> str:
    names = already(trial)
    told = _few(what(trial)) if not names else f"failed already: {_few(names)}"
    where = f"<br>{_few(trial.places)}" if trial.places else ""
    cells = (cell(label(trial)), ran(trial.before), ran(trial.after), f"{told}{where}")
    return f"| {_ICONS[trial.status]} | {' | '.join(cells)} |"


def _few(names: Sequence[str]) -> str:
    shown = [cell(name) for name in names[:_MOST_NAMES]]
    return "<br>".join([*shown, *([f"and {len(names) - _MOST_NAMES} more"] if len(names) > _MOST_NAMES else [])])


def _printed(trial: Trial) -> Iterator[str]:
    lines = printed(trial, _MOST_LINES)
    if lines:
        yield ""
        yield f"<details><summary>what the tests of {escape(label(trial))} printed</summary>"
        yield ""
        yield f"<pre>{escape(lines[0])}"
        yield from map(escape, lines[1:])
        yield "</pre>"
        yield ""
        yield "</details>"

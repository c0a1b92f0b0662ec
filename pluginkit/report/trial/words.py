"""How trials are put in words, the same in every report."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from pluginkit.core.trial import Ran, Trial, Trials
from pluginkit.report.safe import safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.core.trial import Status

_COLOR = re.compile(r"\x1b\[[0-9;]*m")
"""An ANSI code (SGR)."""
_ENDED = {"broken": "does not start", "late": "takes too long", "none": "no tests"}
_COUNTED: dict[Status, str] = {
    "breaks": "broken",
    "refused": "refused",
    "error": "could not be tried",
    "failed before": "failed before",
    "no tests": "without tests",
    "ok": "ok",
}
"""Worst first."""
GUILTY: tuple[Status, ...] = ("breaks", "refused", "error")
"""What makes the command fail."""


def label(trial: Trial) -> str:
    """Return what a plugin is called, with its repository where there are several."""
    return f"{safe(trial.plugin)} ({safe(trial.repository)})" if trial.repository else safe(trial.plugin)


def ran(one: Ran | None) -> str:
    """Return how a run ended, for a cell of a table; `-` where there was none."""
    if one is None:
        return "-"
    if one.outcome in _ENDED:
        return _ENDED[one.outcome]
    passed = _counted(one)
    if one.outcome == "failed":
        return f"{len(one.failed)} of {len(one.failed) + passed} failed"
    return f"{passed} passed" if passed else "passed"


def _counted(one: Ran) -> int:
    """Return how many tests passed, without those that are made of others, which are counted themselves."""
    names = (*one.passed, *one.failed)
    whole = {name[:at] for name in names for at, mark in enumerate(name) if mark == "/"}
    return sum(name not in whole for name in one.passed)


def what(trial: Trial) -> Sequence[str]:
    """Return what broke: changes of the API, why nothing could be tried, or tests by name; empty where none of that."""
    if trial.breaks:
        return trial.breaks
    if trial.error:
        return (trial.error,)
    return trial.blamed if trial.status == "breaks" else ()


def already(trial: Trial) -> Sequence[str]:
    """Return the tests that fail without the change, where that is what a plugin's row says."""
    return trial.before.failed if trial.before and trial.status == "failed before" else ()


def total(trials: Trials) -> str:
    """Return how many plugins came to what, as one sentence: `12 plugins: 2 broken, 10 ok`."""
    found = Counter(trial.status for trial in trials.trials)
    parts = [f"{found[status]} {word}" for status, word in _COUNTED.items() if found[status]]
    count = len(trials.trials)
    return f"{count} plugin{'' if count == 1 else 's'}{': ' if parts else ''}{', '.join(parts)}"


def worst_first(trials: Trials) -> list[Trial]:
    """Return the trials with those that the change breaks in front, else in their order."""
    order = list(_COUNTED)
    return sorted(trials.trials, key=lambda trial: order.index(trial.status))


def printed(trial: Trial, most: int) -> list[str]:
    """Return the last `most` lines that tests printed which fail because of the change; each fit for a terminal."""
    if trial.status != "breaks" or not trial.after:
        return []
    lines = _COLOR.sub("", trial.after.output).strip("\n").splitlines()
    cut = ["..."] if len(lines) > most else []
    return [*cut, *(safe(line.expandtabs(4)) for line in lines[-most:])]

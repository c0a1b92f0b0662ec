"""Trials as JSON, for machines."""

from __future__ import annotations

import json
from typing import Any

from pluginkit.core.trial import Ran, Trial, Trials
from pluginkit.report.safe import whole

VERSION = 1
"""It grows when a key is removed or gets another meaning; keys may be added without."""


def render_json(trials: Trials) -> str:
    """Return one JSON object in ASCII, by the schema that `pluginkit.schema.trials_schema` returns, and a newline."""
    value = {
        "version": VERSION,
        "change": whole(trials.change),
        "harmless": trials.harmless,
        "notes": [whole(note) for note in trials.notes],
        "trials": [_trial(trial) for trial in trials.trials],
    }
    return json.dumps(value, indent=2) + "\n"


def _trial(trial: Trial) -> dict[str, Any]:
    return {
        "plugin": whole(trial.plugin),
        "language": trial.language,
        "repository": whole(trial.repository),
        "status": trial.status,
        "blamed": [whole(name) for name in trial.blamed],
        "breaks": [whole(line) for line in trial.breaks],
        "places": [whole(place) for place in trial.places],
        "error": whole(trial.error),
        "before": _ran(trial.before),
        "after": _ran(trial.after),
    }


def _ran(one: Ran | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {
        "outcome": one.outcome,
        "passed": [whole(name) for name in one.passed],
        "failed": [whole(name) for name in one.failed],
        "output": whole(one.output),
        "seconds": round(one.seconds, 3),
    }

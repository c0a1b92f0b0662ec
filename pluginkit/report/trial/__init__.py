"""Trials for people and machines; nothing here decides, prints or exits."""

from __future__ import annotations

from pluginkit.core.trial import Trials


def _text(trials: Trials, *, color: bool, columns: int) -> str:
    return "".join(f"{one.plugin} {one.status} {' '.join(one.blamed)}\n" for one in trials.trials)


FORMATS = {"text": _text}
"""What `--output-format` chooses from."""

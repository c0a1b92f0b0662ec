"""How tests ended before, by the digest of all that decides it."""

from __future__ import annotations

from collections.abc import Sequence

from pluginkit.core.trial import Ran
from pluginkit.operations.testing.statics import Static
from pluginkit.store.memory import recall, remember

_KIND = "trials/run"
_LASTING = ("passed", "failed", "broken", "none")
"""Outcomes that are the same another time; what was too late may be in time then."""


def known(key: Sequence[str]) -> tuple[Static, Ran | None] | None:
    """Return what is remembered of one plugin in one tree; None where that is nothing."""
    value = recall(_KIND, key)
    try:
        breaks, places, fields = value
        return Static(tuple(breaks), tuple(places)), Ran(*fields) if fields else None
    except (TypeError, ValueError):
        return None


def keep(key: Sequence[str], static: Static, ran: Ran | None) -> None:
    """Remember how the tests of one plugin ended in one tree, or what kept them from being run there."""
    if ran is None or ran.outcome in _LASTING:
        fields = ran and (ran.outcome, ran.passed, ran.failed, ran.output, ran.seconds)
        remember(_KIND, key, (static.breaks, static.places, fields))

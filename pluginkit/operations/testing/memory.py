"""How tests ended before, and what comparing told, by the digests of all that decides it."""

from __future__ import annotations

from collections.abc import Sequence

from pluginkit.core.trial import Ran
from pluginkit.operations.testing.statics import Static
from pluginkit.store.memory import recall, remember

_RUN, _STATIC = "trials/run", "trials/static"
_LASTING = ("passed", "failed", "broken", "none")
"""Outcomes that are the same another time; what was too late may be in time then."""


def known_run(key: Sequence[str]) -> Ran | None:
    """Return how the tests of one plugin ended in one tree; None where nothing is remembered."""
    try:
        return Ran(*recall(_RUN, key))
    except TypeError:
        return None


def keep_run(key: Sequence[str], ran: Ran) -> None:
    """Remember how the tests of one plugin ended in one tree."""
    if ran.outcome in _LASTING:
        remember(_RUN, key, (ran.outcome, ran.passed, ran.failed, ran.output, ran.seconds))


def known_static(key: Sequence[str]) -> Static | None:
    """Return what is known of one plugin and two trees without running it; None where nothing is remembered."""
    try:
        return Static(*recall(_STATIC, key))
    except TypeError:
        return None


def keep_static(key: Sequence[str], static: Static) -> None:
    """Remember what comparing two trees told of one plugin."""
    remember(_STATIC, key, (static.breaks, static.places))

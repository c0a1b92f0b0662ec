"""Tests that end otherwise when they are run again: no change is to blame for what they do. No I/O."""

from __future__ import annotations

from collections.abc import Collection

from pluginkit.core.frozen import replace
from pluginkit.core.trial import Ran

_Pair = tuple[Ran, Ran]
"""Without the change, and with it."""


def steady(first: _Pair, before: Ran | str | None, after: Ran | str | None) -> tuple[_Pair, tuple[str, ...]]:
    """Return two runs without the tests that ended otherwise when run again, and the names of those.

    `before` and `after` are the runs again; what is not a run, or did not come to an end, says nothing.
    """
    without = set(before.failed) if isinstance(before, Ran) and before.outcome == "failed" else set()
    within = set(after.passed) if isinstance(after, Ran) and after.outcome in ("passed", "failed") else set()
    named = [name for name in first[1].failed if name in first[0].passed and (name in without or name in within)]
    if first[1].outcome not in ("passed", "failed") or not named:
        return first, ()
    return (_less(first[0], named), _less(first[1], named)), tuple(named)


def _less(ran: Ran, names: Collection[str]) -> Ran:
    passed = tuple(name for name in ran.passed if name not in names)
    failed = tuple(name for name in ran.failed if name not in names)
    return replace(ran, passed=passed, failed=failed, outcome="failed" if failed else "passed")

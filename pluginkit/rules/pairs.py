"""Artifacts judged one at a time with one host: many of them, in the time that they alone take."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pluginkit.core.names import normalize
from pluginkit.core.verdict import Evidence, HostSide, Verdict
from pluginkit.rules.ignores import sift
from pluginkit.rules.judge import RULES, at_host, decide

_REQUIRED = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")


class Pairs:
    """A host, whose own side is judged once, however many artifacts it is asked about."""

    def __init__(self, side: HostSide, today: str = "") -> None:
        """Judge as of `today`, an ISO 8601 date, by default that of the clock."""
        self._side, self._today = side, today
        self._own: Verdict | None = None
        self._special = frozenset(_names(side.evidences))

    def verdict(self, one: Evidence) -> Verdict:
        """Return just what `judge([one], [side])` does."""
        found = at_host([one], self._side, self._today, self._beside(one))
        known, ignores = [one, *self._side.evidences], [self._side.host.ignores]
        (sifted,) = sift([found], known, ignores, RULES, self._today, whole=False)
        return sifted

    def _beside(self, one: Evidence) -> Verdict | None:
        """Return what is wrong on the host's side; None where that depends on the artifact: it has a say there."""
        if one.subject in self._special or normalize(one.name) in self._special:
            return None
        if self._own is None:
            self._own = decide(self._side.evidences, self._side.host, (), self._today)
        return self._own


def _names(evidences: Sequence[Evidence]) -> Iterator[str]:
    """Yield what artifacts are called, and what they require: others of these names change what is said of them."""
    for one in evidences:
        yield one.subject
        yield normalize(one.name)
        yield from (normalize(found[1]) for text in one.requires if (found := _REQUIRED.match(text)))

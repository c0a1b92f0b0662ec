"""Candidates and hosts -> rows of the table: each artifact is read once, judged with every host, and let go."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from pluginkit.backends.fork_map import spread
from pluginkit.core.fleet import Fit, PluginRelease
from pluginkit.core.frozen import record
from pluginkit.core.modes import PLUGIN
from pluginkit.operations.fleet.candidates import Candidate, Reading
from pluginkit.operations.fleet.columns import Column
from pluginkit.operations.fleet.local import version_of
from pluginkit.operations.fleet.policy import Policy, versions
from pluginkit.operations.places import with_places
from pluginkit.stages.verify import with_contract

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

    from pluginkit.core.verdict import Evidence, Finding, HostSide, Verdict

    Asked = Sequence[tuple[Candidate, tuple[int, ...]]]

_BROKEN = ("PK202", "PK203", "PK204")
"""What is wrong with a stamp that is there."""


@record
class Row:
    """What came of one candidate."""

    release: PluginRelease | None
    """None where it is not a plugin."""
    fits: tuple[Fit | None, ...] = ()
    """By host, of those that it was to be judged with."""
    lasts: bool = True
    """False where that rests on files which nothing keeps an eye on: libraries where only the plugin looks for them."""
    is_settled: bool = True
    """False where the hosts decide whether it is a plugin: by the entry points of a wheel without a stamp."""


def judged(asked: Asked, columns: Sequence[Column], policy: Policy) -> Sequence[Row]:
    """Return the row of each candidate, judged with the columns of those indices. Several processes share the work."""
    return spread(partial(_rows, columns, policy), asked)


def _rows(columns: Sequence[Column], policy: Policy, asked: Asked) -> Sequence[Row]:
    known: dict[object, Finding] = {}
    return [_row(one, [columns[index] for index in indices], policy, known) for one, indices in asked]


def _row(candidate: Candidate, columns: Sequence[Column], policy: Policy, known: dict[object, Finding]) -> Row:
    reading = candidate.read(policy.trust)
    one, place = reading.evidence, reading.place
    if one is None:
        return Row(_release(candidate, reading), (None,) * len(columns))
    if one.vendored or (one.stamp and one.stamp.kind != "plugin"):
        return Row(None)
    found = [column.judge(one, place) for column in columns]
    is_plugin = _is_plugin(one, place)
    is_settled = is_plugin is not None
    if not (is_plugin if is_settled else _is_loaded(one, place, [side for _, side in found])):
        return Row(None, (None,) * len(columns), is_settled=is_settled)
    verdicts = [verdict for verdict, _ in found]
    if place:
        verdicts = with_places(verdicts, {place: [one]})
    lasts = not (one.binary and (one.binary.linking.rpath or one.binary.linking.runpath))
    return Row(_release(candidate, reading), tuple(_fit(verdict, known) for verdict in verdicts), lasts, is_settled)


def _is_plugin(one: Evidence, place: Path | None) -> bool | None:
    """Return whether an artifact is meant for hosts to load, or may be: what cannot be read is not let through.

    None where only hosts tell.
    """
    if one.stamp or not one.readable or any(defect.code in _BROKEN for defect in one.defects):
        return True
    if one.binary:
        return one.binary.kind != "executable" or one.mode != PLUGIN
    return None if place else True


def _is_loaded(one: Evidence, place: Path | None, sides: Sequence[HostSide]) -> bool:
    """Return whether any of the hosts loads an artifact that does not say what it is."""
    return place is not None and any(with_contract(place, [one], [side])[0].factories for side in sides)


def _fit(verdict: Verdict, known: dict[object, Finding]) -> Fit:
    """Return a verdict as a cell; equal findings are one object, as many of a row are."""
    return Fit(tuple(known.setdefault(_key(one), one) for one in verdict.findings), verdict.ignored, verdict.until)


def _key(one: Finding) -> object:
    return one.code, one.severity, one.subject, one.message, one.hint, tuple(one.facts.items())


def _release(candidate: Candidate, reading: Reading) -> PluginRelease:
    one = reading.evidence
    stamp = one.stamp if one else None
    return PluginRelease(
        subject=candidate.subject,
        name=one.name if one and one.name else candidate.name,
        language=one.language if one else candidate.language,
        version=(one.version if one else "") or version_of(candidate.subject),
        apis=versions(stamp.apis) if stamp else (),
        platform=one.binary.platform if one and one.binary else "",
        digest=reading.digest,
        number=stamp.release if stamp else 0,
        unread=reading.unread,
        unchecked=reading.unchecked,
    )

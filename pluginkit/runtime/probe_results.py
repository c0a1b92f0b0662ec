"""What came of loading each plugin in a child process first: remembered, so that a start without news starts none."""

from __future__ import annotations

import sys
import time

from pluginkit.core.frozen import replace
from pluginkit.core.verdict import Finding
from pluginkit.runtime.plan import Accepted, Plan, spelled
from pluginkit.runtime.report import Result
from pluginkit.runtime.start_cache import fields
from pluginkit.store.memory import recall, remember

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_LASTS = 3600.0
"""Seconds for which a failure is remembered."""


def tried(plan: Plan, apis: Sequence[type], seconds: float) -> Plan:
    """Load each accepted plugin in a child process, and refuse what does not survive `seconds` there.

    Once for each version of a plugin, by digest: what came of it is remembered, a failure for an hour, since it may
    have been the machine's. A plugin in development has no digest.
    """
    key = (sys.version, *map(spelled, apis), plan.host, f"{seconds:g}")
    now = time.time()
    known = _still_known(recall("runtime/probe", key), now)
    new = [one for one in plan.accepted if not one.digest or _key(one) not in known]
    if new:
        from pluginkit.runtime.probe import probe  # the one room that starts processes

        found = probe(new, apis, plan.modules, seconds)
        known |= {_key(one): [now, fields(wrong)] if wrong else [] for one, wrong in zip(new, found, strict=True)}
        remember("runtime/probe", key, {name: wrong for name, wrong in known.items() if not name.startswith(" ")})
    refused = [_refused(one, known[_key(one)][1]) for one in plan.accepted if known[_key(one)]]
    kept = tuple(one for one in plan.accepted if not known[_key(one)])
    return replace(plan, accepted=kept, refused=(*plan.refused, *refused))


def _still_known(before: Any, now: float) -> dict[str, Any]:
    """Return what was remembered and holds: nothing for a plugin that passed, when it failed and what was wrong."""
    try:
        failed = {name: [told[0], fields(Finding(*told[1]))] for name, told in before.items() if told}
        return {name: failed.get(name, []) for name in before if name not in failed or now - failed[name][0] < _LASTS}
    except (AttributeError, IndexError, KeyError, TypeError):  # damaged
        return {}


def _key(one: Accepted) -> str:
    return f"{one.digest} {one.name} {one.reference}"


def _refused(one: Accepted, wrong: list[Any]) -> Result:
    found = replace(Finding(*wrong), subject=one.path)
    return Result(
        one.name,
        one.path,
        "refused" if found.code == "PK507" else "failed",
        (found, *one.findings),
        development=one.development,
        judged_by=one.judged_by,
    )

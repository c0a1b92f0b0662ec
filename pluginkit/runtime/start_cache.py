"""What an earlier start of this host found, believed as long as nothing it rested on has changed.

What a file counts as unchanged by is `incremental.file_stat`'s; what was changed a moment before it was looked at is
not remembered.
"""

from __future__ import annotations

import os

from pluginkit.core.ours import is_ours
from pluginkit.core.verdict import Finding
from pluginkit.incremental.file_stat import UNKNOWN, settled, signatures
from pluginkit.runtime.plan import Accepted, Plan, Watched
from pluginkit.runtime.report import Result
from pluginkit.store.directory import cache_path
from pluginkit.store.memory import recall, remember

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


def recall_plan(key: Sequence[str], present: Sequence[tuple[str, Sequence[str]]]) -> Plan | None:
    """Return the plan of an earlier start, if all that it rests on is as it was.

    `present` is what there is to look at, by directory: names of metadata and of wheels.
    """
    value = recall("runtime/plan", key)
    try:
        plan = _plan(*value[1]) if value and value[0] == present else None
        return plan if plan and _holds_today(plan) and all(map(is_unchanged, plan.watched)) and _is_ours(plan) else None
    except (TypeError, ValueError, LookupError, AttributeError):  # damaged
        return None


def _is_ours(plan: Plan) -> bool:
    """Return whether nobody else can write to where its wheels were unpacked."""
    roots = {os.path.dirname(os.path.dirname(one.root)) for one in plan.watched if one.private}
    top = os.path.abspath(cache_path())
    return all(is_ours(root, top) for root in roots if root.startswith(f"{top}{os.sep}"))


def _holds_today(plan: Plan) -> bool:
    if not plan.until:
        return True
    from pluginkit.core import clock

    return clock.today() <= plan.until


def remember_plan(key: Sequence[str], present: Sequence[tuple[str, Sequence[str]]], plan: Plan, begun: int) -> None:
    """Keep a plan, unless what it rests on may have changed since `begun`, in nanoseconds since the epoch."""
    if plan.lasting and all(one.private or _is_settled(one, begun) for one in plan.watched):
        remember("runtime/plan", key, (present, fields(plan)))


def watch(root: str, files: Sequence[str], plugin: str = "", *, private: bool = False) -> Watched:
    """Return files as they are now; of those that are imported of a plugin, what else lies in their directories too."""
    inside = sorted({path.rpartition("/")[0] for path in files} - {""}) if plugin else []
    listings = tuple((directory, *_names(root, directory)) for directory in inside)
    return Watched(
        root, tuple(files), tuple(signatures([f"{root}/{path}" for path in files])), listings, plugin, private
    )


def is_unchanged(one: Watched) -> bool:
    """Return whether files, and what else lies in their directories, are as they were."""
    return are_same(one) and all(_names(one.root, directory) == names for directory, *names in one.listings)


def are_same(one: Watched) -> bool:
    """Return whether files are as they were, whatever came to lie beside them."""
    root = one.root
    return tuple(signatures([f"{root}/{path}" for path in one.files])) == one.stats


def _names(root: str, directory: str) -> list[str]:
    try:
        return sorted(name for name in os.listdir(f"{root}/{directory}") if name != "__pycache__")
    except (OSError, ValueError):
        return []


def _is_settled(one: Watched, begun: int) -> bool:
    return all(settled(signature, begun) != UNKNOWN for signature in one.stats)


def fields(one: object) -> list[Any]:
    """Return a record as the list of its fields, records in it likewise: what can be remembered."""
    values = [getattr(one, name) for name in one.__slots__]  # type: ignore[attr-defined]
    return [
        [fields(each) for each in value]
        if isinstance(value, tuple) and value and hasattr(value[0], "__slots__")
        else dict(value)
        if hasattr(value, "keys")
        else value
        for value in values
    ]


def _plan(
    host: str,
    stamped: bool,
    modules: tuple[str, ...],
    accepted: list[Any],
    refused: list[Any],
    watched: list[Any],
    *rest: Any,
) -> Plan:
    return Plan(
        host,
        stamped,
        modules,
        tuple(_accepted(*values) for values in accepted),
        tuple(_result(*values) for values in refused),
        tuple(Watched(*values) for values in watched),
        *rest,
    )


def _accepted(*values: Any) -> Accepted:
    *others, found = values
    return Accepted(*(*others, _findings(found)))


def _result(name: str, path: str, status: Any, found: list[Any], *rest: Any) -> Result:
    return Result(name, path, status, _findings(found), *rest)


def _findings(rows: list[Any]) -> tuple[Finding, ...]:
    return tuple(Finding(*row) for row in rows)

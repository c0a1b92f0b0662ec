"""What an earlier start of this host found, believed as long as nothing it rested on has changed.

What a file counts as unchanged by is `incremental.file_stat`'s; what was changed a moment before it was looked at is
not remembered.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence

from pluginkit import __version__
from pluginkit.core.digest import fields_digest
from pluginkit.core.errors import PluginkitError
from pluginkit.core.frozen import replace
from pluginkit.core.verdict import Finding
from pluginkit.incremental.file_stat import UNKNOWN, settled, signatures
from pluginkit.runtime.plan import Accepted, Plan, Watched
from pluginkit.runtime.report import Result
from pluginkit.store.directory import cache_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_FORMAT = 2


def recall(kind: str, key: Sequence[str]) -> Any:
    """Return what was remembered, None where there is nothing, or nothing that can be read."""
    try:
        with open(_place(kind, key), "rb") as file:
            value = json.loads(file.read())
    except (OSError, ValueError, PluginkitError, RecursionError):
        return None
    return value.get("value") if isinstance(value, dict) and value.get("format") == _FORMAT else None


def remember(kind: str, key: Sequence[str], value: object) -> None:
    """Keep a value for the next start. A place that cannot be written is no error: the next start works anew."""
    try:
        place = _place(kind, key)
        os.makedirs(os.path.dirname(place), mode=0o700, exist_ok=True)
        fresh = f"{place}.{os.getpid()}"
        with open(fresh, "w", encoding="ascii") as file:
            file.write(json.dumps({"format": _FORMAT, "value": value}))
        os.replace(fresh, place)
    except (OSError, PluginkitError):
        return


def recall_plan(key: Sequence[str]) -> Plan | None:
    """Return the plan of an earlier start, if all that it rests on is as it was."""
    value = recall("plan", key)
    try:
        plan = _plan(value) if value else None
        return plan if plan and _holds_today(plan) and all(is_unchanged(one) for one in plan.watched) else None
    except (TypeError, ValueError, KeyError, AttributeError):  # damaged
        return None


def _holds_today(plan: Plan) -> bool:
    if not plan.until:
        return True
    from pluginkit.core import clock

    return clock.today() <= plan.until


def remember_plan(key: Sequence[str], plan: Plan, begun: int) -> None:
    """Keep a plan, unless what it rests on may have changed since `begun`, in nanoseconds since the epoch."""
    if all(one.private or _is_settled(one, begun) for one in plan.watched):
        remember("plan", key, fields(plan))


def watch(root: str, files: Sequence[str], plugin: str = "", *, private: bool = False) -> Watched:
    """Return files as they are now; of those that are imported of a plugin, what else lies in their directories too."""
    inside = sorted({path.rpartition("/")[0] for path in files} - {""}) if plugin else []
    listings = tuple((directory, *_names(root, directory)) for directory in inside)
    return Watched(
        root, tuple(files), tuple(signatures([f"{root}/{path}" for path in files])), listings, plugin, private
    )


def is_unchanged(one: Watched) -> bool:
    """Tell whether files, and what else lies in their directories, are as they were."""
    return are_same(one) and all(_names(one.root, directory) == names for directory, *names in one.listings)


def are_same(one: Watched) -> bool:
    """Tell whether files are as they were, whatever came to lie beside them."""
    root = one.root
    return tuple(signatures([f"{root}/{path}" for path in one.files])) == one.stats


def _names(root: str, directory: str) -> list[str]:
    try:
        return sorted(name for name in os.listdir(f"{root}/{directory}") if name != "__pycache__")
    except OSError:
        return []


def _is_settled(one: Watched, begun: int) -> bool:
    return all(settled(signature, begun) != UNKNOWN for signature in one.stats)


def _place(kind: str, key: Sequence[str]) -> str:
    digest = fields_digest(f"pluginkit runtime {kind} {_FORMAT}", (part.encode() for part in (__version__, *key)))
    return os.path.join(cache_path(), "runtime", f"{kind}-{digest[7:39]}.json")


def fields(one: object) -> list[Any]:
    """Return a record as the list of its fields, records in it likewise: what JSON can hold."""
    values = [getattr(one, name) for name in one.__slots__]  # type: ignore[attr-defined]
    return [
        [fields(each) for each in value]
        if isinstance(value, tuple) and value and hasattr(value[0], "__slots__")
        else dict(value)
        if hasattr(value, "keys")
        else value
        for value in values
    ]


def _plan(value: list[Any]) -> Plan:
    host, stamped, modules, accepted, refused, watched, until = value
    return Plan(
        host,
        stamped,
        tuple(modules),
        tuple(_accepted(*fields) for fields in accepted),
        tuple(_result(*fields) for fields in refused),
        tuple(
            Watched(root, tuple(files), tuple(stats), tuple(map(tuple, listings)), plugin, private)
            for root, files, stats, listings, plugin, private in watched
        ),
        until,
    )


def _accepted(*values: Any) -> Accepted:
    made = Accepted(*values)
    capabilities, versions = tuple(made.capabilities), tuple(made.api_versions)
    return replace(made, capabilities=capabilities, api_versions=versions, findings=_findings(made.findings))


def _result(*values: Any) -> Result:
    made = Result(*values)
    return replace(made, capabilities=tuple(made.capabilities), findings=_findings(made.findings))


def _findings(rows: Any) -> tuple[Finding, ...]:
    return tuple(finding(*row) for row in rows)


def finding(code: str, severity: Any, subject: str, message: str, hint: str, facts: dict[str, Any]) -> Finding:
    """Return the finding of which `fields` made a list."""
    tupled = {key: tuple(fact) if isinstance(fact, list) else fact for key, fact in facts.items()}
    return Finding(code, severity, subject, message, hint, tupled)

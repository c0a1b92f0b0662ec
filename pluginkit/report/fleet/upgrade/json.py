"""An upgrade as JSON, for machines."""

from __future__ import annotations

import json
from typing import Any

from pluginkit.core.upgrade import STATUSES
from pluginkit.report.safe import whole
from pluginkit.report.spelling import causes_first, plain_facts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.core.fleet import FleetHost, PluginRelease
    from pluginkit.core.upgrade import Upgrade, UpgradeBreak, UpgradePlugin
    from pluginkit.core.verdict import Finding

VERSION = 1
"""It grows when a key is removed or gets another meaning; keys may be added without."""


def render_json(found: Upgrade) -> str:
    """Return one JSON object in ASCII, by the schema that `pluginkit.schema.upgrade_schema` returns, and a newline."""
    now, following = found.fleet.hosts
    value = {
        "version": VERSION,
        "now": _host(now),
        "next": _host(following),
        "accepted": not found.broken,
        "counts": {takes: len(found.of(takes)) for takes in STATUSES},
        "apis": [{"name": whole(one.name), "now": whole(one.now), "next": whole(one.next)} for one in found.apis],
        "plugins": [_plugin(found, one) for one in found.plugins],
        "notes": [whole(note) for note in found.notes],
    }
    return json.dumps(value, indent=2) + "\n"


def _host(host: FleetHost) -> dict[str, Any]:
    return {"label": whole(host.label), "name": whole(host.name), "language": host.language, "platform": host.platform}


def _plugin(found: Upgrade, plugin: UpgradePlugin) -> dict[str, Any]:
    return {
        "name": whole(plugin.name),
        "takes": plugin.takes,
        "now": _release(found.release(plugin.now)),
        "next": _release(found.release(plugin.next)),
        "findings": [_finding(one) for one in causes_first(plugin.causes)],
        "breaks": [_break(one) for one in plugin.breaks],
        "notes": [whole(note) for note in plugin.notes],
    }


def _release(one: PluginRelease | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {"subject": whole(one.subject), "version": whole(one.version), "digest": one.digest}


def _finding(one: Finding) -> dict[str, Any]:
    return {
        "code": one.code,
        "subject": whole(one.subject),
        "message": whole(one.message),
        "hint": whole(one.hint),
        "facts": plain_facts(one),
    }


def _break(one: UpgradeBreak) -> dict[str, Any]:
    return {
        "api": whole(one.api),
        "change": whole(one.change),
        "reason": whole(one.reason),
        "unknown": one.unknown,
        "places": [whole(place) for place in one.places],
    }

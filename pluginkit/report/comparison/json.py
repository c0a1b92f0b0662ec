"""A comparison as JSON, for machines."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from pluginkit.report.safe import whole
from pluginkit.surface.change import SEVERITIES, Change
from pluginkit.surface.comparison import Advice, ApiOutcome, Comparison, Concern, Place, PluginOutcome

VERSION = 1
"""It grows when a key is removed or gets another meaning; keys may be added without."""


def render_json(comparison: Comparison) -> str:
    """Return one JSON object in ASCII, by the schema that `pluginkit.schema.diff_schema` returns, and a newline."""
    value = {
        "version": VERSION,
        "old": whole(comparison.old),
        "new": whole(comparison.new),
        "step": comparison.step,
        "apis": [_api(api) for api in comparison.apis],
        "plugins": [_plugin(plugin) for plugin in comparison.plugins],
    }
    return json.dumps(value, indent=2) + "\n"


def _api(api: ApiOutcome) -> dict[str, Any]:
    return {
        "name": whole(api.name),
        "old": whole(api.old),
        "new": whole(api.new),
        "kind": api.kind,
        "place": whole(api.place),
        "step": api.step,
        "needed": whole(api.needed),
        "enough": api.enough,
        "counts": {severity: len(api.of(severity)) for severity in SEVERITIES},
        "changes": [_change(change) for change in api.changes],
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "name": whole(change.name),
        "severity": change.severity,
        "place": whole(change.place),
        "old": whole(change.old),
        "new": whole(change.new),
        "summary": whole(str(change)),
        "reason": whole(change.reason),
        "unannounced": change.unannounced,
    }


def _plugin(plugin: PluginOutcome) -> dict[str, Any]:
    return {
        "name": whole(plugin.name),
        "subject": whole(plugin.subject),
        "status": plugin.status,
        "breaks": [_concern(concern) for concern in plugin.concerns],
        "deprecated": [_advice(advice) for advice in plugin.deprecated],
        "notes": [whole(note) for note in plugin.notes],
    }


def _concern(concern: Concern) -> dict[str, Any]:
    return {
        "api": whole(concern.api),
        "unknown": concern.unknown,
        "change": _change(concern.change),
        "places": _places(concern.places),
    }


def _advice(advice: Advice) -> dict[str, Any]:
    return {
        "api": whole(advice.api),
        "name": whole(advice.name),
        "message": whole(advice.message),
        "places": _places(advice.places),
    }


def _places(places: Iterable[Place]) -> list[dict[str, Any]]:
    return [{"file": whole(place.file), "line": place.line} for place in places]

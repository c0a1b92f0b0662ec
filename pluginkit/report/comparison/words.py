"""What every format says of a comparison, in the same words."""

from __future__ import annotations

from collections.abc import Iterator

from pluginkit.report.safe import safe
from pluginkit.surface.change import UNANNOUNCED, Change
from pluginkit.surface.comparison import Advice, ApiOutcome, Comparison, Concern, Place, PluginOutcome

STATUS = {
    "breaks": "breaks",
    "unknown": "may break",
    "rebuild": "needs only a rebuild",
    "unaffected": "not affected",
}
"""What people read for the status of a plugin."""


def headline(api: ApiOutcome) -> str:
    """Return what an API is called and its two versions, where they are known."""
    versions = {"added": f"{api.new} is new", "removed": f"{api.old} was removed"}.get(api.kind)
    if versions is None:
        versions = " -> ".join(part for part in (api.old, api.new) if part) if api.old != api.new else api.old
    return safe(f"{api.name} {versions}".strip())


def advice(api: ApiOutcome) -> str:
    """Return which version SemVer asks for, and whether the given one is enough."""
    if api.kind == "equal":
        return "no difference"
    if api.kind == "added":
        return "a new API"
    asks = f"asks for {api.needed} ({api.step})" if api.needed else f"asks for a {api.step} step"
    if api.enough is None:
        return safe(asks)
    if api.enough:
        return safe(f"{asks}; {api.new} is enough")
    same = f"it is still {api.new}" if api.new == api.old else f"{api.new} is not enough"
    return safe(f"{asks}; {same}")


def total(comparison: Comparison) -> str:
    """Return in one line how many plugins break; empty where none was named."""
    if not comparison.plugins:
        return ""
    counts = {status: sum(one.status == status for one in comparison.plugins) for status in STATUS}
    plugins = f"{len(comparison.plugins)} plugin{'' if len(comparison.plugins) == 1 else 's'}"
    parts = [
        f"{counts['breaks']} break{'s' if counts['breaks'] == 1 else ''}" if counts["breaks"] else "",
        f"{counts['unknown']} may break" if counts["unknown"] else "",
        f"{counts['rebuild']} need{'s' if counts['rebuild'] == 1 else ''} only a rebuild" if counts["rebuild"] else "",
    ]
    return f"{plugins}: {', '.join(filter(None, parts)) or 'none breaks'}"


def said(change: Change) -> str:
    """Return one change in words, and whether it removes what was never deprecated."""
    return safe(f"{change} ({UNANNOUNCED})" if change.unannounced else str(change))


def because(concern: Concern) -> str:
    """Return one change that breaks a plugin, in words."""
    return said(concern.change) + (" (cannot be told by reading)" if concern.unknown else "")


def advised(advice: Advice) -> str:
    """Return what deprecated thing a plugin uses, in words."""
    return safe(f"{advice.name} is deprecated" + (f": {advice.message}" if advice.message else ""))


def located(plugin: PluginOutcome) -> Iterator[tuple[Concern, str, int]]:
    """Yield each concern with each of its places: file and line; one without a place with the plugin's own and 1."""
    for concern in plugin.concerns:
        for place in places_of(plugin, concern.places):
            yield concern, place.file, place.line


def places_of(plugin: PluginOutcome, places: tuple[Place, ...]) -> tuple[Place, ...]:
    """Return places in a plugin; where there are none, its own and line 1."""
    return places or (Place(plugin.subject, 1),)

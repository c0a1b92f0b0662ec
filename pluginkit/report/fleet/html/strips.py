"""Pictures of an API's versions: which of them the releases of a plugin, and all plugins, were built against."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from pluginkit.core.fleet import Fleet, FleetPlugin
from pluginkit.core.versions import version
from pluginkit.report.fleet.html.escape import text
from pluginkit.report.fleet.words import counted

_WIDTH, _HEIGHT, _MARGIN = 120, 18, 8
_MOST_VERSIONS = 12
"""Of one API that a chart shows; the oldest are left out."""


def apis_of(fleet: Fleet) -> dict[str, list[str]]:
    """Return by the name of each API the versions that hosts have or releases were built against, in their order."""
    hosts = [api for host in fleet.hosts for api in host.apis]
    releases = [api for release in fleet.releases for api in release.apis]
    names = dict.fromkeys(api.name for api in (*hosts, *releases))
    return {
        name: sorted({api.version for api in (*hosts, *releases) if api.name == name}, key=_ordered) for name in names
    }


def strip(fleet: Fleet, plugin: FleetPlugin, apis: dict[str, list[str]]) -> str:
    """Return the picture of one plugin: dots for its releases, the newest filled, and lines where hosts are."""
    api = next((one.name for row in plugin.rows for one in fleet.releases[row].apis), "")
    if not api:
        return ""
    axis = apis[api]
    built = Counter(one.version for row in plugin.rows[1:] for one in fleet.releases[row].apis if one.name == api)
    newest = next((one.version for one in fleet.releases[plugin.rows[0]].apis if one.name == api), "")
    hosts = _hosts(fleet, api)
    places = {at: _x(axis, at) for at in axis}
    lines = "".join(f'<line class="stroke-soft" x1="{places[at]}" x2="{places[at]}" y1="2" y2="16"/>' for at in hosts)
    dots = "".join(f'<circle class="ring" cx="{places[at]}" cy="9" r="{min(3 + n, 5)}"/>' for at, n in built.items())
    filled = f'<circle class="fill-ink" cx="{places[newest]}" cy="9" r="4"/>' if newest else ""
    older = f", older ones against {', '.join(built)}" if built else ""
    told = f"newest release built against {api} {newest}{older}"
    base = f'<line class="stroke-line" x1="{_MARGIN}" x2="{_WIDTH - _MARGIN}" y1="9" y2="9"/>'
    return (
        f'<svg role="img" width="{_WIDTH}" height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'aria-label="{text(told)}">{base}{lines}{dots}{filled}</svg>'
    )


def chart(fleet: Fleet, api: str, axis: Sequence[str]) -> str:
    """Return the picture of one API: of how many plugins the newest release is for each version, and how many hosts."""
    shown = axis[-_MOST_VERSIONS:]
    newest = Counter(
        one.version for plugin in fleet.plugins for one in fleet.releases[plugin.rows[0]].apis if one.name == api
    )
    hosts = _hosts(fleet, api)
    most = max((newest[at] for at in shown), default=0) or 1
    step = 480 / max(len(shown), 1)
    bars = []
    for number, at in enumerate(shown):
        height, left = round(80 * newest[at] / most), round(number * step)
        middle = round(left + step / 2)
        width = round(min(step * 0.6, 64))
        bars.append(
            f'<rect class="fill-good" x="{middle - width // 2}" y="{100 - height}" width="{width}" height="{height}"/>'
            f'<text x="{middle}" y="{95 - height}" text-anchor="middle">{newest[at] or ""}</text>'
            f'<text x="{middle}" y="116" text-anchor="middle">{text(at, 12)}</text>'
        )
        if hosts[at]:
            bars.append(f'<text x="{middle}" y="131" text-anchor="middle">▲ {counted(hosts[at], "host")}</text>')
    told = "; ".join(f"{at}: {counted(newest[at], 'plugin')}, {counted(hosts[at], 'host')}" for at in shown)
    lines = '<line class="stroke-soft" x1="0" x2="480" y1="100" y2="100"/>'
    head = f'<svg class="picture" role="img" viewBox="0 0 480 136" aria-label="{text(told, 2000)}">'
    return f"{head}{''.join(bars)}{lines}</svg>"


def _hosts(fleet: Fleet, api: str) -> Counter[str]:
    return Counter(one.version for host in fleet.hosts for one in host.apis if one.name == api)


def _x(axis: Sequence[str], at: str) -> float:
    room = _WIDTH - 2 * _MARGIN
    place = axis.index(at) / max(len(axis) - 1, 1) if len(axis) > 1 else 0.5
    return round(_MARGIN + room * place, 1)


@lru_cache(maxsize=4096)
def _ordered(at: str) -> tuple[Any, ...]:
    found = version(at.removeprefix("v"))
    return (1, found) if found else (0, at)

"""A fleet as a table that fits a terminal."""

from __future__ import annotations

from pluginkit.core.fleet import Fleet
from pluginkit.report.safe import safe


def render_text(fleet: Fleet, *, every: bool, color: bool, columns: int) -> str:
    """Return plugins by hosts: the newest release that fits, or the codes that keep the newest from fitting."""
    lines = ["  ".join(["", *(safe(host.label) for host in fleet.hosts)])]
    for plugin in fleet.plugins:
        cells = []
        for column in range(len(fleet.hosts)):
            row = fleet.newest(plugin, column)
            fit = fleet.fits[plugin.rows[0]][column]
            cells.append(
                fleet.releases[row].version or "ok" if row is not None else " ".join(fit.codes) if fit else "?"
            )
        lines.append("  ".join([safe(plugin.name), *map(safe, cells)]))
    return "\n".join(lines) + "\n"

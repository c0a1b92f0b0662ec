"""What the page's script knows: releases, cells, and findings, each of them once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pluginkit.core.fleet import Fit, Fleet, FleetPlugin
from pluginkit.core.verdict import Finding
from pluginkit.report.fleet.words import Cell, cell_of_release, host_titles, plugin_titles, stated, titled
from pluginkit.report.safe import safe
from pluginkit.report.spelling import causes_first, plain_facts


def page_data(fleet: Fleet, cells: Sequence[Sequence[Cell]], every: bool) -> dict[str, Any]:
    """Return it as plain data; `cells` are those of each plugin by host."""
    findings = _Findings()
    fits = [[fit and _fit(fit, findings) for fit in row] for row in fleet.fits]
    titles = plugin_titles(fleet.plugins)
    return {
        "every": every,
        "hosts": host_titles(fleet.hosts),
        "plugins": [
            _plugin(plugin, title, mine) for plugin, title, mine in zip(fleet.plugins, titles, cells, strict=True)
        ],
        "releases": [_release(fleet, row) for row in range(len(fleet.releases))],
        "fits": fits,
        "findings": findings.values,
    }


def shown(fleet: Fleet, one: Cell) -> str:
    """Return what a cell says: the version that fits, `ok` where none is stated, else the codes that refuse it."""
    if one.row is not None:
        return stated(fleet.releases[one.row]) or "ok"
    if one.status == "unread":
        return "unread"
    more = f" +{len(one.codes) - 1}" if len(one.codes) > 1 else ""
    return f"{safe(one.codes[0])}{more}" if one.codes else "-"


def _plugin(plugin: FleetPlugin, title: str, cells: Sequence[Cell]) -> dict[str, Any]:
    return {
        "title": title,
        "language": plugin.language,
        "rows": list(plugin.rows),
        "cells": [one.status for one in cells],
    }


def _release(fleet: Fleet, row: int) -> dict[str, Any]:
    one = fleet.releases[row]
    cells = [cell_of_release(fleet, row, column) for column in range(len(fleet.hosts))]
    return {
        "title": titled(one),
        "version": stated(one) or safe(one.subject.rpartition("/")[2]),
        "subject": safe(one.subject),
        "apis": ", ".join(safe(api.label) for api in one.apis),
        "unread": safe(one.unread),
        "unchecked": ", ".join(map(safe, one.unchecked)),
        "cells": [[each.status, "ok" if each.status == "fits" else shown(fleet, each)] for each in cells],
    }


def _fit(fit: Fit, findings: _Findings) -> tuple[list[int], list[int]]:
    return [findings.number(one) for one in causes_first(fit.findings)], [findings.number(one) for one in fit.ignored]


class _Findings:
    """Findings by number; of a cell the subject is known already."""

    def __init__(self) -> None:
        self.values: list[dict[str, Any]] = []
        self._numbers: dict[object, int] = {}

    def number(self, one: Finding) -> int:
        """Return the number of a finding."""
        key = one.code, one.severity, one.message, one.hint, tuple(one.facts.items())
        if key not in self._numbers:
            self._numbers[key] = len(self.values)
            facts = {safe(name): _fact(value) for name, value in plain_facts(one).items()}
            said = {"code": one.code, "severity": one.severity, "message": safe(one.message), "hint": safe(one.hint)}
            self.values.append({**{name: safe(value) for name, value in said.items()}, "facts": facts})
        return self._numbers[key]


def _fact(value: Any) -> Any:
    return safe(value) if isinstance(value, str) else [safe(one) for one in value]

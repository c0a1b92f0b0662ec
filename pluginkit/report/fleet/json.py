"""A fleet as JSON, for machines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pluginkit.core.fleet import ApiVersion, Fit, Fleet, FleetHost, FleetPlugin, PluginRelease
from pluginkit.core.verdict import Finding
from pluginkit.report.fleet.words import Cell, cell, labels
from pluginkit.report.safe import whole
from pluginkit.report.spelling import plain_facts

VERSION = 1
"""It grows when a key is removed or gets another meaning; keys may be added without."""


def render_json(fleet: Fleet) -> str:
    """Return one JSON object in ASCII, by the schema that `pluginkit.schema.fleet_schema` returns, and a newline.

    A line holds one host, release, cell or finding: to indent everything would take five times as long.
    Equal findings of one release, or of several, are there once.
    """
    findings, names = _Findings(), [whole(label) for label in labels(fleet.hosts)]
    plugins = [list(_plugin(fleet, plugin, names, findings)) for plugin in fleet.plugins]
    members = [
        f'"version": {VERSION}',
        f'"complete": {json.dumps(fleet.complete)}',
        f'"hosts": {_array([json.dumps(_host(host, label)) for host, label in zip(fleet.hosts, names, strict=True)])}',
        f'"plugins": {_array([_joined(plugin) for plugin in plugins])}',
        f'"findings": {_array(list(findings.numbers))}',
        f'"left_out": {fleet.left_out}',
        f'"notes": {json.dumps([whole(note) for note in fleet.notes])}',
    ]
    return "{" + ",\n ".join(members) + "}\n"


def _array(lines: Sequence[str], indent: int = 2) -> str:
    gap = "\n" + " " * indent
    return f"[{gap}{f',{gap}'.join(lines)}]" if lines else "[]"


def _joined(members: Iterable[str]) -> str:
    return "{" + ",\n   ".join(members) + "}"


class _Findings:
    """Findings by their number, each once; of most the subject is the release that they are found in."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self._known: dict[tuple[int, str], tuple[int, Finding]] = {}

    def number(self, finding: Finding, release: PluginRelease) -> int:
        """Return the number of a finding."""
        key = id(finding), release.subject
        if key not in self._known:  # with the finding, so that no other one gets its id
            line = json.dumps(_finding(finding, release.subject))
            self._known[key] = self.numbers.setdefault(line, len(self.numbers)), finding
        return self._known[key][0]


def _host(host: FleetHost, label: str) -> dict[str, Any]:
    return {
        "label": label,
        "name": whole(host.name),
        "language": host.language,
        "platform": whole(host.platform),
        "apis": _apis(host.apis),
    }


def _plugin(fleet: Fleet, plugin: FleetPlugin, names: Sequence[str], findings: _Findings) -> Iterator[str]:
    yield f'"name": {json.dumps(whole(plugin.name))}, "language": {json.dumps(plugin.language)}'
    cells = [_cell(fleet, plugin, name, cell(fleet, plugin, column)) for column, name in enumerate(names)]
    yield f'"cells": {_array(cells, 4)}'
    yield f'"releases": {_array([_release(fleet, row, findings) for row in plugin.rows], 4)}'


def _cell(fleet: Fleet, plugin: FleetPlugin, name: str, one: Cell) -> str:
    taken = fleet.releases[one.row] if one.row is not None else None
    value = {
        "host": name,
        "status": one.status,
        "release": plugin.rows.index(one.row) if one.row is not None else None,
        "version": whole(taken.version) if taken else "",
        "codes": one.codes,
    }
    return json.dumps(value)


def _release(fleet: Fleet, row: int, findings: _Findings) -> str:
    release = fleet.releases[row]
    value = {
        "subject": whole(release.subject),
        "version": whole(release.version),
        "number": release.number,
        "platform": whole(release.platform),
        "digest": whole(release.digest),
        "apis": _apis(release.apis),
        "unread": whole(release.unread),
        "unchecked": [whole(code) for code in release.unchecked],
        "fits": [fit and _fit(fit, release, findings) for fit in fleet.fits[row]],
    }
    return json.dumps(value)


def _fit(fit: Fit, release: PluginRelease, findings: _Findings) -> dict[str, Any]:
    value: dict[str, Any] = {
        "accepted": fit.accepted,
        "findings": [findings.number(one, release) for one in fit.findings],
    }
    if fit.ignored:
        value["ignored"] = [findings.number(one, release) for one in fit.ignored]
    if fit.until:
        value["until"] = whole(fit.until)
    return value


def _finding(finding: Finding, subject: str) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "subject": "" if finding.subject == subject else whole(finding.subject),
        "message": whole(finding.message),
        "hint": whole(finding.hint),
        "facts": plain_facts(finding),
    }


def _apis(apis: Iterable[ApiVersion]) -> list[dict[str, str]]:
    return [{"name": whole(api.name), "version": whole(api.version), "digest": whole(api.digest)} for api in apis]

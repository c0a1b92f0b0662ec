"""A fleet as SARIF 2.1.0 (OASIS), for code scanning: what refuses the newest release of each plugin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pluginkit.core.fleet import Fleet, PluginRelease
from pluginkit.core.verdict import Finding
from pluginkit.report.fleet.reasons import gaps, shown_rows
from pluginkit.report.fleet.words import cell, counted, host_titles, labels
from pluginkit.report.safe import safe, whole
from pluginkit.report.sarif import FINGERPRINT, document, fingerprint, location, rule
from pluginkit.report.spelling import causes_first, plain_facts, told

_MOST = 2000
"""Characters of one value."""
_MOST_HOSTS = 5


def render_sarif(fleet: Fleet, pages: Mapping[str, tuple[str, str]], base: str = "") -> str:
    """Return one run in ASCII: a result a finding, with the hosts that it is about, which are all of one text.

    It is an error where no release of the plugin fits one of them, else a warning. What was not read, or could not be
    checked, is a notification. Locations are relative to the directory `base`.
    """
    rules = [rule(code, *pages[code]) for code in sorted(pages)]
    places = {one["id"]: index for index, one in enumerate(rules)}
    titles = host_titles(fleet.hosts)
    seen: Counter[str] = Counter()
    results = []
    for row, finding, hosts in _found(fleet):
        release = fleet.releases[row]
        print_ = fingerprint(finding.code, release.name, _file(release), finding.message)
        seen[print_] += 1  # code scanning would take two of one fingerprint for one
        text = f"{_against([titles[column] for column in hosts])}: {safe(release.subject)}: "
        result = _result(fleet, release, finding, hosts)
        result |= _told(text + "\n".join(told(finding, _MOST)), location(release.subject, base))
        result |= {"ruleIndex": places[finding.code]} if finding.code in places else {}
        results.append(result | {"partialFingerprints": {FINGERPRINT: f"{print_}:{seen[print_]}"}})
    artifacts = [{"location": location(fleet.releases[row].subject, base)} for row in shown_rows(fleet, every=False)]
    return document(rules, artifacts, results, list(_notifications(fleet, base)))


def _found(fleet: Fleet) -> Iterator[tuple[int, Finding, Mapping[int, bool]]]:
    """Yield the row of a newest release, what refuses it, and by column whether no other release fits there."""
    for plugin in fleet.plugins:
        groups: dict[str, tuple[int, Finding, dict[int, bool]]] = {}
        for column in range(len(fleet.hosts)):
            one = cell(fleet, plugin, column)
            fit = fleet.fits[one.judged][column] if one.status in ("refused", "older") else None
            for finding in causes_first(fit.findings) if fit else ():
                key = repr((one.judged, finding.code, finding.message, finding.hint, dict(finding.facts)))
                groups.setdefault(key, (one.judged, finding, {}))[2][column] = one.status == "refused"
        yield from groups.values()


def _against(hosts: Sequence[str]) -> str:
    more = len(hosts) - _MOST_HOSTS
    return f"against {', '.join(hosts[:_MOST_HOSTS])}" + (f" and {counted(more, 'other')}" if more > 0 else "")


def _told(text: str, place: Mapping[str, str]) -> dict[str, Any]:
    return {
        "message": {"text": text.replace("](", "\\](")},  # else `[this](1)` were a link: SARIF 3.11.6
        # An artifact has no lines, but code scanning wants one.
        "locations": [{"physicalLocation": {"artifactLocation": place, "region": {"startLine": 1}}}],
    }


def _result(fleet: Fleet, release: PluginRelease, finding: Finding, hosts: Mapping[int, bool]) -> dict[str, Any]:
    names = [whole(label) for label in labels(fleet.hosts)]
    return {
        "ruleId": finding.code,
        "level": "error" if finding.severity == "error" and any(hosts.values()) else "warning",
        "properties": {
            "plugin": whole(release.name),
            "version": whole(release.version),
            "hosts": [names[column] for column in hosts],
            "without": [names[column] for column, alone in hosts.items() if alone],
            "facts": plain_facts(finding),
        },
    }


def _file(release: PluginRelease) -> str:
    return release.subject.replace("\\", "/").rpartition("/")[2]


def _notifications(fleet: Fleet, base: str) -> Iterator[dict[str, Any]]:
    for what, releases in gaps(fleet, every=True):
        yield {"level": "warning", "message": {"text": what}, "locations": _locations(releases, base)}
    for note in fleet.notes:
        yield {"level": "note", "message": {"text": safe(note, _MOST)}}


def _locations(releases: Sequence[PluginRelease], base: str) -> list[dict[str, Any]]:
    return [{"physicalLocation": {"artifactLocation": location(one.subject, base)}} for one in releases]

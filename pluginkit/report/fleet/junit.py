"""A fleet as JUnit XML, which CI systems show as tests: a suite a host, a case a plugin of its language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.etree.ElementTree import Element, SubElement

from pluginkit.core.fleet import Fit, Fleet, FleetPlugin
from pluginkit.core.verdict import Finding
from pluginkit.report.fleet.words import Cell, cell, labels, stated
from pluginkit.report.junit import document, found_text
from pluginkit.report.safe import safe
from pluginkit.report.spelling import causes_first

_MOST = 2000
"""Characters of one value."""


def render_junit(fleet: Fleet) -> str:
    """Return XML 1.0 in ASCII, ending in a newline.

    A plugin of which no release fits fails, with what refuses the newest; one that was not read is an error. What
    keeps the newest from fitting where another release does is what a case printed.
    """
    root = Element("testsuites", name="pluginkit fleet")
    for column, label in enumerate(labels(fleet.hosts)):
        suite = SubElement(root, "testsuite", name=safe(label, _MOST))
        cells = [(plugin, cell(fleet, plugin, column)) for plugin in fleet.plugins]
        mine = [(plugin, one) for plugin, one in cells if one.status != "other-language"]
        for plugin, one in mine:
            _case(suite, fleet, plugin, one, fleet.fits[one.judged][column])
        status = [one.status for _, one in mine]
        counts = {"failures": status.count("refused"), "errors": status.count("unread"), "skipped": 0}
        suite.attrib |= {"tests": str(len(mine))} | {name: str(number) for name, number in counts.items()}
    return document(root)


def _case(suite: Element, fleet: Fleet, plugin: FleetPlugin, one: Cell, fit: Fit | None) -> None:
    case = SubElement(suite, "testcase", classname=suite.attrib["name"], name=safe(plugin.name, _MOST))
    judged = fleet.releases[one.judged]
    findings = causes_first(fit.findings) if fit else []
    if one.status == "refused":
        for finding in _errors(findings):
            message = safe(finding.message, _MOST)
            SubElement(case, "failure", type=finding.code, message=message).text = found_text(finding, _MOST)
    elif one.status == "unread":
        reason = safe(judged.unread, _MOST) or "not read"
        SubElement(case, "error", type="unread", message=reason).text = f"{safe(judged.subject, _MOST)}: {reason}"
    printed = list(_printed(fleet, one, findings))
    if printed:
        SubElement(case, "system-out").text = "\n".join(printed)


def _printed(fleet: Fleet, one: Cell, findings: Iterable[Finding]) -> Iterator[str]:
    """Yield which release it is about, and what does not fail."""
    judged = fleet.releases[one.judged]
    if one.row is not None:
        taken = fleet.releases[one.row]
        yield f"fits: {' '.join(filter(None, (stated(taken), safe(taken.subject, _MOST))))}"
    if one.status == "older":
        why = judged.unread and f": {safe(judged.unread, _MOST)}"
        yield f"the newest does not: {' '.join(filter(None, (stated(judged), safe(judged.subject, _MOST))))}{why}"
        yield from (found_text(finding, _MOST) for finding in _errors(findings))
    elif one.status == "refused":
        yield f"the newest: {' '.join(filter(None, (stated(judged), safe(judged.subject, _MOST))))}"
    yield from (found_text(finding, _MOST) for finding in findings if finding.severity == "warning")
    if judged.unchecked:
        yield f"not checked: {', '.join(map(safe, judged.unchecked))}"


def _errors(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.severity == "error"]

"""Verdicts as JUnit XML, which CI systems show as tests: a suite a host, a case an artifact."""

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from pluginkit.core.verdict import Finding, Verdict
from pluginkit.report.safe import safe

_MOST = 10_000
"""Characters of one value."""


def render_junit(verdicts: Sequence[Verdict]) -> str:
    """Return XML 1.0 in ASCII, ending in a newline; errors are failures, warnings are what a case printed."""
    root = Element("testsuites", name="pluginkit verify")
    for verdict in verdicts:
        _suite(root, verdict)
    indent(root)
    data: bytes = tostring(root, encoding="us-ascii", xml_declaration=True)
    return data.decode("ascii") + "\n"


def _suite(root: Element, verdict: Verdict) -> None:
    subjects = list(dict.fromkeys(verdict.subjects))
    name = safe(verdict.host) or "no host"
    counts = {"tests": str(len(subjects)), "failures": str(len(verdict.refused)), "errors": "0", "skipped": "0"}
    suite = SubElement(root, "testsuite", {"name": name, **counts})
    for subject in subjects:
        case = SubElement(suite, "testcase", classname=name, name=safe(subject, _MOST))
        mine = [finding for finding in verdict.findings if finding.subject == subject]
        for finding in mine:
            if finding.severity == "error":
                failure = SubElement(case, "failure", type=finding.code, message=safe(finding.message, _MOST))
                failure.text = _told(finding)
        warnings = [_told(finding) for finding in mine if finding.severity == "warning"]
        if warnings:
            SubElement(case, "system-out").text = "\n".join(warnings)


def _told(finding: Finding) -> str:
    lines = [f"{finding.code} {safe(finding.message, _MOST)}"]
    for name, value in finding.facts.items():
        lines += [f"{safe(name)}: {safe(line, _MOST)}" for line in ((value,) if isinstance(value, str) else value)]
    return "\n".join([*lines, *([f"hint: {safe(finding.hint, _MOST)}"] if finding.hint else [])])

"""Verdicts as JUnit XML, which CI systems show as tests: a suite a host, a case an artifact."""

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from pluginkit.core.verdict import Finding, Verdict
from pluginkit.report.safe import safe
from pluginkit.report.spelling import causes_first, told

_MOST = 10_000
"""Characters of one value."""


def render_junit(verdicts: Sequence[Verdict]) -> str:
    """Return XML 1.0 in ASCII, ending in a newline; errors are failures, warnings are what a case printed."""
    root = Element("testsuites", name="pluginkit verify")
    for verdict in verdicts:
        _suite(root, verdict)
    return document(root)


def document(root: Element) -> str:
    """Return an element as XML 1.0 in ASCII, ending in a newline."""
    indent(root)
    data: bytes = tostring(root, encoding="us-ascii", xml_declaration=True)
    return data.decode("ascii") + "\n"


def _suite(root: Element, verdict: Verdict) -> None:
    found: dict[str, list[Finding]] = {subject: [] for subject in verdict.subjects}
    for finding in causes_first(verdict.findings):
        found.setdefault(finding.subject, []).append(finding)  # some are about no artifact: the configuration
    name = safe(verdict.host) or "no host"
    suite = SubElement(root, "testsuite", name=name)
    failures = sum(_case(suite, name, subject, findings) for subject, findings in found.items())
    suite.attrib |= {"tests": str(len(found)), "failures": str(failures), "errors": "0", "skipped": "0"}


def _case(suite: Element, host: str, subject: str, findings: Sequence[Finding]) -> bool:
    """Add a case, and return whether it failed."""
    case = SubElement(suite, "testcase", classname=host, name=safe(subject, _MOST))
    for finding in findings:
        if finding.severity == "error":
            message = safe(finding.message, _MOST)
            SubElement(case, "failure", type=finding.code, message=message).text = found_text(finding, _MOST)
    warnings = [found_text(finding, _MOST) for finding in findings if finding.severity == "warning"]
    if warnings:
        SubElement(case, "system-out").text = "\n".join(warnings)
    return case.find("failure") is not None


def found_text(finding: Finding, most: int) -> str:
    """Return the code of a finding and what it says, values of at most so many characters."""
    return f"{finding.code} " + "\n".join(told(finding, most))

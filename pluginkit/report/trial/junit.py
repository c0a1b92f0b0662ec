"""Trials as JUnit XML, which CI systems show as tests: a suite a plugin, in it a case for it and one a blamed test."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, indent, tostring

from pluginkit.core.trial import Trial, Trials
from pluginkit.report.safe import safe
from pluginkit.report.trial.words import label, printed, ran, what

_MOST = 10_000
"""Characters of one value."""
_MOST_LINES = 200
_SKIPPED = {"failed before": "its tests fail without the change already", "no tests": "it has no tests"}


def render_junit(trials: Trials) -> str:
    """Return XML 1.0 in ASCII, ending in a newline.

    What the change breaks is a failure, what could not be tried an error; what has no tests, or failed before, is
    skipped.
    """
    root = Element("testsuites", name=f"pluginkit test {safe(trials.change)}")
    for trial in trials.trials:
        _suite(root, trial)
    indent(root)
    data: bytes = tostring(root, encoding="us-ascii", xml_declaration=True)
    return data.decode("ascii") + "\n"


def _suite(root: Element, trial: Trial) -> None:
    name, status = label(trial), trial.status
    suite = SubElement(root, "testsuite", name=name)
    seconds = sum(one.seconds for one in (trial.before, trial.after) if one)
    case = SubElement(suite, "testcase", classname=name, name=safe(trial.plugin, _MOST), time=f"{seconds:.3f}")
    blamed = trial.blamed if status == "breaks" else ()
    if status in _SKIPPED:
        SubElement(case, "skipped", message=_SKIPPED[status])
    elif status == "error":
        SubElement(case, "error", type=status, message=_joined(trial))
    elif status != "ok":
        failure = SubElement(case, "failure", type=status, message=_joined(trial))
        failure.text = "\n".join([*map(safe, trial.places), *printed(trial, _MOST_LINES)])
    for test in blamed:
        found = SubElement(suite, "testcase", classname=name, name=safe(test, _MOST))
        SubElement(found, "failure", type="blamed", message="it passes without the change, and not with it")
    counts = {
        "tests": 1 + len(blamed),
        "failures": len(blamed) + (status in ("breaks", "refused")),
        "errors": int(status == "error"),
        "skipped": int(status in _SKIPPED),
    }
    suite.attrib |= {key: str(value) for key, value in counts.items()}


def _joined(trial: Trial) -> str:
    return safe("; ".join(what(trial)) or ran(trial.after), _MOST)

"""What pytest says of a run: its JUnit report (`-o junit_family=xunit1`, which names files), and its exit status."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

from pluginkit.core.trial import Ran

_NONE = 5
"""pytest's exit status where it collected no test."""
_MOST = 6000
"""Characters of output that are kept: its end."""


def ran(report: Path, status: int, output: str, seconds: float) -> Ran:
    """Return how a run of pytest ended, by what it left."""
    passed, failed, errors = _cases(report)
    if status == _NONE:
        return Ran("none", seconds=seconds)
    if status == 0 and not failed and not errors:
        return Ran("passed", passed, seconds=seconds)
    tail = output[-_MOST:]
    if not failed and not passed and not any("::" in name for name in errors):  # only files that cannot be read
        return Ran("broken", output=tail, seconds=seconds)
    return Ran("failed", passed, (*failed, *errors), tail, seconds)


def _cases(report: Path) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return the names of the tests that passed, that failed, and that could not be set up or collected."""
    try:
        cases = list(ElementTree.parse(report).iter("testcase"))  # noqa: S314
    except (OSError, ElementTree.ParseError):
        return (), (), ()
    passed, failed, errors = [], [], []
    for case in cases:
        name = _name(case)
        if case.find("failure") is not None:
            failed.append(name)
        elif case.find("error") is not None:
            errors.append(name)
        elif case.find("skipped") is None:
            passed.append(name)
    passed = [name for name in passed if name not in {*failed, *errors}]
    return tuple(dict.fromkeys(passed)), tuple(dict.fromkeys(failed)), tuple(dict.fromkeys(errors))


def _name(case: ElementTree.Element) -> str:
    """Return the name of a test as pytest prints it: `tests/test_filter.py::TestSize::test_large`; or of a file."""
    file, dotted, name = case.get("file") or "", case.get("classname") or "", case.get("name") or ""
    if file and not dotted:  # it could not be collected
        return file
    module = file.removesuffix(".py").replace("/", ".").replace("\\", ".")
    classes = dotted.removeprefix(module).strip(".").split(".") if module and dotted.startswith(module) else []
    return "::".join(filter(None, (file or dotted, *classes, name)))

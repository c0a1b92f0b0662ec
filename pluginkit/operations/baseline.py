"""What of a verdict is left out because an earlier report has it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from pluginkit.core.errors import PluginkitError
from pluginkit.core.frozen import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pluginkit.core.verdict import Finding, Verdict

    Identity = tuple[str, ...]


def without_known(verdicts: Sequence[Verdict], baseline: Path, languages: Mapping[str, str]) -> list[Verdict]:
    """Return verdicts without what the report in JSON at `baseline` has already; what cannot be ignored stays.

    `languages` are those of the artifacts, by subject.

    Raises PluginkitError when it is not a report.
    """
    from pluginkit.rules.ignores import is_firm  # rules are imported where they are asked

    known = _known(baseline)
    found = []
    for verdict in verdicts:
        new: list[Finding] = []
        old: list[Finding] = []
        for one in verdict.findings:
            firm = is_firm(one.code, languages.get(one.subject, ""))
            (old if _identity(verdict, one) in known and not firm else new).append(one)
        found.append(replace(verdict, findings=tuple(new), ignored=(*verdict.ignored, *old)))
    return found


def _known(baseline: Path) -> set[Identity]:
    try:
        value: Any = json.loads(baseline.read_bytes())
        if value["version"] != 1:
            raise ValueError
        rows = [
            (verdict["host"], row)
            for verdict in value["verdicts"]
            for row in (*verdict["findings"], *verdict.get("ignored", ()))
        ]
        return {_told(host, row["code"], row["severity"], row["subject"], row["message"]) for host, row in rows}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise PluginkitError(
            f"{baseline}: no report", hint="write one with `pluginkit verify --output-format json --output-file FILE`"
        ) from None


def _identity(verdict: Verdict, finding: Finding) -> Identity:
    from pluginkit.report.safe import whole

    told = (verdict.host, finding.code, finding.severity, finding.subject, finding.message)
    return _told(*map(whole, told))


def _told(host: str, code: str, severity: str, subject: str, message: str) -> Identity:
    """Return by what a finding is known again: all but its facts, of an artifact by its name wherever it lies."""
    return host, code, severity, subject.replace("\\", "/").rpartition("/")[2], message

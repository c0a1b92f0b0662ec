"""Verdicts as JSON, for machines."""

import json
from collections.abc import Sequence
from typing import Any

from pluginkit.core.verdict import Finding, Verdict
from pluginkit.report.safe import whole
from pluginkit.report.spelling import plain_facts

VERSION = 1


def render_json(verdicts: Sequence[Verdict]) -> str:
    """Return the verdicts as one JSON object in ASCII, keys always in this order, ending in a newline.

        {"version": 1,
         "verdicts": [{"host": "acme-host 1.0.0",        empty: checked without a host
                       "accepted": false,
                       "subjects": ["plugins/a.whl"],    all that was checked
                       "refused": ["plugins/a.whl"],     those with an error
                       "findings": [{"code": "PK303", "severity": "error", "subject": "plugins/a.whl",
                                     "message": "...", "hint": "...", "facts": {"found": "...", "changed": ["..."]}}]}]}

    A verdict has `ignored` findings too, where there are any; where the host has several APIs it has `judged_by`: the
    subject of each plugin to the API that it is judged by, as `acme-pluginapi2 2.1.0`. `severity` is `error` or
    `warning`; a fact is a string or an array of strings. Lone surrogates, as file names have that are not UTF-8, are
    spelled out. A key may be added without a new `version`; one is never removed or given another meaning.
    """
    value = {"version": VERSION, "verdicts": [_verdict(verdict) for verdict in verdicts]}
    return json.dumps(value, indent=2) + "\n"


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "host": whole(verdict.host),
        "accepted": verdict.accepted,
        "subjects": [whole(subject) for subject in verdict.subjects],
        "refused": [whole(subject) for subject in verdict.refused],
        "findings": [_finding(finding) for finding in verdict.findings],
        **({"ignored": [_finding(finding) for finding in verdict.ignored]} if verdict.ignored else {}),
        **({"judged_by": _judged_by(verdict)} if verdict.judged_by else {}),
    }


def _judged_by(verdict: Verdict) -> dict[str, str]:
    return {whole(subject): whole(api) for subject, api in verdict.judged_by.items()}


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "subject": whole(finding.subject),
        "message": whole(finding.message),
        "hint": whole(finding.hint),
        "facts": plain_facts(finding),
    }

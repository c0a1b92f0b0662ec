"""Verdicts as SARIF 2.1.0 (OASIS), for code scanning."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from pluginkit import __version__
from pluginkit.core.verdict import Finding, Verdict
from pluginkit.report.safe import safe

_MOST = 10_000
"""Characters of one value."""


def render_sarif(verdicts: Sequence[Verdict], pages: Mapping[str, tuple[str, str]]) -> str:
    """Return one run a verdict, in ASCII; `pages` has of each rule by code its name and its page in Markdown."""
    codes = sorted(pages)
    rules = [_rule(code, *pages[code]) for code in codes]
    value = {
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [_run(verdict, rules, {code: index for index, code in enumerate(codes)}) for verdict in verdicts],
    }
    return json.dumps(value, indent=2) + "\n"


def _rule(code: str, name: str, page: str) -> dict[str, Any]:
    summary, _, rest = page.partition("\n\n")
    text = " ".join(summary.split())
    return {
        "id": code,
        "name": "".join(part.capitalize() for part in name.split("-")),
        "shortDescription": {"text": text},
        "fullDescription": {"text": text},
        "help": {"text": page, "markdown": rest or page},
    }


def _run(verdict: Verdict, rules: list[dict[str, Any]], places: Mapping[str, int]) -> dict[str, Any]:
    return {
        "tool": {"driver": {"name": "pluginkit", "version": __version__, "rules": rules}},
        "automationDetails": {"id": f"pluginkit/{safe(verdict.host) or 'no host'}"},
        "artifacts": [{"location": {"uri": _uri(subject)}} for subject in dict.fromkeys(verdict.subjects)],
        "results": [_result(finding, places) for finding in verdict.findings],
    }


def _result(finding: Finding, places: Mapping[str, int]) -> dict[str, Any]:
    text = safe(finding.message, _MOST) + (f"\n{safe(finding.hint, _MOST)}" if finding.hint else "")
    facts = {safe(key): _fact(value) for key, value in finding.facts.items()}
    value: dict[str, Any] = {
        "ruleId": finding.code,
        "level": finding.severity,
        "message": {"text": f"{safe(finding.subject)}: {text}"},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": _uri(finding.subject)}}}],
        "partialFingerprints": {"pluginkit/v1": _fingerprint(finding)},
    }
    value |= {"ruleIndex": places[finding.code]} if finding.code in places else {}
    return value | ({"properties": facts} if facts else {})


def _fact(value: str | tuple[str, ...]) -> str | list[str]:
    return safe(value, _MOST) if isinstance(value, str) else [safe(line, _MOST) for line in value]


def _uri(subject: str) -> str:
    """Return a subject, a path as a rule, as a relative or absolute URI reference."""
    return quote(subject.encode("utf-8", "surrogateescape"), safe="/")


def _fingerprint(finding: Finding) -> str:
    """Return what stays the same from run to run: the rule and the artifact's name, not the directory or digests."""
    name = finding.subject.replace("\\", "/").rpartition("/")[2]
    return hashlib.sha256(f"{finding.code}\0{name}".encode("utf-8", "surrogatepass")).hexdigest()

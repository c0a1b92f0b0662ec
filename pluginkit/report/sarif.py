"""Verdicts as SARIF 2.1.0 (OASIS), for code scanning."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pluginkit import __version__
from pluginkit.core.verdict import Finding, Verdict
from pluginkit.report.safe import safe, whole
from pluginkit.report.spelling import causes_first, is_url, plain_facts, relative, told, uri

FINGERPRINT = "pluginkit/v1"
_MOST = 2000
"""Characters of one value."""


def render_sarif(verdicts: Sequence[Verdict], pages: Mapping[str, tuple[str, str]], base: str = "") -> str:
    """Return one run with the results of all verdicts, in ASCII: GitHub takes one run of a tool and category.

    `pages` has of each rule by code its name and its page in Markdown; locations are relative to the directory `base`.
    """
    subjects = dict.fromkeys(subject for verdict in verdicts for subject in verdict.subjects)
    rules = [rule(code, *pages[code]) for code in sorted(pages)]
    results = list(_results(verdicts, {one["id"]: index for index, one in enumerate(rules)}, base))
    return document(rules, [{"location": location(subject, base)} for subject in subjects], results)


def document(
    rules: Sequence[Mapping[str, Any]],
    artifacts: Sequence[Mapping[str, Any]],
    results: Sequence[Mapping[str, Any]],
    notifications: Sequence[Mapping[str, Any]] = (),
) -> str:
    """Return a SARIF log of one run of this tool, ending in a newline; `notifications` are of what it could not do."""
    driver = {"name": "pluginkit", "version": __version__, "rules": rules}
    run: dict[str, Any] = {"tool": {"driver": driver}, "artifacts": artifacts, "results": results}
    if notifications:
        run["invocations"] = [{"executionSuccessful": True, "toolExecutionNotifications": notifications}]
    value = {
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return json.dumps(value, indent=2) + "\n"


def rule(code: str, name: str, page: str) -> dict[str, Any]:
    """Return what SARIF has of a rule: `name` in kebab case, `page` in Markdown, its first paragraph a summary."""
    summary, _, rest = page.partition("\n\n")
    text = " ".join(summary.split())
    return {
        "id": code,
        "name": "".join(part.capitalize() for part in name.split("-")),
        "shortDescription": {"text": text},
        "fullDescription": {"text": text},
        "help": {"text": page, "markdown": rest or page},
    }


def _results(verdicts: Sequence[Verdict], places: Mapping[str, int], base: str) -> Iterator[dict[str, Any]]:
    seen: Counter[str] = Counter()
    for verdict in verdicts:
        against = f"against {safe(verdict.host) or 'no host'}: " if len(verdicts) > 1 else ""
        for finding in causes_first(verdict.findings):
            result = _result(finding, against, verdict, base)
            result |= {"ruleIndex": places[finding.code]} if finding.code in places else {}
            print_ = _fingerprint(verdict, finding, base)
            seen[print_] += 1  # code scanning would take two of one fingerprint for one
            yield result | {"partialFingerprints": {FINGERPRINT: f"{print_}:{seen[print_]}"}}


def _result(finding: Finding, against: str, verdict: Verdict, base: str) -> dict[str, Any]:
    text = f"{against}{safe(finding.subject)}: " + "\n".join(told(finding, _MOST))
    # An artifact has no lines, but code scanning wants one.
    place = {"artifactLocation": location(finding.subject, base), "region": {"startLine": 1}}
    return {
        "ruleId": finding.code,
        "level": finding.severity,
        "message": {"text": text.replace("](", "\\](")},  # else `[this](1)` were a link: SARIF 3.11.6
        "locations": [{"physicalLocation": place}],
        "properties": {"host": whole(verdict.host), "facts": plain_facts(finding)},
    }


def location(subject: str, base: str) -> dict[str, str]:
    """Return an artifactLocation, relative to the directory `base` where the subject lies beneath it."""
    place = uri(relative(subject, base))
    return {"uri": place} if is_url(place) else {"uri": place, "uriBaseId": "%SRCROOT%"}


def _fingerprint(verdict: Verdict, finding: Finding, base: str) -> str:
    """Return what stays the same from run to run: no digest, and no directory, which may be another every time."""
    name = finding.subject.replace("\\", "/").rpartition("/")[2]
    return fingerprint(finding.code, relative(verdict.host, base), name, finding.message)


def fingerprint(*parts: str) -> str:
    """Return the sha256 (hex) of texts, none of which can run into the next."""
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

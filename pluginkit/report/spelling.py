"""Findings in words and in order, and where artifacts lie, as every format spells them."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote, quote_from_bytes

from pluginkit.core.verdict import Finding
from pluginkit.report.safe import safe, whole

ROOTS = ("PK305",)
"""Wrong on the host's side: every plugin that is refused for its API may be refused for this alone."""


_URLS = ("https://", "http://", "s3://", "gs://", "az://", "file://")
"""As places of artifacts begin."""
_IN_URLS = "%:/?#[]@!$&'()*+,;="


def causes_first(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings with those first that others may follow from; else as they were decided.

    Within one artifact the rules' codes already go from cause to effect.
    """
    return sorted(findings, key=lambda finding: finding.code not in ROOTS)


def told(finding: Finding, most: int) -> Iterator[str]:
    """Yield the message, each fact and the hint, each on one harmless line of `most` characters or little more."""
    yield safe(finding.message, most)
    for name, value in finding.facts.items():
        for line in (value,) if isinstance(value, str) else value:
            yield f"{safe(name)}: {safe(line, most)}"
    if finding.hint:
        yield f"hint: {safe(finding.hint, most)}"


def plain_facts(finding: Finding) -> dict[str, str | list[str]]:
    """Return the facts as JSON has them, in Unicode text."""
    return {
        whole(key): whole(value) if isinstance(value, str) else [whole(line) for line in value]
        for key, value in finding.facts.items()
    }


def relative(subject: str, base: str) -> str:
    """Return the path `subject`, relative to the absolute path `base` where it lies beneath, with `/` between."""
    if not (base and subject) or is_url(subject):
        return subject
    path = Path(subject)
    return (path.relative_to(base) if path.is_relative_to(base) else path).as_posix()


def uri(path: str) -> str:
    """Return a path as a URI reference (RFC 3986) of its own bytes; an absolute one as `file:`, and a URL as it is."""
    if is_url(path):
        return quote(path, safe=_IN_URLS, errors="backslashreplace")
    try:
        data = os.fsencode(path)
    except UnicodeEncodeError:  # no file has such a name
        data = path.encode("utf-8", "backslashreplace")
    quoted = quote_from_bytes(data)
    return f"file://{quoted}" if quoted.startswith("/") else quoted


def is_url(subject: str) -> bool:
    """Return whether a subject is a URL, and no path."""
    return subject.startswith(_URLS)

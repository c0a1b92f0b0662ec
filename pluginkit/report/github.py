"""Verdicts as workflow commands of GitHub Actions, which shows them beside the run; and as a summary in Markdown."""

from collections.abc import Iterator, Sequence

from pluginkit.core.verdict import Finding, Verdict
from pluginkit.report.safe import safe
from pluginkit.report.spelling import causes_first, relative, told
from pluginkit.report.text import render_text

_MOST = 2000
"""Characters of one value."""
_MOST_ROWS, _MOST_IN_CELL = 200, 200
"""GitHub drops a summary of more than 1 MiB; so many rows stay below it, whatever is in them."""


def render_github(verdicts: Sequence[Verdict], base: str = "") -> str:
    """Return a command a finding, then the text report; nothing in it can begin a command of its own.

    Files are named relative to the directory `base`. Format: actions/toolkit, packages/core/src/command.ts.
    """
    commands = [_command(finding, base) for verdict in verdicts for finding in causes_first(verdict.findings)]
    text = "".join(f" {line}\n" for line in render_text(verdicts, color=False).splitlines())
    return "".join(f"{command}\n" for command in commands) + text


def render_summary(verdicts: Sequence[Verdict]) -> str:
    """Return the verdicts in Markdown (GitHub Flavored), a table a host, for `$GITHUB_STEP_SUMMARY`."""
    return "\n".join(line for verdict in verdicts for line in _table(verdict)) + "\n"


def command(level: str, message: str, *, title: str, file: str = "", line: int = 0) -> str:
    """Return a workflow command that annotates the run; `level` is `error`, `warning` or `notice`.

    With `file` it stands beside that file, with `line` (from 1) beside that line.
    """
    places = {"file": file, "line": str(line) if line else "", "title": title}
    properties = ",".join(f"{name}={_property(value)}" for name, value in places.items() if value)
    return f"::{level} {properties}::{_data(message)}"


def _command(finding: Finding, base: str) -> str:
    subject = safe(relative(finding.subject, base))
    message = "\n".join(told(finding, _MOST))
    return command(finding.severity, message, title=f"{finding.code} {subject}", file=subject)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _table(verdict: Verdict) -> Iterator[str]:
    refused = set(verdict.refused)
    counted = f"{len(dict.fromkeys(verdict.subjects)) - len(refused)} accepted, {len(refused)} refused"
    yield f"### {'❌' if refused else '✅'} {cell(verdict.host) or 'pluginkit verify'}: {counted}\n"
    if not verdict.findings:
        return
    yield "| | artifact | code | what | what to do |"
    yield "|---|---|---|---|---|"
    findings = causes_first(verdict.findings)
    for finding in findings[:_MOST_ROWS]:
        mark = "❌" if finding.severity == "error" else "⚠️"
        cells = (finding.subject, finding.code, finding.message, finding.hint)
        yield f"| {mark} | {' | '.join(map(cell, cells))} |"
    yield f"\nAnd {len(findings) - _MOST_ROWS} more: see the log.\n" if len(findings) > _MOST_ROWS else ""


def cell(text: str) -> str:
    """Return text as one cell: nothing in it is Markdown or HTML."""
    plain = safe(text, _MOST_IN_CELL).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"\\{char}" if char in "\\`*_{}[]()#+!|~$@" else char for char in plain)

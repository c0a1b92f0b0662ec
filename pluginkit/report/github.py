"""Verdicts as workflow commands of GitHub Actions, which shows them beside the run; and as a summary in Markdown."""

from collections.abc import Iterator, Mapping, Sequence

from pluginkit.core.verdict import Finding, Verdict
from pluginkit.report.safe import safe
from pluginkit.report.text import render_text

_MOST = 2000
"""Characters of one value."""


def render_github(verdicts: Sequence[Verdict]) -> str:
    """Return a command a finding, then the text report; nothing in it can begin a command of its own.

    Format: actions/toolkit, packages/core/src/command.ts.
    """
    commands = [_command(finding) for verdict in verdicts for finding in verdict.findings]
    text = "".join(f" {line}\n" for line in render_text(verdicts, color=False).splitlines())
    return "".join(f"{command}\n" for command in commands) + text


def render_summary(verdicts: Sequence[Verdict]) -> str:
    """Return the verdicts in Markdown (GitHub Flavored), a table a host, for `$GITHUB_STEP_SUMMARY`."""
    return "\n".join(line for verdict in verdicts for line in _table(verdict)) + "\n"


def _command(finding: Finding) -> str:
    lines = [safe(finding.message, _MOST), *_facts(finding.facts)]
    lines += [f"hint: {safe(finding.hint, _MOST)}"] if finding.hint else []
    title = _property(f"{finding.code} {safe(finding.subject)}")
    return f"::{finding.severity} file={_property(safe(finding.subject))},title={title}::{_data(chr(10).join(lines))}"


def _facts(facts: Mapping[str, str | tuple[str, ...]]) -> Iterator[str]:
    for name, value in facts.items():
        for line in (value,) if isinstance(value, str) else value:
            yield f"{safe(name)}: {safe(line, _MOST)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _table(verdict: Verdict) -> Iterator[str]:
    refused = set(verdict.refused)
    counted = f"{len(dict.fromkeys(verdict.subjects)) - len(refused)} accepted, {len(refused)} refused"
    yield f"### {'❌' if refused else '✅'} {_cell(verdict.host) or 'pluginkit verify'}: {counted}\n"
    if not verdict.findings:
        return
    yield "| | artifact | code | what | what to do |"
    yield "|---|---|---|---|---|"
    for finding in verdict.findings:
        mark = "❌" if finding.severity == "error" else "⚠️"
        cells = (finding.subject, finding.code, finding.message, finding.hint)
        yield f"| {mark} | {' | '.join(map(_cell, cells))} |"
    yield ""


def _cell(text: str) -> str:
    """Return text as one cell: nothing in it is Markdown or HTML."""
    plain = safe(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"\\{char}" if char in "\\`*_{}[]()#+!|~$@" else char for char in plain)

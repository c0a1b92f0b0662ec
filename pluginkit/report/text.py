"""Verdicts as text, in the manner of ruff and cargo."""

from collections.abc import Iterator, Mapping, Sequence

from pluginkit.core.verdict import Finding, Verdict
from pluginkit.report.color import BOLD, CYAN, GREEN, RED, YELLOW, paint
from pluginkit.report.safe import safe
from pluginkit.report.spelling import causes_first

_ONE_LINE = 90
"""Characters up to which found and expected share a line."""
_LABEL = 9
"""Width of the labels of facts."""
_MOST = 12
"""Lines of one fact that are shown; of more the first ten, and how many there are."""


def render_text(verdicts: Sequence[Verdict], *, color: bool) -> str:
    """Return findings, a count for each host, and for several hosts a matrix of artifacts by hosts."""
    several = len(verdicts) > 1
    lines: list[str] = []
    for verdict in verdicts:
        if several:
            lines += [paint(f"against {safe(verdict.host) or 'no host'}", BOLD, color=color)]
        lines += [line for finding in causes_first(verdict.findings) for line in _finding(finding, color)]
        lines += [f"{safe(subject)}: judged by {safe(api)}" for subject, api in verdict.judged_by.items()]
        lines += [_summary(verdict, color), *([""] if several else [])]
    if several:
        lines += _matrix(verdicts, color)
    return "\n".join(lines) + "\n" if lines else ""


def _finding(finding: Finding, color: bool) -> Iterator[str]:
    warning = finding.severity == "warning"
    code = paint(safe(finding.code), BOLD, YELLOW if warning else RED, color=color)
    subject = paint(safe(finding.subject), BOLD, color=color)
    yield f"{code} {subject}: {'warning: ' if warning else ''}{safe(finding.message)}"
    yield from (f"  {line}" for line in fact_lines(finding.facts))
    if finding.hint:
        yield f"  {paint('hint:', CYAN, color=color)} {safe(finding.hint)}"
    yield ""


def fact_lines(facts: Mapping[str, str | tuple[str, ...]]) -> Iterator[str]:
    """Yield the facts of a finding, each line behind its label."""
    rest = dict(facts)
    found, expected = rest.get("found"), rest.get("expected")
    if isinstance(found, str) and isinstance(expected, str) and len(found) + len(expected) <= _ONE_LINE:
        yield f"{'found':<{_LABEL}} {safe(found)}   {'expected':<{_LABEL}} {safe(expected)}"
        del rest["found"], rest["expected"]
    for name, value in rest.items():
        label = safe(name)
        for line in (value,) if isinstance(value, str) else _shown(value):
            yield f"{label:<{_LABEL}} {safe(line)}"
            label = ""


def _shown(lines: Sequence[str]) -> Sequence[str]:
    if len(lines) <= _MOST:
        return lines
    return (*lines[: _MOST - 2], f"and {len(lines) - _MOST + 2} more: `--output-format json` lists all")


def _summary(verdict: Verdict, color: bool) -> str:
    refused = len(verdict.refused)
    accepted = len(dict.fromkeys(verdict.subjects)) - refused
    warnings = sum(finding.severity == "warning" for finding in verdict.findings)
    parts = [f"{_counted(accepted)} accepted"]
    parts += [f"{refused} refused"] if refused else []
    parts += [f"{warnings} warning{'s' if warnings > 1 else ''}"] if warnings else []
    parts += [f"{len(verdict.ignored)} ignored"] if verdict.ignored else []
    return paint(", ".join(parts), BOLD, RED if refused else GREEN, color=color)


def _counted(number: int) -> str:
    return f"{number} artifact{'' if number == 1 else 's'}"


def _matrix(verdicts: Sequence[Verdict], color: bool) -> Iterator[str]:
    subjects = list(dict.fromkeys(subject for verdict in verdicts for subject in verdict.subjects))
    first = [safe(subject) for subject in subjects]
    columns = [_column(verdict, subjects) for verdict in verdicts]
    width = max((len(text) for text in first), default=0)
    heads = [safe(verdict.host) or "no host" for verdict in verdicts]
    widths = [max(len(text) for text in (head, *column)) for head, column in zip(heads, columns, strict=True)]
    yield "  ".join([" " * width, *(f"{head:<{size}}" for head, size in zip(heads, widths, strict=True))]).rstrip()
    for row, subject in enumerate(first):
        cells = [
            paint(column[row], GREEN if column[row] == "ok" else RED, color=color) + " " * (size - len(column[row]))
            for column, size in zip(columns, widths, strict=True)
        ]
        yield "  ".join([f"{subject:<{width}}", *cells]).rstrip()


def _column(verdict: Verdict, subjects: Sequence[str]) -> list[str]:
    """Return for each subject `ok`, the first codes that refuse it, or `-` where it was not checked."""
    codes: dict[str, list[str]] = {subject: [] for subject in verdict.subjects}
    for finding in verdict.findings:
        if finding.severity == "error" and finding.code not in codes.setdefault(finding.subject, []):
            codes[finding.subject].append(finding.code)
    return [_cell(codes.get(subject)) for subject in subjects]


def _cell(codes: list[str] | None) -> str:
    if codes is None:
        return "-"
    return " ".join(codes[:2]) + (f" +{len(codes) - 2}" if len(codes) > 2 else "") if codes else "ok"

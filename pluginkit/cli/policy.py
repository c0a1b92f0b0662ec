"""What of a verdict is left out: by the workspace's configuration, and because an earlier report has it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from pluginkit.core.errors import PluginkitError
from pluginkit.core.record import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pluginkit.core.verdict import Evidence, Finding, Verdict

    Identity = tuple[str, ...]


def without_ignored(
    verdicts: Sequence[Verdict], roots: Sequence[Path | None], evidences: Sequence[Evidence], *, whole: bool
) -> list[Verdict]:
    """Return verdicts without what the workspaces at `roots` ignore, one for each verdict.

    Where `whole` says that the release of the workspace was verified, entries that match nothing are warned of.
    """
    names = {one.subject: (one.name, *(factory.name for factory in one.factories)) for one in evidences}
    sifted = list(verdicts)
    for root in dict.fromkeys(roots):
        if root is not None and _mentions_ignores(root):
            places = [index for index, one in enumerate(roots) if one == root]
            found = _sift([verdicts[index] for index in places], names, root, whole)
            for index, verdict in zip(places, found, strict=True):
                sifted[index] = verdict
    return sifted


def without_known(verdicts: Sequence[Verdict], baseline: Path) -> list[Verdict]:
    """Return verdicts without what the report in JSON at `baseline` has already; what cannot be ignored stays.

    Raises PluginkitError when it is no report.
    """
    from pluginkit.rules.ignores import FIRM

    known = _known(baseline)
    found = []
    for verdict in verdicts:
        new: list[Finding] = []
        old: list[Finding] = []
        for one in verdict.findings:
            (old if _identity(verdict, one) in known and not one.code.startswith(FIRM) else new).append(one)
        found.append(replace(verdict, findings=tuple(new), ignored=(*verdict.ignored, *old)))
    return found


def _sift(
    verdicts: Sequence[Verdict], names: Mapping[str, Sequence[str]], root: Path, whole: bool
) -> Sequence[Verdict]:
    from datetime import date

    from pluginkit.core.config import configuration, read_ignores
    from pluginkit.rules import RULES
    from pluginkit.rules.ignores import sift

    ignores = read_ignores(configuration(root))
    return sift(verdicts, names, ignores, RULES, date.today().isoformat(), whole=whole)


def _mentions_ignores(root: Path) -> bool:
    """Tell whether the configuration may have any, without parsing it: nearly none does."""
    from pluginkit.core.config import CONFIG

    files = (root / CONFIG, root / "pyproject.toml")
    return any(b"ignore" in file.read_bytes() for file in files if file.is_file())


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

"""What of a verdict is left out: by the workspace's configuration, and because an earlier report has it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from pluginkit.core.errors import PluginkitError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pluginkit.core.verdict import Evidence, Verdict


def sifted(verdicts: Sequence[Verdict], evidences: Sequence[Evidence], args: argparse.Namespace) -> Sequence[Verdict]:
    """Return verdicts without what the workspace ignores, and with --baseline without what is not new."""
    if args.baseline is not None:
        verdicts = _new(verdicts, args.baseline)
    root = _workspace(args.host or ())
    if root is None or not _mentions_ignores(root):
        return verdicts
    from datetime import date

    from pluginkit.core.config import configuration, read_ignores
    from pluginkit.rules import RULES
    from pluginkit.rules.ignores import sift

    names = {one.subject: (one.name, *(factory.name for factory in one.factories)) for one in evidences}
    return sift(verdicts, names, read_ignores(configuration(root)), RULES, date.today().isoformat())


def _workspace(hosts: Sequence[Path]) -> Path | None:
    from pluginkit.core.config import find_root

    named = (host.resolve() for host in hosts if host.is_dir() and find_root(host) == host.resolve())
    return next(named, None) or find_root(Path())


def _mentions_ignores(root: Path) -> bool:
    """Tell whether the configuration may have any, without parsing it: nearly none does."""
    from pluginkit.core.config import CONFIG

    files = (root / CONFIG, root / "pyproject.toml")
    return any(b"ignore" in file.read_bytes() for file in files if file.is_file())


def _new(verdicts: Sequence[Verdict], baseline: Path) -> Sequence[Verdict]:
    from pluginkit.core.record import replace

    known = _known(baseline)
    found = []
    for verdict in verdicts:
        new = tuple(one for one in verdict.findings if _identity(one.code, one.subject) not in known)
        old = tuple(one for one in verdict.findings if _identity(one.code, one.subject) in known)
        found.append(replace(verdict, findings=new, ignored=(*verdict.ignored, *old)))
    return found


def _known(baseline: Path) -> set[tuple[str, str]]:
    try:
        value: Any = json.loads(baseline.read_bytes())
        rows = [row for verdict in value["verdicts"] for row in (*verdict["findings"], *verdict.get("ignored", ()))]
        return {_identity(row["code"], row["subject"]) for row in rows}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise PluginkitError(
            f"{baseline}: no report", hint="write one with `pluginkit verify --output-format json --output-file FILE`"
        ) from None


def _identity(code: str, subject: str) -> tuple[str, str]:
    """Return by what a finding is known again: the rule, and the artifact's name wherever it lies."""
    return code, subject.replace("\\", "/").rpartition("/")[2]

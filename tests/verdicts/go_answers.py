"""What each implementation says of a row of the table: the codes of each plugin, and which were loaded."""

import json
import os
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from go_bench import Bench
from go_rows import Row, bare

from pluginkit.core.lock import Lock
from pluginkit.core.model import BuildPlan, Workspace
from pluginkit.core.verdict import Finding
from pluginkit.operations.gate import Gate, RefusedError
from pluginkit.operations.reporter import Silent
from pluginkit.operations.verify import verify


@dataclass(frozen=True)
class Answer:
    """By file."""

    codes: Mapping[str, str]
    """Codes of errors, then those of warnings after `~`."""
    accepted: Mapping[str, bool]
    """Of the host: it was loaded."""


def expected(row: Row) -> Answer:
    errors = {file: [code for code in codes.split() if code[0] != "~"] for file, codes in row.codes.items()}
    return Answer(row.codes, {file: not found for file, found in errors.items()})


def lay_out(bench: Bench, row: Row, place: Path) -> Path:
    """Write a release of the row's host and plugins."""
    for name in ("bin", "plugins"):
        (place / name).mkdir(parents=True)
    host = bench.host_of((row.host, row.plain), row.host, plain=row.plain)
    if row.signed_host:
        (place / "bin/host").write_bytes(row.signed_host(host.read_bytes()))
        (place / "bin/host").chmod(0o755)
    else:
        os.link(host, place / "bin/host")
    for file, plugin in row.plugins.items():
        path = place / "plugins" / file
        if plugin.special:
            plugin.special(path)
        else:
            image = bench.plugin(plugin.of, plugin.edits, payload=plugin.payload)
            path.write_bytes(plugin.signed(image) if plugin.signed else image)
    return place


def by_verify(row: Row, place: Path) -> Answer:
    (verdict,) = verify([place / "plugins"], [place / "bin/host"], unstamped=bare in row.host)
    return _answer(row, verdict.findings)


def by_gate(row: Row, place: Path, workspace: Workspace) -> Answer:
    gate = Gate(workspace, None, Silent(), whole=True)
    plan = BuildPlan(workspace, Lock("go", ()), "", "", ())
    try:
        gate.approve(plan, place, [], {})
    except RefusedError:
        refused = True
    else:
        refused = False
    (verdict,) = gate.verdicts
    answer = _answer(row, verdict.findings)
    assert refused != all(answer.accepted.values())
    return answer


def by_host(row: Row, place: Path, host: Path | None = None, report: Path | None = None) -> Answer:
    """Start the host; another one than the row's, if it is given."""
    report = report or place / "report.json"
    report.unlink(missing_ok=True)
    command = [host or place / "bin/host", "-report", report, place / "plugins"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert report.exists(), f"the host ended with {done.returncode}: {done.stderr}"
    found = {Path(one["path"]).name: one for one in json.loads(report.read_text())["plugins"]}
    codes = {file: _spelled((one["code"], one["severity"]) for one in found[file]["findings"]) for file in row.plugins}
    statuses = {"loaded": True, "refused": False}  # none of these was opened, and then failed
    return Answer(codes, {file: statuses[found[file]["status"]] for file in row.plugins})


def _answer(row: Row, findings: Iterable[Finding]) -> Answer:
    named = {file: [one for one in findings if Path(one.subject).name == file] for file in row.plugins}
    codes = {file: _spelled((one.code, one.severity) for one in found) for file, found in named.items()}
    return Answer(codes, {file: not any(one.severity == "error" for one in found) for file, found in named.items()})


def _spelled(found: Iterable[tuple[str, str]]) -> str:
    return " ".join(sorted({code if severity == "error" else f"~{code}" for code, severity in found}))

"""Seeded drifts between a host and a stranger's plugin: `align` repairs what can be repaired, and the host loads it."""

import json
import os
import shlex
import subprocess
from pathlib import Path

import pytest
from godrifts import DRIFTS, HARMLESS, Drift, Laboratory, open_plugins
from gofixtures import GoTools

from pluginkit.cli import main

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def laboratory(go: GoTools, other_go: GoTools, tmp_path_factory: pytest.TempPathFactory) -> Laboratory:
    return Laboratory(go, other_go, tmp_path_factory.mktemp("drifts"))


@pytest.fixture(autouse=True)
def environment(laboratory: Laboratory, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GOPROXY", "GONOSUMDB", "GOSUMDB", "GOMODCACHE"):
        monkeypatch.setenv(name, laboratory.environment()[name])
    both = [str(tools.go.parent) for tools in (laboratory.go, laboratory.other)]
    monkeypatch.setenv("PATH", os.pathsep.join([*both, os.environ["PATH"]]))


LOWERED = "go"
"""What stands in the way where only the `go` line of go.mod asks for a later Go; lowered, the build is its proof."""


@pytest.mark.parametrize("drift", [*DRIFTS, *HARMLESS], ids=lambda drift: drift.name)
def test_align_repairs_what_can_be_repaired(
    laboratory: Laboratory, drift: Drift, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pair = laboratory.make(drift, tmp_path)
    before = {path: path.read_bytes() for path in pair.repository.rglob("*") if path.is_file()}
    status = main(["align", str(pair.repository), "--host", str(pair.host), "--write", "--output-format", "json"])
    said = capsys.readouterr()
    if not drift.repairable and drift.why_not != LOWERED:
        report = json.loads(said.out)
        assert status == 1
        assert any(drift.why_not in one["need"] + one["offered"] for one in report["unmet"]), report
        assert before == {path: path.read_bytes() for path in pair.repository.rglob("*") if path.is_file()}
        return
    assert status == 0, said
    report = json.loads(said.out)
    (command,) = report["commands"]
    subprocess.run(shlex.split(f"env {command}"), cwd=pair.repository, check=True)
    assert open_plugins(pair.host, pair.repository / "stranger.so") == [""]

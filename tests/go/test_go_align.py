"""Seeded drifts between a host and a stranger's plugin: `align` repairs what can be repaired, and the host loads it."""

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from godrifts import DEP, DRIFTS, HARMLESS, HOST, Drift, Laboratory, Side, open_plugins
from gofixtures import GoTools
from goproxy import write_proxy
from monorepo import edit, write

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


OWN = Drift("an API of the host's own module", "PK404", (HOST,))


def of_the_hosts_module(laboratory: Laboratory, root: Path) -> tuple[Path, Path]:
    """Return a host that has its API itself, and the repository of a plugin that requires a version of that module."""
    host, plugin = root / "checkout", laboratory.make(OWN, root).repository
    shutil.copytree(laboratory.host(Side()).parent, host, ignore=shutil.ignore_patterns("host"))
    write(host, {"own/own.go": "// Package own is the host's.\npackage own\n\ntype Own interface{ Own() int }\n"})
    edit(host / "main.go", '"example.com/lean"', '"example.com/host/own"\n\t"example.com/lean"')
    edit(host / "main.go", "type outcome", "var _ own.Own\n\ntype outcome")
    env = {**laboratory.environment(), "GOFLAGS": "-modcacherw"}
    subprocess.run([laboratory.go.go, "build", "-trimpath", "-o", "host", "."], cwd=host, env=env, check=True)
    version = {"go.mod": (host / "go.mod").read_text(), "own/own.go": (host / "own/own.go").read_text()}
    write_proxy(laboratory.proxy, {(HOST, "v1.0.0"): version})
    edit(plugin / "main.go", "type filter", "var _ own.Own\n\ntype filter")
    edit(plugin / "main.go", '"example.com/lean"', '"example.com/host/own"\n\t"example.com/lean"')
    subprocess.run([laboratory.go.go, "get", f"{HOST}@v1.0.0"], cwd=plugin, env=env, check=True)
    return host, plugin


def test_an_api_of_the_hosts_own_module_needs_its_checkout(
    laboratory: Laboratory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    host, plugin = of_the_hosts_module(laboratory, tmp_path)
    assert main(["align", str(plugin), "--host", str(host / "host")]) == 1
    said = capsys.readouterr().out
    assert f"cannot be met: {HOST} v1.0.0; the host has {HOST} from its own checkout" in said
    assert "name that checkout with --host-source" in said
    asked = ["align", str(plugin), "--host", str(host / "host"), "--host-source", str(host), "--write"]
    assert main([*asked, "--output-format", "json"]) == 0
    built(json.loads(capsys.readouterr().out), plugin)
    assert open_plugins(host / "host", plugin / "stranger.so") == [""]
    assert main(["align", str(plugin), "--host", str(host / "host")]) == 0
    assert "in step: nothing to write" in capsys.readouterr().out, "go.work has the checkout already"


def test_a_later_version_is_excluded_where_who_asks_for_it_cannot_be_lowered(
    laboratory: Laboratory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    later = "example.com/later"
    needs = f"module {later}\n\ngo 1.20\n\nrequire {DEP} v1.1.0\n"
    source = f'package later\n\nimport _ "{DEP}"\n\n'
    versions = {
        (later, "v1.0.0"): {"later.go": "package later\n"},
        (later, "v1.1.0"): {"go.mod": needs, "later.go": f"{source}func New() {{}}\n"},
    }
    write_proxy(laboratory.proxy, versions)
    pair = laboratory.make(Drift("excluded", "PK404", (DEP,)), tmp_path)
    edit(pair.repository / "main.go", "type filter", "var _ = later.New\n\ntype filter")
    edit(pair.repository / "main.go", '"example.com/lean"', f'"{later}"\n\t"example.com/lean"')
    command = [laboratory.go.go, "get", f"{later}@v1.1.0"]
    subprocess.run(command, cwd=pair.repository, env=laboratory.environment(), check=True)
    asked = ["align", str(pair.repository), "--host", str(pair.host), "--write", "--output-format", "json"]
    assert main(asked) == 0
    report = json.loads(capsys.readouterr().out)
    edits = {one["edit"]: one["why"] for one in report["edits"]}
    assert f"{later} v1.1.0 asks for it" in edits[f"go.mod: exclude {DEP} v1.1.0"]
    built(report, pair.repository)
    assert open_plugins(pair.host, pair.repository / "stranger.so") == [""]


def test_what_a_host_replaces_by_a_directory_is_had_from_its_checkout(
    laboratory: Laboratory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drift = next(one for one in DRIFTS if one.name == "the host's replaced by a directory")
    pair = laboratory.make(drift, tmp_path)
    asked = ["align", str(pair.repository), "--host", str(pair.host), "--host-source", str(pair.workspace), "--write"]
    assert main([*asked, "--output-format", "json"]) == 0
    built(json.loads(capsys.readouterr().out), pair.repository)
    assert open_plugins(pair.host, pair.repository / "stranger.so") == [""]


def built(report: Mapping[str, Any], repository: Path) -> None:
    """Build a plugin by the command that a report names."""
    (command,) = report["commands"]
    subprocess.run(shlex.split(f"env {command}"), cwd=repository, check=True)


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
    built(json.loads(said.out), pair.repository)
    assert open_plugins(pair.host, pair.repository / "stranger.so") == [""]

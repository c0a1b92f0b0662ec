"""`pluginkit new --language go`: the seed's layout, and a host that looks before it opens."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from example import EXAMPLES, copy_example
from gofixtures import GoTools
from monorepo import edit

from pluginkit.core.errors import PluginkitError
from pluginkit.stages import scaffold

pytestmark = pytest.mark.slow

EXAMPLE = EXAMPLES / "go"
REGENERATE = (
    "remove example_monorepo/go but for pluginkit.lock, then "
    "`pluginkit new acme --language go --directory example_monorepo/go`, and copy the lock back"
)
ANSWERS = ["filter       200 hello, plugins", "transform    200 HELLO, PLUGINS"]
"""What the plugins of a new workspace answer."""


def tree(root: Path) -> dict[str, bytes]:
    left_out = ("dist", ".pluginkit", "bin", "pluginkit.lock")
    found = (path for path in root.rglob("*") if path.is_file())
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in found
        if path.relative_to(root).parts[0] not in left_out
    }


def go_run(tools: GoTools, root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [tools.go, *arguments], cwd=root, env=dict(tools.env), capture_output=True, text=True, check=False
    )


def host(root: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    command = [root / "dist/bin/host", *flags, root / "dist/plugins"]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_the_example_is_what_the_template_makes(tmp_path) -> None:
    scaffold.new(tmp_path / "acme", "acme", language="go", toolkit="../..")
    assert tree(tmp_path / "acme") == tree(EXAMPLE), REGENERATE


def test_the_layout_is_the_seeds(tmp_path) -> None:
    scaffold.new(tmp_path / "acme", "acme", language="go")
    for path in (
        "go.mod",
        "pluginapi/api.go",
        "cmd/host/main.go",
        "plugins/filter/filter.go",
        "plugins/transform/transform.go",
    ):
        assert (tmp_path / "acme" / path).is_file()
    assert len(list((tmp_path / "acme").rglob("go.mod"))) == 1


def test_copier_makes_the_same_tree(tmp_path) -> None:
    copier = pytest.importorskip("copier")
    data = {"name": "acme", "toolkit": "../.."}
    copier.run_copy(str(EXAMPLE.parents[1] / "templates/go"), tmp_path / "acme", data=data, defaults=True, quiet=True)
    theirs, ours = tree(tmp_path / "acme"), tree(EXAMPLE)
    answers = theirs[scaffold.ANSWERS].decode().splitlines(keepends=True)
    theirs[scaffold.ANSWERS] = "".join(line for line in answers if not line.startswith("_src_path")).encode()
    assert theirs == ours


@pytest.mark.slow
def test_what_is_generated_is_formatted_vetted_and_tested(tmp_path, go) -> None:
    root = tmp_path / "my-app"
    scaffold.new(root, "my-app", language="go", plugins=("filter", "transform", "re-play"))
    gofmt = go.go.parent / "gofmt"
    assert subprocess.run([gofmt, "-l", "."], cwd=root, capture_output=True, text=True, check=True).stdout == ""
    for command in ("vet", "build"):
        done = go_run(go, root, command, "./...")
        assert done.returncode == 0, done.stderr
    for system in ("windows", "darwin", "freebsd"):  # linked plugins run there
        done = go_run(replace(go, env={**go.env, "GOOS": system, "CGO_ENABLED": "0"}), root, "vet", "./...")
        assert done.returncode == 0, done.stderr
    done = go_run(go, root, "test", "-v", "./...")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "--- PASS: TestExportedVariablesAreShared" in done.stdout
    assert "--- PASS: TestOneBadPluginStopsNoOther" in done.stdout
    assert "--- PASS: TestWhatWouldEndTheHostIsSkipped" in done.stdout


def test_the_example_is_built_verified_and_run(tmp_path, pluginkit) -> None:
    root = copy_example("go", tmp_path / "acme")
    (root / "pluginkit.lock").unlink()  # it names one Go, and this one may be another
    assert pluginkit("build", root).status == 0
    ran = pluginkit("verify", cwd=root)
    assert (ran.status, ran.out) == (0, "3 artifacts accepted\n")
    done = host(root)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "filter       200 hello, plugins\ntransform    200 HELLO, PLUGINS\n"


def test_an_added_plugin_is_declared_built_and_run(tmp_path, pluginkit) -> None:
    scaffold.new(tmp_path / "acme", "acme", language="go")
    root = tmp_path / "acme"
    edit(root / "pluginkit.toml", "# How pluginkit", "# Mine. How pluginkit")
    ran = pluginkit("add", "audit", cwd=root)
    assert ran.status == 0, ran.err
    assert (root / "pluginkit.toml").read_text().endswith('\n[plugin.audit]\ncapabilities = ["transform"]\n')
    assert (root / "pluginkit.toml").read_text().startswith("# Mine.")
    assert pluginkit("build", cwd=root).status == 0
    assert "audit        200" in host(root).stdout


@pytest.mark.skipif(shutil.which("make") is None, reason="no make here")
def test_make_dev_runs_what_a_release_runs(tmp_path, go, monkeypatch) -> None:
    root = tmp_path / "acme"
    scaffold.new(root, "acme", language="go")
    monkeypatch.setenv(
        "PATH", f"{Path(sys.executable).parent}{os.pathsep}{go.go.parent}{os.pathsep}{os.environ['PATH']}"
    )

    def make(*targets: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["make", "-s", *targets], cwd=root, capture_output=True, text=True, check=False)

    done = make("dev")
    assert (done.returncode, done.stdout.splitlines()[-2:]) == (0, ANSWERS), done.stderr
    edit(root / "plugins/transform/transform.go", "bytes.ToUpper", "bytes.ToTitle")
    assert make("dev").stdout.splitlines()[-2:] == ANSWERS
    edit(root / "pluginapi/api.go", "\tID   string\n", "\tID   string\n\tUser string\n")
    assert "its version did not" in make("dev").stderr
    assert make("api", "dev").stdout.splitlines()[-2:] == ANSWERS
    done = go_run(go, root, "test", "-v", "./cmd/host")
    assert "--- PASS: TestTheReleaseIsLoadedAndAsked" in done.stdout, done.stdout


def test_a_plugin_that_is_loaded_and_never_asked_is_mentioned(tmp_path, pluginkit, go) -> None:
    root = tmp_path / "acme"
    scaffold.new(root, "acme", language="go")
    edit(root / "pluginkit.toml", 'known = ["filter", ', 'known = ["metrics", "filter", ')
    edit(root / "pluginkit.toml", 'capabilities = ["transform"]', 'capabilities = ["metrics"]')
    assert pluginkit("build", cwd=root).status == 0
    done = host(root, "-report", str(tmp_path / "report.json"))
    assert (done.returncode, done.stdout) == (0, f"{ANSWERS[0]}\n")
    assert (
        "transform is loaded and never asked: it offers metrics, this host asks for filter, transform\n" in done.stderr
    )
    assert json.loads((tmp_path / "report.json").read_text())["idle"] == ["transform"]
    assert host(root, "-strict").returncode == 1
    done = go_run(go, root, "test", "./cmd/host")
    assert "never asked: it offers metrics" in done.stdout


@pytest.mark.parametrize("name", ["x_linux", "a_test", "Filter", "filter", "vendor", "../x", "con"])
def test_names_that_go_would_misread_are_refused(tmp_path, pluginkit, name) -> None:
    scaffold.new(tmp_path / "acme", "acme", language="go")
    before = tree(tmp_path / "acme")
    assert pluginkit("add", name, cwd=tmp_path / "acme").status == 2
    assert tree(tmp_path / "acme") == before
    with pytest.raises(PluginkitError):
        scaffold.new(tmp_path / "other", "acme", language="go", plugins=("filter", name))


def test_the_host_skips_what_verify_refuses_with_the_same_codes(tmp_path, pluginkit) -> None:
    scaffold.new(tmp_path / "one", "acme", language="go")
    one, two = tmp_path / "one", tmp_path / "two"
    shutil.copytree(one, two)
    edit(two / "pluginapi/api.go", "// Request is", "// What follows moves down a line.\n// Request is")
    for root in (one, two):
        assert pluginkit("build", cwd=root).status == 0
    shutil.copy(two / "dist/plugins/filter.so", one / "dist/plugins/filter.so")
    ran = pluginkit("verify", "--output-format", "json", cwd=one)
    assert ran.status == 1
    (verdict,) = json.loads(ran.out)["verdicts"]
    codes = [finding["code"] for finding in verdict["findings"]]
    assert codes == ["PK303", "PK405"]

    done = host(one, "-report", str(tmp_path / "report.json"), "-request", "still here")
    assert done.returncode == 0
    assert done.stdout == "transform    200 STILL HERE\n"
    report = json.loads((tmp_path / "report.json").read_text())
    refused, loaded = report["plugins"]
    assert (refused["status"], [finding["code"] for finding in refused["findings"]]) == ("refused", codes)
    assert refused["findings"][1]["details"] == ["acme/pluginapi"]
    assert loaded["status"] == "loaded"
    assert host(one, "-strict").returncode == 1


DEADLY = """\
package main

import "os"

var deadly = os.Getenv("DEADLY") != ""

func init() {
	if deadly {
		os.Exit(42)
	}
}
"""
KEYS = {"path", "name", "mode", "status", "findings", "milliseconds"}
FINDING_KEYS = {"code", "severity", "message", "hint", "found", "expected", "details"}
"""Those of the Python loader's report, and how the plugin runs: see test_runtime."""


def test_a_plugin_that_ends_the_process_is_skipped_by_a_host_that_probes(tmp_path, pluginkit, monkeypatch) -> None:
    scaffold.new(tmp_path / "acme", "acme", language="go")
    root = tmp_path / "acme"
    (root / "plugins/filter/deadly.go").write_text(DEADLY)
    ran = pluginkit("build", cwd=root)
    assert ran.status == 0, ran.err
    assert "PK506" in ran.out
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))  # not before: Go's own cache is there too
    monkeypatch.setenv("DEADLY", "1")
    assert host(root).returncode == 42
    for _ in range(2):
        done = host(root, "-probe", "-report", str(tmp_path / "report.json"))
        assert (done.returncode, done.stdout) == (0, "transform    200 HELLO, PLUGINS\n")
    assert host(root, "-probe", "-strict").returncode == 1
    report = json.loads((tmp_path / "report.json").read_text())
    refused, loaded = report["plugins"]
    assert (refused["status"], loaded["status"]) == ("refused", "loaded")
    (finding,) = refused["findings"]
    assert finding["code"] == "PK507"
    assert "status 42" in finding["message"]
    assert refused.keys() == loaded.keys() == KEYS
    assert finding.keys() <= FINDING_KEYS

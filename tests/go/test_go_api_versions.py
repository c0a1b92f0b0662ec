"""A Go host that serves the plugins of two versions of its API, built and opened for real."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from monorepo import edit, write

from pluginkit.cli import main
from pluginkit.core.stamp import Stamp
from pluginkit.operations.verify import verify
from pluginkit.stages import scaffold
from pluginkit.stages.verify import read_artifacts

V1, V2 = "acme/pluginapi", "acme/pluginapi/v2"
API = """\
// Package pluginapi is the second version: a plugin answers with text.
package pluginapi

// APIVersion is the version of this package.
const APIVersion = "v2.1.0"

// Plugin is what a plugin's Make returns.
type Plugin interface{ Answer(question string) string }
"""
PLUGIN = """\
package main

import (
	"acme/internal/words"
	"acme/pluginapi/v2"
)

type answering struct{}

func (answering) Answer(question string) string { return words.Of("NAME", question) }

func Make() pluginapi.Plugin { return answering{} }
"""
WORDS = """\
// Package words is shared, and no API.
package words

// Of returns what somebody answers.
func Of(who, question string) string { return who + " of 2: " + question }
"""
BOTH = PLUGIN.replace('"acme/pluginapi/v2"', 'old "acme/pluginapi"\n\t"acme/pluginapi/v2"') + "\nvar _ old.Request\n"
SERVING = """\
package main

import (
	"acme/internal/loader"
	"acme/pluginapi"
	v2 "acme/pluginapi/v2"
)

type adapted struct{ v2.Plugin }

func (adapted) Name() string { return "adapted" }

func (a adapted) Handle(req *pluginapi.Request) (*pluginapi.Response, error) {
	return &pluginapi.Response{Status: 200, Body: []byte(a.Answer(string(req.Body)))}, nil
}

var second = loader.Serve("acme/pluginapi/v2", start)

func start(symbols loader.Lookup, host pluginapi.Host) (pluginapi.Plugin, error) {
	symbol, err := symbols.Lookup("Make")
	if err != nil {
		return nil, err
	}
	return adapted{symbol.(func() v2.Plugin)()}, nil
}
"""
CONTRACT = """
[contract."acme/pluginapi/v2"]
factory = "Make"
symbols = { Make = "func() pluginapi.Plugin" }
capabilities = { required = ["filter"] }

[plugin.newer]
capabilities = ["filter"]

[plugin.both]
capabilities = ["filter"]
"""


def two_versions(root: Path) -> Path:
    scaffold.new(root, "acme", language="go")
    write(
        root,
        {
            "pluginapi/v2/api.go": API,
            "internal/words/words.go": WORDS,
            "plugins/newer/newer.go": PLUGIN.replace("NAME", "newer"),
            "plugins/both/both.go": BOTH.replace("NAME", "both"),
            "cmd/host/second.go": SERVING,
        },
    )
    config = root / "pluginkit.toml"
    edit(config, 'api = "pluginapi"', 'api = ["pluginapi", "pluginapi/v2"]')
    config.write_text(config.read_text() + CONTRACT)
    edit(root / "cmd/host/main.go", "var options []loader.Option", "options := []loader.Option{second}")
    return root


@pytest.fixture(scope="module")
def built(go: object, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = two_versions(tmp_path_factory.mktemp("two") / "acme")
    assert main(["lock", str(root)]) == 0
    assert main(["build", "--locked", str(root)]) == 0
    return root / "dist"


def stamp_of(path: Path) -> Stamp:
    (found,) = read_artifacts(path)
    assert found.stamp
    return found.stamp


def started(dist: Path, plugins: Path, report: Path, *flags: str) -> tuple[str, dict[str, Any]]:
    command = [dist / "bin/host", "-report", report, *flags, plugins]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert report.exists(), done.stderr
    return done.stdout, {one["name"]: one for one in json.loads(report.read_text())["plugins"]}


def test_a_plugin_has_the_contract_of_the_api_that_it_imports(built: Path) -> None:
    names = ("filter", "newer", "both")
    contracts = {name: stamp_of(built / f"plugins/{name}.so").contract for name in names}
    assert {name: (one.api, one.factory, one.required) for name, one in contracts.items()} == {
        "filter": (V1, "New", ()),
        "newer": (V2, "Make", ("filter",)),
        "both": (V2, "Make", ("filter",)),  # the newest that it imports
    }
    assert dict(contracts["newer"].symbols) == {"Make": "func() pluginapi.Plugin"}
    assert [one.api for one in stamp_of(built / "bin/host").contract.apis] == [V2]


@pytest.mark.parametrize("flags", [(), ("-probe",)])
def test_the_host_loads_the_plugins_of_both(tmp_path: Path, built: Path, flags: tuple[str, ...]) -> None:
    (verdict,) = verify([built])
    assert verdict.accepted, verdict.findings
    printed, found = started(built, built / "plugins", tmp_path / "report.json", "-strict", *flags)
    assert [one["status"] for one in found.values()] == ["loaded"] * 4, found
    assert {name: one["judged_by"] for name, one in found.items()} == {
        "both": f"{V2} v2.1.0", "filter": f"{V1} v1.0.0", "newer": f"{V2} v2.1.0", "transform": f"{V1} v1.0.0",
    }  # fmt: skip
    by_verify = {Path(subject).stem: api for subject, api in verdict.judged_by.items()}
    assert by_verify == {name: one["judged_by"] for name, one in found.items()}
    assert "newer        200 newer of 2: " in printed


def test_a_host_that_has_the_plugins_of_both_linked_into_it_asks_them_alike(tmp_path: Path, built: Path) -> None:
    asked, apart = started(built, built / "plugins", tmp_path / "apart.json", "-strict")
    shutil.copytree(built.parent, tmp_path / "acme", ignore=shutil.ignore_patterns("dist", ".pluginkit"))
    assert main(["build", "--mode", "linked", str(tmp_path / "acme")]) == 0
    (tmp_path / "none").mkdir()
    answered, linked = started(tmp_path / "acme/dist", tmp_path / "none", tmp_path / "linked.json", "-strict")
    assert (answered, list(linked)) == (asked, list(apart))
    assert {one["mode"] for one in linked.values()} == {"linked"}
    assert [one["judged_by"] for one in linked.values()] == [one["judged_by"] for one in apart.values()]


def test_a_version_that_is_dropped_is_refused_and_those_served_are_named(tmp_path: Path, built: Path) -> None:
    root = tmp_path / "acme"
    scaffold.new(root, "acme", language="go")
    assert main(["build", str(root)]) == 0
    (root / "plugins-here").mkdir()
    for name in ("filter", "newer"):
        shutil.copy(built / f"plugins/{name}.so", root / "plugins-here")
    (verdict,) = verify([root / "plugins-here"], [root / "dist/bin/host"])
    newer = [one for one in verdict.findings if one.subject.endswith("newer.so") and one.code == "PK301"]
    assert [(one.facts["found"], one.facts["expected"]) for one in newer] == [(f"{V2} v2.1.0", f"{V1} v1.0.0")]
    assert "PK301" not in [one.code for one in verdict.findings if one.subject.endswith("filter.so")]
    _, found = started(root / "dist", root / "plugins-here", tmp_path / "report.json")
    assert found["newer"]["status"] == "refused"
    told = [one for one in found["newer"]["findings"] if one["code"] == "PK301"]
    assert [(one["found"], one["expected"]) for one in told] == [(f"{V2} v2.1.0", f"{V1} v1.0.0")]


def test_an_old_api_made_of_the_new_one_keeps_its_plugins(tmp_path: Path) -> None:
    root = two_versions(tmp_path / "acme")
    api = root / "pluginapi/api.go"
    api.write_text(api.read_text() + "\n// Next is of the next version.\ntype Next = v2.Plugin\n")
    edit(api, "package pluginapi\n", 'package pluginapi\n\nimport v2 "acme/pluginapi/v2"\n')
    assert main(["build", str(root)]) == 0
    stamp = stamp_of(root / "dist/plugins/filter.so")
    assert (stamp.contract.api, sorted(api.name for api in stamp.apis)) == (V1, [V1, V2])
    _, found = started(root / "dist", root / "dist/plugins", tmp_path / "report.json", "-strict")
    assert {one["status"] for one in found.values()} == {"loaded"}, found
    assert found["filter"]["judged_by"] == f"{V1} v1.0.0"


def test_a_plugin_that_does_not_fulfil_its_own_contract_is_not_built(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = two_versions(tmp_path / "acme")
    edit(root / "plugins/newer/newer.go", "func Make() pluginapi.Plugin", "func Make() any")
    assert main(["build", str(root)]) == 2
    assert "plugins/newer: does not fulfil [contract.symbols]" in capsys.readouterr().err

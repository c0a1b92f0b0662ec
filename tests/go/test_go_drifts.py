"""Seeded drifts are named by their true cause, alone and beside what Go does not mind; the hints, typed, mend them."""

import json
import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from godrifts import DRIFTS, HARMLESS, PAIRED, Drift, Laboratory, Pair, Side, open_plugins, with_harmless
from gofixtures import GoTools

from pluginkit.core.verdict import Finding
from pluginkit.stages.verify import hosts_among, read_artifacts, verify

pytestmark = pytest.mark.slow

HINTED = [one for one in DRIFTS if one.repairable]
PAIRS = [
    with_harmless(drift, beside)
    for drift in DRIFTS
    for beside in PAIRED
    if not ("-gcflags" in str(beside.plugin.flags) and "-gcflags" in str(drift.plugin.flags))
]
"""Of two `-gcflags` go records the last alone."""
NEVER = ("GOAMD64", "unrelated", "CGO_CFLAGS", "GOFIPS140", "-ldflags", "example.com/only", "example.com/quiet")
"""What is never named as a cause."""


@pytest.fixture(scope="module")
def lab(go: GoTools, other_go: GoTools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    return Laboratory(go, other_go, tmp_path_factory.mktemp("drifts"))


@pytest.mark.parametrize("drift", [*HARMLESS, *DRIFTS], ids=lambda drift: drift.name)
def test_a_drift_is_named_by_its_true_cause(lab: Laboratory, drift: Drift, tmp_path: Path) -> None:
    _compare(lab, drift, tmp_path)


@pytest.mark.matrix
@pytest.mark.parametrize("drift", PAIRS, ids=lambda drift: drift.name)
def test_what_is_harmless_hides_no_cause(lab: Laboratory, drift: Drift, tmp_path: Path) -> None:
    _compare(lab, drift, tmp_path)


@pytest.mark.parametrize("drift", HINTED, ids=lambda drift: drift.name)
def test_a_hint_that_is_typed_brings_the_plugin_into_step(lab: Laboratory, drift: Drift, tmp_path: Path) -> None:
    pair = lab.make(drift, tmp_path)
    (first, *_) = [one for one in judged(pair.host, lab.build(pair)) if one.hint]
    commands = [one for one in re.findall(r"`([^`]+)`", first.hint) if not one.startswith("pluginkit align")]
    assert commands, first.hint
    _type(lab, pair, " && ".join(commands))
    assert open_plugins(pair.host, pair.repository / "stranger.so") == [""]


def test_an_accepted_copy_of_which_an_init_alone_differs_does_not_run(lab: Laboratory, tmp_path: Path) -> None:
    """What acceptance does not prove: the plugin was built with another body, and the host's runs."""
    drift = next(one for one in HARMLESS if "init alone" in one.name)
    pair = lab.make(drift, tmp_path)
    plugin = lab.build(pair)
    assert b"there" in plugin.read_bytes()
    done = subprocess.run([pair.host, plugin], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["Name"].endswith("here")
    assert not json.loads(done.stdout)["Name"].endswith("there")


def judged(host: Path, plugin: Path) -> Sequence[Finding]:
    sides = hosts_among(host, read_artifacts(host, unstamped=True), unstamped=True)
    (verdict,) = verify(read_artifacts(plugin, unstamped=True), sides)
    return verdict.findings


def _compare(lab: Laboratory, drift: Drift, root: Path) -> None:
    pair = lab.make(drift, root)
    plugin = lab.build(pair)
    found = judged(pair.host, plugin)
    assert " ".join(sorted({("~" if one.severity == "warning" else "") + one.code for one in found})) == drift.codes
    refused = drift.codes.startswith("PK")
    assert bool(open_plugins(pair.host, plugin)[0]) == refused, "the row is not what it says"
    told = " ".join(f"{one.message} {one.facts.get('found')}" for one in found)
    packages = [path for one in found for path in one.facts.get("packages", ())]
    for thing in drift.things:
        assert thing in told or thing in packages
    harmless = [
        one for one in NEVER if one not in drift.things and not ("-tags" in drift.things and one == "unrelated")
    ]
    assert not [one for one in harmless if one in told]


def _type(lab: Laboratory, pair: Pair, command: str) -> None:
    side = Side(other_go=pair.drift.host.other_go)
    tools = lab.tools(side)
    path = f"{tools.go.parent}{os.pathsep}{os.environ['PATH']}"
    env = {**lab.environment(side), "PATH": path, "GOWORK": pair.drift.plugin.env.get("GOWORK", "off")}
    done = subprocess.run(["sh", "-c", command], cwd=pair.repository, env=env, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}: {done.stderr}"

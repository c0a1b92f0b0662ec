"""What a workspace lives with: left out with a reason, until a day, and never unnoticed."""

import json
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest
from monorepo import PLUGIN, monorepo

from pluginkit.core.api import Ignore
from pluginkit.core.errors import PluginkitError
from pluginkit.core.verdict import Finding, Verdict
from pluginkit.rules import RULES
from pluginkit.rules.ignores import sift
from pluginkit.stages.discover import discover

OLD = Finding("PK406", "warning", "dist/acme_old-1.whl", "built under another lock", "rebuild")
BAD = Finding("PK303", "error", "dist/acme_old-1.whl", "another copy", "rebuild")
VERDICT = Verdict("host", ("dist/acme_old-1.whl",), (BAD, OLD))
NAMES = {"dist/acme_old-1.whl": ("acme-old", "old")}
TODAY = "2026-11-23"

CASES = [
    ("nothing", [], ["PK303", "PK406"], 0),
    ("a rule", [Ignore("PK303", "r")], ["PK406"], 1),
    ("a rule by its name", [Ignore("api-digest", "r")], ["PK406"], 1),
    ("of a distribution", [Ignore("PK303", "r", plugin="acme-*")], ["PK406"], 1),
    ("of a plugin", [Ignore("PK303", "r", plugin="old")], ["PK406"], 1),
    ("of a file", [Ignore("PK303", "r", plugin="acme_old-*.whl")], ["PK406"], 1),
    ("of another", [Ignore("PK303", "r", plugin="new")], ["PK303", "PK406", "PK701"], 0),
    ("nothing that is found", [Ignore("PK504", "r")], ["PK303", "PK406", "PK701"], 0),
    ("until today", [Ignore("PK303", "r", until=TODAY)], ["PK406"], 1),
    ("until yesterday", [Ignore("PK303", "r", until="2026-11-22")], ["PK303", "PK406", "PK702"], 0),
    ("twice", [Ignore("PK303", "r"), Ignore("PK303", "r", plugin="old")], ["PK406"], 1),
]


@pytest.mark.parametrize(("ignores", "codes", "ignored"), [row[1:] for row in CASES], ids=[row[0] for row in CASES])
def test_ignores(ignores: list[Ignore], codes: list[str], ignored: int) -> None:
    (found,) = sift([VERDICT], NAMES, ignores, RULES, TODAY, whole=True)
    assert [finding.code for finding in found.findings] == codes
    assert len(found.ignored) == ignored
    assert found.accepted == ("PK303" not in codes)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("PK1", "no rule"),
        ("PK33", "PK303"),
        ("PK102", "cannot be ignored"),
        ("missing-stamp", "cannot be ignored"),
        ("PK701", "cannot be ignored"),
    ],
)
def test_what_cannot_be_ignored_is_an_error(rule: str, words: str) -> None:
    with pytest.raises(PluginkitError, match=words):
        sift([VERDICT], NAMES, [Ignore(rule, "r")], RULES, TODAY, whole=True)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ('{ rule = "PK406" }', "'reason' is missing"),
        ('{ rule = "PK406", reason = " " }', "'reason' is empty"),
        ('{ rule = "PK406", reason = "r", until = "2027-01-31" }', "'until' is not a date"),
        ('{ rule = "PK406", reason = "r", plugins = "x" }', "did you mean 'plugin'"),
        ('{ reason = "r" }', "'rule' is missing"),
        ("1", "not an array of tables"),
    ],
)
def test_a_wrong_entry_is_named(tmp_path: Path, entry: str, words: str) -> None:
    monorepo(tmp_path, more=f"[verify]\nignore = [{entry}]\n")
    with pytest.raises(PluginkitError, match=words):
        discover(tmp_path)


@pytest.fixture
def warned(tmp_path: Path, pluginkit) -> Path:
    """A workspace with a finding: a plugin that lacks a capability which its host began to require."""
    monorepo(tmp_path)
    assert pluginkit("build").status == 0
    kept = tmp_path / "old"
    kept.mkdir()
    for wheel in (tmp_path / "dist").glob("acme_filter-*"):
        (kept / wheel.name).write_bytes(wheel.read_bytes())
    with (tmp_path / "pluginkit.toml").open("a") as config:
        config.write('capabilities = { known = ["batch"], required = ["batch"] }\n')
    with (tmp_path / "plugins/filter/pyproject.toml").open("a") as config:
        config.write('\n[tool.pluginkit]\ncapabilities = ["batch"]\n')
    assert pluginkit("build").status == 0
    return tmp_path


def _ignore(root: Path, day: date) -> None:
    config = root / "pluginkit.toml"
    entry = f'[[verify.ignore]]\nrule = "PK504"\nplugin = "acme-filter"\nreason = "until 2.0"\nuntil = {day}\n'
    config.write_text(f"{config.read_text()}\n{entry}")


def test_a_workspace_lives_with_what_it_says(warned: Path, pluginkit) -> None:
    assert pluginkit("verify", "old", "--host", "dist").status == 1
    _ignore(warned, date.today() + timedelta(days=1))
    ran = pluginkit("verify", "old", "--host", "dist")
    assert ran.status == 0, ran.out + ran.err
    assert "1 ignored" in ran.out
    assert "PK701" in pluginkit("verify").out
    found = json.loads(pluginkit("verify", "old", "--host", "dist", "--output-format", "json").out)
    assert [one["code"] for one in found["verdicts"][0]["ignored"]] == ["PK504"]


def test_past_its_date_it_is_reported_again(warned: Path, pluginkit) -> None:
    _ignore(warned, date.today() - timedelta(days=1))
    ran = pluginkit("verify", "old", "--host", "dist")
    assert ran.status == 1
    assert "PK504" in ran.out
    assert "PK702 " in ran.out


def test_a_baseline_leaves_what_is_new(warned: Path, pluginkit) -> None:
    args = ("verify", "old", "--host", "dist")
    assert pluginkit(*args, "--output-format", "json", "--output-file", "base.json").status == 1
    ran = pluginkit(*args, "--baseline", "base.json")
    assert (ran.status, ran.out.splitlines()[-1]) == (0, "1 artifact accepted, 1 ignored")
    (warned / "old/acme_filter-1.0.0-py3-none-any.whl").write_bytes(b"")
    assert pluginkit(*args, "--baseline", "base.json").status == 1
    (warned / "base.json").write_text("[]")
    ran = pluginkit(*args, "--baseline", "base.json")
    assert (ran.status, "no report" in ran.err) == (2, True)
    assert pluginkit(*args, "--baseline", "none.json").status == 2


def test_a_baseline_knows_a_finding_by_more_than_rule_and_name(warned: Path, pluginkit) -> None:
    args = ("verify", "old", "--host", "dist")
    pluginkit(*args, "--output-format", "json", "--output-file", "base.json")
    value = json.loads((warned / "base.json").read_text())
    (finding,) = value["verdicts"][0]["findings"]
    bends = [
        ("message", finding, "lacks another"),
        ("severity", finding, "warning"),
        ("host", value["verdicts"][0], "elsewhere"),
        ("version", value, 2),
    ]
    for key, table, other in bends:
        table[key], kept = other, table[key]
        (warned / "base.json").write_text(json.dumps(value))
        assert pluginkit(*args, "--baseline", "base.json").status != 0, key
        table[key] = kept
    (warned / "base.json").write_text(json.dumps(value))
    assert pluginkit(*args, "--baseline", "base.json").status == 0


def test_a_baseline_hides_no_damage(warned: Path, pluginkit) -> None:
    args = ("verify", "old", "--host", "dist")
    (warned / "old/acme_filter-1.0.0-py3-none-any.whl").write_bytes(b"")
    assert pluginkit(*args, "--output-format", "json", "--output-file", "base.json").status == 1
    ran = pluginkit(*args, "--baseline", "base.json")
    assert (ran.status, "PK102" in ran.out) == (1, True)


def test_one_artifact_says_nothing_of_the_ignores_of_others(warned: Path, pluginkit) -> None:
    _ignore(warned, date.today() + timedelta(days=1))
    assert "PK701" not in pluginkit("verify", "dist/acme_filter-1.0.0-py3-none-any.whl").out
    assert "PK701" not in pluginkit("verify", "--host", "dist").out
    assert "PK701" in pluginkit("verify").out
    assert "PK701" in pluginkit("verify", ".").out


def test_a_workspace_that_is_named_has_its_own_ignores(warned: Path, tmp_path_factory, pluginkit) -> None:
    _ignore(warned, date.today() + timedelta(days=1))
    other = tmp_path_factory.mktemp("other")
    assert "PK701" in pluginkit("verify", warned, cwd=other).out
    for host in (warned, warned / "dist"):
        assert pluginkit("verify", warned / "old", "--host", host, cwd=other).status == 0


def test_one_workspace_does_not_ignore_for_another(warned: Path, tmp_path_factory, pluginkit) -> None:
    strict = shutil.copytree(warned, tmp_path_factory.mktemp("strict") / "acme", symlinks=True)
    _ignore(warned, date.today() + timedelta(days=1))
    ran = pluginkit("verify", "old", "--host", "dist", "--host", strict / "dist", "--output-format", "json")
    assert ran.status == 1
    verdicts = json.loads(ran.out)["verdicts"]
    assert [(verdict["accepted"], len(verdict.get("ignored", ()))) for verdict in verdicts] == [(True, 1), (False, 0)]


@pytest.mark.parametrize("rule", ["PK506", "init-side-effect"])
def test_what_only_a_build_finds_is_ignored_there_and_never_unused(tmp_path: Path, pluginkit, rule: str) -> None:
    monorepo(tmp_path, plugins={"filter": f"{PLUGIN}\nopen(__file__).close()\n"})
    with (tmp_path / "pluginkit.toml").open("a") as config:
        config.write(f'\n[[verify.ignore]]\nrule = "{rule}"\nreason = "reads its own table"\n')
    ran = pluginkit("build")
    assert (ran.status, "PK506" in ran.out) == (0, False)
    ran = pluginkit("verify")
    assert (ran.status, "PK701" in ran.out) == (0, False)


def test_a_build_lives_with_what_the_workspace_ignores(tmp_path: Path, pluginkit) -> None:
    monorepo(tmp_path, plugins={"filter": "class Nwe: ...\n"})
    assert pluginkit("build").status == 1
    with (tmp_path / "pluginkit.toml").open("a") as config:
        config.write('\n[[verify.ignore]]\nrule = "PK501"\nplugin = "acme-filter"\nreason = "comes next week"\n')
    assert pluginkit("build").status == 0
    assert pluginkit("verify").status == 0

"""What a host lives with: sealed in its stamp, left out with a reason, until a day, and never unnoticed."""

import json
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from monorepo import PLUGIN, edit, monorepo, settle

from pluginkit.core import clock
from pluginkit.core.api import Contract, Ignore
from pluginkit.core.errors import PluginkitError
from pluginkit.core.frozen import replace
from pluginkit.core.stamp import Stamp
from pluginkit.core.verdict import Evidence, Factory, Finding, Host, HostSide, Verdict
from pluginkit.operations.baseline import without_known
from pluginkit.report.json import render_json
from pluginkit.rules import RULES, check_ignores, judge, judge_apart
from pluginkit.rules.ignores import sift
from pluginkit.runtime.plan import Plan
from pluginkit.runtime.start_cache import recall_plan, remember_plan
from pluginkit.stages.discover import discover

OLD = Finding("PK406", "warning", "dist/acme_old-1.whl", "built under another lock", "rebuild")
BAD = Finding("PK303", "error", "dist/acme_old-1.whl", "another copy", "rebuild")
VERDICT = Verdict("host", ("dist/acme_old-1.whl",), (BAD, OLD))
EVIDENCE = Evidence("dist/acme_old-1.whl", name="acme-old", factories=(Factory("old", "acme_old:New", shipped=True),))
TODAY = "2026-11-23"

CASES = [
    ("nothing", [], ["PK303", "PK406"], 0),
    ("a rule", [Ignore("PK303", "r")], ["PK406"], 1),
    ("a rule by its name", [Ignore("api-digest", "r")], ["PK406"], 1),
    ("of a distribution", [Ignore("PK303", "r", plugin="acme-*")], ["PK406"], 1),
    ("of a plugin", [Ignore("PK303", "r", plugin="old")], ["PK406"], 1),
    ("of a file", [Ignore("PK303", "r", plugin="acme_old-*.whl")], ["PK406"], 1),
    ("of another", [Ignore("PK303", "r", plugin="new")], ["PK303", "PK406", "PK701"], 0),
    (
        "a glob without an end",  # of this length fnmatch takes hours
        [Ignore("PK303", "r", plugin="[" * 900_000)],
        ["PK303", "PK406", "PK701"],
        0,
    ),
    ("nothing that is found", [Ignore("PK504", "r")], ["PK303", "PK406", "PK701"], 0),
    ("what cannot be ignored, and is not found", [Ignore("PK101", "r")], ["PK303", "PK406", "PK701"], 0),
    ("until today", [Ignore("PK303", "r", until=TODAY)], ["PK406"], 1),
    ("until yesterday", [Ignore("PK303", "r", until="2026-11-22")], ["PK303", "PK406", "PK702"], 0),
    ("twice", [Ignore("PK303", "r"), Ignore("PK303", "r", plugin="old")], ["PK406"], 1),
]


@pytest.mark.parametrize(("ignores", "codes", "ignored"), [row[1:] for row in CASES], ids=[row[0] for row in CASES])
def test_ignores(ignores: list[Ignore], codes: list[str], ignored: int) -> None:
    (found,) = sift([VERDICT], [EVIDENCE], [ignores], RULES, TODAY, whole=True)
    assert [finding.code for finding in found.findings] == codes
    assert len(found.ignored) == ignored
    assert found.accepted == ("PK303" not in codes)


@pytest.mark.parametrize(
    ("language", "rule", "words"),
    [
        ("python", "PK1", "no rule"),
        ("python", "PK33", "PK303"),
        ("python", "PK102", "cannot be ignored"),
        ("python", "missing-stamp", "cannot be ignored"),
        ("python", "PK701", "cannot be ignored"),
        ("go", "PK402", "cannot be ignored"),
        ("go", "package-hash", "cannot be ignored"),
    ],
)
def test_what_cannot_be_ignored_is_an_error(language: str, rule: str, words: str) -> None:
    with pytest.raises(PluginkitError, match=words):
        check_ignores([Ignore(rule, "r")], language)


@pytest.mark.parametrize(("language", "codes"), [("go", ["PK406"]), ("python", [])])
def test_what_the_runtime_of_go_refuses_counts_whatever_is_sealed(language: str, codes: list[str]) -> None:
    evidence = Evidence(EVIDENCE.subject, language=language)
    (found,) = sift([VERDICT], [evidence], [[Ignore("PK303", "r"), Ignore("PK406", "r")]], RULES, TODAY, whole=False)
    assert [finding.code for finding in found.findings] == codes


def _host(*ignores: Ignore) -> HostSide:
    return HostSide(Host("host", "host", (), Contract(), pins={}, ignores=ignores))


def _plugin() -> Evidence:
    sealed = Stamp("plugin", "p", "1", "python", (), "l", "i", "p", "b")
    return Evidence("p-1-py3-none-any.whl", name="p", version="1", stamp=sealed, requires=("acme-none",))


def test_the_workspaces_ignores_count_only_where_there_is_no_host() -> None:
    mine, sealed = Ignore("PK404", "r"), (Ignore("PK404", "r"), Ignore("PK301", "r"))
    (found,) = judge([_plugin()], [_host()], ignores=[mine])
    assert [finding.code for finding in found.findings] == ["PK301", "PK404"]
    (found,) = judge([_plugin()], [_host(*sealed)])
    assert ([*found.findings], [finding.code for finding in found.ignored]) == ([], ["PK301", "PK404"])
    gone = Evidence("gone.whl", name="gone", factories=(Factory("a", "x:New", shipped=True),) * 2)
    (found,) = judge([gone], [], ignores=[Ignore("PK505", "r")])
    assert found.accepted


def test_each_host_has_its_own() -> None:
    sealed = (Ignore("PK404", "r"), Ignore("PK301", "r"))
    found = judge([_plugin()], [_host(*sealed), _host()])
    assert [verdict.accepted for verdict in found] == [True, False]


def test_what_is_ignored_of_one_target_is_not_asked_for_of_the_other() -> None:
    sealed = (Ignore("PK404", "r"), Ignore("PK301", "r"), Ignore("PK302", "r"))
    other = replace(_plugin(), stamp=None, requires=())
    found = judge_apart([([other], [_host(*sealed)]), ([_plugin()], [_host(*sealed)])], whole=True)
    assert [[finding.code for finding in verdict.ignored] for verdict in found] == [[], ["PK301", "PK404"]]
    warned = [finding.message for verdict in found for finding in verdict.findings if finding.code == "PK701"]
    assert warned == ["nothing to ignore: PK302"]


@pytest.mark.parametrize(
    ("ends", "until"),
    [(["", ""], ""), (["2026-12-01", ""], "2026-12-01"), (["2026-12-02", "2026-12-01"], "2026-12-01"),
     (["2020-01-01", "2026-12-01"], "2026-12-01")],
)  # fmt: skip
def test_a_verdict_says_how_long_it_holds(ends: list[str], until: str) -> None:
    sealed = [Ignore(rule, "r", until=end) for rule, end in zip(("PK404", "PK301"), ends, strict=True)]
    (found,) = judge([_plugin()], [_host(*sealed)], today=TODAY)
    assert found.until == until


@pytest.mark.parametrize(("day", "remembered"), [("2026-12-01", True), ("2026-12-02", False), ("2027-01-01", False)])
def test_a_start_is_remembered_until_an_ignore_ends(monkeypatch, day: str, remembered: bool) -> None:
    plan = Plan("host", True, (), (), (), (), "2026-12-01")
    present = [("site", ["acme_host-1.0.0.dist-info"])]
    remember_plan(["a host"], present, plan, 0)
    monkeypatch.setattr(clock, "today", lambda: day)
    assert recall_plan(["a host"], present) == (plan if remembered else None)


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
def warned(tmp_path: Path, pluginkit, copied) -> Path:
    """A workspace with a finding: a plugin that lacks a capability which its host began to require."""
    copied(monorepo, tmp_path)
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


@pytest.fixture
def ignore(warned: Path, pluginkit) -> Callable[[date], None]:
    """Let the workspace ignore the finding until a day, and seal that in its host."""

    def ignore(day: date) -> None:
        config = warned / "pluginkit.toml"
        entry = f'[[verify.ignore]]\nrule = "PK504"\nplugin = "acme-filter"\nreason = "until 2.0"\nuntil = {day}\n'
        config.write_text(f"{config.read_text()}\n{entry}")
        assert pluginkit("build", cwd=warned).status == 0

    return ignore


def test_a_host_lives_with_what_is_sealed_in_it(warned: Path, ignore, pluginkit) -> None:
    assert pluginkit("verify", "old", "--host", "dist").status == 1
    before = shutil.copytree(warned / "dist", warned / "before")
    ignore(date.today() + timedelta(days=1))
    ran = pluginkit("verify", "old", "--host", "dist")
    assert ran.status == 0, ran.out + ran.err
    assert "1 ignored" in ran.out
    assert pluginkit("verify", "old", "--host", before).status == 1
    assert "PK701" in pluginkit("verify").out
    found = json.loads(pluginkit("verify", "old", "--host", "dist", "--output-format", "json").out)
    assert [one["code"] for one in found["verdicts"][0]["ignored"]] == ["PK504"]


def test_past_its_date_it_is_reported_again(warned: Path, ignore, pluginkit) -> None:
    ignore(date.today() - timedelta(days=1))
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


def test_one_artifact_says_nothing_of_the_ignores_of_others(warned: Path, ignore, pluginkit) -> None:
    ignore(date.today() + timedelta(days=1))
    assert "PK701" not in pluginkit("verify", "dist/acme_filter-1.0.0-py3-none-any.whl").out
    assert "PK701" not in pluginkit("verify", "--host", "dist").out
    assert "PK701" in pluginkit("verify").out
    assert "PK701" in pluginkit("verify", ".").out


def test_a_workspace_that_is_named_has_its_own_ignores(warned: Path, ignore, tmp_path_factory, pluginkit) -> None:
    ignore(date.today() + timedelta(days=1))
    other = tmp_path_factory.mktemp("other")
    assert "PK701" in pluginkit("verify", warned, cwd=other).out
    for host in (warned, warned / "dist"):
        assert pluginkit("verify", warned / "old", "--host", host, cwd=other).status == 0


def test_one_workspace_does_not_ignore_for_another(warned: Path, ignore, tmp_path_factory, pluginkit) -> None:
    strict = tmp_path_factory.mktemp("strict") / "acme"
    shutil.copytree(warned / "dist", strict / "dist")
    ignore(date.today() + timedelta(days=1))
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


def tolerating(root: Path) -> None:
    monorepo(root, plugins={"filter": "class Nwe: ...\n", "good": PLUGIN})
    with (root / "pluginkit.toml").open("a") as config:
        config.write(f'\n[[verify.ignore]]\nrule = "PK501"\nreason = "it comes"\nuntil = {date.today()}\n')


@pytest.fixture
def tolerated(tmp_path: Path, copied) -> Path:
    """A release with a finding that its host ignores until today."""
    copied(tolerating, tmp_path)
    settle()
    return tmp_path


def _let_a_day_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "today", lambda: str(date.today() + timedelta(days=1)))


def test_a_build_with_nothing_to_do_refuses_what_is_no_longer_ignored(tolerated: Path, pluginkit, monkeypatch) -> None:
    assert "nothing changed" in pluginkit("build").out
    _let_a_day_pass(monkeypatch)
    for _ in range(2):
        ran = pluginkit("build")
        assert (ran.status, "PK501" in ran.out, "PK702" in ran.out) == (1, True, True), ran.out + ran.err


def test_what_a_build_with_little_to_do_remembers_ends_too(tolerated: Path, pluginkit, monkeypatch) -> None:
    (tolerated / "plugins/good/notes.txt").write_text("nothing that is packaged")
    assert pluginkit("build").status == 0
    _let_a_day_pass(monkeypatch)
    assert pluginkit("build").status == 1


def test_a_build_of_one_plugin_looks_at_the_others_again(tolerated: Path, pluginkit, monkeypatch) -> None:
    _let_a_day_pass(monkeypatch)
    edit(tolerated / "plugins/good/acme_good/__init__.py", "request.body", "request.body * 2")
    ran = pluginkit("build", "acme-good")
    assert (ran.status, "PK501 dist/acme_filter" in ran.out) == (1, True), ran.out + ran.err


def test_what_was_ignored_is_not_approved_in_the_cache(tolerated: Path, pluginkit, monkeypatch) -> None:
    shutil.rmtree(tolerated / ".pluginkit")
    (tolerated / "dist").unlink()
    ran = pluginkit("build")
    assert (ran.status, "4 from the cache" in ran.out) == (0, True), ran.out + ran.err
    shutil.rmtree(tolerated / ".pluginkit")
    (tolerated / "dist").unlink()
    _let_a_day_pass(monkeypatch)
    assert pluginkit("build").status == 1
    assert not (tolerated / "dist").exists()


def test_a_baseline_hides_nothing_that_the_runtime_of_go_refuses(tmp_path: Path) -> None:
    (tmp_path / "base.json").write_text(render_json([VERDICT]))
    for language, codes in (("go", ["PK406"]), ("python", [])):
        (found,) = without_known([VERDICT], tmp_path / "base.json", {EVIDENCE.subject: language})
        assert [finding.code for finding in found.findings] == codes

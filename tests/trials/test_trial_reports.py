"""Reports of trials: what people read, and what machines do, whatever strangers write."""

import json
import xml.etree.ElementTree as ET

import jsonschema
import junitparser
import pytest
from markdown_it import MarkdownIt

from pluginkit.core.trial import Ran, Trial, Trials
from pluginkit.report.trial import FORMATS
from pluginkit.schema import trials_schema

EVIL = "a\n::error::x\r%0A ]]> <b> & \x1b[2J \x00 \udcff \u202e |`*_[x](y) $ " + "z" * 20_000
GOOD = Ran("passed", ("p TestA", "p TestB"), seconds=1.25)
BAD = Ran("failed", ("p TestB",), ("p TestA",), "--- FAIL: TestA\n\ta_test.go:5: got 3, want 4", 1.5)
BROKEN = Ran("broken", (), (), "plugins/b/b.go:5:2: undefined: api.Old")
TRIALS = (
    Trial("fine", "go", "", before=GOOD, after=GOOD),
    Trial("rounds", "go", "", before=GOOD, after=BAD),
    Trial("stuck", "python", "", before=GOOD, after=Ran("late", ("p TestB",), (), "panic: test timed out")),
    Trial("gone", "go", "", before=GOOD, after=BROKEN),
    Trial(
        "uses", "go", "", ("method Host.Open was removed", "func Size: parameter added"), ("plugins/u/u.go:7",), GOOD
    ),
    Trial("legacy", "go", "", before=BAD, after=BAD),
    Trial("untested", "python", "", before=Ran("none"), after=Ran("none")),
    Trial("cursed", "python", "https://git.example/x", error="its lock requires acme-api<2"),
)
MIXED = Trials("--api git:main", TRIALS, ("1 of 8 was remembered",))
FINE = Trials("--api git:main", TRIALS[:1])
HOSTILE = Trials(
    EVIL,
    (
        Trial(EVIL, "go", EVIL, (EVIL,), (EVIL,), GOOD),
        Trial(EVIL, "go", EVIL, error=EVIL),
        Trial(EVIL, "go", "", before=Ran("passed", (EVIL,)), after=Ran("failed", (), (EVIL,), EVIL)),
        Trial(EVIL, "go", "", before=Ran("failed", (), (EVIL,), EVIL), after=Ran("passed")),
    ),
    (EVIL,),
)


def render(name: str, trials: Trials, **more: int) -> str:
    return FORMATS[name](trials, **more)


def test_text_has_a_row_a_plugin_with_what_broke_first() -> None:
    lines = render("text", MIXED, columns=120).splitlines()
    rows = [line.split("  ")[0] for line in lines[3:11]]
    assert rows == ["rounds", "stuck", "gone", "uses", "cursed (https://git.example/x)", "legacy", "untested", "fine"]
    said = [" ".join(line.split()) for line in lines[2:11]]
    assert said[:5] == [
        "plugin without with what broke",
        "rounds breaks 2 passed 1 of 2 failed p TestA",
        "stuck breaks 2 passed takes too long p TestA",
        "gone breaks 2 passed does not start p TestA (+1)",
        "uses refused 2 passed - method Host.Open was removed (+1)",
    ]
    assert lines[-1] == ("8 plugins: 3 broken, 1 refused, 1 could not be tried, 1 failed before, 1 without tests, 1 ok")


def test_text_names_tests_changes_places_and_what_was_printed() -> None:
    text = render("text", MIXED, columns=120)
    assert "rounds: these tests fail with the change\n  p TestA\n  | --- FAIL: TestA\n  |     a_test.go:5: got" in text
    assert "  func Size: parameter added\n    plugins/u/u.go:7\n" in text
    assert "legacy: these tests fail without the change already\n  p TestA\n\n" in text
    assert "cursed (https://git.example/x): its tests could not be run\n  its lock requires acme-api<2\n" in text
    assert "note: 1 of 8 was remembered\n" in text


@pytest.mark.parametrize("columns", [30, 80, 100, 200])
def test_rows_fit_the_terminal_where_names_let_them(columns: int) -> None:
    rows = render("text", Trials("--api x", TRIALS[:4]), columns=columns).splitlines()[2:7]
    assert max(map(len, rows)) <= max(columns, 60)


def test_colours_of_what_was_printed_are_left_out() -> None:
    after = Ran("failed", (), ("p TestA",), "\x1b[31mred\x1b[0m \x1b[2J")
    text = render("text", Trials("x", (Trial("one", "go", "", before=GOOD, after=after),)))
    assert "  | red \\x1b[2J\n" in text


def test_tests_that_are_made_of_others_are_not_counted() -> None:
    before = Ran("passed", ("p TestA", "p TestA/x", "p TestA/y"))
    after = Ran("failed", ("p TestA/x",), ("p TestA/y",))
    lines = render("text", Trials("x", (Trial("one", "go", "", before=before, after=after),))).splitlines()
    assert lines[3].startswith("one     breaks  2 passed  1 of 2 failed")


def test_text_of_nothing_and_of_one() -> None:
    assert render("text", Trials("--api x", ())).endswith("\n0 plugins\n")
    assert render("text", FINE).endswith("\n1 plugin: 1 ok\n")


@pytest.mark.parametrize("trials", [MIXED, FINE, HOSTILE, Trials("x", ())], ids=["mixed", "fine", "hostile", "none"])
def test_json_is_what_its_schema_says(trials: Trials) -> None:
    text = render("json", trials)
    value = json.loads(text)
    jsonschema.validate(value, trials_schema())
    assert text.isascii()
    assert [one["status"] for one in value["trials"]] == [one.status for one in trials.trials]
    assert value["harmless"] == trials.harmless


def test_a_reader_of_junit_finds_a_case_a_plugin_and_a_blamed_test() -> None:
    parsed = junitparser.JUnitXml.fromstring(render("junit", MIXED).encode())
    found = {
        (case.classname, case.name): [type(one).__name__ for one in case.result] for suite in parsed for case in suite
    }
    assert found == {
        ("fine", "fine"): [],
        ("rounds", "rounds"): ["Failure"],
        ("rounds", "p TestA"): ["Failure"],
        ("stuck", "stuck"): ["Failure"],
        ("stuck", "p TestA"): ["Failure"],
        ("gone", "gone"): ["Failure"],
        ("gone", "p TestA"): ["Failure"],
        ("gone", "p TestB"): ["Failure"],
        ("uses", "uses"): ["Failure"],
        ("legacy", "legacy"): ["Skipped"],
        ("untested", "untested"): ["Skipped"],
        ("cursed (https://git.example/x)", "cursed"): ["Error"],
    }
    counts = [(suite.tests, suite.failures, suite.errors, suite.skipped) for suite in parsed]
    assert counts[:2] == [(1, 0, 0, 0), (2, 2, 0, 0)]


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("trials", [MIXED, HOSTILE], ids=["mixed", "hostile"])
def test_nothing_a_stranger_wrote_does_anything(name: str, trials: Trials) -> None:
    text = render(name, trials)
    assert text.endswith("\n")
    assert text.isprintable() or not any(char < " " and char != "\n" for char in text)
    assert not any(line.startswith("::") for line in text.splitlines())
    text.encode()
    if name == "junit":
        ET.fromstring(text)


@pytest.mark.parametrize("trials", [MIXED, HOSTILE], ids=["mixed", "hostile"])
def test_markdown_is_one_table_and_folded_output(trials: Trials) -> None:
    text = render("markdown", trials)
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
    assert sum(token.type == "tr_open" for token in tokens) == 1 + len(trials.trials)
    assert "<b>" not in text
    assert len(text) < 65_536
    if trials is MIXED:
        assert "| ❌ | rounds | 2 passed | 1 of 2 failed | p TestA |" in text
        assert "plugins/u/u.go:7" in text
        assert "got 3, want 4\n</pre>" in text
        assert "| 🟡 | legacy | 1 of 2 failed | 1 of 2 failed | failed already: p TestA |" in text


@pytest.mark.parametrize(("name", "most"), [("text", 60_000), ("markdown", 65_536)])
def test_many_plugins_with_long_output_stay_readable(name: str, most: int) -> None:
    loud = Ran("failed", (), tuple(f"t{number}" for number in range(500)), "line\n" * 5_000)
    quiet = Ran("passed", loud.failed)
    text = render(
        name, Trials("x", tuple(Trial(f"p{number}", "go", "", before=quiet, after=loud) for number in range(50)))
    )
    assert len(text) < most

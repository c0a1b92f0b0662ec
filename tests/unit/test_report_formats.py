"""Reports for machines: valid for those who read them, with every finding in them, whatever strangers write."""

import json
import os
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import jsonschema
import junitparser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from sarif_pydantic import Sarif
from test_rules import CASES

from pluginkit.core.verdict import Finding, Verdict
from pluginkit.report import FORMATS
from pluginkit.report.github import render_summary
from pluginkit.report.sarif import FINGERPRINT
from pluginkit.rules import RULES, decide
from pluginkit.rules.pages import pages
from pluginkit.schema import verdicts_schema

EVIL = "a\n::error::x\r%0A ]]> <b> & \x1b[2J \x00 \udcff \u202e |`*_[x](y) $ " + "z" * 20_000


def _every_rule() -> list[Verdict]:
    """The verdicts of all cases of all rules: every family is in them."""
    lists = [evidence if isinstance(evidence, list) else [evidence] for _, evidence, _, _ in CASES]
    return [decide(found, held) for found, (_, _, held, _) in zip(lists, CASES, strict=True)]


VERDICTS = _every_rule()
FINDINGS = [finding for verdict in VERDICTS for finding in verdict.findings]
HOSTILE = Verdict(EVIL, (EVIL, "b.whl"), (Finding("PK101", "error", EVIL, EVIL, EVIL, {EVIL: EVIL, "all": (EVIL,)}),))


def render(name: str, verdicts: list[Verdict]) -> str:
    return FORMATS[name](verdicts, color=False, pages=pages)


def test_every_family_is_here() -> None:
    assert {finding.code[:3] for finding in FINDINGS} >= {"PK1", "PK2", "PK3", "PK4", "PK5"}


@pytest.mark.parametrize("verdicts", [VERDICTS, [HOSTILE], []], ids=["all", "hostile", "none"])
def test_json_is_what_its_schema_says(verdicts: list[Verdict]) -> None:
    value = json.loads(render("json", verdicts))
    jsonschema.validate(value, verdicts_schema())
    assert sum(len(one["findings"]) for one in value["verdicts"]) == sum(len(one.findings) for one in verdicts)


def test_a_reader_of_sarif_finds_every_finding() -> None:
    text = render("sarif", VERDICTS)
    found = Sarif.model_validate_json(text)
    results = [result for run in found.runs for result in run.results or ()]
    assert [(one.rule_id, one.level.value) for one in results] == [(one.code, one.severity) for one in FINDINGS]
    assert all(one.message.text and one.locations for one in results)
    rules = found.runs[0].tool.driver.rules
    assert [rule.id for rule in rules or ()] == [rule.code for rule in RULES]
    value = json.loads(text)
    assert all(run["tool"]["driver"]["rules"][one["ruleIndex"]]["id"] == one["ruleId"]
               for run in value["runs"] for one in run["results"])  # fmt: skip
    assert all(rule["help"]["markdown"].startswith("**What.**") for rule in value["runs"][0]["tool"]["driver"]["rules"])


def test_sarif_holds_what_strangers_write() -> None:
    text = render("sarif", [HOSTILE])
    (result,) = json.loads(text)["runs"][0]["results"]
    assert Sarif.model_validate_json(text)
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert re.fullmatch(r"[A-Za-z0-9._~/%-]+", uri)
    assert text.isascii()


def test_a_fingerprint_outlives_the_directory_and_the_digests() -> None:
    one = Finding("PK303", "error", "one/a.whl", "m", "h", {"found": "h1:1"})
    two = Finding("PK303", "error", "two/a.whl", "m", "other", {"found": "h1:2"})
    prints = [
        result["partialFingerprints"]
        for verdict in (Verdict("h", (), (one,)), Verdict("h", (), (two,)))
        for result in json.loads(render("sarif", [verdict]))["runs"][0]["results"]
    ]
    assert prints[0] == prints[1]


def test_every_result_has_a_fingerprint_of_its_own() -> None:
    """Code scanning takes two results of one fingerprint for one."""
    needs = [Finding("PK404", "error", "a.whl", f"needs {name}", "h") for name in ("x", "y", "y")]
    value = json.loads(render("sarif", [Verdict("one", (), tuple(needs)), Verdict("two", (), tuple(needs))]))
    (run,) = value["runs"]
    assert len({result["partialFingerprints"][FINGERPRINT] for result in run["results"]}) == 6


def test_a_reader_of_junit_finds_every_error() -> None:
    suites = junitparser.JUnitXml.fromstring(render("junit", VERDICTS).encode())
    failures = [failure for suite in suites for case in suite for failure in case.result]
    assert [failure.type for failure in failures if isinstance(failure, junitparser.Failure)] == [
        finding.code for finding in FINDINGS if finding.severity == "error"
    ]
    printed = "".join(case.system_out or "" for suite in suites for case in suite)
    for finding in FINDINGS:
        assert finding.severity == "error" or finding.code in printed
    assert sum(suite.failures for suite in suites) == sum(len(verdict.refused) for verdict in VERDICTS)


def test_junit_holds_what_strangers_write() -> None:
    text = render("junit", [HOSTILE])
    (failure,) = ET.fromstring(text).iter("failure")
    assert "]]>" in str(failure.text)
    assert text.isascii()


def test_github_gets_a_command_for_each_finding_and_no_other() -> None:
    lines = render("github", VERDICTS).splitlines()
    commands = [line for line in lines if line.startswith("::")]
    assert len(commands) == len(FINDINGS)
    assert all(re.match(r"::(error|warning) file=[^,:]*,title=[^,:]*::", line) for line in commands)
    assert lines[-1] == " " + FORMATS["text"](VERDICTS, color=False).splitlines()[-1] or lines[-1].startswith(" ")


@given(st.text(), st.text())
def test_nothing_in_a_finding_begins_a_command(subject: str, message: str) -> None:
    facts = {message: (subject, message)}
    verdict = Verdict("host", (subject,), (Finding("PK101", "error", subject, message, message, facts),))
    assert len(obeyed(render("github", [verdict]))) == 1
    assert obeyed(render("text", [verdict])) == []


def test_the_summary_is_a_table_whatever_is_in_it() -> None:
    lines = render_summary([HOSTILE]).splitlines()
    rows = [line for line in lines if line.startswith("|")]
    assert len(rows) == 3
    assert len(re.findall(r"(?<!\\)\|", rows[-1])) == 6
    assert "<b>" not in rows[-1]


# What strangers write, in every place they have a say in


HOSTILE_TEXTS = [
    "a\nb\r\nc",
    "::error::owned",
    "  ::stop-commands::x",
    "##[error]owned ##vso[task.complete]",
    "]]><failure/>&amp;",
    "\x1b[2J\x1b]0;title\x07\x00\x08\x7f\x9b",
    "\ud800\udfff\udcff\ufffe\uffff",
    "a\u202eb\u2028c\u200b",
    "%0A%25,title=x:y",
    "| a | `b` | <b>c</b> [d](1) \\| @f $g$ :h: ~~i~~",
    "x" * 10_000,
    "tags",
    "../../etc/passwd",
    "a:b?c#d",
    "",
]
each_text = pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=lambda text: ascii(text[:20]))


def said(text: str) -> Verdict:
    facts = {"found": text, text: (text, text)}
    found = [Finding(code, "error", text, text, text, facts) for code in ("PK303", "PK305")]
    return Verdict(text, (text, f"{text}2"), (*found, Finding("PK504", "warning", f"{text}2", text, text, facts)))


def obeyed(report: str) -> list[str]:
    """Return the lines that GitHub's runner (actions/runner, ActionCommand.cs) or Azure's takes for commands."""
    lines = report.split("\n")
    return [line for line in lines if line.lstrip().startswith("::") or re.search(r"##(vso)?\[", line)]


@each_text
def test_every_report_is_printable(text: str) -> None:
    for name in FORMATS:
        report = render(name, [said(text), said(text)])
        assert all(char.isprintable() or char == "\n" for char in report), name


@each_text
def test_no_line_of_a_report_is_a_command_but_those_for_github(text: str) -> None:
    assert obeyed(render("text", [said(text), said(text)])) == []
    assert len(obeyed(render("github", [said(text)]))) == 3


@each_text
def test_json_and_sarif_are_unicode_text(text: str) -> None:
    for name in ("json", "sarif"):
        json.dumps(json.loads(render(name, [said(text)])), ensure_ascii=False).encode()


@each_text
def test_sarif_is_valid_by_the_schema_of_oasis(text: str) -> None:
    place = os.environ.get("SARIF_SCHEMA")
    if not place:
        pytest.skip("SARIF_SCHEMA does not name a copy of OASIS's sarif-schema-2.1.0.json")
    check = jsonschema.Draft7Validator(json.loads(Path(place).read_text()), format_checker=jsonschema.FormatChecker())
    for verdicts in (VERDICTS, [said(text)], [said(text), said(text)], []):
        check.validate(json.loads(render("sarif", verdicts)))


@each_text
def test_a_reader_of_junit_finds_everything(text: str) -> None:
    (suite,) = junitparser.JUnitXml.fromstring(render("junit", [said(text)]).encode())
    assert [[failure.type for failure in case.result] for case in suite if case.result] == [["PK305", "PK303"]]
    assert [case.system_out[:5] for case in suite if case.system_out] == ["PK504"]
    assert (suite.tests, suite.failures) == (2, 1)


@each_text
def test_the_summarys_cells_are_text(text: str) -> None:
    html = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(render_summary([said(text)]))
    assert set(re.findall(r"<(\w+)", html)) == {"h3", "table", "thead", "tbody", "tr", "th", "td"}
    assert html.count("<td>") == 3 * 5


def test_the_summary_stays_below_githubs_limit() -> None:
    found = tuple(Finding("PK303", "error", "|" * 999, "|" * 999, "|" * 999) for _ in range(1000))
    summary = render_summary([Verdict("h", (), found)])
    assert len(summary.encode()) < 1 << 20
    assert "And 800 more: see the log." in summary


LOCATIONS = [
    ("dist/a.whl", "dist/a.whl"),
    ("/src/dist/a b.whl", "dist/a%20b.whl"),
    ("/else/a.whl", "file:///else/a.whl"),
    ("a:b", "a%3Ab"),
    ("not-utf8-\udcff", "not-utf8-%FF"),
    ("\ud800", "%5Cud800"),
]


@pytest.mark.parametrize(("subject", "expected"), LOCATIONS)
def test_places_are_relative(subject: str, expected: str) -> None:
    verdict = Verdict("h", (subject,), (Finding("PK101", "error", subject, "m", "h"),))
    value = json.loads(FORMATS["sarif"]([verdict], color=False, base="/src"))
    place = value["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place["uri"] == expected
    assert ("uriBaseId" in place) is not expected.startswith("file:")


def test_what_is_wrong_with_no_artifact_is_in_every_report() -> None:
    verdict = Verdict("h", ("a.whl",), (Finding("PK701", "warning", "pyproject.toml", "nothing to ignore", "h"),))
    assert all("nothing to ignore" in render(name, [verdict]) for name in FORMATS)
    assert "nothing to ignore" in render_summary([verdict])


@pytest.mark.parametrize("name", ["text", "github", "sarif"])
def test_the_cause_comes_before_what_follows_from_it(name: str) -> None:
    follows = Finding("PK303", "error", "plugin.whl", "built against another copy", "rebuild")
    cause = Finding("PK305", "error", "api.whl", "the host's API was edited", "reinstall it")
    report = FORMATS[name]([Verdict("dist", ("plugin.whl", "api.whl"), (follows, cause))], color=False)
    assert report.index("PK305") < report.index("PK303")

"""Reports of a fleet for machines: valid for those who read them, complete, and harmless whatever strangers write."""

import json
import re
import xml.etree.ElementTree as ET
from time import process_time

import jsonschema
import junitparser
import pytest
from fleet_tables import EVIL, MIXED, NEEDS, OK, fits, fleet, host, hostile, large, other_api, release
from markdown_it import MarkdownIt
from sarif_pydantic import Sarif

from pluginkit.core.fleet import Fleet
from pluginkit.core.frozen import replace
from pluginkit.report.fleet import FORMATS
from pluginkit.report.fleet.markdown import MARK
from pluginkit.report.sarif import FINGERPRINT
from pluginkit.rules.pages import pages
from pluginkit.schema import fleet_schema

EMPTY = fleet([host("a")], {})
FLEETS = pytest.mark.parametrize("one", [MIXED, hostile(), EMPTY], ids=["mixed", "hostile", "empty"])


def render(name: str, one: Fleet, *, every: bool = False, base: str = "") -> str:
    return FORMATS[name](one, every=every, pages=pages, base=base)


@FLEETS
def test_json_is_what_its_schema_says(one: Fleet) -> None:
    text = render("json", one)
    jsonschema.validate(json.loads(text), fleet_schema())
    assert text.isascii()
    assert text.endswith("}\n")


def test_json_has_every_pair_with_its_findings() -> None:
    value = json.loads(render("json", MIXED))
    releases = [each for plugin in value["plugins"] for each in plugin["releases"]]
    for row, each in enumerate(releases):
        for fit, found in zip(MIXED.fits[row], each["fits"], strict=True):
            numbers = found and [value["findings"][number] for number in found["findings"]]
            assert numbers == (fit and [_in_json(finding, each["subject"]) for finding in fit.findings])
    assert len(value["findings"]) == len({json.dumps(finding) for finding in value["findings"]}) == 5


def _in_json(finding, subject: str) -> dict[str, object]:
    return {
        "code": finding.code, "severity": finding.severity, "subject": "" if finding.subject == subject else "?",
        "message": finding.message, "hint": finding.hint, "facts": dict(finding.facts),
    }  # fmt: skip


def test_json_has_the_table_of_the_text() -> None:
    (filter_, *_, gofilter) = json.loads(render("json", MIXED))["plugins"]
    assert [(cell["host"], cell["status"], cell["version"], cell["codes"]) for cell in filter_["cells"]] == [
        ("prod/dist", "older", "1.4.0", ["PK302"]),
        ("staging/dist", "fits", "1.6.0", []),
        ("next/dist", "fits", "1.6.0", []),
        ("edge/dist", "other-language", "", []),
    ]
    assert gofilter["releases"][gofilter["cells"][-1]["release"]]["subject"] == "a/gofilter.so"


def test_a_finding_about_something_else_keeps_its_subject() -> None:
    one = fleet([host("a")], {release("p", "1"): [fits(NEEDS, ignored=(NEEDS,), until="2030-01-01")]})
    fit = one.fits[0][0]
    assert fit
    elsewhere = replace(fit, findings=(replace(NEEDS, subject="host.whl"),))
    value = json.loads(render("json", replace(one, fits=((elsewhere,),))))
    (found,) = value["plugins"][0]["releases"][0]["fits"]
    assert found == {"accepted": False, "findings": [0], "ignored": [1], "until": "2030-01-01"}
    assert [finding["subject"] for finding in value["findings"]] == ["host.whl", ""]


def test_a_large_fleet_takes_a_few_times_what_its_bare_json_does() -> None:
    one = large(100)
    started = process_time()
    text = render("json", one)
    took = process_time() - started
    started = process_time()
    json.dumps(json.loads(text))
    assert took < 6 * (process_time() - started)


def test_a_reader_of_sarif_finds_what_refuses_newest_releases() -> None:
    text = render("sarif", MIXED)
    (run,) = Sarif.model_validate_json(text).runs
    assert [(each.rule_id, each.level.value) for each in run.results or ()] == [
        ("PK302", "warning"), ("PK302", "error"), ("PK404", "error"), ("PK302", "warning"),
    ]  # fmt: skip
    (value,) = json.loads(text)["runs"]
    told = [each["message"]["text"] for each in value["invocations"][0]["toolExecutionNotifications"]]
    assert told == [
        "not read: the server sends no ranges: see --download",
        "not checked, as only parts were read: PK103, PK104",
        "2 files of the index are older than the API",
    ]
    assert all(value["tool"]["driver"]["rules"][each["ruleIndex"]]["id"] == each["ruleId"] for each in value["results"])


def test_hosts_that_say_the_same_share_a_result() -> None:
    hosts = [host(f"{number}/dist") for number in range(8)]
    value = json.loads(render("sarif", fleet(hosts, {release("p", "1"): [fits(NEEDS)] * 7 + [fits(other_api("p"))]})))
    first, second = value["runs"][0]["results"]
    assert first["message"]["text"].startswith("against 0, 1, 2, 3, 4 and 2 others: wheels/p-1-py3-none-any.whl: needs")
    assert second["properties"]["hosts"] == ["7/dist"]
    assert first["partialFingerprints"][FINGERPRINT] != second["partialFingerprints"][FINGERPRINT]


@pytest.mark.parametrize(
    ("subject", "location"),
    [
        ("/work/wheels/a b.whl", {"uri": "wheels/a%20b.whl", "uriBaseId": "%SRCROOT%"}),
        ("/else/a.whl", {"uri": "file:///else/a.whl"}),
        ("https://index.example/p/a-1.0+x.whl", {"uri": "https://index.example/p/a-1.0+x.whl"}),
        ("https://index.example/\udcff <b>", {"uri": "https://index.example/%5Cudcff%20%3Cb%3E"}),
    ],
)
def test_a_url_is_a_location_as_it_is(subject: str, location: dict[str, str]) -> None:
    one = fleet([host("a")], {release("p", "1", subject=subject): [fits(NEEDS)]})
    value = json.loads(render("sarif", one, base="/work"))
    assert value["runs"][0]["artifacts"] == [{"location": location}]
    assert Sarif.model_validate_json(render("sarif", one, base="/work"))


def test_sarif_holds_what_strangers_write() -> None:
    text = render("sarif", hostile())
    assert text.isascii()
    assert Sarif.model_validate_json(text)
    for result in json.loads(text)["runs"][0]["results"]:
        assert re.fullmatch(
            r"[A-Za-z0-9._~/%-]+", result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        )
        assert not re.search(r"(?<!\\)\]\(", result["message"]["text"])


def test_junit_has_a_case_for_each_plugin_of_the_hosts_language() -> None:
    suites = list(junitparser.JUnitXml.fromstring(render("junit", MIXED).encode()))
    assert [(suite.name, suite.tests, suite.failures, suite.errors) for suite in suites] == [
        ("prod/dist", 4, 0, 1), ("staging/dist", 4, 0, 1), ("next/dist", 4, 1, 1), ("edge/dist", 1, 0, 0),
    ]  # fmt: skip
    failures = {
        (case.classname, case.name): [each.type for each in case.result]
        for suite in suites for case in suite if case.result
    }  # fmt: skip
    assert failures == {
        ("prod/dist", "acme-remote"): ["unread"],
        ("staging/dist", "acme-remote"): ["unread"],
        ("next/dist", "acme-render"): ["PK302", "PK404"],
        ("next/dist", "acme-remote"): ["unread"],
    }
    printed = next(case.system_out for case in suites[0] if case.name == "acme-filter")
    assert printed.startswith(
        "fits: 1.4.0 wheels/acme_filter-1.4.0-py3-none-any.whl\nthe newest does not: 1.6.0 wheels/"
    )


@FLEETS
def test_junit_is_ascii_whatever_is_in_it(one: Fleet) -> None:
    text = render("junit", one)
    assert text.isascii()
    assert ET.fromstring(text).tag == "testsuites"


@pytest.mark.parametrize("every", [False, True])
@FLEETS
def test_markdown_is_one_table_and_what_strangers_write_is_text(one: Fleet, every: bool) -> None:
    text = render("markdown", one, every=every)
    assert text.startswith(f"{MARK}\n### ")
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    assert [token.type for token in tokens].count("table_open") == 1
    blocks = [token.content for token in tokens if token.type == "html_block"]
    assert blocks == [f"{MARK}\n"]
    children = [child for token in tokens for child in token.children or ()]
    assert {child.content for child in children if child.type == "html_inline"} <= {"<br>"}
    assert not any(child.type in ("link_open", "image", "em_open", "code_inline") for child in children)
    rows = {line.count("|") - line.count("\\|") for line in text.splitlines() if line.startswith("|")}
    assert rows == {len(one.hosts) + 2}


@pytest.mark.parametrize("every", [False, True])
def test_markdown_fits_a_comment_and_says_what_it_leaves_out(every: bool) -> None:
    rows = {release(f"fine-{number:04}", "1.0"): [OK] * 20 for number in range(500)}
    rows |= {release(f"worse-{number:04}", "1.0"): [OK] * 19 + [fits(replace(NEEDS, message=f"needs {number}" * 9))]
             for number in range(300)}  # fmt: skip
    text = render("markdown", fleet([host(f"{number}/dist") for number in range(20)], rows), every=every)
    assert len(text) < 65_000
    shown = text.count("\n| worse-")
    assert 0 < shown <= 300
    left = re.search(r"\| and (\d+) more, (\d+) of them not for every host \|", text)
    assert left
    assert int(left[2]) == 300 - shown
    assert int(left[1]) == 800 - shown - text.count("\n| fine-")
    assert text.rstrip().endswith("more: `--output-format json` has all")


def test_markdown_of_many_hosts_has_numbers_for_heads() -> None:
    text = render("markdown", large(2, 1, 8))
    assert "\n1. site00\n2. site01\n" in text
    assert "\n| | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 |\n" in text


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_equal_fleets_give_equal_reports(name: str) -> None:
    assert render(name, hostile()) == render(name, hostile())
    assert EVIL not in render(name, hostile())

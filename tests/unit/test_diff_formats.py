"""Formats of `pluginkit diff`: valid for those who read them, whatever strangers write, and equal for equal input."""

import json
import re

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from sarif_pydantic import Sarif

from pluginkit.core.frozen import replace
from pluginkit.report.comparison import FORMATS
from pluginkit.report.comparison.markdown import MARK
from pluginkit.report.comparison.text import render_text
from pluginkit.report.sarif import FINGERPRINT
from pluginkit.schema import diff_schema
from pluginkit.surface.change import SEVERITIES, Change
from pluginkit.surface.comparison import TITLES, Advice, ApiOutcome, Comparison, Concern, Place, PluginOutcome

EVIL = "a\n::error::x\r%0A ]]> <b> & \x1b[2J \x00 \udcff \u202e |`*_[x](y) $ " + "z" * 20_000


def change(severity: str, text: str = "acme.f", reason: str = "why") -> Change:
    return Change(text, f"def {text}()", "", "module acme", severity, reason, unannounced=severity == "callers")


def comparison(text: str = "acme.f", plugins: bool = True, count: int = 1) -> Comparison:
    """Return one of everything: each severity, each kind of API, each status of a plugin."""
    changes: tuple[Change, ...] = tuple(change(name, f"{text}{n}") for name in SEVERITIES for n in range(count))
    concern = Concern("acme", changes[0], False, (Place(f"{text}.py", 3), Place(f"{text}.py", 7)))
    doubt = Concern("acme", change("unknown", text), True, ())
    advice = Advice("acme", text, text, (Place(f"{text}.py", 9),))
    apis = (
        ApiOutcome(text, "1.0.0", "1.1.0", "changed", changes, "major", "2.0.0", False, f"{text}/__init__.py"),
        ApiOutcome("b", "", "", "bytes", (change("implementation"),), "patch", "", None, "b"),
        ApiOutcome("c", "1.0.0", "1.0.0", "equal", (), "none", "", True, "c"),
        ApiOutcome("d", "", "1.0.0", "added", (), "minor", "", None, "d"),
        ApiOutcome("e", "1.0.0", "", "removed", (), "major", "2.0.0", None, "new"),
    )
    outcomes = (
        PluginOutcome(text, f"plugins/{text}", "breaks", (concern, concern), (text,)),
        PluginOutcome("p", "p.whl", "unknown", (doubt,)),
        PluginOutcome("q", "q.so", "rebuild"),
        PluginOutcome("r", "r.py", "unaffected", deprecated=(advice, replace(advice, places=()))),
    )
    return Comparison(text, "new", apis, outcomes if plugins else ())


ALL = {
    "all": comparison(),
    "hostile": comparison(EVIL),
    "no plugins": comparison(plugins=False),
    "none": Comparison("a", "b", ()),
}


def render(name: str, found: Comparison) -> str:
    return FORMATS[name](found, False, 0, "")


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("found", ALL.values(), ids=ALL)
def test_equal_comparisons_give_equal_text_that_ends_in_a_newline(name: str, found: Comparison) -> None:
    text = render(name, found)
    assert text == render(name, found)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    text.encode()


@pytest.mark.parametrize("found", ALL.values(), ids=ALL)
def test_json_is_what_its_schema_says(found: Comparison) -> None:
    value = json.loads(render("json", found))
    jsonschema.validate(value, diff_schema())
    assert [len(api["changes"]) for api in value["apis"]] == [len(api.changes) for api in found.apis]
    assert [sum(api["counts"].values()) for api in value["apis"]] == [len(api.changes) for api in found.apis]


def test_the_schema_knows_every_severity() -> None:
    assert diff_schema()["definitions"]["change"]["properties"]["severity"]["enum"] == list(SEVERITIES) == list(TITLES)


@pytest.mark.parametrize("found", ALL.values(), ids=ALL)
def test_a_reader_of_sarif_finds_every_break_and_every_change(found: Comparison) -> None:
    text = render("sarif", found)
    (run,) = Sarif.model_validate_json(text).runs
    results = run.results or []
    places = [max(len(one.places), 1) for plugin in found.broken for one in plugin.concerns]
    advice = [max(len(one.places), 1) for plugin in found.plugins for one in plugin.deprecated]
    assert len(results) == sum(places) + sum(advice) + sum(len(api.changes) for api in found.apis)
    assert all(one.locations and one.message.text for one in results)  # code scanning takes none without
    raw = json.loads(text)["runs"][0]
    assert all(raw["tool"]["driver"]["rules"][one["ruleIndex"]]["id"] == one["ruleId"] for one in raw["results"])
    assert len({one["partialFingerprints"][FINGERPRINT] for one in raw["results"]}) == len(results)
    assert text.isascii()


def test_github_annotates_the_lines_of_plugins() -> None:
    lines = render("github", ALL["all"]).splitlines()
    commands = [line for line in lines if line.startswith("::")]
    assert [line.split("::")[1] for line in commands] == [
        "warning file=acme.f/__init__.py,title=acme.f%3A the version is not enough",
        *(
            "error file=acme.f.py,line=3,title=acme breaks acme.f",
            "error file=acme.f.py,line=7,title=acme breaks acme.f",
        )
        * 2,
        "warning file=p.whl,line=1,title=acme may break p",
        "warning file=acme.f.py,line=9,title=r uses what is deprecated",
        "warning file=r.py,line=1,title=r uses what is deprecated",
    ]
    assert all(line.startswith(" ") for line in lines[len(commands) :])


@given(st.text())
def test_nothing_that_strangers_write_begins_a_command(text: str) -> None:
    found = comparison(text)
    told = [one for plugin in found.plugins for one in (*plugin.concerns, *plugin.deprecated)]
    expected = sum(len(one.places) or 1 for one in told) + 1
    assert len(_obeyed(render("github", found))) == expected
    assert _obeyed(render("text", found)) == []


def _obeyed(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.lstrip().startswith("::") or re.search(r"##\w*\[", line)]


def test_text_fits_the_terminal() -> None:
    text = render_text(comparison("word " * 40), color=False, width=80)
    assert max(map(len, text.splitlines())) <= 80
    assert "\x1b" not in text
    assert "\x1b[1" in render_text(comparison(), color=True)


@pytest.mark.parametrize("found", ALL.values(), ids=ALL)
def test_markdown_is_tables_and_a_fold_whatever_is_in_it(found: Comparison) -> None:
    text = render("markdown", found)
    assert text.startswith(MARK + "\n")
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    assert "<b>" not in html
    assert "<a " not in html
    assert html.count("<details>") == html.count("</details>")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 5 for row in rows)


@pytest.mark.parametrize("count", [1, 60, 1000])
def test_markdown_is_short_enough_for_a_comment(count: int) -> None:
    found = comparison("|" * 150, count=count)
    found = replace(found, apis=found.apis * min(count, 60), plugins=found.plugins * count)
    assert len(render("markdown", found)) < 65_536

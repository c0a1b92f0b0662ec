"""What mends a finding, and how an upgrade is reported."""

import json

import pytest
from jsonschema import validate
from markdown_it import MarkdownIt

from pluginkit.core.fleet import Fit, Fleet, FleetHost, PluginRelease
from pluginkit.core.upgrade import STATUSES, Upgrade, UpgradeApi, UpgradeBreak, UpgradePlugin
from pluginkit.core.verdict import Finding
from pluginkit.report.fleet.upgrade import UPGRADE_FORMATS
from pluginkit.report.fleet.upgrade.words import TITLES
from pluginkit.rules import RULES
from pluginkit.rules.remedies import REMEDIES, remedy
from pluginkit.schema import upgrade_schema


def test_every_rule_says_what_mends_it() -> None:
    assert set(REMEDIES) == {rule.code for rule in RULES}


@pytest.mark.parametrize(
    ("code", "message", "language", "expected"),
    [
        ("PK404", "requires rich>=14", "python", "edit"),
        ("PK404", "another version of a module", "go", "rebuild"),
        ("PK403", "requires Python >=3.13, the host runs 3.11.7", "python", "edit"),
        ("PK403", "built for another interpreter or platform than the host's", "python", "rebuild"),
        ("PK403", "built for linux/arm64", "go", "rebuild"),
        ("PK303", "built against another copy", "go", "api"),
        ("PK305", "other files", "python", "host"),
    ],
)
def test_what_mends_a_finding(code: str, message: str, language: str, expected: str) -> None:
    assert remedy(Finding(code, "error", "x", message, ""), language) == expected


HOSTILE = "a|b<script>\x1b[31m\udcff`::error::"


def made(text: str = "acme") -> Upgrade:
    """Return an upgrade with a plugin of each kind, whose words are `text`."""
    finding = Finding("PK401", "error", text, text, text, {"found": text})
    releases = tuple(PluginRelease(text, text, "go", version) for version in ("2", "1"))
    fit = Fit((finding,))
    sides = tuple(FleetHost(label, text, "go", ()) for label in (text, text))
    breaks = tuple(UpgradeBreak("api", text, text, unknown, (text,) * 7) for unknown in (True, False))
    plugins = tuple(
        UpgradePlugin(text, "go", takes, None if takes == "unused" else 1, 0 if takes in ("newer", "keeps") else None,
                      (finding,), breaks, (text,))
        for takes in STATUSES
    )  # fmt: skip
    return Upgrade(Fleet(sides, releases, ((fit, fit),) * 2), plugins, (UpgradeApi(text, "1", ""),), (text,))


def test_the_report_in_json_is_as_its_schema_says() -> None:
    for text in ("acme", HOSTILE):
        value = json.loads(UPGRADE_FORMATS["json"](made(text), color=False, columns=80, base=""))
        validate(value, upgrade_schema())
        assert value["counts"] == dict.fromkeys(STATUSES, 1)
        assert not value["accepted"]


def test_the_report_as_text_fits_the_terminal_and_is_harmless() -> None:
    for columns in (40, 80, 250):
        text = UPGRADE_FORMATS["text"](made("some words " * 20), color=False, columns=columns, base="")
        assert max(map(len, text.splitlines())) <= columns
    text = UPGRADE_FORMATS["text"](made(HOSTILE), color=False, columns=80, base="")
    assert "\x1b" not in text
    assert "\n::" not in text
    text.encode()


def test_the_report_in_markdown_has_no_markup_of_strangers() -> None:
    text = UPGRADE_FORMATS["markdown"](made(HOSTILE), color=False, columns=80, base="")
    html = MarkdownIt("commonmark").enable("table").render(text)
    assert "<script" not in html
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert len(rows) == 1 + len(STATUSES)
    text.encode()


def test_titles_stand_in_the_order_of_what_is_worst() -> None:
    assert tuple(TITLES) == STATUSES


def test_a_sentence_sums_it_up() -> None:
    text = UPGRADE_FORMATS["text"](made(), color=False, columns=0, base="")
    assert text.splitlines()[-1] == (
        "4 of 6 plugins will not work with the next host: 1 needs an edit, 1 needs perhaps an edit, 1 needs a rebuild, "
        "1 needs another host"
    )

"""The rules' pages, and RULES.md made of them."""

import re
from pathlib import Path

import pytest

from pluginkit.core.errors import PluginkitError
from pluginkit.rules import RULES, Rule
from pluginkit.rules.pages import page, render_rules

REGENERATE = (
    "RULES.md is not what the rules say; regenerate it with: "
    'python -c "from pluginkit.rules.pages import render_rules; print(render_rules(), end=str())" > RULES.md'
)


def test_rules_md_is_generated_from_the_rules() -> None:
    assert (Path(__file__).parents[2] / "RULES.md").read_text(encoding="utf-8") == render_rules(), REGENERATE


@pytest.mark.parametrize("rule", RULES, ids=[rule.code for rule in RULES])
def test_every_page_says_what_why_an_example_and_the_fix(rule: Rule) -> None:
    headings = re.findall(r"^\*\*(\w+)\.\*\*", rule.page, re.MULTILINE)
    assert headings == ["What", "Why", "Example", "Fix"]
    assert f"    {rule.code} " in rule.page
    assert "  hint: " in rule.page


def test_codes_and_names_stand_once_and_in_order() -> None:
    found = [rule.code for rule in RULES]
    assert found == sorted(set(found))
    assert len({rule.name for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("wanted", ["PK303", "pk303", "api-digest", "API-Digest"])
def test_a_page_is_found_by_code_or_name(wanted: str) -> None:
    assert page(wanted).startswith("PK303 api-digest\n\nRefuse")


@pytest.mark.parametrize(("wanted", "guess"), [("PK3033", "PK303"), ("api-digset", "api-digest")])
def test_an_unknown_rule_names_the_nearest(wanted: str, guess: str) -> None:
    with pytest.raises(PluginkitError, match=f"{wanted}.*did you mean '{guess}'"):
        page(wanted)

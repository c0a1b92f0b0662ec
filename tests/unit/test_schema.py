"""The JSON schema says what `discover` says."""

import tomllib

import pytest
from example import EXAMPLES
from validate_pyproject.api import Validator
from validate_pyproject.errors import ValidationError
from validate_pyproject.plugins import list_from_entry_points

from pluginkit.backends.language import LANGUAGES
from pluginkit.schema import tool_schema

EXAMPLE = EXAMPLES / "python"
PROJECT = {"name": "acme", "version": "1"}


def validate(table: dict) -> None:
    mine = [plugin for plugin in list_from_entry_points() if plugin.tool == "pluginkit"]
    assert mine, "the entry point is not installed"
    Validator(plugins=mine)({"project": PROJECT, "tool": {"pluginkit": table}})


def test_it_knows_every_language() -> None:
    assert tool_schema()["properties"]["language"]["enum"] == sorted(LANGUAGES)


def test_the_example_is_valid() -> None:
    validate(tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["tool"]["pluginkit"])
    for manifest in EXAMPLE.glob("plugins/*/pyproject.toml"):
        validate(tomllib.loads(manifest.read_text())["tool"]["pluginkit"])


@pytest.mark.parametrize(
    "table",
    [{"host": ["x"]}, {"hosts": "x"}, {"policy": "exakt"}, {"api": 1}, {"contract": {"factroy": "New"}}],
    ids=str,
)
def test_what_discover_refuses_is_invalid(table: dict) -> None:
    with pytest.raises(ValidationError):
        validate(table)


def test_an_api_may_have_a_contract_of_its_own() -> None:
    own = {
        "group": "a",
        "factory": "make",
        "symbols": {"New": "func()"},
        "capabilities": {"known": ["a"], "required": []},
    }
    validate({"api": ["a", "b"], "contract": {"factory": "New", "acme-api2": own, "example.com/api/v2": {}}})
    with pytest.raises(ValidationError):
        validate({"contract": {"acme-api2": {"policy": "exact"}}})

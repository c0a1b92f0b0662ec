"""One more plugin in a configuration: what people wrote in it stays, and what cannot be edited is said."""

import tomllib
from pathlib import Path

import pytest
from monorepo import write

from pluginkit.core.config_edit import home_of_plugins, with_plugin
from pluginkit.core.errors import PluginkitError

LISTS = [
    ('plugins = ["a"]', 'plugins = ["a", "x/new"]'),
    ("plugins = ['a', 'b'] # mine", "plugins = ['a', 'b', \"x/new\"] # mine"),
    ("plugins = []", 'plugins = ["x/new"]'),
    ('plugins = [\n  "a",\n  "b",\n]', 'plugins = [\n  "a",\n  "b",\n  "x/new",\n]'),
    ('plugins = [\n\t"a",\n\t"b" # last\n]', 'plugins = [\n\t"a",\n\t"b", # last\n\t"x/new"\n]'),
    ('plugins = [\n\t"a", # one\n\t# two\n]', 'plugins = [\n\t"a", # one\n\t"x/new",\n\t# two\n]'),
    ('plugins = [\n  "a"]', 'plugins = [\n  "a", "x/new"]'),
]


@pytest.mark.parametrize(("before", "after"), LISTS)
@pytest.mark.parametrize(("name", "table"), [("pluginkit.toml", ""), ("pyproject.toml", "tool.pluginkit")])
def test_a_plugin_is_listed_and_its_capabilities_declared(
    tmp_path: Path, before: str, after: str, name: str, table: str
) -> None:
    begin = f'# Mine.\n{f"[{table}]" if table else ""}\nlanguage = "go"\napi = "api"\n'
    write(tmp_path, {name: f"{begin}{before}\n"})
    more = f'\n[{table + "." if table else ""}plugin.new]\ncapabilities = ["filter"]\n'
    assert with_plugin(tmp_path, "x/new", ("filter",), listed=True).decode() == f"{begin}{after}\n{more}"
    assert with_plugin(tmp_path, "x/new", (), listed=True).decode() == f"{begin}{after}\n"
    assert with_plugin(tmp_path, "x/new", ("filter",), listed=False).decode() == f"{begin}{before}\n{more}"


def test_a_configuration_without_plugins_or_a_last_newline_is_understood(tmp_path: Path) -> None:
    write(tmp_path, {"pluginkit.toml": 'language = "go"'})
    text = with_plugin(tmp_path, "x/new", ("a",), listed=False).decode()
    assert tomllib.loads(text) == {"language": "go", "plugin": {"new": {"capabilities": ["a"]}}}


@pytest.mark.parametrize(
    "text",
    [
        'language = "go"\n',
        'language = "go"\nplugins = ["]"]\n',
        'language = "go"\n"plugins" = ["a"]\n',
        'plugins = ["a"]\nplugin = { old = { capabilities = [] } }\n',
    ],
)
def test_what_cannot_be_edited_is_an_error(tmp_path: Path, text: str) -> None:
    write(tmp_path, {"pluginkit.toml": text})
    with pytest.raises(PluginkitError, match="cannot be added without rewriting"):
        with_plugin(tmp_path, "x/new", ("filter",), listed=True)


@pytest.mark.parametrize(
    ("patterns", "members", "home"),
    [
        ('["plugins/*"]', ["plugins/a"], ("plugins", True)),
        ('["old", "ext/x/*/"]', ["old"], ("ext/x", True)),
        ('["*"]', ["a"], (".", True)),
        ('["*/plugins/*"]', ["a/plugins/b"], ("a/plugins", True)),
        ('["b/plugins/*x", "*/y"]', ["a/plugins/b"], ("a/plugins", False)),
        ('["cmd/a", "lib/b"]', ["cmd/a", "lib/b"], ("lib", False)),
        ('["a"]', ["a"], (".", False)),
        ("[]", [], ("plugins", False)),
    ],
)
def test_a_new_plugin_goes_where_the_others_are(
    tmp_path: Path, patterns: str, members: list[str], home: object
) -> None:
    write(tmp_path, {"pluginkit.toml": f"plugins = {patterns}\n"})
    assert home_of_plugins(tmp_path, members) == home

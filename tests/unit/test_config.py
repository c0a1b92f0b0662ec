"""Where a workspace begins, and what its configuration says of contract and ignores."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from monorepo import write

from pluginkit.core.api import Contract, Ignore
from pluginkit.core.config import configuration, find_root, read_contract, read_ignores, read_roles, tool_table
from pluginkit.core.errors import PluginkitError
from pluginkit.core.toml import Table, parse_toml

CONFIG = {"pluginkit.toml": 'api = "api"\n'}
TOOL = {"pyproject.toml": '[tool.pluginkit]\napi = "api"\n'}
MEMBER = {"pyproject.toml": '[project]\nname = "x"\n[tool.pluginkit]\ncapabilities = ["filter"]\n'}
FOREIGN = {"pyproject.toml": "[tool.ruff]\nline-length = 80\n"}


def beneath(place: str, files: Mapping[str, str]) -> dict[str, str]:
    return {f"{place}/{name}": text for name, text in files.items()}


ROOTS = [
    ("pluginkit.toml", CONFIG, "."),
    ("[tool.pluginkit]", TOOL, "."),
    ("nowhere", {}, None),
    ("a project of somebody else's", FOREIGN, None),
    ("a member outside of any workspace", beneath("plugins/filter", MEMBER), None),
    ("a member's own table", CONFIG | beneath("plugins/filter", MEMBER), "."),
    ("a foreign project in a workspace", TOOL | beneath("plugins/filter", FOREIGN), "."),
    ("a workspace in a workspace", TOOL | beneath("plugins", CONFIG), "plugins"),
    ("the nearest one", CONFIG | beneath("plugins/filter", TOOL), "plugins/filter"),
    ("a directory named pluginkit.toml", {"pluginkit.toml/x": "", **beneath("plugins", CONFIG)}, "plugins"),
]


@pytest.mark.parametrize(("files", "expected"), [row[1:] for row in ROOTS], ids=[row[0] for row in ROOTS])
def test_the_nearest_configuration_makes_the_root(tmp_path: Path, files, expected: str | None) -> None:
    write(tmp_path, files)
    (tmp_path / "plugins/filter").mkdir(parents=True, exist_ok=True)
    found = find_root(tmp_path / "plugins/filter")
    assert found == (None if expected is None else (tmp_path / expected).resolve())


def test_a_root_is_found_through_a_link_and_the_working_directory(tmp_path: Path, monkeypatch) -> None:
    write(tmp_path / "root", CONFIG | {"sub/x": ""})
    (tmp_path / "link").symlink_to(tmp_path / "root/sub")
    monkeypatch.chdir(tmp_path / "link")
    assert find_root(Path()) == find_root(tmp_path / "link") == tmp_path / "root"


def test_a_configuration_that_cannot_be_read_is_an_error_and_not_none(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": "[tool.pluginkit\n"})
    for read in (find_root, tool_table, configuration):
        with pytest.raises(PluginkitError, match="not valid TOML"):
            read(tmp_path)


@pytest.mark.parametrize(
    ("files", "expected"),
    [({}, "no configuration"), (FOREIGN, "no configuration"), (MEMBER, "no configuration"), (CONFIG | TOOL, "twice")],
    ids=["nothing", "foreign", "member", "both"],
)
def test_none_or_two_configurations_are_an_error(tmp_path: Path, files, expected: str) -> None:
    with pytest.raises(PluginkitError, match=expected):
        configuration(write(tmp_path, files))


@pytest.mark.parametrize("files", [CONFIG, TOOL, CONFIG | FOREIGN, CONFIG | MEMBER], ids=str)
def test_one_configuration_is_read(tmp_path: Path, files) -> None:
    assert configuration(write(tmp_path, files)).values == {"api": "api"}


def table(text: str) -> Table:
    return parse_toml(text.encode(), "pluginkit.toml")


CONTRACTS = [
    ("", Contract()),
    ('policy = "compatible"\nsame-lock = true', Contract(policy="compatible", same_lock=True)),
    ('group = "acme"\n[contract]\nfactory = "New"', Contract(group="acme", factory="New")),
    (
        '[contract.capabilities]\nknown = ["a", "b"]\nrequired = ["b"]',
        Contract(known=("a", "b"), required=("b",)),
    ),
    ('[contract.capabilities]\nrequired = ["b"]', Contract(required=("b",))),
    (
        '[contract.symbols]\nNew = "func()  api.Plugin"\nAbout = "func() string"',
        Contract(symbols=(("About", "func() string"), ("New", "func() api.Plugin"))),
    ),
    (
        'group = "a"\n[contract]\nfactory = "New"\ncapabilities = { known = ["x", "y"], required = ["x"] }\n'
        '[contract.api2]\ngroup = "b"\nfactory = "make"\ncapabilities = { required = ["y"] }\n[contract.api1]',
        Contract(
            group="a",
            factory="New",
            known=("x", "y"),
            required=("x",),
            apis=(
                Contract(group="a", factory="New", known=("x", "y"), required=("x",), api="api1"),
                Contract(group="b", factory="make", known=("x", "y"), required=("y",), api="api2"),
            ),
        ),
    ),
    (
        '[contract]\nkind = "factory"\narguments = ["config", "log="]\nimplements = "api.Plugin"\n'
        "[contract.api2]\narguments = []",
        Contract(
            kind="factory",
            arguments=("config", "log="),
            implements="api.Plugin",
            apis=(Contract(kind="factory", arguments=(), api="api2"),),
        ),
    ),
    (
        '[contract]\nmay-install = ["etc/jupyter/*"]\n[contract.api2]\nmay-install = []\n[contract.api3]',
        Contract(
            may_install=("etc/jupyter/*",),
            apis=(Contract(api="api2"), Contract(may_install=("etc/jupyter/*",), api="api3")),
        ),
    ),
    (
        'policy = "compatible"\nsame-lock = true\n[contract."acme/v2".symbols]\nMake = "func() api.Plugin"',
        Contract(
            policy="compatible",
            same_lock=True,
            apis=(
                Contract(policy="compatible", same_lock=True, symbols=(("Make", "func() api.Plugin"),), api="acme/v2"),
            ),
        ),
    ),
]


@pytest.mark.parametrize(("text", "expected"), CONTRACTS)
def test_a_contract_is_read(text: str, expected: Contract) -> None:
    assert read_contract(table(text)) == expected


WRONG_CONTRACTS = [
    ('[contract]\nkind = "factroy"', "[contract]: unknown kind 'factroy' (did you mean 'factory'?)"),
    ('[contract]\narguments = "x"', "[contract]: 'arguments' is a string, expected an array"),
    ('[contract]\narguments = ["a b"]', "[contract]: 'arguments' has 'a b', which is not the name of an argument"),
    ('[contract]\narguments = ["a=", "b"]', "[contract]: 'arguments' has arguments by position after those by name"),
    ('[contract]\narguments = ["a", "a="]', "[contract]: 'arguments' has 'a' twice"),
    (
        '[contract]\nkind = "module"\narguments = []',
        "'arguments' are for what the host calls, not for kind",
    ),
    ('[contract]\nmay-install = "etc/x"', "[contract]: 'may-install' is a string, expected an array"),
    *(
        (f"[contract]\nmay-install = ['{place}']", "which is not a path below an environment's directory")
        for place in ("/etc/x", "*", "*/x", "etc", "etc/../bin/x", "./x", "etc//x", "C:/x", "etc\\x", "")
    ),
    ('language = "go"\n[contract]\nmay-install = ["etc/x"]', "[contract]: 'may-install' is for Python"),
    ('[contract]\nimplements = "a:b"', "[contract]: 'implements' is 'a:b', which is not a dotted name"),
    ('language = "go"\n[contract]\nkind = "factory"', "[contract]: 'kind' is for Python"),
    ('policy = "exakt"', "unknown policy 'exakt' (did you mean 'exact'?)"),
    ("policy = 1", "'policy' is an integer, expected a string"),
    ('same-lock = "yes"', "'same-lock' is a string, expected true or false"),
    ('[contract]\nfactroy = "New"', "[contract]: unknown key 'factroy' (did you mean 'factory'?)"),
    ("[contract]\nfactory = 1", "[contract]: 'factory' is an integer, expected a string"),
    ('[contract.capabilities]\nknow = ["a"]', "[capabilities]: unknown key 'know' (did you mean 'known'?)"),
    (
        '[contract.capabilities]\nknown = ["filter"]\nrequired = ["filtre"]',
        "[capabilities]: 'filtre' is required but not known (did you mean 'filter'?)",
    ),
    ('[contract.api2]\ngruop = "x"', "[contract]: [api2]: unknown key 'gruop' (did you mean 'group'?)"),
    ('[contract.api2]\npolicy = "exact"', "[contract]: [api2]: unknown key 'policy'"),
    (
        '[contract]\ncapabilities = { known = ["a"] }\n[contract.api2]\ncapabilities = { required = ["b"] }',
        "[contract]: [api2]: [capabilities]: 'b' is required but not known",
    ),
    ('[contract.symbols]\nnew = "func()"', "[symbols]: new = 'func()' is not an exported symbol with its type"),
    ('[contract.symbols]\n"New;" = "func()"', "is not an exported symbol with its type"),
    ("[contract.symbols]\nNew = 1", "'New' is an integer, expected a string"),
    *(
        (f"[contract.symbols]\nNew = '''{type_}'''", "is not an exported symbol with its type")
        for type_ in ("func() string; import", 'func() "x"', "`x`", "func() // x", "a\\b")
    ),
]


@pytest.mark.parametrize(("text", "expected"), WRONG_CONTRACTS)
def test_a_wrong_contract_is_an_error_that_names_the_key(text: str, expected: str) -> None:
    with pytest.raises(PluginkitError, match=f"^pluginkit.toml: .*{re.escape(expected)}"):
        read_contract(table(text))


def test_ignores_are_read_in_order() -> None:
    text = '[[verify.ignore]]\nrule = "PK406"\nreason = " agreed "\n'
    text += '[[verify.ignore]]\nrule = "api-digest"\nreason = "x"\nplugin = "old-*"\nuntil = 2027-01-31\n'
    assert read_ignores(table(text)) == (
        Ignore("PK406", "agreed", where="pluginkit.toml"),
        Ignore("api-digest", "x", "old-*", "2027-01-31", where="pluginkit.toml"),
    )
    assert read_ignores(table("")) == ()


WRONG_IGNORES = [
    ('reason = "x"', "'rule' is missing"),
    ('rule = "PK406"', "'reason' is missing"),
    ('rule = "PK406"\nreason = " \\t"', "'reason' is empty"),
    ('rule = "PK406"\nreason = "x"\nuntil = "2027-01-31"', "'until' is not a date"),
    ('rule = "PK406"\nreason = "x"\nuntil = 2027-01-31T00:00:00', "'until' is not a date"),
    ('rule = "PK406"\nreason = "x"\nuntil = 2027-02-30', "not valid TOML"),
    ('rule = "PK406"\nreason = "x"\nplugins = "a"', "unknown key 'plugins' (did you mean 'plugin'?)"),
    ('rule = ["PK406"]\nreason = "x"', "'rule' is an array, expected a string"),
]


@pytest.mark.parametrize(("text", "expected"), WRONG_IGNORES)
def test_a_wrong_ignore_is_an_error_that_names_the_key(text: str, expected: str) -> None:
    with pytest.raises(PluginkitError, match=re.escape(expected)):
        read_ignores(table(f"[[verify.ignore]]\n{text}"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[verify]\nignored = []", "unknown key 'ignored' (did you mean 'ignore'?)"),
        ('[verify]\nignore = ["PK406"]', "'ignore' is not an array of tables"),
        ("verify = 1", "'verify' is an integer, expected a table"),
    ],
)
def test_a_wrong_table_of_ignores_is_an_error(text: str, expected: str) -> None:
    with pytest.raises(PluginkitError, match=re.escape(expected)):
        read_ignores(table(text))


def test_roles_are_read() -> None:
    table = Table({"roles": {"acme.Host": "host", "acme.Plugin": "plugins"}}, "pluginkit.toml")
    assert read_roles(table) == {"acme.Host": "host", "acme.Plugin": "plugins"}
    with pytest.raises(PluginkitError, match="implemented by 'hosts' \\(did you mean 'host'\\?\\)"):
        read_roles(Table({"roles": {"acme.Host": "hosts"}}, "pluginkit.toml"))

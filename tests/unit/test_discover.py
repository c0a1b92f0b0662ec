"""Configuration: every mistake is named, with the nearest right word."""

from collections.abc import Callable
from pathlib import Path

import pytest
from monorepo import PLAIN, edit, monorepo, project, write

from pluginkit.core.errors import PluginkitError
from pluginkit.stages.discover import discover, find_root
from pluginkit.stages.lock import without_plugins


def test_members_come_api_first(tmp_path: Path) -> None:
    workspace = discover(monorepo(tmp_path))
    assert [(member.name, member.kind) for member in workspace.members] == [
        ("acme-api", "api"),
        ("acme-host", "host"),
        ("acme-filter", "plugin"),
    ]
    assert workspace.contract.group == "acme.plugins"


def test_a_workspace_is_found_from_below(tmp_path: Path) -> None:
    monorepo(tmp_path)
    assert find_root(tmp_path / "plugins" / "filter") == tmp_path


def test_a_members_own_table_is_no_workspace(tmp_path: Path) -> None:
    monorepo(tmp_path)
    with (tmp_path / "plugins/filter/pyproject.toml").open("a") as file:
        file.write('\n[tool.pluginkit]\ncapabilities = ["batch"]\n')
    workspace = discover(tmp_path / "plugins/filter")
    assert workspace.root == tmp_path
    assert workspace.members[-1].capabilities == ("batch",)


def test_the_api_may_be_the_hosts_own_package(tmp_path: Path) -> None:
    monorepo(tmp_path)
    edit(tmp_path / "pluginkit.toml", 'api = "api"', 'api = "host"')
    workspace = discover(tmp_path)
    assert workspace.apis == ("acme-host",)
    assert [member.kind for member in workspace.members] == ["host", "plugin"]


def test_the_api_may_be_a_third_party_distribution(tmp_path: Path) -> None:
    monorepo(tmp_path)
    edit(tmp_path / "pluginkit.toml", 'api = "api"', 'api = "Some.Thing"')
    assert discover(tmp_path).apis == ("some-thing",)


NAMED_TWICE = [
    ("host beside a pattern", 'hosts = ["packages/core"]\nplugins = ["packages/*"]', ["host", "plugin"]),
    ("api beside a pattern", 'hosts = []\nplugins = ["packages/*"]', ["api", "plugin"]),
    ("host of two patterns", 'hosts = ["packages/*", "packages/c*/"]\nplugins = ["packages/core"]', ["host", "host"]),
]


@pytest.mark.parametrize(("roles", "kinds"), [row[1:] for row in NAMED_TWICE], ids=[row[0] for row in NAMED_TWICE])
def test_a_member_that_is_named_twice_is_one(tmp_path: Path, roles: str, kinds: list[str]) -> None:
    for name in ("core", "filter"):
        write(tmp_path / "packages" / name, project(f"acme-{name}", ""))
    write(tmp_path, {"pluginkit.toml": f'api = "packages/core"\n{roles}\n'})
    found = {member.path: member.kind for member in discover(tmp_path).members}
    assert found == dict(zip(["packages/core", "packages/filter"], kinds, strict=True))


@pytest.mark.parametrize(
    ("exclude", "left"),
    [("plugins/old", ["filter", "odd"]), ("plugins/o*", ["filter"]), ("**/odd", ["filter", "old"])],
)
def test_what_is_excluded_is_no_member(tmp_path: Path, exclude: str, left: list[str]) -> None:
    monorepo(tmp_path, plugins=dict.fromkeys(("filter", "old", "odd"), PLAIN))
    edit(tmp_path / "pluginkit.toml", "plugins = ", f'exclude = ["{exclude}"]\nplugins = ')
    found = [member.name for member in discover(tmp_path).members if member.kind == "plugin"]
    assert found == [f"acme-{name}" for name in left]


def test_a_workspace_without_plugins_is_doubtful(tmp_path: Path) -> None:
    monorepo(tmp_path)
    assert without_plugins(discover(tmp_path)) == ()
    for nothing in ("[]", '["docs/*"]', '["host"]'):
        write(tmp_path, {"docs/index.md": ""})
        edit(tmp_path / "pluginkit.toml", "plugins = ", f"plugins = {nothing}\n#")
        (said,) = without_plugins(discover(tmp_path))
        assert "no plugins" in said


def _config(text: str) -> Callable[[Path], None]:
    return lambda root: (root / "pluginkit.toml").write_text(text)


def _bytes(data: bytes) -> Callable[[Path], None]:
    return lambda root: (root / "pluginkit.toml").write_bytes(data)


def _replace(old: str, new: str) -> Callable[[Path], None]:
    return lambda root: edit(root / "pluginkit.toml", old, new)


def _capability(root: Path) -> None:
    _replace('factory = "New"', 'factory = "New"\ncapabilities = { known = ["filter", "batch"] }')(root)
    with (root / "plugins/filter/pyproject.toml").open("a") as file:
        file.write('\n[tool.pluginkit]\ncapabilities = ["bacth"]\n')


def _cycle(root: Path) -> None:
    edit(root / "api/pyproject.toml", "dependencies = []", 'dependencies = ["acme-filter"]')


def _twice(root: Path) -> None:
    write(root, {"pyproject.toml": '[tool.pluginkit]\nlanguage = "python"\napi = "api"\n'})


def _twin(root: Path) -> None:
    write(root / "plugins/other", project("Acme_Filter", ""))


WRONG = [
    ("unknown key", _replace("plugins =", "pluginss ="), "unknown key 'pluginss' (did you mean 'plugins'?)"),
    ("members as a host", _replace("hosts =", "host ="), "'host' is not a string: members are named by `hosts`"),
    ("unknown contract key", _replace("factory =", "factroy ="), "unknown key 'factroy' (did you mean 'factory'?)"),
    ("wrong type", _replace('hosts = ["host"]', "hosts = 3"), "'hosts' is an integer, expected an array of strings"),
    ("no api", _replace('api = "api"\n', ""), "'api' is missing"),
    ("an empty list of apis", _replace('api = "api"', "api = []"), "'api' is empty: hosts and plugins are compared by"),
    ("an empty api", _replace('api = "api"', 'api = ["api", ""]'), "'api' is empty"),
    ("unknown language", _replace('"python"', '"pyhton"'), "unknown language 'pyhton' (did you mean 'python'?)"),
    ("no such host", _replace('["host"]', '["hots"]'), "hosts 'hots': no such directory"),
    ("a pattern beneath nothing", _replace('"plugins/*"', '"plugs/*"'), "plugins 'plugs/*': no such directory"),
    (
        "nothing to exclude",
        _replace("plugins = ", 'exclude = ["plugins/x"]\nplugins = '),
        "'plugins/x': no such directory",
    ),
    ("outside", _replace('["host"]', '["../x"]'), "leaves the workspace"),
    ("unknown policy", _replace("[contract]", '\npolicy = "exakt"\n[contract]'), "did you mean 'exact'?"),
    ("unknown capability", _capability, "unknown capability 'bacth' (did you mean 'batch'?)"),
    ("cycle", _cycle, "depends on itself: acme-api -> acme-filter -> acme-api"),
    ("both files", _twice, "configured twice"),
    ("equal names", _twin, "both named acme-filter"),
    ("merge markers", _config('<<<<<<< ours\nlanguage = "python"\n>>>>>>> theirs\n'), "merge conflict"),
    ("deep nesting", _config("a=" + "[" * 100_000), "more keys, tables and values"),
    ("long integer", _config("a = " + "9" * 5000), "not valid TOML"),
    ("many parts", _config("a" + ".a" * 20_000 + " = 1\n"), "more than 16 parts"),
    ("byte order mark", _bytes(b"\xef\xbb\xbflanguage = 'python'\n"), "byte order mark"),
    ("NUL", _bytes(b"a = '\0'\n"), "not valid TOML"),
    ("UTF-16", _bytes("language = 'python'".encode("utf-16")), "not valid TOML"),
    ("nothing", lambda root: (root / "pluginkit.toml").unlink(), "not in a pluginkit workspace"),
    ("nameless", lambda root: edit(root / "host/pyproject.toml", 'name = "acme-host"\n', ""), "is not declared"),
]


@pytest.mark.parametrize(("break_it", "message"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_discover_refuses(tmp_path: Path, break_it: Callable[[Path], None], message: str) -> None:
    break_it(monorepo(tmp_path))
    with pytest.raises(PluginkitError) as refused:
        discover(tmp_path)
    assert message in refused.value.message

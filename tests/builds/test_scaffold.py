import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from pluginkit import __version__
from pluginkit.backends.python.building.toolkit import running
from pluginkit.core.errors import PluginkitError
from pluginkit.stages import scaffold
from pluginkit.stages.discover import discover
from pluginkit.stages.scaffold import ANSWERS, add, new

TEMPLATES = Path(__file__).parents[2] / "templates" / "python"
HOSTILE = [
    *("--help", "", ".", "..", "a/b", "a\\b", "/abs", "class", "con", "CON", "json", "a" * 64, "a\u202eb", "{{7*7}}"),
    *('a"\nimport os', "a\n", "Acme", "é", "1a", "a-", "a_", "a--b", "a b", "host", "plugins", "pluginapi"),
]


def tree(root: Path) -> dict[str, str]:
    files = (path for path in root.rglob("*") if path.is_file() and ".git" not in path.parts)
    return {path.relative_to(root).as_posix(): path.read_bytes().decode("latin-1") for path in files}


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    new(tmp_path / "acme", "acme")
    return tmp_path / "acme"


def test_new_makes_a_workspace_that_discover_reads(workspace: Path) -> None:
    found = discover(workspace / "plugins" / "filter")
    assert found.root == workspace
    assert found.apis == ("acme-pluginapi",)
    assert [(member.kind, member.name, member.path) for member in found.members] == [
        ("api", "acme-pluginapi", "pluginapi"),
        ("host", "acme-host", "host"),
        ("plugin", "acme-filter", "plugins/filter"),
        ("plugin", "acme-transform", "plugins/transform"),
    ]
    assert found.contract.group == "acme.plugins"
    assert found.contract.factory == "New"
    assert found.contract.policy == "exact"


def test_new_returns_what_it_created(tmp_path: Path) -> None:
    created = new(tmp_path / "acme", "acme")
    assert list(created) == sorted(path for path in (tmp_path / "acme").rglob("*") if path.is_file())


def test_new_takes_the_plugins_it_is_given(tmp_path: Path) -> None:
    new(tmp_path / "app", "my-app", plugins=["json-lines", "none"])
    found = discover(tmp_path / "app")
    assert [member.name for member in found.members if member.kind == "plugin"] == ["my-app-json-lines", "my-app-none"]
    assert "class JsonLinesPlugin:" in tree(tmp_path / "app")["plugins/json-lines/src/my_app_json_lines/__init__.py"]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_refused_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(PluginkitError, match=r"workspace name .* is (not usable|reserved)"):
        new(tmp_path / "target", name)
    with pytest.raises(PluginkitError, match=r"plugin name .* is (not usable|reserved)"):
        new(tmp_path / "target", "acme", plugins=["filter", name])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", HOSTILE)
def test_add_refuses_a_hostile_name(workspace: Path, name: str) -> None:
    before = tree(workspace)
    with pytest.raises(PluginkitError, match=r"plugin name .* is (not usable|reserved)"):
        add(workspace, name)
    assert tree(workspace) == before


def test_a_directory_that_is_not_empty_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")
    with pytest.raises(PluginkitError, match="is not empty"):
        new(tmp_path, "acme")
    with pytest.raises(PluginkitError, match="is not a directory"):
        new(tmp_path / "notes", "acme")
    with pytest.raises(PluginkitError, match="notes"):
        new(tmp_path / "notes" / "acme", "acme")
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(PluginkitError, match="loop"):
        new(tmp_path / "loop", "acme")
    assert tree(tmp_path) == {"notes": "mine"}


def test_an_empty_directory_is_filled_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new(tmp_path / "apart", "acme")
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    inode = here.stat().st_ino
    new(Path(), "acme")
    assert here.stat().st_ino == inode
    assert tree(here) == tree(tmp_path / "apart")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["apart", "here"]


def test_a_failure_half_way_leaves_nothing_behind(tmp_path: Path) -> None:
    deep = tmp_path
    while len(str(deep)) < 3800:
        deep /= "d" * 200
    deep /= "d" * (4044 - len(str(deep)))  # room for short paths, not for the long ones
    deep.mkdir(parents=True)
    with pytest.raises(PluginkitError, match="File name too long"):
        new(deep / "acme", "acme")
    assert list(deep.iterdir()) == []


def test_an_unknown_language_is_named_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(PluginkitError, match=r"'pyton' \(did you mean 'python'\?\)"):
        new(tmp_path / "acme", "acme", language="pyton")


def test_two_plugins_of_one_distribution_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PluginkitError, match="there is a plugin 'a-b' already"):
        new(tmp_path / "acme", "acme", plugins=["a-b", "a_b"])
    assert list(tmp_path.iterdir()) == []


def test_add_gives_the_tree_that_new_would_have_given(workspace: Path, tmp_path: Path) -> None:
    created = add(workspace, "audit")
    assert created == tuple(sorted(path for path in (workspace / "plugins/audit").rglob("*") if path.is_file()))
    new(tmp_path / "other", "acme", plugins=["filter", "transform", "audit"])
    assert tree(workspace) == tree(tmp_path / "other")


def test_add_keeps_what_copier_wrote_in_the_answers(workspace: Path) -> None:
    answers = workspace / ANSWERS
    answers.write_text('_commit: "v1"\n_src_path: "https://example.com/t.git"\n' + answers.read_text())
    add(workspace, "audit")
    assert answers.read_text().splitlines()[1:-2] == [
        '_commit: "v1"',
        '_src_path: "https://example.com/t.git"',
        'name: "acme"',
        'plugins: ["filter", "transform", "audit"]',
    ]


@pytest.mark.parametrize("name", ["filter", "a_b"])
def test_add_refuses_a_plugin_that_is_there(workspace: Path, name: str) -> None:
    (workspace / "plugins" / "a-b").mkdir()
    before = tree(workspace)
    with pytest.raises(PluginkitError, match="already"):
        add(workspace, name)
    assert tree(workspace) == before


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        (None, "no such file"),
        (b"name: acme\n", "not `key: value` lines"),
        (b"\xff\xfe", "not `key: value` lines"),
        (b"name: " + b"[" * 100_000, "not `key: value` lines"),
        (b'name: "acme"\n', "'plugins' is missing"),
        (b'name: 1\nplugins: ["a"]\n', "'name' or 'plugins' is missing"),
        (b'name: "../x"\nplugins: ["a"]\n', "not usable"),
        (b'name: "acme"\nplugins: ["../x"]\n', "not usable"),
        (b'name: "acme"\nplugins: [1]\n', "not usable"),
    ],
)
def test_add_refuses_answers_it_cannot_read(workspace: Path, answers: bytes | None, message: str) -> None:
    (workspace / ANSWERS).unlink()
    if answers is not None:
        (workspace / ANSWERS).write_bytes(answers)
    with pytest.raises(PluginkitError, match=message):
        add(workspace, "audit")
    assert not (workspace / "plugins" / "audit").exists()


def test_the_host_requires_the_toolkit_and_nothing_else_runs_with_it(workspace: Path) -> None:
    found = {}
    for manifest in workspace.rglob("pyproject.toml"):
        table = tomllib.loads(manifest.read_text())
        found[manifest.parent.name] = [
            *table.get("project", {}).get("dependencies", []),
            *table.get("build-system", {}).get("requires", []),
        ]
    named = {name: line for name, lines in found.items() for line in lines if line.startswith("pluginkit")}
    assert named == {"host": f"pluginkit-toolchain>={__version__}"}


@pytest.mark.parametrize("language", ["python", "go"])
def test_copiers_oldest_toolkit_is_this_one(language: str) -> None:
    asked = yaml.safe_load((TEMPLATES.parent / language / "copier.yml").read_text())
    assert asked["toolkit_version"]["default"] == __version__


@pytest.mark.parametrize(
    ("toolkit", "source"),
    [
        ("", None),
        ("../..", {"path": "../..", "editable": True}),
        ("wheels/x.whl", {"path": "wheels/x.whl"}),
        ('"\n[tool]', {"path": '"\n[tool]', "editable": True}),
    ],
)
def test_new_takes_the_toolkit_from_where_it_is_told(tmp_path: Path, toolkit: str, source: object) -> None:
    new(tmp_path / "acme", "acme", toolkit=toolkit)
    table = tomllib.loads((tmp_path / "acme/pyproject.toml").read_text())
    assert table["tool"]["uv"]["sources"].get("pluginkit-toolchain") == source
    assert not (tmp_path / "acme/toolkit").exists()


def test_a_workspace_in_the_checkout_takes_the_toolkit_from_around_it(tmp_path: Path, monkeypatch) -> None:
    toolkit = running()
    vars(toolkit)["checkout"] = tmp_path
    monkeypatch.setattr(scaffold, "running", lambda: toolkit)
    new(tmp_path / "examples/acme", "acme")
    table = tomllib.loads((tmp_path / "examples/acme/pyproject.toml").read_text())
    assert table["tool"]["uv"]["sources"]["pluginkit-toolchain"] == {"path": "../..", "editable": True}
    assert not (tmp_path / "examples/acme/toolkit").exists()


def test_without_jinja2_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(PluginkitError) as caught:
        new(tmp_path / "acme", "acme")
    assert "pluginkit-toolchain[build]" in caught.value.hint


@pytest.mark.parametrize("plugins", [["filter", "transform"], ["json-lines", "audit"]])
def test_copier_gives_the_same_tree(tmp_path: Path, plugins: list[str]) -> None:
    import copier

    new(tmp_path / "ours", "my-app", plugins=plugins, toolkit="")
    data = {"name": "my-app", "plugins": plugins}
    copier.run_copy(str(TEMPLATES), tmp_path / "theirs", data=data, defaults=True, quiet=True)
    ours, theirs = tree(tmp_path / "ours"), tree(tmp_path / "theirs")
    theirs[ANSWERS] = "".join(line for line in theirs[ANSWERS].splitlines(True) if not line.startswith("_src_path"))
    assert theirs == ours


def test_copier_updates_a_workspace_and_keeps_an_added_plugin(tmp_path: Path) -> None:
    import copier

    template = tmp_path / "template"
    subprocess.run(["cp", "-r", TEMPLATES, template], check=True)
    commit(template, "v1")
    copier.run_copy(str(template), tmp_path / "acme", data={"name": "acme"}, defaults=True, quiet=True)
    add(tmp_path / "acme", "audit")
    commit(tmp_path / "acme", "v1")
    with (template / "template" / "justfile.jinja").open("a") as file:
        file.write("\n# From the new template.\n")
    commit(template, "v2")
    copier.run_update(tmp_path / "acme", defaults=True, quiet=True, overwrite=True)
    found = tree(tmp_path / "acme")
    assert found["justfile"].endswith("# From the new template.\n")
    assert 'plugins: ["filter", "transform", "audit"]' in found[ANSWERS]
    assert "plugins/audit/src/acme_audit/__init__.py" in found


def commit(root: Path, tag: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    for arguments in (("init", "-q"), ("add", "-A"), (*identity, "commit", "-qm", tag), ("tag", tag)):
        subprocess.run(["git", "-C", root, *arguments], check=True)

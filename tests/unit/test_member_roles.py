"""Who is host, API and plugin in a tree that nobody has described."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from monorepo import write

from pluginkit.backends.python.adoption.draft import draft
from pluginkit.core.errors import PluginkitError

Tree = Mapping[str, tuple[str, str, str]]
"""Directory to (requirements, entry points as `group name`, source)."""

LOOKS_UP = "from importlib.metadata import entry_points\nfound = entry_points(group={!r})\n"

TREES: dict[str, tuple[Tree, str, str, str, str]] = {
    "a plugin of llm": ({".": ("httpx llm", "llm x", "import llm\n")}, "llm", "", ".", "llm"),
    "a plugin of datasette that names it": (
        {".": ("datasette", "datasette x", "from datasette import hookimpl\nplugin_config('datasette')\n")},
        "datasette",
        "",
        ".",
        "datasette",
    ),
    "a plugin of pytest": (
        {".": ("execnet pytest>=7", "pytest11 x", "import pytest\n")},
        "pytest",
        "",
        ".",
        "pytest11",
    ),
    "plugins of mkdocs": (
        {"p/a": ("mkdocs", "mkdocs.plugins a", ""), "p/b": ("mkdocs jinja2", "mkdocs.plugins b", "")},
        "mkdocs",
        "",
        "p/*",
        "mkdocs.plugins",
    ),
    "the driver of a service by stevedore, with options of its configuration": (
        {
            ".": (
                "oslo.config neutron stevedore",
                "neutron.service_plugins sfc; oslo.config.opts sfc; sfc.drivers one",
                "from neutron import db\nfrom neutron import api\nimport oslo_config\n"
                "DriverManager(namespace='sfc.drivers')\n",
            )
        },
        "neutron",
        "",
        ".",
        "neutron.service_plugins",
    ),
    "commands of nobody that is known": (
        {".": ("cliff osc-lib", "openstack.volume v", "from osc_lib import a\nfrom osc_lib import b\nimport cliff\n")},
        "osc-lib",
        "",
        ".",
        "openstack.volume",
    ),
    "a host among them, and a helper of pytest": (
        {
            "host": ("", "", LOOKS_UP.format("acme.plugins")),
            "a": ("acme-host", "acme.plugins a", ""),
            "testing": ("pytest", "pytest11 acme", ""),
        },
        "host",
        "host",
        "a",
        "acme.plugins",
    ),
    "a host with a plugin of its own, whose group is a constant": (
        {
            "host": ("", "acme.plugins own", "NAME = 'acme.plugins'\n"),
            "a": ("acme-host", "acme.plugins a", ""),
            "b": ("acme-host", "acme.plugins b", "LABEL = 'acme.plugins'\n"),
        },
        "host",
        "host",
        "a b",
        "acme.plugins",
    ),
}


def lay(root: Path, tree: Tree) -> Path:
    for path, (requires, points, source) in tree.items():
        name = "acme" if path == "." else f"acme-{path.rpartition('/')[2]}"
        manifest = f'[project]\nname = "{name}"\nversion = "1"\ndependencies = {requires.split()!r}\n'
        for point in filter(None, points.split(";")):
            group, entry = point.split()
            manifest += f'[project.entry-points."{group}"]\n{entry} = "m:New"\n'
        write(root / path, {"pyproject.toml": manifest, "m.py": source})
    return root


@pytest.mark.parametrize("case", TREES)
def test_roles(case: str, tmp_path: Path) -> None:
    tree, api, hosts, plugins, group = TREES[case]
    made = draft(lay(tmp_path, tree))
    spelled = ", ".join(f'"{one}"' for one in plugins.split())
    assert made.table == (
        f'language = "python"\napi = "{api}"\nhosts = [{hosts and chr(34) + hosts + chr(34)}]\n'
        f'plugins = [{spelled}]\ngroup = "{group}"\n'
    )
    told = "\n".join(made.notes)
    assert ("--host ENV" in told) is (not hosts and api != "osc-lib")


def test_every_project_that_is_left_out_has_its_reason(tmp_path: Path) -> None:
    lay(tmp_path, {"a": ("llm", "llm a", ""), "docs": ("", "", ""), "a/tests/fake": ("llm", "llm f", "")})
    write(tmp_path / "broken", {"pyproject.toml": "[project\n"})
    write(tmp_path / "computed", {"setup.py": "setup(name=name())\n"})
    write(tmp_path / "settings", {"pyproject.toml": "[tool.ruff]\n"})
    (line,) = [note for note in draft(tmp_path).notes if note.lstrip().startswith("broken ")]
    told = {note.split()[0]: note.partition("left out: ")[2] for note in draft(tmp_path).notes if "left out" in note}
    assert told.keys() == {"docs", "a/tests/fake", "broken", "computed"}
    assert told["docs"] == "no entry point in the group"
    assert "test data" in told["a/tests/fake"]
    assert "TOML" in line
    assert "name is not declared" in told["computed"]


def test_where_there_are_no_plugins_the_projects_that_could_not_be_read_are_named(tmp_path: Path) -> None:
    lay(tmp_path, {"docs": ("", "", "")})
    write(tmp_path / "computed", {"setup.py": "setup(name=name())\n"})
    with pytest.raises(PluginkitError, match=r"projects found: docs\n  computed: left out: .*name is not declared"):
        draft(tmp_path)


@pytest.mark.parametrize(
    ("others", "plugins"),
    [
        ({}, 'plugins = ["p/*"]'),
        ({"p/host": ("", "", LOOKS_UP.format("acme.plugins"))}, 'plugins = ["p/*"]'),
        ({"p/docs": ("", "", "")}, 'plugins = ["p/a", "p/b"]'),
        ({"q/c": ("acme-core", "acme.plugins c", "")}, 'plugins = ["p/*", "q/c"]'),
    ],
)
def test_a_pattern_stands_for_a_directory_of_plugins_alone(others: Tree, plugins: str, tmp_path: Path) -> None:
    tree = {name: ("acme-core", f"acme.plugins {name[-1]}", "") for name in ("p/a", "p/b")}
    made = draft(lay(tmp_path, {"core": ("", "", ""), **tree, **others}))
    assert plugins in made.table


def test_many_plugins_stand_on_a_line_each(tmp_path: Path) -> None:
    tree = {f"plugin-with-a-long-name-{n}": ("acme-core", f"acme.plugins p{n}", "") for n in range(9)}
    table = draft(lay(tmp_path, {"core": ("", "", ""), **tree})).table
    assert '\n    "plugin-with-a-long-name-0",\n    "plugin-with-a-long-name-1",\n' in table


def test_progress_hears_of_each_project(tmp_path: Path) -> None:
    heard = list[str]()
    draft(lay(tmp_path, {"a": ("llm", "llm a", ""), "b": ("llm", "llm b", "")}), heard.append)
    assert {"a", "b"} <= set(heard)


@pytest.mark.parametrize("pattern", ["/etc/*", "../*", "", "a\\0b", "**b"])
def test_a_pattern_of_uv_that_leads_elsewhere_matches_nothing(pattern: str, tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": f'[tool.uv.workspace]\nmembers = ["a", {pattern!r}]\n'})
    assert 'plugins = ["a"]' in draft(lay(tmp_path, {"a": ("llm", "llm a", "")})).table

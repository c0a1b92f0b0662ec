"""Plugins that are part of the host's binary: nothing of their sources is touched, everything comes by an overlay."""

import json
import subprocess
from pathlib import Path

import pytest
from golinked import linked_monorepo

from pluginkit.backends.go.building.modes.renamed import importable, package_name, with_clause

COUNTING = """\
// Command counting keeps a number.
package main

import "acme/pluginapi"

// Counter is shared with the host.
var Counter = 40

// Count returns it.
func Count() int { return Counter }

// Map is generic, so that no plugin exports it.
func Map[T any](values []T) []T { return values }

type counting struct{ last pluginapi.Request }

func (counting) Name() string { return "counting" }

func New() pluginapi.Plugin { Counter++; return counting{} }

func main() {}
"""
CLAUSES = [
    # what stands in a file, what stands in its copy; None: it is not a main package
    ("package main\n", "package NAME\n"),
    ("package main", "package NAME"),
    ("package main;", "package NAME;"),
    ("package main; import \"fmt\"\n", "package NAME; import \"fmt\"\n"),
    ("\ufeffpackage main\n", "\ufeffpackage NAME\n"),
    ("//go:build linux\r\n\r\n// A\r\npackage main\r\n", "//go:build linux\r\n\r\n// A\r\npackage NAME\r\n"),
    ("/* package main */ package main // package main\n", "/* package main */ package NAME // package main\n"),
    ("/* a\n\npackage other\n*/\npackage/**/main\n", "/* a\n\npackage other\n*/\npackage/**/NAME\n"),
    ("package // why\n\tmain\n", "package // why\n\tNAME\n"),
    ("package\n\nmain\nvar main2 = 1\n", "package\n\nNAME\nvar main2 = 1\n"),
    ("// /* no comment\npackage main\n", "// /* no comment\npackage NAME\n"),
    ("/**/package main\n", "/**/package NAME\n"),
    ("package main2\n", None),
    ("package mainé\n", None),
    ("package other\n\n/*\npackage main\n*/\n", None),
    ("// package main\n", None),
    ("/* package main", None),
    ("packagemain\n", None),
    ("import \"fmt\"\npackage main\n", None),
    ("", None),
]  # fmt: skip
NAMES = [
    ("filter", "filter"),
    ("json-filter.v2", "json_filter_v2"),
    ("2fa", "_2fa"),
    ("main", "main_"),
    ("documentation", "documentation_"),
    ("range", "range_"),
    ("init", "init_"),
    ("my_test", "my_test_"),
    ("_", "__"),
]


@pytest.mark.parametrize(("source", "copy"), CLAUSES)
def test_the_clause_alone_is_another_one(source: str, copy: str | None) -> None:
    expected = None if copy is None else copy.replace("NAME", "filter").encode()
    assert with_clause(source.encode(), "filter") == expected


@pytest.mark.parametrize(("plugin", "name"), NAMES)
def test_a_package_has_the_name_of_its_plugin_where_go_allows_it(plugin: str, name: str) -> None:
    assert package_name(plugin) == name


def test_tests_and_other_packages_are_left_alone(tmp_path) -> None:
    for name in ("a.go", "b_test.go", "_c.go", ".d.go"):
        (tmp_path / name).write_text("package main\n")
    (tmp_path / "tool.go").write_text("//go:build ignore\n\npackage tool\n")
    (tmp_path / "e.go").mkdir()
    assert importable(tmp_path, "x") == {tmp_path / "a.go": b"package x\n", tmp_path / "b_test.go": None}


def run_host(root: Path, *arguments: str) -> list[str]:
    done = subprocess.run([root / "dist/bin/host", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def inspected(pluginkit, root: Path) -> dict[str, dict]:
    ran = pluginkit("inspect", "dist", "--output-format", "json", cwd=root)
    return {one["subject"]: one for one in json.loads(ran.out)["artifacts"]}


def test_a_host_has_its_plugins_in_it_and_runs_them_as_others(tmp_path, pluginkit) -> None:
    linked_monorepo(tmp_path, **{"plugins/counting/counting.go": COUNTING})
    ran = pluginkit("build")
    assert ran.status == 0, ran.err
    assert "1 artifact built" in ran.out
    assert [path.name for path in sorted((tmp_path / "dist").resolve().rglob("*")) if path.is_file()] == [
        "host",
        "release.json",
    ]
    linked = run_host(tmp_path)
    assert linked == ["counting v1.0.0 []", "counter 42 42", "filter v1.0.0 [filter]"]
    assert pluginkit("build", "--mode", "plugin").status == 0
    assert run_host(tmp_path, "dist/plugins/counting.so", "dist/plugins/filter.so") == linked

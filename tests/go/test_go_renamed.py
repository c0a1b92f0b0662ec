"""How a main package gets another name: in a copy of its files, at one place of each."""

import pytest

from pluginkit.backends.go.building.modes.renamed import importable, package_name, with_clause

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

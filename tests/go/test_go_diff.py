"""`pluginkit diff` of Go: packages from their sources, binaries by their stamps, and rebuild or edit for plugins."""

import json
from pathlib import Path
from typing import Any

import pytest
from gitrepo import committed
from gofixtures import GoTools
from gorepo import API, PLUGIN, go_monorepo
from monorepo import edit, write

pytest.importorskip("pluginkit.backends.go.building.trees")

GREW = API + "\nfunc More() int { return 0 }\n"
BROKE = API.replace("Name() string", "Name() string; Close()")
CGO = 'package pluginapi\n\n// #error compiled\nimport "C"\n\nfunc F() {}\n'


def compared(ran: Any) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(ran.out)
    return value


def module(root: Path, api: str) -> Path:
    files = {"go.mod": "module acme\n\ngo 1.24\n", "pluginapi/api.go": api}
    return write(root, {**files, "plugins/filter/filter.go": PLUGIN.replace("NAME", "filter")})


@pytest.mark.parametrize(
    ("api", "kind", "step"),
    [
        (API, "equal", "none"),
        (API + "\n// more\n", "bytes", "patch"),
        (GREW, "changed", "minor"),
        (BROKE, "changed", "major"),
    ],
    ids=["equal", "comment", "grew", "broke"],
)
@pytest.mark.parametrize("inside", ["", "pluginapi"], ids=["module", "package"])
def test_directories_are_compared(
    api: str, kind: str, step: str, inside: str, go: GoTools, tmp_path: Path, pluginkit
) -> None:
    old, new = module(tmp_path / "old", API), module(tmp_path / "new", api)
    ran = pluginkit("diff", old / inside, new / inside, "--output-format", "json")
    assert ran.status == 0, ran.err
    assert [(one["name"], one["kind"], one["step"]) for one in compared(ran)["apis"]] == [
        ("acme/pluginapi", kind, step)
    ]


@pytest.mark.parametrize(
    ("api", "status", "exit_status"), [(API, "unaffected", 0), (GREW, "rebuild", 0), (BROKE, "breaks", 1)]
)
def test_plugins_need_a_rebuild_or_an_edit(
    api: str, status: str, exit_status: int, go: GoTools, tmp_path: Path, pluginkit
) -> None:
    old, new = module(tmp_path / "old", API), module(tmp_path / "new", api)
    ran = pluginkit("diff", old, new, "--plugins", "old/plugins", "--output-format", "json")
    assert ran.status == exit_status, ran.err
    (plugin,) = compared(ran)["plugins"]
    assert (plugin["name"], plugin["status"]) == ("filter", status)
    places = [place for one in plugin["breaks"] for place in one["places"]]
    assert {place["file"] for place in places} == ({"old/plugins/filter/filter.go"} if status == "breaks" else set())


def test_a_break_that_a_plugin_does_not_use_asks_for_a_rebuild(go: GoTools, tmp_path: Path, pluginkit) -> None:
    old, new = module(tmp_path / "old", GREW), module(tmp_path / "new", API)
    ran = pluginkit("diff", old, new, "--plugins", "old/plugins/filter")
    assert (ran.status, ran.out.splitlines()[-1]) == (0, "1 plugin: 1 needs only a rebuild")
    assert "asks for v2.0.0 (major)" in ran.out


def test_a_revision_is_read_without_a_checkout(go: GoTools, tmp_path: Path, pluginkit) -> None:
    root = committed(module(tmp_path / "acme", API))
    edit(root / "pluginapi/api.go", "Name() string", "Name() int")
    ran = pluginkit("diff", "git:HEAD:pluginapi", "pluginapi", "--plugins", "plugins/filter", cwd=root)
    assert (ran.status, "filter (plugins/filter): breaks" in ran.out) == (1, True), ran.out + ran.err


def test_nothing_is_compiled(go: GoTools, tmp_path: Path, pluginkit) -> None:
    old, new = (write(module(tmp_path / name, API), {"pluginapi/c.go": CGO}) for name in ("old", "new"))
    ran = pluginkit("diff", old, new)
    assert (ran.status, ran.out.splitlines()[-1].partition(":")[2]) == (0, " no difference"), ran.err


def test_the_lock_of_a_workspace_is_compared_with_its_files(go: GoTools, tmp_path: Path, pluginkit) -> None:
    go_monorepo(tmp_path)
    assert pluginkit("lock").status == 0
    ran = pluginkit("diff", "--plugins")
    assert ran.out.splitlines()[2:] == [
        "acme/pluginapi v1.0.0: no difference",
        "",
        "filter (plugins/filter): not affected",
        "",
        "1 plugin: none breaks",
    ]
    write(tmp_path, {"pluginapi/api.go": BROKE})
    ran = pluginkit("diff", "--plugins")
    assert "acme/pluginapi v1.0.0: asks for v2.0.0 (major); it is still v1.0.0" in ran.out
    assert (ran.status, "filter (plugins/filter): breaks" in ran.out) == (1, True)


def test_binaries_are_compared_by_their_stamps(go: GoTools, tmp_path: Path, pluginkit) -> None:
    go_monorepo(tmp_path)
    assert pluginkit("build").status == 0
    write(tmp_path, {"pluginapi/api.go": GREW})
    for old in ("dist", "dist/bin/host", "dist/plugins/filter.so"):
        ran = pluginkit("diff", old, "--plugins", "dist/plugins", "--output-format", "json")
        assert ran.status == 0, ran.err
        value = compared(ran)
        assert [(one["name"], one["step"]) for one in value["apis"]] == [("acme/pluginapi", "minor")]
        assert [(one["name"], one["status"]) for one in value["plugins"]] == [("filter", "rebuild")]

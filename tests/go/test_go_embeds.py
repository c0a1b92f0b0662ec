"""Files that packages embed and that are not there: mostly what another tool generates."""

import pytest
from gorepo import go_monorepo
from monorepo import write

pytestmark = pytest.mark.usefixtures("go")

UI = 'package ui\n\nimport "embed"\n\n//go:embed all:build\nvar Files embed.FS\n'
USED = 'package main\n\nimport _ "acme/ui"\n'
GENERATE = "\n//go:generate mkdir -p build\n//go:generate touch build/index.html\n"
SCRIPTS = '{"scripts": {"build": "vite build"}}'

CASES = {
    "nothing-known": ({}, "", "make them first, as the project's own build does"),
    "go-generate": ({"ui/ui.go": UI + GENERATE}, "ui/ui.go:8 says `go:generate mkdir -p build`", "`go generate ./ui`"),
    "npm": (
        {"ui/package.json": SCRIPTS},
        "ui/package.json has the script `build`",
        "`npm --prefix ui install && npm --prefix ui run build`",
    ),
    "yarn": (
        {"ui/package.json": SCRIPTS, "ui/yarn.lock": ""},
        "ui/package.json has the script `build`",
        "`yarn --cwd ui install && yarn --cwd ui build`",
    ),
    "not-a-script": ({"ui/package.json": "[]"}, "", "make them first, as the project's own build does"),
}


@pytest.mark.parametrize(("files", "maker", "hint"), CASES.values(), ids=CASES)
def test_a_missing_embed_is_named_with_what_makes_it(tmp_path, pluginkit, files, maker, hint) -> None:
    go_monorepo(tmp_path, **{"ui/ui.go": UI, "cmd/host/ui.go": USED, **files})
    ran = pluginkit("lock")
    assert ran.status == 2
    assert "  ui/ui.go:5: //go:embed all:build matches no file\n" in ran.err
    assert maker in ran.err
    assert ran.err.endswith(f"hint: {hint}\n")


def test_init_and_build_name_it_too(tmp_path, pluginkit) -> None:
    go_monorepo(tmp_path, **{"ui/ui.go": UI + GENERATE, "cmd/host/ui.go": USED, "ui/build/index.html": "<p>"})
    assert pluginkit("lock").status == 0
    (tmp_path / "ui/build/index.html").unlink()
    said = "ui/ui.go:5: //go:embed all:build matches no file"
    assert said in pluginkit("build").err
    (tmp_path / "pluginkit.toml").unlink()
    assert said in pluginkit("init", "--yes").err
    write(tmp_path, {"ui/build/index.html": "<p>"})
    assert pluginkit("init", "--yes").status == 0

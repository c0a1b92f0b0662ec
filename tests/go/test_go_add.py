"""`pluginkit add` in Go: what it writes compiles against the workspace as it is, whoever made that."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from gofixtures import GoTools
from monorepo import edit, write

from pluginkit.stages import scaffold

pytestmark = pytest.mark.slow

HOST = """\
package main

import (
	"os"
	"plugin"

	sdk "example.com/shop/api/v2"
)

func main() {
	opened, err := plugin.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	open, err := opened.Lookup("Open")
	if err != nil {
		panic(err)
	}
	info, err := opened.Lookup("About")
	if err != nil {
		panic(err)
	}
	made, err := open.(func(sdk.Host) (sdk.Extension, error))(nil)
	println(info.(*sdk.Info) != nil, made.Name(), err == nil)
}
"""
SDK = """\
// Package sdk is called otherwise than its directory.
package sdk

import (
	"context"
	"io"
	"net/http"
)

type Info struct{ Title string }

type Host interface{ Log(string) }

type Pair[K comparable, V any] struct {
	Key   K
	Value V
}

type Extension interface {
	Name() string
	io.Closer
	http.Handler
	Begin(ctx context.Context, sdk Host, new ...Option) (<-chan Pair[string, *Info], error)
	Owner() *Info
	Size() (int, float64, [2]bool, Info)
	Stop()
}

type Option func(*Info)
"""
OLD = """\
package main

import (
	"context"
	"net/http"

	sdk "example.com/shop/api/v2"
)

var About sdk.Info

func Open(host sdk.Host) (sdk.Extension, error) { return old{}, nil }

type old struct{}

func (old) Name() string                                  { return "old" }
func (old) Close() error                                  { return nil }
func (old) ServeHTTP(http.ResponseWriter, *http.Request) {}
func (old) Begin(context.Context, sdk.Host, ...sdk.Option) (<-chan sdk.Pair[string, *sdk.Info], error) {
	return nil, nil
}
func (old) Owner() *sdk.Info                        { return nil }
func (old) Size() (int, float64, [2]bool, sdk.Info) { return 0, 0, [2]bool{}, sdk.Info{} }
func (old) Stop()                                   {}
"""
CONFIG = """\
language = "go"
api = "api/v2"
hosts = ["cmd/shop"]
plugins = ["ext/old"] # one more each year

[contract.symbols]
About = "*sdk.Info"
Open = "func(sdk.Host) (sdk.Extension, error)"
"""
FOREIGN = {
    "go.mod": "module example.com/shop\n\ngo 1.24\n",
    "api/v2/sdk.go": SDK,
    "cmd/shop/main.go": HOST,
    "ext/old/old.go": OLD,
    "pluginkit.toml": CONFIG,
}


def is_clean(go: GoTools, root: Path, directory: str) -> None:
    """Check that gofmt, go vet, go build and the tests of a directory have nothing to say."""
    formatted = subprocess.run([go.go.parent / "gofmt", "-l", directory], cwd=root, capture_output=True, text=True)
    assert formatted.stdout == ""
    for command in (["vet"], ["build", "-o", os.devnull], ["test"]):
        done = subprocess.run(
            [go.go, *command, f"./{directory}"], cwd=root, env=dict(go.env), capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr


def rename(root: Path, module: str) -> None:
    edit(root / "go.mod", "module mp", f"module {module}")
    for path in root.rglob("*.go"):
        path.write_text(path.read_text().replace('"mp/', f'"{module}/'))


def test_a_plugin_is_added_after_the_module_was_renamed(tmp_path, pluginkit, go) -> None:
    root = tmp_path / "mp"
    scaffold.new(root, "mp", language="go")
    rename(root, "github.com/me/mp")
    ran = pluginkit("add", "audit", cwd=root)
    assert ran.status == 0, ran.err
    assert ran.out.splitlines() == [
        "made plugins/audit/audit.go",
        "made plugins/audit/audit_test.go",
        "changed pluginkit.toml",
        f"changed {scaffold.ANSWERS}",
    ]
    is_clean(go, root, "plugins/audit")
    assert 'module: "github.com/me/mp"' in (root / scaffold.ANSWERS).read_text()
    assert pluginkit("build", cwd=root).status == 0
    done = subprocess.run([root / "dist/bin/host", root / "dist/plugins"], capture_output=True, text=True, check=True)
    assert "audit        200 hello, plugins" in done.stdout


def test_a_plugin_that_was_removed_can_be_added_again(tmp_path, pluginkit) -> None:
    root = tmp_path / "mp"
    scaffold.new(root, "mp", language="go")
    shutil.rmtree(root / "plugins/filter")
    ran = pluginkit("add", "filter", cwd=root)
    assert (ran.status, ran.err.splitlines()[-1]) == (2, "hint: remove its table, or correct the name")
    edit(root / "pluginkit.toml", '[plugin.filter]\ncapabilities = ["filter"]\n', "")
    assert pluginkit("add", "filter", cwd=root).status == 0
    assert 'plugins: ["transform", "filter"]\n' in (root / scaffold.ANSWERS).read_text()
    assert pluginkit("build", cwd=root).status == 0


def test_a_plugin_is_written_for_the_api_as_it_is_now(tmp_path, pluginkit, go) -> None:
    root = tmp_path / "mp"
    scaffold.new(root, "mp", language="go")
    edit(
        root / "pluginapi/api.go",
        "\tName() string\n",
        "\tName() string\n\tStats(since int64) (map[string]int, error)\n",
    )
    assert pluginkit("add", "audit", cwd=root).status == 0
    is_clean(go, root, "plugins/audit")
    source = (root / "plugins/audit/audit.go").read_text()
    assert "func (impl) Stats(since int64) (map[string]int, error) {" in source
    assert 'errors.New("Handle is not written yet")' in source


def test_a_plugin_is_added_to_a_monorepo_of_another_shape(tmp_path, pluginkit, go) -> None:
    root = write(tmp_path / "shop", FOREIGN)
    ran = pluginkit("add", "stock", cwd=root)
    assert ran.status == 0, ran.err
    assert ran.out.splitlines() == ["made ext/stock/stock.go", "changed pluginkit.toml"]
    assert 'plugins = ["ext/old", "ext/stock"] # one more' in (root / "pluginkit.toml").read_text()
    is_clean(go, root, "ext/stock")
    assert pluginkit("build", cwd=root).status == 0
    host, plugin = root / "dist/bin/shop", root / "dist/plugins/stock.so"
    done = subprocess.run([host, plugin], capture_output=True, text=True, check=True)
    assert done.stderr == "true stock true\n"


def test_a_plugin_is_added_after_init(tmp_path, pluginkit, go) -> None:
    host = _without(r"\tinfo, err.*?\n\t}\n", HOST).replace("info.(*sdk.Info) != nil, ", "")
    files = {**FOREIGN, "cmd/shop/main.go": host, "ext/old/old.go": OLD.replace("var About sdk.Info\n\n", "")}
    root = write(tmp_path / "shop", {name: text for name, text in files.items() if name != "pluginkit.toml"})
    ran = pluginkit("init", "--yes", cwd=root)
    assert ran.status == 0, ran.err
    ran = pluginkit("add", "stock", cwd=root)
    assert ran.status == 0, ran.err
    is_clean(go, root, "ext/stock")
    assert pluginkit("build", cwd=root).status == 0


def _without(pattern: str, text: str) -> str:
    return re.sub(pattern, "", text, flags=re.DOTALL)


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ("no symbols", "does not say what plugins export"),
        ("a method of its own", "can only be implemented in its own package: it has the method own"),
        ("no such type", "undefined: sdk.Gone"),
        ("a broken API", "syntax error"),
        ("a name that is taken", "there is a plugin 'old' already"),
        ("a name of Go's", "name 'internal' is reserved"),
        ("no module", "hint: copy ext/old to ext/stock, and give its go.mod another module path"),
    ],
)
def test_what_cannot_be_written_is_said_and_nothing_is(tmp_path, pluginkit, case: str, message: str) -> None:
    root = write(tmp_path / "shop", FOREIGN)
    config, name = (
        root / "pluginkit.toml",
        {"a name that is taken": "old", "a name of Go's": "internal"}.get(case, "stock"),
    )
    if case == "no symbols":
        config.write_text(_without(r"\[contract\.symbols\].*", config.read_text()))
    elif case == "a method of its own":
        edit(root / "api/v2/sdk.go", "\tStop()\n", "\tStop()\n\town()\n")
    elif case == "no such type":
        edit(config, "sdk.Extension", "sdk.Gone")
    elif case == "a broken API":
        edit(root / "api/v2/sdk.go", "type Info struct{", "type Info struct{{")
    elif case == "no module":
        for directory in ("api", "cmd", "ext/old"):
            (root / directory / "go.mod").write_text(f"module example.com/shop/{directory}\n")
        (root / "go.mod").unlink()
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    ran = pluginkit("add", name, cwd=root)
    assert ran.status == 2
    assert message in ran.err
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before

"""What main packages declare: the types of symbols as reflect prints them."""

import subprocess

import pytest
from gocode import compiled, go_module

from pluginkit.backends.go.building.astools import Symbol, mains, started

API = """
package pluginapi

type Status int

type Request struct{ ID string }

type Plugin interface{ Handle(*Request) Status }

type Set[T comparable] struct{ items map[T]struct{} }

type Handler = func(*Request) Status
"""


@pytest.fixture(scope="module")
def go(tmp_path_factory: pytest.TempPathFactory):
    return go_module(tmp_path_factory.mktemp("api"), {"pluginapi/api.go": API.lstrip()})


MAIN = """
package main

import (
	"io"
	"net/http"
	"unsafe"

	api "acme/pluginapi"
)

type Option func(*api.Request)
type own struct{}

var (
	Bytes    []byte
	Runes    map[rune][2]*int
	Channels chan (<-chan chan<- int)
	Function func(name string, _ int, more ...io.Reader) (n int, err error)
	Empty    interface{}
	Asked    interface{ Do(*http.Request) any; Close() error }
	Shape    struct { io.Reader; X, y int `k:"v"`; api.Plugin }
	Options  []Option
	Local    *own
	Instance api.Set[api.Status]
	Aliased  api.Handler
	Raw      unsafe.Pointer
)

const Fixed, APIVersion = 3, "v3"

func New() api.Plugin { return nil }
func Generic[T any](t T) {}
func Broken(missing.Type) {}
"""
CHECK = """
func main() {
	for _, one := range []any{&Bytes, &Runes, &Channels, &Function, &Empty, &Asked, &Shape, &Options, &Local, &Instance,
		&Aliased, &Raw} {
		fmt.Println(reflect.TypeOf(one).Elem())
	}
	fmt.Println(reflect.TypeOf(New))
}
"""


def test_symbols_have_the_types_that_reflect_prints(go) -> None:
    (go.root / "types").mkdir()
    source = go.root / "types" / "main.go"
    real = MAIN.replace("func Broken(missing.Type) {}\n", "").replace('"io"', '"fmt"\n"io"\n"reflect"') + CHECK
    source.write_text(real)
    command = [go.toolchain.go, "run", "./types"]
    printed = subprocess.run(command, cwd=go.root, capture_output=True, text=True, check=True).stdout.splitlines()
    source.write_text(MAIN)
    closure = compiled(go, "acme/pluginapi", "net/http", mains=("types",))
    found = mains(go, closure, ["acme/types"], ["acme/pluginapi"])["acme/types"]
    order = ["Bytes", "Runes", "Channels", "Function", "Empty", "Asked", "Shape", "Options", "Local", "Instance",
             "Aliased", "Raw", "New"]  # fmt: skip
    types = {symbol.name: symbol.type for symbol in found.symbols}
    assert [types[name] for name in order] == printed
    assert found.symbol("New") == Symbol("New", "func", "func() pluginapi.Plugin", "types/main.go", 32)
    assert types["Generic"] == types["Broken"] == types["Option"] == ""
    assert {"own", "main"} & found.names == {"own"}
    assert found.symbol("APIVersion").form == "const"


def test_a_plugin_is_written_beside_a_package_that_is_not_called_as_its_directory(go) -> None:
    (go.root / "go-other.v2").mkdir()
    (go.root / "go-other.v2" / "other.go").write_text("package other\n")
    closure = compiled(go, "acme/pluginapi", "acme/go-other.v2")
    named = {"other": "acme/go-other.v2", "pluginapi": "acme/pluginapi"}
    source, _ = started(go, closure, {"name": "new", "symbols": {"New": "func() pluginapi.Plugin"}, "imports": named})
    assert "func New() pluginapi.Plugin" in source

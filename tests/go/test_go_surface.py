"""The public surface of a Go API, what main packages declare, and how a change of either reads."""

import subprocess
from pathlib import Path

import pytest
from gocode import compiled, go_module
from hypothesis import given
from hypothesis import strategies as st
from monorepo import edit

from pluginkit.backends.go.building.astools import Symbol, ensure, mains, surfaces
from pluginkit.core.errors import PluginkitError
from pluginkit.surface.compatibility import breaks
from pluginkit.surface.diff import changes, differences

API = """
package pluginapi

import (
	"io"
	"net/url"
	"time"

	"acme/model"
)

const APIVersion = "v3"
const limit = 1

type Status int

const (
	Good Status = iota
	Bad
)

var Default, Other Plugin

type base struct{ created time.Time }

func (*base) Created() time.Time { return time.Time{} }

type unreached struct{}

type Request struct {
	base
	ID    string `json:"id"`
	Body  []byte
	trace *model.Trace
	_     [4]byte
	*url.URL
}

func (r *Request) Reset()         {}
func (r Request) String() string  { return r.ID }
func (r Request) private() string { return r.ID }

type Plugin interface {
	io.Closer
	Handle(req *Request) (*Request, error)
	sealed()
}

type Number interface{ ~int | ~float64 }

type Set[T comparable] struct{ items map[T]struct{} }

func (s *Set[T]) Add(items ...T) bool { return false }

func Sum[T Number](numbers []T) (total T, err error) { return }

type Handler = func(*Request) Status

func Watch(chan<- (<-chan int), any, func(int) func() error) Set[Status] { return Set[Status]{} }
"""

SURFACE = """\
const APIVersion untyped string = "v3"
const Bad Status = 1
const Good Status = 0
func Sum[T Number](numbers []T) (total T, err error)
func Watch(chan<- <-chan int, any, func(int) func() error) Set[Status]
method (*Request) Reset()
method (*Set) Add(items ...T) bool
method (*base) Created() time.Time
method (Request) String() string
type Handler = func(*Request) Status
type Number interface { ~int | ~float64 }
type Plugin interface {}
type Plugin interface, Close() error
type Plugin interface, Handle(req *Request) (*Request, error)
type Plugin interface, sealed()
type Request struct { base; ID; Body; trace; _; URL }
type Request struct, Body []byte
type Request struct, ID string "json:\\"id\\""
type Request struct, _ [4]byte
type Request struct, embedded *net/url.URL
type Request struct, embedded base
type Request struct, trace *acme/model.Trace
type Set struct, items map[T]struct {}
type Set[T comparable] struct { items }
type Status int
type base struct { created }
type base struct, created time.Time
var Default Plugin
var Other Plugin
"""

EDITS = [
    ("Body  []byte", "Body  []byte\n\tTrace string", ["type Request struct: added field Trace string"]),
    ("ID    string `json:\"id\"`\n\tBody  []byte", "Body  []byte\n\tID    string `json:\"id\"`",
     ["package acme/pluginapi: type Request struct { base; ID; Body; trace; _; URL }"
      " -> struct { base; Body; ID; trace; _; URL }"]),
    ("trace *model.Trace", "trace model.Trace",
     ["type Request struct: field trace *acme/model.Trace -> acme/model.Trace"]),
    ('`json:"id"`', "", ['type Request struct: field ID string "json:\\"id\\"" -> string']),
    ("\tbase\n", "", ["type Request struct: removed embedded base", "package acme/pluginapi: removed type base struct"
                      " { created }"]),
    ("Handle(req *Request)", "Handle(ctx any, req *Request)",
     ["interface Plugin: Handle(req *Request) (*Request, error) -> Handle(ctx any, req *Request) (*Request, error)"]),
    ("\tsealed()\n", "", ["interface Plugin: removed sealed()"]),
    ("(r *Request) Reset", "(r Request) Reset", ["type Request: func (*Request) Reset() -> func (Request) Reset()"]),
    ('= "v3"', '= "v4"',
     ['package acme/pluginapi: const APIVersion untyped string = "v3" -> untyped string = "v4"']),
    ("type Status int", "type Status uint8", ["package acme/pluginapi: type Status int -> uint8"]),
    ("~int | ~float64", "~int", ["package acme/pluginapi: type Number interface { ~int | ~float64 }"
                                 " -> interface { ~int }"]),
    ("numbers []T", "numbers ...T",
     ["package acme/pluginapi: func Sum[T Number](numbers []T) (total T, err error)"
      " -> func Sum[T Number](numbers ...T) (total T, err error)"]),
    ("// end", "func init() {}\nfunc helper() {}", []),
]  # fmt: skip


def api_module(root: Path) -> object:
    return go_module(
        root,
        {
            "pluginapi/api.go": API.lstrip() + "\n// end\n",
            "model/model.go": "package model\n\ntype Trace struct{ ID string }\n",
        },
    )


@pytest.fixture(scope="module")
def go(tmp_path_factory: pytest.TempPathFactory):
    return api_module(tmp_path_factory.mktemp("api"))


def read(go) -> tuple[str, ...]:
    return surfaces(go, compiled(go, "acme/pluginapi"), ["acme/pluginapi"])["acme/pluginapi"].lines


def test_surface_lists_what_importers_see_and_what_its_layout_is_made_of(go) -> None:
    found = surfaces(go, compiled(go, "acme/pluginapi"), ["acme/pluginapi"])["acme/pluginapi"]
    assert found.lines == tuple(f"pkg acme/pluginapi, {line}" for line in SURFACE.splitlines())
    assert found.version == "v3"


@pytest.mark.parametrize(("old", "new", "shown"), EDITS, ids=[case[0].strip() for case in EDITS])
def test_an_edit_of_the_api_reads_as_a_line(go, old: str, new: str, shown: list[str]) -> None:
    source = go.root / "pluginapi" / "api.go"
    before, text = read(go), source.read_text()
    edit(source, old, new)
    try:
        assert sorted(map(str, changes(before, read(go)))) == sorted(shown)
    finally:
        source.write_text(text)


def test_an_api_that_is_not_compiled_is_an_error(go) -> None:
    with pytest.raises(PluginkitError, match="acme/other does not compile"):
        surfaces(go, compiled(go, "acme/model"), ["acme/other"])


def test_a_helper_that_does_not_compile_says_why(go, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLUGINKIT_CACHE_DIR", str(tmp_path))
    with pytest.raises(PluginkitError, match="does not compile with go1") as caught:
        ensure(go.toolchain, {**go.extra, "GOTMPDIR": str(tmp_path / "absent")})
    assert caught.value.hint
    assert not list((tmp_path / "astools").iterdir())


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


LINES = st.lists(
    st.builds(
        "pkg {}, {} {}".format,
        st.sampled_from(["a", "a/b", "a.b/c"]),
        st.sampled_from(["type", "method", "func", "const", "var"]),
        st.text('AB (*){}[];,. structinterfaceembedded"\n', max_size=30),
    ),
    max_size=8,
)


@given(LINES, LINES)
def test_any_go_line_can_be_compared(old: list[str], new: list[str]) -> None:
    found = changes(old, new)
    assert set(breaks(old, new)) <= set(differences(old, new))
    assert not changes(old, old)
    assert all(str(change) for change in found)


def test_hostile_go_lines_are_compared_in_linear_time() -> None:
    long = ["pkg a, type A struct, embedded " + "a" * 400_000 + "-", "pkg a, method (" + "*" * 400_000]
    fields = "; ".join(f"F{number}" for number in range(20_000))
    old, new = [f"pkg a, type A struct {{ {fields} }}"], [f"pkg a, type A struct {{ {fields}; G }}"]
    assert len(changes(long, [])) == 2
    assert changes([*old, "pkg a, type A struct, X int"], [*new, "pkg a, type A struct, X bool"])

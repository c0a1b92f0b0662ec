"""The public surface of a Go API, what main packages declare, and how a change of either reads."""

from pathlib import Path

import pytest
from gocode import go_module
from monorepo import edit

from pluginkit.backends.go.building.astools import ensure
from pluginkit.backends.go.building.packages import list_patterns
from pluginkit.backends.go.building.trees import Surface, surfaces
from pluginkit.core.errors import PluginkitError
from pluginkit.surface.go.compare import go_compare

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
	*url.Error
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

type Reader = io.Reader

type Hidden = hidden

type hidden struct{ Level int }

// Legacy is kept for old plugins.
//
// Deprecated: use Request.
type Legacy struct {
	// Deprecated: it is always empty.
	Text string
	Kept bool
}

type Wrapped struct {
	Legacy
	*Set[int]
}

func Watch(chan<- (<-chan int), any, func(int) func() error) Set[Status] { return Set[Status]{} }
"""

SURFACE = """\
const APIVersion untyped string = "v3"
const Bad Status = 1
const Good Status = 0
func Sum[$0 Number]([]$0) ($0, error)
func Watch(chan<- <-chan int, any, func(int) func() error) Set[Status]
method (*Request) Created() time.Time
method (*Request) Reset()
method (*Set) Add(...$0) bool
method (*base) Created() time.Time
method (Request) String() string
method (Request) Temporary() bool
method (Request) Timeout() bool
method (Request) Unwrap() error
method (Wrapped) Add(...int) bool
type Handler = func(*Request) Status
type Hidden = hidden
type Legacy struct { Text; Kept } //deprecated
type Legacy struct, Kept bool
type Legacy struct, Text string //deprecated
type Number interface { ~int | ~float64 }
type Plugin interface {}
type Plugin interface, Close() error
type Plugin interface, Handle(*Request) (*Request, error)
type Plugin interface, sealed()
type Reader = io.Reader
type Request struct { base; ID; Body; trace; _; Error } //incomparable
type Request struct, Body []byte
type Request struct, ID string "json:\\"id\\""
type Request struct, _ [4]byte
type Request struct, embedded *net/url.Error
type Request struct, embedded base
type Request struct, promoted Err error
type Request struct, promoted Op string
type Request struct, promoted URL string
type Request struct, trace *acme/model.Trace
type Set struct, items map[$0]struct {}
type Set[$0 comparable] struct { items } //incomparable
type Status int
type Wrapped struct { Legacy; Set }
type Wrapped struct, embedded *Set[int]
type Wrapped struct, embedded Legacy
type Wrapped struct, promoted Kept bool
type Wrapped struct, promoted Text string //deprecated
type base struct { created }
type base struct, created time.Time
type hidden struct { Level }
type hidden struct, Level int
type io.Reader interface {}
type io.Reader interface, Read([]byte) (int, error)
var Default Plugin
var Other Plugin
"""

EDITS = [
    ("Body  []byte", "Body  []byte\n\tTrace string", ["added: type Request struct: added field Trace string"]),
    (
        'ID    string `json:"id"`\n\tBody  []byte',
        'Body  []byte\n\tID    string `json:"id"`',
        [
            "implementation: package acme/pluginapi: type Request struct { base; ID; Body; trace; _; Error }"
            " -> struct { base; Body; ID; trace; _; Error }"
        ],
    ),
    (
        "trace *model.Trace",
        "trace model.Trace",
        ["implementation: type Request struct: field trace *acme/model.Trace -> acme/model.Trace"],
    ),
    ('`json:"id"`', "", ['implementation: type Request struct: field ID string "json:\\"id\\"" -> string']),
    (
        "\tbase\n",
        "",
        [
            "callers: type Request: removed func (*Request) Created() time.Time",
            "callers: type base: removed func (*base) Created() time.Time",
            "implementation: type Request struct: removed embedded base",
            "implementation: package acme/pluginapi: removed type base struct { created }",
        ],
    ),
    (
        "Handle(req *Request)",
        "Handle(ctx any, req *Request)",
        ["callers: interface Plugin: Handle(*Request) (*Request, error) -> Handle(any, *Request) (*Request, error)"],
    ),
    ("\tsealed()\n", "", ["implementation: interface Plugin: removed sealed()"]),
    (
        "(r *Request) Reset",
        "(r Request) Reset",
        ["added: type Request: func (*Request) Reset() -> func (Request) Reset()"],
    ),
    (
        '= "v3"',
        '= "v4"',
        ['implementation: package acme/pluginapi: const APIVersion untyped string = "v3" -> untyped string = "v4"'],
    ),
    ("type Status int", "type Status uint8", ["callers: package acme/pluginapi: type Status int -> uint8"]),
    (
        "~int | ~float64",
        "~int",
        ["callers: package acme/pluginapi: type Number interface { ~int | ~float64 } -> interface { ~int }"],
    ),
    (
        "numbers []T",
        "numbers ...T",
        [
            "callers: package acme/pluginapi: func Sum[$0 Number]([]$0) ($0, error)"
            " -> func Sum[$0 Number](...$0) ($0, error)"
        ],
    ),
    ("numbers []T", "values []T", []),
    ("Set[T comparable] struct{ items map[T]", "Set[E comparable] struct{ items map[E]", []),
    (
        "hidden struct{ Level int }",
        "hidden struct{ Level string }",
        [
            "callers: type hidden struct: field Level int -> string",
            "callers: type hidden struct: field Level int -> string",
        ],
    ),
    (
        "// Deprecated: it is",
        "// Deprecation: it is",
        [
            "implementation: type Legacy struct: field Text string: no longer deprecated",
            "implementation: type Wrapped struct: promoted Text string: no longer deprecated",
        ],
    ),
    ("// end", "func init() {}\nfunc helper() {}", []),
]


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


def read(go) -> Surface:
    return surfaces(go, list_patterns(go, ["acme/pluginapi"]), ["acme/pluginapi"])["acme/pluginapi"]


def test_surface_lists_what_importers_see_and_what_its_layout_is_made_of(go) -> None:
    found = read(go)
    assert found.lines == tuple(f"pkg acme/pluginapi, {line}" for line in SURFACE.splitlines())
    assert found.version == "v3"


@pytest.mark.parametrize(("old", "new", "shown"), EDITS, ids=[case[0].strip() for case in EDITS])
def test_an_edit_of_the_api_reads_as_a_line(go, old: str, new: str, shown: list[str]) -> None:
    source = go.root / "pluginapi" / "api.go"
    before, text = read(go).lines, source.read_text()
    edit(source, old, new)
    try:
        assert [f"{change.severity}: {change}" for change in go_compare(before, read(go).lines)] == shown
    finally:
        source.write_text(text)


def test_an_api_that_is_missing_is_an_error(go) -> None:
    with pytest.raises(PluginkitError, match="acme/other is not among the packages"):
        surfaces(go, list_patterns(go, ["acme/model"]), ["acme/other"])


def test_a_helper_that_does_not_compile_says_why(go, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLUGINKIT_CACHE_DIR", str(tmp_path))
    with pytest.raises(PluginkitError, match="does not compile with go1") as caught:
        ensure(go.toolchain, {**go.extra, "GOTMPDIR": str(tmp_path / "absent")})
    assert caught.value.hint
    assert not list((tmp_path / "astools").iterdir())

"""What a change of a Go API breaks, by the rules of golang.org/x/exp/apidiff: a table of packages, old and new."""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from gocode import go_module
from hypothesis import given
from hypothesis import strategies as st

from pluginkit.backends.go.building.trees import surfaces_of_directories
from pluginkit.surface.change import SEVERITIES, Change
from pluginkit.surface.go.compare import go_compare, unknown_lines
from pluginkit.surface.go.concern import BREAKING, go_concerning


@dataclass(frozen=True)
class Case:
    """Two packages, and what differs: names that break, and names that are new or allow more."""

    name: str
    both: str
    old: str
    new: str
    breaks: str = ""
    adds: str = ""


CASES = [
    # aliases
    Case("alias-of-another-hidden-type", "type one int; type two bool", "type A = one", "type A = two", "one"),
    Case("alias-becomes-a-type", "", "type B = int", "type B int", "B"),
    Case("type-becomes-an-alias", "", "type C int", "type C = int"),
    Case("alias-of-an-instance", "type G[T comparable] struct{}; type A = G[any]; var V int", "", "var W int",
         adds="W"),
    Case("methods-of-an-alias", "type t int; type R = t", "func (R) M() {}; func (*R) P() {}", "", "R.M R.P"),
    Case("methods-of-a-hidden-alias", "type T int; type t = T", "func (*t) M() {}", "", "T.M"),
    Case("embedded-by-an-alias", "type e struct{}; type C = e", "type S struct{ C; e }", "type S struct{ e }", "S.C"),
    Case("literal-embeds-by-an-alias", "type e struct{}; type C = e", "var V struct{ C }", "var V struct{ C e }", "V"),
    Case("alias-of-a-literal", "", "type T = struct{ X int }", "type T = struct{ X, Y int }", "T"),
    Case("alias-added", "type A int", "", "type AA = A", adds="AA"),
    Case("alias-removed", "type A int", "type AA = A", "", "AA"),
    # types with and without names
    Case("another-type", "", "type B int", "type B string", "B"),
    Case("type-added", "", "", "type B1 bool", adds="B1"),
    Case("type-removed", "", "type Rem int", "", "Rem"),
    Case("hidden-type", "var V int", "type t int", "type t string"),
    Case("exposed-type", "var V u", "type u string", "type u int", "u"),
    Case("exposed-type-renamed", "type u2 int", "type u1 int; var V u1", "var V u2"),
    Case("exposed-types-swapped", "type a int; type b int", "var A a; var B b", "var A b; var B a"),
    Case("one-type-split", "type a int; type b int; type c int", "type (X = a; Y = a)", "type (X = b; Y = c)", "Y"),
    Case("two-types-merged", "type a int; type b int", "type (X = a; Y = b)", "type (X = b; Y = b)"),
    Case("merged-and-lost-a-method", "type a int; type b int; func (b) M() {}", "type (X = a; Y = b)",
         "type (X = a; Y = a)", "b.M"),
    # constants
    Case("constant-of-another-kind", "", "const C = 1", 'const C = "1"', "C"),
    Case("constant-loses-its-type", "", "const C int = 2", "const C = 2", "C"),
    Case("constant-gets-a-type", "", "const C = 3", "const C int = 3", "C"),
    Case("constant-of-a-renamed-type", "type b int", "type a int; const C a = 4", "const C b = 4"),
    Case("variable-becomes-constant", "", "var V int", "const V int = 1", "V"),
    Case("integer-value", "", "const C = 1", "const C = -1", "C"),
    Case("string-value", "", 'const C = "2"', 'const C = "3"', "C"),
    Case("float-value", "", "const C = 3.5", "const C = 3.8", "C"),
    Case("complex-value", "", "const C = complex(0, 4.1)", "const C = complex(4.1, 0)", "C"),
    Case("enumeration-inserted", "type E int", "const (A E = iota; B)", "const (A E = iota; N; B)", "B", "N"),
    # functions
    Case("parameters-renamed", "type A int; type b int", "type a int; func F(x int, y string) (m map[a]A) { return }",
         "type AA = A; func F(c int, d string) map[b]AA { return nil }", adds="AA"),
    Case("result-added", "", "func F(int) {}", "func F(int) bool { return true }", "F"),
    Case("parameter-added", "", "func F(int) {}", "func F(int, int) {}", "F"),
    Case("parameter-of-another-type", "", "func F(int) int { return 0 }", "func F(bool) int { return 0 }", "F"),
    Case("result-of-another-type", "", "func F() int { return 0 }", 'func F() string { return "" }', "F"),
    Case("variadic", "", "func F(int) {}", "func F(...int) {}", "F"),
    Case("variadic-is-no-slice", "", "func F(...int) {}", "func F([]int) {}", "F"),
    Case("narrower-interface", "", "func F(interface{}) {}", "func F(interface{ x() }) {}", "F"),
    Case("any-is-interface", "", "func F(interface{}, []byte, rune) {}", "func F(any, []uint8, int32) {}"),
    Case("function-becomes-variable", "", "func F(bool) {}", "var F func(bool)", adds="F"),
    Case("variable-becomes-function", "", "var F func(bool)", "func F(bool) {}", "F"),
    Case("function-of-a-changed-type", "func F(S) {}", "type S struct{ A int }", "type S struct{ A bool }", "S.A"),
    Case("function-removed", "", "func F() {}", "", "F"),
    Case("body-changed", "var V int", "func F() int { return 1 }", "func F() int { return 2 }"),
    # generics
    Case("type-parameter-renamed", "", "type G[T any] []T", "type G[A any] []A"),
    Case("type-parameters-swapped", "", "type G[A, B comparable] map[A]B", "type G[A, B comparable] map[B]A", "G"),
    Case("receiver-renamed", "type G[V any] struct{}", "func (G[V]) M(*G[V]) {}", "func (G[E]) M(*G[E]) {}"),
    Case("constraint-of-a-type", "", "type G[V any] struct{}", "type G[V comparable] struct{}", "G"),
    Case("constraint-of-a-function", "", "func F[V any](V) {}", "func F[V comparable](V) {}", "F"),
    Case("type-parameter-added", "", "type G[A any] []A", "type G[A, B any] []A", "G"),
    Case("type-parameter-of-a-function-added", "", "func F[A any](A) {}", "func F[A, B any](A) {}", "F"),
    Case("union-narrowed", "", "type N interface{ ~int | ~string }", "type N interface{ ~int }", "N"),
    Case("union-reordered", "", "type N interface{ ~int | ~string }", "type N interface{ ~string | ~int }"),
    Case("tilde-removed", "", "func F[N interface{ ~int }](N) {}", "func F[N interface{ int }](N) {}", "F"),
    Case("another-instance", "type H[T any] []T", "var V H[int]", "var V H[bool]", "V"),
    Case("argument-changed", "type H[T any] []T; var V H[T]", "type T int", "type T bool", "T"),
    Case("hidden-argument-changed", "type H[T any] []T; var V H[t]", "type t int", "type t byte", "t"),
    # methods
    Case("method-removed", "type T int", "func (T) M() {}", "", "T.M"),
    Case("method-of-pointers-removed", "type T int", "func (*T) M() {}", "", "T.M"),
    Case("method-added", "type T int", "", "func (T) M() {}", adds="T.M"),
    Case("method-changed", "type T int", "func (T) M() {}", "func (T) M(int) {}", "T.M"),
    Case("method-changed-by-alias", "type T int; type A = T", "func (*T) M() {}", "func (*A) M(int) {}", "T.M"),
    Case("method-of-values-becomes-of-pointers", "type T int", "func (T) M() {}", "func (*T) M() {}", "T.M"),
    Case("method-of-pointers-becomes-of-values", "type T int", "func (*T) M() {}", "func (T) M() {}", adds="T.M"),
    Case("unexported-methods", "type T int", "func (T) a() {}; func (*T) b() {}",
         "func (T) a(int) {}; func (T) c() {}"),
    Case("embedded-has-another-method", "type S struct{ e }; type e int", "func (e) M() {}", "func (e) M(int) {}",
         "S.M"),
    Case("embedded-loses-a-method", "type S struct{ e }; type e int", "func (e) M() {}; func (e) N() {}",
         "func (e) N() {}", "S.M"),
    Case("embedded-of-pointers-loses-a-method", "type S struct{ e }; type e int", "func (*e) M() {}", "", "S.M"),
    Case("embedded-renamed", "", "type e int; func (e) M() {}; type S struct{ e }",
         "type f int; func (f) M() {}; type S struct{ f }"),
    Case("methods-of-two-embedded", "", "type e int; func (e) M() {}; func (*e) N() {}; type S struct{ e }",
         "type f int; func (f) M() {}; type g int; func (*g) N() {}; type S struct{ f; g }"),
    Case("field-of-an-embedded-type", "type S struct{ E }; type R struct{ E }", "type E struct{ A int }",
         "type E struct{ A bool }", "E.A S.A R.A"),
    Case("own-method-hides-a-promoted-one", "type e int; func (e) M() {}; type S struct{ e }", "",
         "func (S) M(int) {}", "S.M"),
    Case("two-embedded-collide", "type e int; func (e) M() {}; type f int", "type S struct{ e; f }",
         "func (f) M() {}; type S struct{ e; f }", "S.M"),
    # through several types
    Case("deep-within-hidden-types", "var Z w; type w []x; type x []z", "type z int", "type z bool", "z"),
    Case("struct-becomes-interface", "", "type H struct{}; func (H) M() {}", "type H interface{ M() }", "H"),
    Case("order-of-declaration", "type T int", "type U = T", "type U T", "U"),
    Case("order-of-names", "type B int", "type A = B", "type A B", "A"),
    Case("chain-of-aliases", "", "type (A = B; B = C; C int)", "type (A = B; B int; C = A)"),
    Case("benign-split", "type f int; var V g", "type g = f", "type g f"),
    Case("exposed-split", "type h int; var Vj j; var Vh h", "type j = h", "type j h", "Vj"),
    # other packages
    Case("type-of-another-package", 'import ("io"; "text/tabwriter"); var _ io.Writer; var _ tabwriter.Writer',
         "var V io.Writer", "var V tabwriter.Writer", "V"),
    Case("no-type-of-another-package", 'import "io"; func G(io.ReadCloser) {}', "func F(io.ReadCloser) {}",
         "func F(int) {}", "F"),
    Case("alias-of-a-type-elsewhere", 'import "io"', "type I = io.Writer", "type I io.Writer", "I"),
    Case("type-becomes-one-from-elsewhere",
         'import "io"; var _ io.Writer', "type I interface{ Write([]byte) (int, error) }",
         "type I = io.Writer", "I"),
    Case("alias-of-another-type-elsewhere", 'import "io"', "type I = io.Writer", "type I = io.Reader", "I"),
    Case("embeds-from-elsewhere", 'import "sync"; var _ sync.Mutex', "type S struct{ sync.Mutex }",
         "type S struct{ mu sync.Mutex }",
         "S.Lock S.Unlock S.Mutex"),
    Case("embeds-a-pointer-from-elsewhere", 'import "net/url"; var _ url.URL', "type S struct{ *url.URL }",
         "type S struct{}",
         "S.Host S.URL S.String"),
    # structs
    Case("field-changed-below-an-alias", "", "type S struct{ A int; C bool }",
         "type S = s; type s struct{ A int; C chan int }",
         "S.C"),
    Case("field-removed", "", "type S struct{ A int; B string }", "type S struct{ A int }", "S.B"),
    Case("field-added", "", "type S struct{ A int }", "type S struct{ A int; B string }", adds="S.B"),
    Case("fields-reordered", "", "type S struct{ A int; B string }", "type S struct{ B string; A int }"),
    Case("no-longer-comparable", "", "type S struct{ A int }", "type S struct{ A int; x []int }", "S"),
    Case("comparable-now", "", "type S struct{ A int; x []int }", "type S struct{ A int }", adds="S"),
    Case("no-longer-comparable-by-another-package", 'import "net/url"; var _ url.URL', "type S struct{ x *url.URL }",
         "type S struct{ x url.Values }", "S"),
    Case("array-no-longer-comparable", "type e struct{ x E }; type A [2]e", "type E int", "type E []int", "A"),
    Case("unexported-fields", "", "type S struct{ A int; x, y int }", "type S struct{ A int; z string }"),
    Case("tags", "", 'type S struct{ A int "a" }', 'type S struct{ A int "b" }'),
    Case("hidden-embedded-renamed", "", "type e struct{ E string }; type S struct{ A int; e }",
         "type f struct{ E string }; type S struct{ f; A int }"),
    Case("embedded-has-other-fields", "type F int; type S struct{ e }", "type e struct{ E string }",
         "type e struct{ F int }",
         "S.E", "S.F"),
    Case("promoted-field-becomes-own", "type F int", "type e struct{ E int }; type S struct{ e; F F }",
         "type S struct{ E int; F F }", adds="S.E"),
    Case("own-field-becomes-promoted", "type E struct{ A int }", "type S struct{ E E; A int }", "type S struct{ E }",
         "S.A"),
    Case("hidden-by-a-field", "type e struct{ A bool; B int }", "type S struct{ e; A int }",
         "type S struct{ A int; B int }",
         adds="S.B"),
    Case("ambiguous-fields", "type a struct{ E int }; type b struct{ E bool }", "type S struct{ a; b }",
         "type S struct{ a; b; E string }", adds="S.E"),
    Case("field-becomes-ambiguous", "type a struct{ E int }; type b struct{ E bool }; var A a; var B b",
         "type S struct{ a }",
         "type S struct{ a; b }", "S.E"),
    Case("recursive", "type A [1]int", "type S struct{ A; *S }", "type S struct{ A; *S; X int }", adds="S.X"),
    # what types are made of
    Case("array-of-others", "", "type A [2]int", "type A [2]bool", "A"),
    Case("array-length", "", "const C = 3; type A [C]int", "const C = 4; type A [C]int", "A C"),
    Case("slice-of-others", "", "type S []int", "type S []string", "S"),
    Case("pointer-to-another", "", "type P *int", "type P **bool", "P"),
    Case("pointer-to-a-renamed-type", "type b int", "type a int; type P *a", "type P *b"),
    Case("wider-integer", "", "type B int32", "type B int", adds="B"),
    Case("wider-unsigned", "", "type B uint", "type B uint64", adds="B"),
    Case("wider-float", "", "type B float32", "type B float64", adds="B"),
    Case("wider-complex", "", "type B complex64", "type B complex128", adds="B"),
    Case("narrower-integer", "", "type B int32", "type B int16", "B"),
    Case("narrower-unsigned", "", "type B uint", "type B uint32", "B"),
    Case("narrower-float", "", "type B float64", "type B float32", "B"),
    Case("narrower-complex", "", "type B complex128", "type B complex64", "B"),
    Case("signed-to-unsigned", "", "type B int32", "type B uint64", "B"),
    Case("map-of-other-keys", "", "type M map[string]int", "type M map[int]int", "M"),
    Case("map-of-other-values", "", "type M map[string]int", "type M map[string]string", "M"),
    Case("channel-of-others", "", "type C chan int", "type C chan bool", "C"),
    Case("channel-in-another-direction", "", "type C <-chan int", "type C chan<- int", "C"),
    Case("channel-gets-a-direction", "", "type C chan int", "type C <-chan int", "C"),
    Case("channel-loses-its-direction", "", "type C <-chan int", "type C chan int", adds="C"),
    # interfaces
    Case("interface-loses-a-method", "", "type I interface{ M(); N() }", "type I interface{ N() }", "I.M"),
    Case("interface-has-another-method", "", "type I interface{ M() }", "type I interface{ M(int) }", "I.M"),
    Case("interface-gets-a-method", "", "type I interface{ M() }", "type I interface{ M(); N() }", "I.N"),
    Case("interface-gets-an-unexported-method", "", "type I interface{ M() }", "type I interface{ M(); n() }", "I.n"),
    Case("sealed-interface-gets-a-method", "", "type I interface{ M(); n() }", "type I interface{ M(); m(); N() }",
         adds="I.N"),
    Case("sealed-interface-opens", "", "type I interface{ M(); n() }", "type I interface{ M() }"),
    Case("embedded-interface-written-out", 'import "io"; var _ io.Reader', "type I interface{ io.Reader; M() }",
         "type I interface{ M(); Read(p []byte) (n int, err error) }"),
    Case("interface-by-another-name", 'import "io"; var _ io.Writer', "type I io.Writer",
         "type I interface{ Write([]byte) (int, error) }"),
    # predeclared types
    Case("variable-of-a-basic-type", "type T int", "var V T", "var V int", "V"),
    Case("variable-of-a-hidden-type-becomes-basic", "", "type t int; var V t", "var V int"),
    Case("hidden-type-with-a-method-becomes-basic", "type t int; func (t) M() {}", "var V t", "var V int", "t.M"),
    Case("basic-becomes-a-hidden-type", "", "var V int", "type t int; var V t", "V"),
    # variables
    Case("variable-of-another-type", "", "var V string", "var V []string", "V"),
    Case("variable-of-another-channel", "", "var V <-chan int", "var V chan int", "V"),
    Case("variable-asks-less", "", "var V interface{ M() }", "var V interface{}", "V"),
    Case("variable-asks-more", "", "var V interface{ M() }", "var V interface{ N(); M() }", "V"),
    Case("variable-asks-otherwise", "", "var V interface{ M() }", "var V interface{ M(int) }", "V"),
    Case("literal-reordered", "", "var V struct{ A, B int }", "var V struct{ B, A int }", "V"),
    Case("literal-loses-a-field", "", "var V struct{ A, B int }", "var V struct{ A int }", "V"),
    Case("literal-gets-a-field", "", "var V struct{ A int }", "var V struct{ A, B int }", "V"),
    Case("literal-has-another-tag", "", "var V struct{ A int }", 'var V struct{ A int "a" }', "V"),
    Case("literal-embeds-a-renamed-type", "type b int", "type a int; var V struct{ A int; a }",
         "var V struct{ A int; b }"),
    Case("inferred-type", "func f() (a, b int)", "var V, _ = f()", "var V = float64(0)", "V"),
    # whole packages
    Case("no-longer-implements", "type I interface{ M(); m() }; type S int; func (S) M() {}", "func (S) m() {}", "",
         "S"),
    Case("sealed-interface-asks-more", "type S int; func (S) M() {}; func (S) m() {}", "type I interface{ M(); m() }",
         "type I interface{ M(); m(); n() }", "S"),
    Case("sealed-interface-asks-otherwise", "type S int; func (S) M() {}; func (S) m() {}",
         "type I interface{ M(); m() }",
         "type I interface{ M(); n() }", "S"),
    # beside apidiff
    Case("version", "", 'const APIVersion = "v1"', 'const APIVersion = "v2"'),
    Case("deprecated", "", "func F() {}", "\n// F does it.\n//\n// Deprecated: use G.\nfunc F() {}"),
    Case("type-of-a-neighbour", 'import "acme/near"; type S struct{ N *near.N }', "", "", "N.A"),
]  # fmt: skip

NEAR = ("package near\n\ntype N struct{ A int }\n", "package near\n\ntype N struct{ A string }\n")


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, tuple[Change, ...]]:
    """Compare the packages of all cases, which two modules hold."""
    roots = [tmp_path_factory.mktemp(side) for side in ("old", "new")]
    for index, root in enumerate(roots):
        packages = {
            f"c{number}/api.go": f"package c{number}\n\n{case.both}\n{(case.old, case.new)[index]}\n"
            for number, case in enumerate(CASES)
        }
        go = go_module(root, {"go.mod": "module acme\n\ngo 1.24\n", **packages, "near/near.go": NEAR[index]})
    old, new = surfaces_of_directories(go.toolchain, roots, go.target)
    assert not [line for side in (old, new) for one in side.values() for line in unknown_lines(one.lines)]
    found = {}
    for number, case in enumerate(CASES):
        before, after = (side[f"acme/c{number}"].lines for side in (old, new))
        found[case.name] = go_compare(before, after)
        assert before != after or not (case.breaks or case.adds), case.name
    return found


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_change_is_named_where_it_breaks(compared: Mapping[str, tuple[Change, ...]], case: Case) -> None:
    changes = compared[case.name]
    names = {change.name.partition(".")[2]: change.severity for change in changes}
    broken = {name for name, severity in names.items() if severity in BREAKING}
    assert set(case.breaks.split()) <= broken
    assert bool(broken) == bool(case.breaks), changes
    assert {name for name, severity in names.items() if severity == "added"} >= set(case.adds.split())


INTERFACE = ["pkg a, type I interface {}", "pkg a, type I interface, M()"]
ROLES = [
    ({}, [*INTERFACE, "pkg a, type I interface, N()"], "implementers"),
    ({"a.I": "plugins"}, [*INTERFACE, "pkg a, type I interface, N()"], "implementers"),
    ({"a.I": "host"}, [*INTERFACE, "pkg a, type I interface, N()"], "added"),
    ({"a.I": "host"}, [*INTERFACE, "pkg a, type I interface, n()"], "added"),
    ({"a.I": "plugins"}, [INTERFACE[0], "pkg a, type I interface, M(int)"], "implementers"),
    ({"a.I": "host"}, [INTERFACE[0], "pkg a, type I interface, M(int)"], "callers"),
    ({"a.I": "plugins"}, INTERFACE[:1], "callers"),
]


@pytest.mark.parametrize(("roles", "new", "severity"), ROLES)
def test_who_implements_an_interface_decides(roles: Mapping[str, str], new: list[str], severity: str) -> None:
    assert [change.severity for change in go_compare(INTERFACE, new, roles)] == [severity]


def test_a_concrete_type_that_falls_short_of_what_hosts_implement_is_named() -> None:
    old = [*INTERFACE, "pkg a, type T struct {}", "pkg a, method (T) M()"]
    found = go_compare(old, [*old, "pkg a, type I interface, N()"], {"a.I": "host"})
    assert [(one.name, one.severity) for one in found] == [("a.T", "callers"), ("a.I.N", "added")]


MARKS = [
    (["pkg a, func F()"], ["pkg a, func F() //deprecated"], [("implementation", "package a: func F(): deprecated")]),
    (["pkg a, func F() //deprecated"], [], [("callers", "package a: removed func F()")]),
    (["pkg a, type S struct { x }"], ["pkg a, type S struct { x } //incomparable"],
     [("callers", "package a: type S struct { x } -> struct { x }")]),
    (["pkg a, const C untyped string = \"x //deprecated\""], ["pkg a, const C untyped string = \"x\""],
     [("callers", 'package a: const C untyped string = "x //deprecated" -> untyped string = "x"')]),
    (["pkg a, type A = u.T"], ["pkg a, type A = u.T", "pkg a, unknown type A = u.T"],
     [("unknown", "package a: added unknown A = u.T")]),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "shown"), MARKS)
def test_marks_are_read(old: list[str], new: list[str], shown: list[tuple[str, str]]) -> None:
    assert [(change.severity, str(change)) for change in go_compare(old, new)] == shown


def test_a_removal_says_whether_it_was_announced() -> None:
    assert [one.reason for one in go_compare(["pkg a, func F() //deprecated"], [])] == ["removed; it was deprecated"]
    assert [one.reason for one in go_compare(["pkg a, func F()"], [])] == ["removed; it was never deprecated"]


OLDER = """\
pkg a, func Sum[T Number](numbers []T) (total T, err error)
pkg a, method (*Set) Add(items ...T) bool
pkg a, type Number interface { ~int }
pkg a, type Plugin interface {}
pkg a, type Plugin interface, Handle(req *Set[int], more ...any) (n int, err error)
pkg a, type Set[T comparable] struct { items }
pkg a, type Set struct, items map[T]struct {}
pkg a, type Set struct, F func(name string, _ chan int) (ok bool)
"""
NEWER = """\
pkg b, func Sum[$0 Number]([]$0) ($0, error)
pkg b, method (*Set) Add(...$0) bool
pkg b, type Number interface { ~int }
pkg b, type Plugin interface {}
pkg b, type Plugin interface, Handle(*Set[int], ...any) (int, error)
pkg b, type Set[$0 comparable] struct { items }
pkg b, type Set struct, items map[$0]struct {}
pkg b, type Set struct, F func(string, chan int) bool
"""


def test_surfaces_of_older_versions_and_other_import_paths_are_compared() -> None:
    assert go_compare(OLDER.splitlines(), NEWER.splitlines()) == ()


TEXT = st.text('AB $0(*){}[];,.| ~=structinterfacefuncchanmapembedded"<-\n', max_size=30)
SURFACES = st.lists(
    st.builds(
        "pkg {}, {} {}".format,
        st.sampled_from(["a", "a/b", "a.b/c"]),
        st.sampled_from(["type", "method", "func", "const", "var", "unknown", "type T struct,", "type T interface,"]),
        TEXT,
    ),
    max_size=8,
)


@given(SURFACES, SURFACES)
def test_any_lines_can_be_compared(old: list[str], new: list[str]) -> None:
    found = go_compare(old, new)
    assert not go_compare(old, old)
    assert all(str(change) and change.severity in SEVERITIES for change in found)
    everything = {one.change for one in go_concerning(found, None)}
    assert {one.change for one in go_concerning(found, ["dynamic x"])} == everything


def test_hostile_lines_are_compared_in_linear_time() -> None:
    deep = ["pkg a, var V " + "[]" * 200_000 + "int", "pkg a, type A struct, embedded " + "a" * 400_000 + "-"]
    braces = [
        "pkg a, method (" + "*" * 400_000,
        "pkg a, func F" + "(" * 100_000,
        "pkg a, func G[" + "T any, " * 100_000,
    ]
    fields = "; ".join(f"F{number}" for number in range(20_000))
    old, new = [f"pkg a, type A struct {{ {fields} }}"], [f"pkg a, type A struct {{ {fields}; G }}"]
    assert go_compare([*deep, *braces], [])
    assert go_compare([*old, "pkg a, type A struct, X int"], [*new, "pkg a, type A struct, X bool"])

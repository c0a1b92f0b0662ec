"""What a change of a Go API breaks, by the rules of golang.org/x/exp/apidiff: a table of packages, old and new."""

from collections.abc import Mapping

import pytest
from gochanges import CASES, Case
from gocode import go_module
from hypothesis import given
from hypothesis import strategies as st

from pluginkit.backends.go.building.trees import surfaces_of_directories
from pluginkit.surface.change import SEVERITIES, Change
from pluginkit.surface.go.compare import go_compare, unknown_lines
from pluginkit.surface.go.concern import BREAKING, go_concerning

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
    (["pkg a, func F()"], ["pkg a, func F() //deprecated"], [("added", "package a: func F(): deprecated")]),
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
    assert [one.reason for one in go_compare(["pkg a, func F() //deprecated"], [])] == ["it is gone, as was announced"]
    assert [one.reason for one in go_compare(["pkg a, func F()"], [])] == ["it is gone"]


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

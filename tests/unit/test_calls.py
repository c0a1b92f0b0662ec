"""Whether calls that fit one signature fit another."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pluginkit.surface.calls import Shape, binds, demands, least, misfit, parse_shape, refuses
from pluginkit.surface.signature import Parameter, declaration, parameters


def taken(text: str) -> tuple[Parameter, ...]:
    return parameters(declaration(f"def a.f({text})"))


@pytest.mark.parametrize(
    ("shape", "signature", "expected"),
    [
        ("1", "x", {"x": "0"}),
        ("0", "x", None),
        ("2", "x", None),
        ("2", "x, *args", {"x": "0"}),
        ("0,x", "x", {"x": "x"}),
        ("1,x", "x", None),
        ("0,x", "x, /", None),
        ("0,y", "x = 1", None),
        ("0,y", "x = 1, **more", {}),
        ("1", "x, *, y", None),
        ("1,y", "x, *, y", {"x": "0", "y": "y"}),
        ("0,*", "x, y", {}),
        ("0,**", "x, y", {}),
        ("0,**", "x, /", None),
        ("0,*", "*, x", None),
        ("0", "x = 1, *, y = 2", {}),
    ],
)
def test_a_call_binds_parameters(shape: str, signature: str, expected: dict[str, str] | None) -> None:
    assert binds(parse_shape(shape), taken(signature)) == expected


@pytest.mark.parametrize(
    ("shape", "old", "new", "reason"),
    [
        ("1", "x", "x, y = 1", ""),
        ("1", "x", "x, y", "'y' is required"),
        ("1", "x", "y", ""),
        ("0,x", "x", "y", "'x' can no longer be passed by keyword"),
        ("2", "x, y", "y, x", "argument 1 is no longer 'x'"),
        ("0,x,y", "x, y", "y, x", ""),
        ("2", "x, y", "x, *, y", "'y' is keyword-only"),
        ("1,y", "x, y", "x, *, y", ""),
        ("3", "x", "x, y", ""),  # a call of something else
    ],
)
def test_a_call_does_not_fit_any_more(shape: str, old: str, new: str, reason: str) -> None:
    assert misfit(parse_shape(shape), taken(old), taken(new)) == reason


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("x", "x", []),
        ("x", "x, y = 1", []),
        ("x", "x, y", ["'y' is required"]),
        ("x", "x, *, y", ["'y' is required"]),
        ("x = 1", "x", ["'x' is required"]),
        ("x, y", "x", ["'y' was removed"]),
        ("x", "*args", ["'x' can no longer be passed by keyword"]),
        ("x", "*args, **more", []),
        ("x, y", "y, x", ["'y' takes the place of 'x'", "'x' takes the place of 'y'"]),
        ("x, y", "x, *, y", ["'y' is keyword-only"]),
        ("x", "x, /", ["'x' can no longer be passed by keyword"]),
        ("x, /", "y", []),
        ("*args", "", ["*args was removed"]),
        ("**more", "", ["**more was removed"]),
        ("*args", "x = 1, *args", ["'x' takes an argument that went to *args"]),
        ("*, x = 1", "*, x", ["'x' is required"]),
    ],
)
def test_a_signature_demands_more(old: str, new: str, expected: list[str]) -> None:
    assert list(demands(taken(old), taken(new))) == expected


@pytest.mark.parametrize(
    ("own", "old", "new", "reason"),
    [
        ("x", "x", "x", ""),
        ("request", "x", "x", ""),
        ("x", "x", "x, y", "it does not take 'y'"),
        ("x, y = 1", "x", "x, y", ""),
        ("x, *args", "x", "x, y, /", ""),
        ("x, **more", "x", "x, *, y", ""),
        ("x, *args, **more", "x", "x, y, *, z", ""),
        ("x", "x", "x = 1", "it requires 'x', which may be left out now"),
        ("x = 2", "x", "x = 1", ""),
        ("x, y", "x, y", "x", "it requires 'y', which is no longer given"),
        ("x, y = 1", "x, y", "x", ""),
        ("x", "x", "x, *args", "it does not take *args"),
        ("x", "x", "x, **more", "it does not take **more"),
        ("request, /", "x, /", "x", "it does not take 'x'"),
    ],
)
def test_an_implementation_refuses_a_call(own: str, old: str, new: str, reason: str) -> None:
    assert refuses(taken(own), taken(old), taken(new)) == reason


@pytest.mark.parametrize(("signature", "shape"), [("x, y = 1, *args", "1"), ("*, b, a, c = 1", "0,a,b"), ("", "0")])
def test_the_least_call_gives_what_is_required(signature: str, shape: str) -> None:
    assert str(least(taken(signature))) == shape


NAMES = st.from_regex(r"[a-z]{1,3}", fullmatch=True)


@given(
    positional=st.integers(0, 20),
    keywords=st.sets(NAMES),
    star=st.booleans(),
    mapping=st.booleans(),
    literals=st.dictionaries(NAMES, st.sampled_from(["int", "str", "None"])),
)
def test_shapes_survive_being_written(
    positional: int, keywords: set[str], star: bool, mapping: bool, literals: dict[str, str]
) -> None:
    shape = Shape(positional, tuple(sorted(keywords)), star, mapping, tuple(sorted(literals.items())))
    assert parse_shape(str(shape)) == shape


@given(st.text())
@example("²")
@example("٣")
def test_any_text_is_read_as_a_shape(text: str) -> None:
    assert isinstance(parse_shape(text), Shape)


SIGNATURES = st.lists(
    st.sampled_from(["x", "y", "z"]), unique=True, max_size=3
).flatmap(lambda names: st.tuples(*(st.sampled_from([name, f"{name} = 1"]) for name in names)).map(
    lambda parts: ", ".join(sorted(parts, key=lambda part: "=" in part))
))  # fmt: skip


@given(SIGNATURES, SIGNATURES, st.integers(0, 3), st.sets(st.sampled_from(["x", "y", "z"])))
def test_a_call_breaks_only_where_a_signature_demands_more(old: str, new: str, count: int, words: set[str]) -> None:
    shape = Shape(count, tuple(sorted(words)))
    if misfit(shape, taken(old), taken(new)):
        assert list(demands(taken(old), taken(new)))

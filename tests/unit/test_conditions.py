"""Conditions around declarations: decided, kept, and evaluated."""

import ast
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pluginkit.surface.python.conditions import decide, evaluate, holds


def parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("True", True),
        ("0", False),
        ("TYPE_CHECKING", False),
        ("typing.TYPE_CHECKING", False),
        ("not TYPE_CHECKING", True),
        ("sys.version_info >= (3, 8)", True),
        ("sys.version_info < (3, 8)", False),
        ("sys.version_info >= (3, 12)", None),
        ("sys.version_info[0] == 2", False),
        ("sys.version_info[0] >= 3", True),
        ("version_info >= (3,)", True),
        ("sys.platform == 'win32'", None),
        ("sys.platform.startswith('linux')", None),
        ("HAS_EXTRA", None),
        ("HAS_EXTRA or True", True),
        ("HAS_EXTRA and False", False),
        ("HAS_EXTRA and True", None),
        ("1 < x < 3", None),
        ("sys.version_info >= 'abc'", None),
    ],
)
def test_a_condition_is_decided_where_every_python_agrees(condition: str, expected: bool | None) -> None:
    assert decide(parsed(condition)) is expected


@pytest.mark.parametrize(
    ("condition", "version", "platform", "expected"),
    [
        ("sys.version_info >= (3, 12)", (3, 12), None, True),
        ("sys.version_info >= (3, 12)", (3, 11), None, False),
        ("sys.version_info >= (3, 11, 4)", (3, 11), None, True),
        ("sys.version_info < (3, 12, 4)", (3, 12), None, False),
        ("sys.platform == 'win32'", (3, 11), "win32", True),
        ("sys.platform != 'win32'", (3, 11), "linux", True),
        ("sys.platform < 'win32'", (3, 11), "linux", None),
        ("sys.platform.startswith('win')", (3, 11), "win32", True),
        ("sys.platform.startswith('win')", (3, 11), "linux", False),
        ("sys.platform == 'win32' or sys.version_info >= (3, 9)", (3, 11), "linux", True),
        ("os.name == 'nt'", (3, 11), "linux", None),
    ],
)
def test_a_condition_has_a_value_somewhere(
    condition: str, version: tuple[int, ...], platform: str | None, expected: bool | None
) -> None:
    assert evaluate(parsed(condition), version, platform) is expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (f"sys.platform == {sys.platform!r}", True),
        ("sys.platform == 'nowhere'", False),
        ("os.environ.get('X')", True),  # cannot be evaluated
        ("not valid python", True),
        ("(" * 5000, True),
    ],
)
def test_a_kept_condition_holds_unless_it_is_known_not_to(condition: str, expected: bool) -> None:
    assert holds(condition) is expected


@given(st.text())
def test_any_text_is_a_condition(text: str) -> None:
    assert holds(text) in (True, False)

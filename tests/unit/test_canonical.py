"""Canonical JSON against a second reading of RFC 8785, made from its text and no JSON library."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pluginkit.core.canonical import MAX_INTEGER, canonical_json

SHORT = {8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 0x22: '\\"', 0x5C: "\\\\"}
"""Section 3.2.2.2: the escapes that have two characters."""


def by_the_rfc(value: Any) -> str:
    """Return what sections 3.2.1 to 3.2.3 say of a value."""
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, int):
        return digits(value)
    if isinstance(value, str):
        return '"' + "".join(map(escaped, value)) + '"'
    if isinstance(value, dict):
        names = sorted(value, key=code_units)
        return "{" + ",".join(f"{by_the_rfc(name)}:{by_the_rfc(value[name])}" for name in names) + "}"
    return "[" + ",".join(map(by_the_rfc, value)) + "]"


def escaped(character: str) -> str:
    number = ord(character)
    if number in SHORT:
        return SHORT[number]
    return "\\u00" + "0123456789abcdef"[number >> 4] + "0123456789abcdef"[number & 15] if number < 32 else character


def code_units(name: str) -> list[int]:
    """Return the UTF-16 code units, by the arithmetic of RFC 2781."""
    units = []
    for number in map(ord, name):
        if number < 0x10000:
            units.append(number)
        else:
            units += [0xD800 + (number - 0x10000 >> 10), 0xDC00 + (number - 0x10000 & 0x3FF)]
    return units


def digits(number: int) -> str:
    if number < 0:
        return "-" + digits(-number)
    return (digits(number // 10) if number > 9 else "") + "0123456789"[number % 10]


TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    st.text('\0\x1f "\\/\x7f\x80é\u2028\ud7ff\ue000\ufb33\uffff\U00010000\U0010ffffab1\b\f\n\r\t', max_size=4),
)
INTEGERS = st.one_of(st.integers(-MAX_INTEGER, MAX_INTEGER), st.integers(-20, 20))
VALUES = st.recursive(
    st.one_of(TEXTS, INTEGERS, st.booleans()),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=5)),
    max_leaves=20,
)


@given(VALUES)
def test_any_value_is_spelled_as_the_rfc_says(value: Any) -> None:
    assert canonical_json(value).decode() == by_the_rfc(value)


@given(VALUES)
def test_the_spelling_reads_back_as_the_value_and_is_its_own_spelling(value: Any) -> None:
    spelled = canonical_json(value)
    assert json.loads(spelled) == value
    assert canonical_json(json.loads(spelled)) == spelled


SPELLINGS = [
    (
        # The example of section 3.2.3, in the order that it gives.
        {"\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
         "\U0001f600": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis"},
        '{"\\r":"Carriage Return","1":"One","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis",'
        '"\u20ac":"Euro Sign","\U0001f600":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
    ),
    # The string and the literals of the example of section 3.2.2.
    ("\u20ac$\u000f\nA'\u0042\u0022\u005c\\\"/", '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'),
    ([True, False], "[true,false]"),
    ({}, "{}"),
    ([], "[]"),
    ((1, ("a",)), '[1,["a"]]'),
    ({"b": 1, "a": {"d": 2, "c": 3}}, '{"a":{"c":3,"d":2},"b":1}'),
    ({"a": 1, "A": 2, "aa": 3, "": 4}, '{"":4,"A":2,"a":1,"aa":3}'),
    ([{"\uffff": 1, "\U00010000": {"\ue000": 2, "\U0010ffff": 3}}],
     '[{"\U00010000":{"\U0010ffff":3,"\ue000":2},"\uffff":1}]'),
    (MAX_INTEGER, "9007199254740991"),
    (-MAX_INTEGER, "-9007199254740991"),
    ("\x7f\u2028\u2029", '"\x7f\u2028\u2029"'),
]  # fmt: skip


@pytest.mark.parametrize(("value", "expected"), SPELLINGS)
def test_known_spellings(value: Any, expected: str) -> None:
    assert canonical_json(value) == expected.encode()


class Text(str):
    """As a subclass of str is: text."""


def test_a_subclass_of_str_is_text() -> None:
    assert canonical_json({Text("é"): Text("x"), "a": True}) == '{"a":true,"é":"x"}'.encode()


REFUSED = [
    (None, TypeError),
    (1.0, TypeError),
    (float("nan"), TypeError),
    (b"x", TypeError),
    ({1, 2}, TypeError),
    ({1: "x"}, TypeError),
    ({None: "x"}, TypeError),
    ({True: "x"}, TypeError),
    ([{"a": [None]}], TypeError),
    ({"é": [1.5]}, TypeError),
    (MAX_INTEGER + 1, ValueError),
    ([-MAX_INTEGER - 1], ValueError),
    ("\ud800", ValueError),
    ({"\udc00": 1}, ValueError),
    ({"a": "\ude00\ud83d"}, ValueError),
]


@pytest.mark.parametrize(("value", "error"), REFUSED, ids=map(repr, (row[0] for row in REFUSED)))
def test_what_has_no_canonical_form_is_refused(value: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        canonical_json(value)

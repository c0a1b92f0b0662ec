"""The one rule for names that people type, and how names of distributions are compared."""

import keyword
import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from pluginkit.backends.python.members import check_plugin_name, template_answers
from pluginkit.core.errors import PluginkitError
from pluginkit.core.names import (
    check_name,
    is_of_extra,
    nearest,
    normalize,
    requirement_extras,
    requirement_name,
)

GOOD = ["a", "filter", "json-lines", "json_lines", "a1", "x2y-3", "p0", "a" * 63, "con-x", "com-1", "classes", "json2"]
NOT_USABLE = [
    ("an option", "--help"),
    ("empty", ""),
    ("the parent", ".."),
    ("the directory itself", "."),
    ("a path", "a/b"),
    ("a Windows path", "a\\b"),
    ("a drive", "c:x"),
    ("300 characters", "a" * 300),
    ("64 characters", "a" * 64),
    ("right-to-left override", "a\u202eb"),
    ("a zero-width joiner", "a\u200db"),
    ("a template", "{{7*7}}"),
    ("a statement", "{% raw %}"),
    ("a quote, a newline and code", '"\nimport os'),
    ("a newline at the end", "filter\n"),
    ("NUL", "a\0"),
    ("a blank", "a b"),
    ("a tab", "a\t"),
    ("upper case", "Filter"),
    ("a device in upper case", "CON"),
    ("a homoglyph", "\u0430bc"),
    ("full-width", "\uff41"),
    ("digits of another script", "a\u0663"),
    ("a digit first", "1a"),
    ("a dash first", "-a"),
    ("an underscore first", "_a"),
    ("a dash last", "a-"),
    ("two dashes", "a--b"),
    ("a dot", "a.b"),
    ("a variable", "$HOME"),
    ("a command", "`id`"),
    ("a lone surrogate", "a\udc80"),
]
RESERVED = ["con", "nul", "com1", "lpt9", "test", "host", "pluginkit"]
RESERVED_BY_PYTHON = [
    ("class", "a keyword"),
    ("async", "a keyword"),
    ("json", "a module of that name"),
    ("sys", "a module of that name"),
    ("tomllib", "a module of that name"),
]


@pytest.mark.parametrize("name", GOOD)
def test_a_good_name_is_returned(name: str) -> None:
    assert check_name(name, "plugin name") == name


@pytest.mark.parametrize("name", [row[1] for row in NOT_USABLE], ids=[row[0] for row in NOT_USABLE])
def test_a_hostile_name_is_refused_in_one_line(name: str) -> None:
    with pytest.raises(PluginkitError, match="is not usable") as raised:
        check_name(name, "plugin name")
    assert raised.value.message == f"plugin name {name!r} is not usable"
    assert raised.value.message.isprintable()
    assert raised.value.hint


@pytest.mark.parametrize("name", RESERVED)
def test_a_reserved_name_is_refused(name: str) -> None:
    with pytest.raises(PluginkitError, match="is reserved: "):
        check_name(name, "plugin name")


@pytest.mark.parametrize(("name", "reason"), RESERVED_BY_PYTHON)
def test_what_python_reserves_is_refused_with_the_reason(name: str, reason: str) -> None:
    for check in (check_plugin_name, lambda name: template_answers(name, "")):
        with pytest.raises(PluginkitError, match=f"name '{name}' is reserved: .*{reason}"):
            check(name)


@given(st.one_of(st.text(max_size=70), st.text("ab1-_", max_size=70)))
def test_what_is_accepted_names_a_directory_a_distribution_and_a_module(name: str) -> None:
    try:
        check_name(name, "name")
        check_plugin_name(name)
    except PluginkitError:
        return
    assert re.fullmatch(r"[a-z][a-z0-9_-]{0,62}", name)
    module = name.replace("-", "_")
    assert module.isidentifier()
    assert not keyword.iskeyword(module)
    assert module not in sys.stdlib_module_names
    assert Requirement(name).name == name
    assert canonicalize_name(name, validate=True) == name.replace("_", "-")


@given(st.from_regex(r"[a-z]([a-z0-9]|[_-][a-z0-9]){0,30}", fullmatch=True))
def test_what_follows_the_rule_is_accepted_unless_it_is_reserved(name: str) -> None:
    try:
        assert check_name(name, "name") == name
    except PluginkitError as error:
        assert "is reserved" in error.message  # noqa: PT017 - most are accepted


@given(st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,20}[A-Za-z0-9])?", fullmatch=True))
def test_the_normal_form_is_that_of_packaging(name: str) -> None:
    assert normalize(name) == canonicalize_name(name)


REQUIREMENTS = [
    "acme",
    "Acme_Filter.x>=1",
    " acme ~= 1.0 ; python_version < '3.12'",
    "acme[One, two_three]>=1",
    "acme [one] @ https://example.com/a.whl",
    "acme; extra == 'dev'",
    "acme[a]; extra == 'dev' and os_name == 'nt'",
    "acme-extra>=1",
]


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_name_and_extras_of_a_requirement_are_those_that_packaging_reads(requirement: str) -> None:
    known = Requirement(requirement)
    assert requirement_name(requirement) == canonicalize_name(known.name)
    assert sorted(requirement_extras(requirement)) == sorted(map(canonicalize_name, known.extras))
    wanted_without = known.marker is None or known.marker.evaluate({"extra": "", "python_version": "3.11"})
    assert is_of_extra(requirement) == (not wanted_without)


@pytest.mark.parametrize("text", ["", " ", ">=1", "[a]", "@ x", "-e .", "\n", "é"])
def test_what_is_no_requirement_has_no_name(text: str) -> None:
    assert (requirement_name(text), requirement_extras(text)) == ("", ())


@pytest.mark.parametrize(
    ("word", "known", "expected"),
    [
        ("hosst", ["hosts", "plugins"], " (did you mean 'hosts'?)"),
        ("x", ["hosts", "plugins"], ""),
        ("hosts", [], ""),
        ("", ["hosts"], ""),
    ],
)
def test_the_nearest_word_is_offered_where_one_is_near(word: str, known: list[str], expected: str) -> None:
    assert nearest(word, known) == expected

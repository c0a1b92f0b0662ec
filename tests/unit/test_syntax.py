"""Which modules of a wheel are told not to parse."""

import pytest

from pluginkit.backends.python.wheel.syntax import syntax_errors

BROKEN = b"x = 1\ndef (\n"


@pytest.mark.parametrize(
    ("path", "beside", "told"),
    [
        ("acme/__init__.py", (), True),
        ("acme.py", (), True),
        ("acme/lab/deep.py", ("acme/__init__.py", "acme/lab/__init__.py"), True),
        ("space/acme/util.py", ("space/acme/__init__.py",), True),
        ("space/util.py", (), True),
        ("acme/templates/project.py", ("acme/__init__.py",), False),
        ("acme/templates/{{ name }}.py", ("acme/__init__.py", "acme/templates/__init__.py"), False),
        ("acme/py2-only/x.py", ("acme/__init__.py",), False),
        ("acme/data.txt", ("acme/__init__.py",), False),
    ],
)
def test_only_what_can_be_imported_must_parse(path: str, beside: tuple[str, ...], told: bool) -> None:
    found = list(syntax_errors({**dict.fromkeys(beside, b""), path: BROKEN}, ""))
    assert found == ([(path, "2:5: invalid syntax")] if told else [])


@pytest.mark.parametrize(
    ("source", "error"),
    [
        (b"def f():\n  x\n y", "3:3: unindent does not match any outer indentation level"),
        (b"await x", "1:1: 'await' outside function"),
        (b"# coding: nonsense", "1:1: unknown encoding: nonsense"),
        (b"'\\d'", ""),
    ],
)
def test_the_message_is_the_compilers(source: bytes, error: str) -> None:
    assert [text for _, text in syntax_errors({"m.py": source}, "")] == [error] * bool(error)


def test_the_grammar_of_another_python_decides_nothing() -> None:
    assert not list(syntax_errors({"m.py": BROKEN}, ">=99"))

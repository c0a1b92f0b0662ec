"""TOML is read strictly: each surprise is an error that names the file, in time linear in its length."""

import os
import re
import tomllib
from contextlib import suppress
from pathlib import Path

import pytest
from cost import assert_linear
from hypothesis import given
from hypothesis import strategies as st

from pluginkit.core.errors import PluginkitError
from pluginkit.core.toml import MAX_PARTS, MAX_SIZE, Table, parse_toml, read_toml

DOTTED = b".".join([b"a"] * (MAX_PARTS + 1))
HOSTILE = [
    ("a byte order mark", b"\xef\xbb\xbfa = 1", "byte order mark"),
    ("UTF-16 with its mark", "a = 1".encode("utf-16"), "not valid TOML"),
    ("UTF-16 without a mark", "a = 1".encode("utf-16-le"), "not valid TOML"),
    ("Latin-1", 'a = "é"'.encode("latin-1"), "not valid TOML"),
    ("NUL in a key", b"a\0 = 1", "not valid TOML"),
    ("NUL in a string", b'a = "\0"', "not valid TOML"),
    ("NUL in a comment", b"# \0", "not valid TOML"),
    ("arrays 100,000 deep", b"a=" + b"[" * 100_000, "more keys, tables and values than are read"),
    ("arrays 10,000 deep", b"a=" + b"[" * 10_000, "nested too deeply"),
    ("inline tables 100,000 deep", b"a=" + b"{a=" * 100_000, "more keys, tables and values than are read"),
    ("inline tables 10,000 deep", b"a=" + b"{a=" * 10_000, "nested too deeply"),
    ("a dotted key of 20,000 parts", b".".join([b"a"] * 20_000) + b" = 1", "more than 16 parts"),
    ("a dotted key with blanks", b" \t.\t ".join([b"a"] * 20_000) + b" = 1", "more than 16 parts"),
    ("a dotted key of quoted parts", b'."a"'.join([b"a"] * 10_000) + b" = 1", "more than 16 parts"),
    ("a dotted key of literal parts", b".''".join([b"a"] * 10_000) + b" = 1", "more than 16 parts"),
    ("a dotted table name", b"[" + DOTTED + b"]", "more than 16 parts"),
    ("a dotted key in an inline table", b"a = { " + DOTTED + b" = 1 }", "more than 16 parts"),
    ("a dotted key after a string", b'a = ["""x"y""", { ' + DOTTED + b" = 1 }]", "more than 16 parts"),
    ("a dotted key after a literal", b"a = ['''x'y''', { " + DOTTED + b" = 1 }]", "more than 16 parts"),
    ("a dotted key after a quote", b'a = ["x\\"", { ' + DOTTED + b" = 1 }]", "more than 16 parts"),
    ("an integer of 5,000 digits", b"a = " + b"9" * 5000, "not valid TOML"),
    ("an integer of 100,000 digits", b"a = 0x" + b"f" * 100_000, "more than 10000 characters"),
    ("a million apostrophes", b"a = " + b"'" * 1_000_001, "more keys, tables and values than are read"),
    ("a key twice", b"a = 1\na = 2", "not valid TOML"),
    ("a table twice", b"[a]\n[a]", "not valid TOML"),
    ("merge markers", b"<<<<<<< HEAD\na = 1\n=======\na = 2\n>>>>>>> other\n", "merge conflict markers"),
    ("half a merge", b"a = 2\n>>>>>>> other\n", "merge conflict markers"),
]


@pytest.mark.parametrize(("data", "expected"), [row[1:] for row in HOSTILE], ids=[row[0] for row in HOSTILE])
def test_hostile_bytes_are_an_error_that_names_the_file(tmp_path: Path, data: bytes, expected: str) -> None:
    (tmp_path / "pluginkit.toml").write_bytes(data)
    with pytest.raises(PluginkitError, match=expected) as raised:
        read_toml(tmp_path / "pluginkit.toml")
    assert raised.value.message.startswith(f"{tmp_path / 'pluginkit.toml'}: ")
    assert len(raised.value.message) < 1000


MANY = "1.2.3.4." * MAX_PARTS
HARMLESS = [
    ("a comment of dots", f"# {MANY}\na = 1", 1),
    ("a comment with a quote", f"# don't \"{MANY}\na = 1", 1),
    ("a string of dots", f'a = "{MANY}"', MANY),
    ("a string with quotes in it", f'a = "\\"{MANY}"', f'"{MANY}'),
    ("a literal of dots", f"a = '{MANY}'", MANY),
    ("a long string of dots", f'a = """it\'s "{MANY}""""', f'it\'s "{MANY}"'),
    ("a long literal of dots", f"a = '''\"it's {MANY}'''", f"\"it's {MANY}"),
    ("a line of versions", "a = [" + '"1.2.3", ' * MAX_PARTS + "]", ["1.2.3"] * MAX_PARTS),
    ("a line of fractions", "a = [" + "1.5, " * 2 * MAX_PARTS + "]", [1.5] * 2 * MAX_PARTS),
    ("a quoted key of dots", f'[a]\n"{MANY}" = 1', {MANY: 1}),
]


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in HARMLESS], ids=[row[0] for row in HARMLESS])
def test_what_only_looks_like_a_long_key_is_read(text: str, expected: object) -> None:
    assert parse_toml(text.encode(), "x").values["a"] == expected


def test_a_key_may_have_16_parts() -> None:
    values = parse_toml(b".".join([b"a"] * MAX_PARTS) + b" = 1", "x").values
    for _ in range(MAX_PARTS - 1):
        values = values["a"]
    assert values == {"a": 1}


LONG = [
    ("a comment", lambda size: b"# " + b"a" * size),
    ("a comment of dots", lambda size: b"# " + b"a." * (size // 2)),
    ("a string", lambda size: b'a = "' + b"a" * size + b'"'),
    ("a string of dots", lambda size: b'a = "' + b"." * size + b'"'),
    ("a string without an end", lambda size: b'a = "' + b'.\\"' * (size // 3)),
    ("a long string without an end", lambda size: b'a = """' + b'.""' * (size // 3)),
    ("quotes", lambda size: b"." * MAX_PARTS + b'"' * size),
    ("blanks", lambda size: b" " * size + b"." * MAX_PARTS),
    ("keys of 15 long parts", lambda size: b".".join([b"a" * (size // 100)] * 15) + b" = 1"),
]


@pytest.mark.parametrize("make", [row[1] for row in LONG], ids=[row[0] for row in LONG])
def test_a_long_file_is_read_in_linear_time(make) -> None:
    def work(size: int):
        data = make(size)

        def parse() -> None:
            with suppress(PluginkitError):
                parse_toml(data, "x")

        return parse

    assert_linear(work, 1 << 20)


def test_what_is_no_regular_file_of_a_sensible_size_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    (tmp_path / "directory").mkdir()
    for name in ("fifo", "loop", "dangling", "directory", "absent", "nul\0"):
        with pytest.raises(PluginkitError, match=r"no such file|symbolic links"):
            read_toml(tmp_path / name)
    with (tmp_path / "large").open("wb") as file:
        file.truncate(MAX_SIZE + 1)
    with pytest.raises(PluginkitError, match="larger than 16 MiB"):
        read_toml(tmp_path / "large")


WRONG = [
    ('a = "1"', lambda table: table.take("a", int), "'a' is a string, expected an integer"),
    ("a = true", lambda table: table.take("a", int), "'a' is true or false, expected an integer"),
    ("a = 1.0", lambda table: table.take("a", int), "'a' is float, expected an integer"),
    ("", lambda table: table.take("a", str), "'a' is missing"),
    ("", lambda table: table.strings("a"), "'a' is missing"),
    ('a = "x"', lambda table: table.strings("a"), "'a' is a string, expected an array of strings"),
    ('a = ["x", 1]', lambda table: table.strings("a"), "'a' is an array, expected an array of strings"),
    ("a = 1", lambda table: table.strings("a", one=True), "'a' is an integer, expected an array of strings"),
    ("a = 1", lambda table: table.table("a"), "'a' is an integer, expected a table"),
    ('a = ["x"]', lambda table: table.tables("a"), "'a' is not an array of tables"),
    ("[a]\nb = 1", lambda table: table.table("a").take("b", str), "[a]: 'b' is an integer, expected a string"),
    ("[[a]]\nb = 1", lambda table: table.tables("a")[0].take("b", str), "[[a]]: 'b' is an integer, expected a string"),
]


@pytest.mark.parametrize(("text", "read", "expected"), WRONG)
def test_a_value_of_another_type_is_an_error_that_names_file_and_key(text: str, read, expected: str) -> None:
    with pytest.raises(PluginkitError, match=f"^some.toml: {re.escape(expected)}$"):
        read(parse_toml(text.encode(), "some.toml"))


def test_values_are_taken_as_they_are() -> None:
    table = parse_toml(b'a = "x"\nb = ["x", "y"]\nc = true\n[d]\ne = 1\n[[f]]\ng = 2\n', "x")
    assert (table.take("a", str), table.strings("a", one=True), table.strings("b")) == ("x", ("x",), ("x", "y"))
    assert (table.take("c", bool), table.take("z", int, 7), table.strings("y", ("d",))) == (True, 7, ("d",))
    assert table.table("d").take("e", int) == 1
    assert [one.take("g", int) for one in table.tables("f")] == [2]
    assert (table.table("none").values, table.tables("nothing")) == ({}, [])
    table.done()


def test_an_unknown_key_names_the_nearest_known_one() -> None:
    table = parse_toml(b"hosst = 1", "x")
    table.strings("hosts", ())
    with pytest.raises(PluginkitError, match=r"x: unknown key 'hosst' \(did you mean 'hosts'\?\)"):
        table.done()


@given(st.binary(max_size=200))
def test_any_bytes_are_a_table_or_an_error(data: bytes) -> None:
    with suppress(PluginkitError):
        assert isinstance(parse_toml(data, "x"), Table)


QUOTES = st.sampled_from(('"', "'", '"""', "'''"))
VALUES = st.tuples(QUOTES, st.text("a.\"'#\\\n ", max_size=12)).map(lambda drawn: drawn[1].join([drawn[0]] * 2))


@given(VALUES, st.text("a.\"'#\\ ", max_size=12))
def test_no_string_or_comment_hides_a_long_key(value: str, comment: str) -> None:
    key = DOTTED.decode()
    for text in (f"x = [{value}, {{ {key} = 1 }}]", f"x = {value} # {comment}\n{key} = 1"):
        if is_toml(text):
            with pytest.raises(PluginkitError, match="16 parts"):
                parse_toml(text.encode(), "x")


@given(VALUES, st.text("a.\"'#\\ ", max_size=12))
def test_no_string_or_comment_makes_a_long_key(value: str, comment: str) -> None:
    long = value.replace(".", "." * MAX_PARTS)
    text = f"x = {long} # {comment}{MANY}\n"
    if is_toml(text):
        assert parse_toml(text.encode(), "x").values == tomllib.loads(text)


def is_toml(text: str) -> bool:
    try:
        tomllib.loads(text)
    except ValueError:
        return False
    return True

"""A TOML file of 1 MiB of anything is read or refused about as fast as a lock of that size, and in little memory."""

import random
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from itertools import islice, product

import pytest
from cost import assert_cheap, cpu_seconds

from pluginkit.core.errors import PluginkitError
from pluginkit.core.toml import MAX_PARTS, parse_toml

pytestmark = pytest.mark.slow

SIZE = 1 << 20
DOTS = b"." * 200
"""What has the guard look closely."""
DRAWN = random.Random(1)


def of(unit: bytes, before: bytes = b"", after: bytes = b"") -> bytes:
    return before + unit * (SIZE // len(unit)) + after


def values(unit: bytes) -> bytes:
    return of(unit + b",", b"a=[", b"]")


def lines(make: Callable[[str], str], before: str = "", after: str = "") -> bytes:
    """Return a file whose lines all differ."""
    return (before + "".join(map(make, names(SIZE // len(make("aaaa"))))) + after).encode()


def names(count: int) -> list[str]:
    letters = product("abcdefghijklmnopqrstuvwxyz", repeat=4)
    return ["".join(drawn) for drawn in islice(letters, count)]


def dotted(count: int, first: str = "b") -> str:
    return ".".join([first, *["b"] * (count - 1)])


def drawn(tokens: list[bytes]) -> bytes:
    return b"".join(DRAWN.choices(tokens, k=SIZE // 2))


def lock() -> bytes:
    """Return an ordinary lock."""
    package = '[[package]]\nname = "{0}"\nversion = "1.2.3"\nhashes = ["sha256:{0:a>64}", "sha256:{0:b>64}"]\n\n'
    return lines(package.format)


DEEP = MAX_PARTS - 1
FILES: dict[str, Callable[[], bytes]] = {
    "a comment": lambda: of(b"#"),
    "a comment of dots": lambda: of(b"a.", b"# "),
    "a comment of quotes": lambda: of(b'."', DOTS + b"#"),
    "comments": lambda: of(b"#\n"),
    "comments after dots": lambda: of(b"#\n", DOTS + b"\n"),
    "a string": lambda: of(b"a", b'a="', b'"'),
    "a string of dots": lambda: of(b".", b'a="', b'"'),
    "a string of escapes": lambda: of(b"\\n", b'a="', b'"'),
    "a string of Unicode escapes": lambda: of(b"\\u0041", b'a="', b'"'),
    "a string without an end": lambda: of(b'.\\"', b'a="'),
    "a long string of escapes": lambda: of(b"\\n", b'a="""', b'"""'),
    "a long string of continued lines": lambda: of(b"\\\n", b'a="""', b'"""'),
    "a long string of quotes": lambda: of(b'""a', b'a="""', b'"""'),
    "a long string without an end": lambda: of(b'""a', DOTS + b'a="""'),
    "a long literal": lambda: of(b"''a", b"a='''", b"'''"),
    "quotes": lambda: of(b'"', DOTS),
    "apostrophes": lambda: of(b"'", DOTS),
    "empty literals": lambda: of(b"''a", DOTS),
    "lines of one quote": lambda: of(b'"\n', DOTS),
    "lines of three quotes": lambda: of(b'"""\n', DOTS),
    "quotes and backslashes": lambda: of(b'"\\', DOTS),
    "all quotes": lambda: of(b"'a'\"a\\\"", DOTS),
    "outside ASCII": lambda: of("é".encode(), b"a='", b"'"),
    "outside the basic plane": lambda: of("\U0001f600\\n".encode(), b'a="""', b'"""'),
    "brackets": lambda: of(b"[", b"a="),
    "braces": lambda: of(b"{a=", b"a="),
    "empty arrays": lambda: values(b"[]"),
    "empty tables": lambda: values(b"{}"),
    "deep arrays": lambda: values(b"[" * 300 + b"]" * 300),
    "deep tables": lambda: values(b"{a=" * 150 + b"1" + b"}" * 150),
    "integers": lambda: values(b"1"),
    "integers on lines": lambda: values(b"1,\n1"),
    "long integers": lambda: values(b"1" * 4000),
    "long hexadecimals": lambda: values(b"0x" + b"1" * 4000),
    "fractions": lambda: values(b"1.5"),
    "long fractions": lambda: values(b"0." + b"1" * 4000),
    "exponents": lambda: values(b"1.5e-300"),
    "infinities": lambda: values(b"inf"),
    "truths": lambda: values(b"true"),
    "dates": lambda: values(b"2020-01-01"),
    "dates with offsets": lambda: values(b"2020-01-01T00:00:00+01:00"),
    "strings": lambda: values(b'""'),
    "literals": lambda: values(b"''"),
    "long strings": lambda: values(b'""""""'),
    "an integer": lambda: of(b"9", b"a="),
    "an integer of underscores": lambda: of(b"1_", b"a=", b"1"),
    "a hexadecimal": lambda: of(b"f", b"a=0x"),
    "a fraction": lambda: of(b"9", b"a=1."),
    "an exponent": lambda: of(b"9", b"a=1e"),
    "a fraction of a second": lambda: of(b"1", b"a=2020-01-01T00:00:00."),
    "a key": lambda: of(b"a", b"", b"=1"),
    "a quoted key": lambda: of(b"a", b'"', b'"=1'),
    "a key of many parts": lambda: of(b"a.", b"", b"a=1"),
    "a key of many quoted parts": lambda: of(b'"".', b"", b"a=1"),
    "a key of many parts and blanks": lambda: of(b"a . ", b"", b"a=1"),
    "a header of many parts": lambda: of(b"a.", b"[", b"a]"),
    "keys": lambda: lines("{}=1\n".format),
    "quoted keys": lambda: lines('"{}"=1\n'.format),
    "keys of an inline table": lambda: lines("{}=1,".format, "a={", "z=1}"),
    "dotted keys of an inline table": lambda: lines("{}.b.c=1,".format, "a={", "z=1}"),
    "keys of inline tables": lambda: values(b"{b=1}"),
    "dotted keys": lambda: lines(lambda name: f"{dotted(DEEP, name)}=1\n"),
    "keys below a deep header": lambda: lines("{}=1\n".format, f"[{dotted(DEEP)}]\n"),
    "tables below a deep header": lambda: lines("{}={{}}\n".format, f"[{dotted(DEEP)}]\n"),
    "dotted keys below a deep header": lambda: lines(lambda name: f"{dotted(DEEP, name)}=1\n", f"[{dotted(DEEP)}]\n"),
    "headers": lambda: lines("[{}]\n".format),
    "deep headers": lambda: lines(lambda name: f"[{dotted(DEEP, name)}]\n"),
    "arrays of tables": lambda: of(b"[[a]]\n"),
    "nested arrays of tables": lambda: of(b"[[a]]\n[[a.b]]\n"),
    "deep arrays of tables": lambda: of(f"[[{dotted(DEEP)}]]\n".encode()),
    "tables in an array of tables": lambda: lines("[a.{}]\n".format, "[[a]]\n"),
    "equals signs": lambda: of(b"a="),
    "dots": lambda: of(b"."),
    "blanks": lambda: of(b" ", DOTS),
    "line ends": lambda: of(b"\n"),
    "carriage returns": lambda: of(b"\r"),
    "NULs": lambda: of(b"\0"),
    "merge markers": lambda: of(b"<<<<<<<"),
    "any bytes": lambda: DRAWN.randbytes(SIZE),
    "any signs": lambda: drawn([bytes([one]) for one in b"abc=.[]{}\"'#\\\n ,1"]),
    "any tokens": lambda: drawn([b"a", b"=", b".", b"[", b"]", b'"', b"'", b"#", b"\\", b"\n", b'"""', b"'''"]),
}


@pytest.fixture(scope="module")
def usual() -> float:
    """Return the processor time that a lock of 1 MiB takes."""
    data = lock()
    return cpu_seconds(lambda: parse_toml(data, "x"))


@pytest.mark.parametrize("make", FILES.values(), ids=FILES)
def test_a_mebibyte_of_anything_is_done_with_in_time(make: Callable[[], bytes], usual: float) -> None:
    data = make()

    def parse() -> None:
        with suppress(PluginkitError):
            parse_toml(data, "x")

    assert_cheap(parse, usual, times=5)


@pytest.mark.parametrize("kind", ["comments after dots", "an integer", "empty arrays", "literals", "deep headers"])
def test_a_mebibyte_of_anything_takes_little_memory(kind: str) -> None:
    data = FILES[kind]()
    tracemalloc.start()
    try:
        with suppress(PluginkitError):
            parse_toml(data, "x")
        assert tracemalloc.get_traced_memory()[1] < 128 << 20
    finally:
        tracemalloc.stop()

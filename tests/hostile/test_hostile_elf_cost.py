"""What bad ELF objects cost: never more than their own length, and no bytes raise anything but ElfError."""

import struct
from collections.abc import Callable

import pytest
from cost import assert_cheap, assert_linear, cpu_seconds
from hypothesis import given, settings
from hypothesis import strategies as st

from pluginkit.backends.go.binary.elf import Elf, ElfError
from pluginkit.backends.go.binary.reader import read_binary
from pluginkit.backends.go.binary.symbols import Symbols
from pluginkit.core.gobinary import GoBinary

pytestmark = pytest.mark.slow

LOAD, DYNAMIC = 1, 2
HASH_TAG, STRTAB, SYMTAB, STRSZ, SYMENT, GNU_HASH = 4, 5, 6, 10, 11, 0x6FFFFEF5
HASH = b"go:link.pkghashbytes."


def tiny(
    strings: bytes, *, symbols: tuple[int, ...] = (), most: int = 0, hashed: bytes = b"", extent: int = 16
) -> bytes:
    """Return a shared object of one segment with a string table, and symbols whose names begin at given offsets.

    Its hash table is DT_HASH, or at the end of the file the DT_GNU_HASH `hashed`.
    """
    start = 64 + 3 * 56
    tags = 7 * 16
    table = start + tags + 16
    names = table + 24 * len(symbols)
    size = names + len(strings)
    kind = (GNU_HASH, size) if hashed else (HASH_TAG, start + tags)
    size += len(hashed)
    dynamic = [kind, (STRTAB, names), (SYMTAB, table), (STRSZ, len(strings)), (SYMENT, 24), (0, 0)]
    head = struct.pack("<4sBBBB8xHHIQQQIHHHHHH", b"\x7fELF", 2, 1, 1, 0, 3, 62, 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0)
    head += struct.pack("<IIQQQQQQ", LOAD, 4, 0, 0, 0, size, size, 4096)
    head += struct.pack("<IIQQQQQQ", DYNAMIC, 4, start, start, 0, tags, tags, 8) + bytes(56)
    body = b"".join(struct.pack("<QQ", *pair) for pair in dynamic).ljust(tags, b"\0")
    body += struct.pack("<IIII", 0, most or len(symbols), 0, 0)
    body += b"".join(struct.pack("<IBBHQQ", at, 0x12, 0, 1, 0, extent) for at in symbols)
    return head + body + strings + hashed


LONG = [
    ("names of hashes without an end", lambda size: HASH * (size // len(HASH))),
    ("one package of a very long name", lambda size: HASH + b"a" * size),
    ("a name of slashes", lambda size: HASH + b"a\0" + b"/" * size + b".init"),
    ("names of initialisers", lambda size: HASH + b"a\0" + b"a.init\0" * (size // 7)),
    ("numbers of initialisers", lambda size: HASH + b"a\0" + b".init.1" * (size // 7)),
    (
        "long names of initialisers",
        lambda size: HASH + b"a" * 1000 + b"\0" + (b"a" * 1000 + b".init\0") * (size // 1006),
    ),
    ("exits", lambda size: HASH + b"a\0" + b"exit\0" * (size // 5)),
    ("many packages", lambda size: HASH + (b"a\0" + HASH) * (size // 23)),
    ("dots", lambda size: HASH + b"a\0" + b"a.A" * (size // 3)),
]


@pytest.mark.parametrize("make", [row[1] for row in LONG], ids=[row[0] for row in LONG])
@pytest.mark.parametrize("crowded", [False, True], ids=["", "many symbols"])
def test_a_string_table_costs_no_more_than_its_length(make: Callable[[int], bytes], crowded: bool) -> None:
    def work(size: int) -> Callable[[], None]:
        symbols = tuple(range(size // 32)) if crowded else (0,)
        data = tiny(b"\0" + make(size) + b"\0", symbols=symbols)

        def read() -> None:
            assert isinstance(outcome(data), GoBinary | ElfError)

        return read

    assert_linear(work, 4 << 20)


def test_functions_that_overlap_cost_no_more_than_others() -> None:
    names = b"".join(b"a.init.%07d\0" % one for one in range(1 << 15))
    symbols = (1, *range(len(HASH) + 3, len(HASH) + 3 + len(names), 15))

    def work(extent: int) -> Callable[[], None]:
        data = tiny(b"\0" + HASH + b"a\0" + names, symbols=symbols, extent=extent)

        def read() -> None:
            assert len(Symbols(Elf(data)).starts) == len(symbols)
            assert isinstance(outcome(data), GoBinary)

        return read

    usual = cpu_seconds(work(1))
    for extent in (1 << 10, 1 << 15, 1 << 17, 1 << 20):
        assert_cheap(work(extent), usual, times=8)


@pytest.mark.parametrize("count", [1 << 22, (1 << 22) + 1, 0xFFFFFFFF])
def test_a_symbol_table_of_any_size_is_refused(count: int) -> None:
    with pytest.raises(ElfError):
        read_binary(tiny(b"\0" + HASH + b"a\0", symbols=(1,), most=count))


def gnu_hash(*chain: int) -> bytes:
    """Return a DT_GNU_HASH of one bucket, which begins with symbol 0."""
    return struct.pack(f"<IIII{1 + len(chain)}I", 1, 0, 0, 0, 0, *chain)


def test_a_chain_of_the_hash_table_has_an_end() -> None:
    strings = b"\0" + HASH + b"a\0"
    assert read_binary(tiny(strings, symbols=(0, 1), hashed=gnu_hash(2, 7))).packages.keys() == {"a"}
    with pytest.raises(ElfError, match="chain of its hash table has no end"):
        read_binary(tiny(strings, symbols=(0, 1), hashed=gnu_hash(*[2] * (1 << 20))))
    crowded = tiny(strings, symbols=(1,) * (1 << 17), hashed=gnu_hash(*[2] * ((1 << 17) - 1), 1))
    with pytest.raises(ElfError, match="twice"):
        read_binary(crowded)


@pytest.mark.parametrize("size", [1 << 8, (1 << 16) - 1, 1 << 16, (1 << 24) - 1, 1 << 24, (1 << 24) + (1 << 17)])
def test_a_name_may_stand_anywhere_in_its_string_table(size: int) -> None:
    strings = (b"\0" + b"x\0" * (size // 2))[: size - len(HASH) - 3] + b"\0" + HASH + b"a\0"
    last = len(strings) - len(HASH) - 2
    assert read_binary(tiny(strings, symbols=(0, last))).packages.keys() == {"a"}
    with pytest.raises(ElfError, match="outside its string table"):
        read_binary(tiny(strings, symbols=(0, last, 1 << 31)))


def test_the_smallest_object_is_read() -> None:
    found = read_binary(tiny(b"\0" + HASH + b"a\0", symbols=(1,)))
    assert found.packages.keys() == {"a"}
    assert found.fatal == (("", "its plugin path is empty or cannot be found"),)


def outcome(data: bytes) -> GoBinary | ElfError:
    try:
        return read_binary(data)
    except ElfError as error:
        return error


SMALL = tiny(b"\0" + HASH + b"acme\0acme.init.0\0acme.New\0os.Exit\0", symbols=(1, 27, 39, 48))


@settings(max_examples=400)
@given(st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.integers(0, 255)), max_size=6), st.integers(0, len(SMALL)))
def test_no_bytes_raise_anything_else(edits: list[tuple[int, int]], size: int) -> None:
    data = bytearray(SMALL)
    for at, byte in edits:
        data[at] = byte
    outcome(bytes(data[: size or None]))

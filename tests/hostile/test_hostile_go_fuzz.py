"""Random edits of what is read of a Go plugin: nothing but an answer or an ElfError comes of them, and soon."""

from contextlib import suppress

import pytest
from cost import assert_cheap, cpu_seconds
from goedits import (
    BUILD_INFO,
    GNU_HASH,
    INIT_ARRAY,
    INIT_ARRAYSZ,
    JMPREL,
    PLTRELSZ,
    PLUGIN_PATH,
    RELA,
    RELASZ,
    STRSZ,
    STRTAB,
    SYMTAB,
    headers,
    place,
    tags,
    value,
)
from gofixtures import GoBinaries
from hypothesis import given, settings
from hypothesis import strategies as st

from pluginkit.backends.go.binary.elf import Elf, ElfError
from pluginkit.backends.go.binary.moduledata import read_module_data
from pluginkit.backends.go.binary.reader import read_binary
from pluginkit.backends.go.binary.relocations import Relocations
from pluginkit.core.gobinary import GoBinary

Edits = list[tuple[int, int, int]]


@pytest.fixture(scope="module")
def plugin(go_binaries: GoBinaries) -> bytes:
    return go_binaries.stripped.read_bytes()


@pytest.fixture(scope="module")
def usual(plugin: bytes) -> float:
    """Return the seconds that it takes to read the plugin itself."""
    return cpu_seconds(lambda: read_binary(plugin))


@pytest.fixture(scope="module")
def places(plugin: bytes) -> list[tuple[int, int]]:
    """Return where in the file what is read begins, and how far edits may reach."""
    content, elf = bytearray(plugin), Elf(plugin)
    module = elf.offset(read_module_data(elf, Relocations(elf), {PLUGIN_PATH}).address, 640)
    spans = [(0, 64), (64, headers(content)[-1] + 56 - 64), (tags(content)[0], 480), (module, 640)]
    spans.append((plugin.index(BUILD_INFO), 512))
    for begin, size in ((STRTAB, STRSZ), (RELA, RELASZ), (INIT_ARRAY, INIT_ARRAYSZ), (JMPREL, PLTRELSZ)):
        spans.append((place(content, begin), value(content, size)))
    symbols, table = place(content, SYMTAB), place(content, GNU_HASH)
    return [*spans, (symbols, place(content, STRTAB) - symbols), (table, symbols - table)]


@st.composite
def edits(draw: st.DrawFn) -> tuple[Edits, float]:
    """Draw a few edits: which of the places, how far into it, the byte; and how much of the file is left."""
    byte = st.one_of(st.sampled_from((0, 1, 0x7F, 0x80, 0xFF)), st.integers(0, 255))
    one = st.tuples(st.integers(0, 10), st.one_of(st.integers(0, 64), st.integers(0, 1 << 20)), byte)
    return draw(st.lists(one, max_size=6)), draw(st.one_of(st.just(1.0), st.just(1.0), st.floats(0, 1)))


@settings(max_examples=200)
@given(drawn=edits())
def test_no_edit_raises_anything_else_or_takes_long(
    plugin: bytes, usual: float, places: list[tuple[int, int]], drawn: tuple[Edits, float]
) -> None:
    data = bytearray(plugin)
    for which, distance, byte in drawn[0]:
        begin, length = places[which % len(places)]
        data[begin + distance % length] = byte

    def read() -> None:
        with suppress(ElfError):
            assert isinstance(read_binary(bytes(data[: int(len(data) * drawn[1])])), GoBinary)

    assert_cheap(read, usual)

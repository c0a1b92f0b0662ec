"""Every segment, tag, symbol and pointer of real Go binaries, against pyelftools, readelf and Go's own tools."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pytest
from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile
from elftools.elf.enums import ENUM_D_TAG
from elftools.elf.sections import Symbol as ElfSymbol
from elftools.elf.sections import SymbolTableSection
from gofixtures import GoBinaries, GoTools
from monorepo import write

from pluginkit.backends.go.binary.elf import CODE, CONSTANTS, DATA, RPATH, RUNPATH, Elf
from pluginkit.backends.go.binary.reader import read_binary
from pluginkit.backends.go.binary.relocations import Relocations
from pluginkit.backends.go.binary.symbols import Symbol, Symbols
from pluginkit.core.gobinary import GoBinary

BINARIES = ("host", "plugin", "stripped")
KINDS = {"STT_NOTYPE": 0, "STT_OBJECT": 1, "STT_FUNC": 2, "STT_TLS": 6}
RELATIVE = {"EM_X86_64": 8, "EM_AARCH64": 1027}


@dataclass(frozen=True)
class Pair:
    """One file, read by pluginkit and by pyelftools."""

    path: Path
    ours: Elf
    theirs: ELFFile
    listed: list[tuple[str, Symbol]]
    """Every entry of .dynsym, as pyelftools reads it."""


def _symbol(one: ElfSymbol) -> Symbol:
    kind = KINDS[one["st_info"]["type"]]
    return Symbol(kind, one["st_shndx"] != "SHN_UNDEF", one["st_value"], one["st_size"])


def _dynamic_symbols(elf: ELFFile) -> SymbolTableSection:
    section = elf.get_section_by_name(".dynsym")
    assert isinstance(section, SymbolTableSection)
    return section


def _tags(elf: ELFFile) -> list[tuple[int, int]]:
    section = elf.get_section_by_name(".dynamic")
    assert isinstance(section, DynamicSection)
    return [(one.entry["d_tag"], one.entry["d_val"]) for one in section.iter_tags()]


@pytest.fixture(scope="module", params=BINARIES)
def pair(request: pytest.FixtureRequest, go_binaries: GoBinaries) -> Iterator[Pair]:
    path: Path = getattr(go_binaries, request.param)
    with path.open("rb") as file:
        theirs = ELFFile(file)
        listed = [(one.name, _symbol(one)) for one in _dynamic_symbols(theirs).iter_symbols()]
        yield Pair(path, Elf(path.read_bytes()), theirs, listed)


def test_the_headers_are_those_that_pyelftools_reads(pair: Pair) -> None:
    machines = {62: "EM_X86_64", 183: "EM_AARCH64"}
    assert pair.theirs["e_machine"] == machines[pair.ours.machine]
    assert pair.theirs["e_type"] == {2: "ET_EXEC", 3: "ET_DYN"}[pair.ours.type]
    assert pair.ours.is_program == (pair.path.name == "host")


def test_segments_are_those_that_pyelftools_reads(pair: Pair) -> None:
    expected = []
    for one in pair.theirs.iter_segments("PT_LOAD"):
        kind = DATA if one["p_flags"] & 2 else CODE if one["p_flags"] & 1 else CONSTANTS
        expected.append((kind, one["p_offset"], one["p_vaddr"], one["p_filesz"], one["p_memsz"]))
    found = [(one.kind, one.offset, one.address, one.size, one.memory) for one in pair.ours.segments]
    assert found == expected
    assert {one.kind for one in pair.ours.segments} >= {CODE, DATA}


def test_dynamic_tags_are_those_that_pyelftools_reads(pair: Pair) -> None:
    listed = [(ENUM_D_TAG.get(tag, tag), value) for tag, value in _tags(pair.theirs)]
    assert pair.ours.dynamic == {tag: value for tag, value in listed if tag}
    assert {RPATH, RUNPATH} & pair.ours.dynamic.keys() == set()


def test_every_byte_of_a_segment_lies_where_pyelftools_finds_it(pair: Pair) -> None:
    for one in pair.ours.segments:
        for address in (one.address, one.address + one.size // 2, one.address + one.size - 1):
            assert [pair.ours.offset(address, 1)] == list(pair.theirs.address_offsets(address))


def test_symbols_are_as_many_as_pyelftools_counts(pair: Pair) -> None:
    assert len(Symbols(pair.ours)._starts) == _dynamic_symbols(pair.theirs).num_symbols()


def test_every_name_lies_where_pyelftools_finds_it(pair: Pair) -> None:
    symbols = Symbols(pair.ours)
    assert [symbols.name(index) for index in range(len(pair.listed))] == [name for name, _ in pair.listed]


def test_every_symbol_has_the_address_size_and_kind_that_pyelftools_reads(pair: Pair) -> None:
    symbols, listed = Symbols(pair.ours), dict(pair.listed[1:])
    assert len(listed) == len(pair.listed) - 1, "a name stands twice: the comparisons by name see one of them"
    found = symbols.named({at: name.encode() for name in listed for at in symbols.places(name.encode())})
    assert {name.decode(): one for name, one in found.items()} == listed


def test_every_defined_symbol_is_found_by_its_hash_and_no_other_is(pair: Pair) -> None:
    symbols, listed = Symbols(pair.ours), dict(pair.listed[1:])
    found = {name: symbols.lookup(name.encode()) for name in listed}
    assert found == {name: one if one.defined else None for name, one in listed.items()}
    absent = [name for name in (*(f"{name}x" for name in listed), "", "New", ".") if name not in listed]
    assert [name for name in absent if symbols.lookup(name.encode())] == []


def test_every_relative_pointer_is_the_one_that_pyelftools_reads(pair: Pair) -> None:
    """By runs of neighbouring pointers, as moduledata and constructors are read."""
    relocations = Relocations(pair.ours)
    type_ = RELATIVE[pair.theirs["e_machine"]]
    section = pair.theirs.get_section_by_name(".rela.dyn")
    listed = sorted((one["r_offset"], one["r_addend"]) for one in section.iter_relocations() if one["r_info"] == type_)
    runs = [[row for _, row in run] for _, run in groupby(enumerate(listed), lambda row: row[1][0] - 8 * row[0])]
    for run in runs:
        assert relocations.words(run[0][0], len(run)) == [addend for _, addend in run]
    assert len(listed) > 1000 or pair.path.name == "host"


def test_who_points_to_what_is_as_pyelftools_reads_it(go_binaries: GoBinaries) -> None:
    path = go_binaries.stripped
    with path.open("rb") as file:
        elf = ELFFile(file)
        type_ = RELATIVE[elf["e_machine"]]
        rows = [one.entry for one in elf.get_section_by_name(".rela.dyn").iter_relocations()]
    relocations = Relocations(Elf(path.read_bytes()))
    for row in rows[::61]:
        if row["r_info"] != type_:
            continue
        places = [one["r_offset"] for one in rows if (one["r_info"], one["r_addend"]) == (type_, row["r_addend"])]
        assert [*relocations.pointers_to(row["r_addend"])] == places[:8]


def test_slots_belong_to_the_symbols_that_pyelftools_names(go_binaries: GoBinaries) -> None:
    elf = Elf(go_binaries.plugin.read_bytes())
    relocations, symbols = Relocations(elf), Symbols(elf)
    with go_binaries.plugin.open("rb") as file:
        theirs = ELFFile(file)
        named = _dynamic_symbols(theirs)
        rows = [one.entry for one in theirs.get_section_by_name(".rela.plt").iter_relocations()]
        expected = [named.get_symbol(one["r_info_sym"]).name for one in rows]
    assert [symbols.name(relocations.symbol_of(one["r_offset"])) for one in rows] == expected
    assert expected


@pytest.mark.skipif(not shutil.which("readelf"), reason="no readelf")
def test_every_symbol_is_as_readelf_prints_it(pair: Pair) -> None:
    command = ["readelf", "-W", "--dyn-syms", pair.path]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, env={"LC_ALL": "C"}).stdout
    rows = re.findall(r"^ +\d+: (\w+) +(\w+) (\w+) +\w+ +\w+ +(\w+) (.*)$", printed, re.MULTILINE)
    symbols = Symbols(pair.ours)
    assert len(rows) == len(pair.listed)
    for address, size, kind, section, name in rows[1:]:
        found = symbols.lookup(re.sub(r"@+GLIBC\S*(?: \(\d+\))?$", "", name).encode())
        expected = Symbol(KINDS[f"STT_{kind}"], True, int(address, 16), int(size, 0))
        assert found == (None if section == "UND" else expected), name


def test_functions_are_where_go_tool_nm_says(go: GoTools, go_binaries: GoBinaries) -> None:
    command = [go.go, "tool", "nm", "-size", go_binaries.plugin]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(go.env))
    if done.returncode:
        pytest.skip("this Go has no nm")
    symbols, checked = Symbols(Elf(go_binaries.plugin.read_bytes())), 0
    for line in done.stdout.splitlines():
        address, size, kind, name = re.fullmatch(r" *(\S*) +(\d+) (\S) (.*)", line).groups()
        found = symbols.lookup(name.encode()) if kind == "T" else None
        if found:
            assert (found.address, found.size) == (int(address, 16), int(size)), name
            assert found.kind == 2 or not found.size, name  # STT_FUNC, or a label of assembly
            checked += 1
    assert checked > 500


NON_ASCII = """
type Größe struct{ Wert int }

type pair[K comparable, V any] struct {
	key K
	value V
}

var Ångström = Größe{1}

var Paare pair[string, []Größe]

var Ωmega, unexported, _private int

var Fn func(int) error

const Constant = 1

func Überall(größe Größe, rest ...*Größe) pair[Größe, error] { return pair[Größe, error]{} }

func Plain() {}

func unused() {}

func Generic[T any](value T) T { return value }

func Uses() int { return Generic(3) + unexported + _private }

func (Größe) Method() {}
"""


def export_case(go: GoTools, go_binaries: GoBinaries, place: Path, package: str) -> GoBinary:
    """Build a plugin of NON_ASCII and API, and let the host say by reflection what it exports."""
    path = go.plugin(go_binaries.root, package, place / "p.so", "-ldflags=-s -w")
    found = read_binary(path.read_bytes())
    absent = ["Generic", "Constant", "Größe", "Method", "unexported", "unused", "_private"]
    opened = subprocess.run(
        [go_binaries.host, path, *found.exports, *absent], capture_output=True, text=True, check=True, timeout=60
    )
    assert opened.stdout.splitlines() == [*found.exports.values(), *["missing"] * len(absent)]
    return found


@pytest.mark.parametrize("name", ["v1.2", "größe"])
def test_exports_of_any_name_have_the_types_that_the_host_sees(
    go: GoTools, go_binaries: GoBinaries, tmp_path: Path, name: str
) -> None:
    source = f'package main\n\nimport _ "acme/pluginapi"\n{NON_ASCII}'
    if not name.isascii():  # no import path, but a file name
        write(go_binaries.root / "loose", {f"{name}.go": source})
        found = export_case(go, go_binaries, tmp_path, f"./loose/{name}.go")
        assert found.main == "command-line-arguments"
        assert found.plugin_path.startswith("plugin/unnamed-")
    else:
        write(go_binaries.root / f"plugins/{name}", {"main.go": source})
        found = export_case(go, go_binaries, tmp_path, f"./plugins/{name}")
        assert found.plugin_path == found.main == f"acme/plugins/{name}"
    assert found.exports.keys() == {"Fn", "Paare", "Plain", "Uses", "Ångström", "Überall", "Ωmega"}
    assert found.exports["Überall"].startswith("func(main.Größe, ...*main.Größe) main.pair[")
    assert found.exports["Fn"] == "*func(int) error"
    assert found.exports["Plain"] == "func()"
    assert found.exports["Ωmega"] == "*int"
    assert found.fatal == ()
    assert found.packages.keys() >= {found.plugin_path, "acme/pluginapi", "runtime"}

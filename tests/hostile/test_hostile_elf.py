"""Bad ELF objects, one a line: each is refused by name or read alike, in bounded time, and nothing else is raised."""

import os
import struct
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from gofixtures import GoBinaries, GoTools
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pluginkit.backends.go.binary.content import read_file
from pluginkit.backends.go.binary.elf import Elf, ElfError
from pluginkit.backends.go.binary.reader import read_binary
from pluginkit.backends.go.binary.symbols import Symbols
from pluginkit.stages.verify import hosts_among, read_artifacts, verify

Edit = Callable[[bytearray], object]

LOAD, DYNAMIC = 1, 2
HASH_TAG, STRTAB, SYMTAB, RELA, RELASZ, RELAENT, STRSZ, SYMENT = 4, 5, 6, 7, 8, 9, 10, 11
INIT_ARRAYSZ, RUNPATH, GNU_HASH = 27, 29, 0x6FFFFEF5
HASH = b"go:link.pkghashbytes."


def headers(data: bytes) -> list[int]:
    """Return where the program headers begin."""
    (offset,), (count,) = struct.unpack_from("<Q", data, 32), struct.unpack_from("<H", data, 56)
    return [offset + 56 * index for index in range(count)]


def header(data: bytes, kind: int, which: int = 0) -> int:
    return [at for at in headers(data) if struct.unpack_from("<I", data, at)[0] == kind][which]


def tag(data: bytes, wanted: int) -> int:
    """Return where the value of a tag of PT_DYNAMIC stands."""
    start, _, _, size = struct.unpack_from("<QQQQ", data, header(data, DYNAMIC) + 8)
    return next(at + 8 for at in range(start, start + size, 16) if struct.unpack_from("<Q", data, at)[0] == wanted)


def value(data: bytes, wanted: int) -> int:
    return int(struct.unpack_from("<Q", data, tag(data, wanted))[0])


def put(offset: int, form: str, *values: int) -> Edit:
    return lambda data: struct.pack_into(form, data, offset, *values)


def in_header(kind: int, field: int, number: int, which: int = 0) -> Edit:
    """Overwrite a field (offset 4 flags, 8 offset, 16 address, 32 size, 40 memory) of a program header."""
    return lambda data: struct.pack_into("<Q", data, header(data, kind, which) + field, number)


def in_tag(wanted: int, number: int) -> Edit:
    return lambda data: struct.pack_into("<Q", data, tag(data, wanted), number)


def at_tag(wanted: int, distance: int, form: str, number: int) -> Edit:
    """Overwrite what a tag points to."""
    return lambda data: struct.pack_into(form, data, Elf(bytes(data)).offset(value(data, wanted) + distance, 4), number)


def both(*edits: Edit) -> Edit:
    return lambda data: [edit(data) for edit in edits]


def renamed(old: bytes, new: bytes) -> Edit:
    """Overwrite a string of the dynamic string table."""

    def edit(data: bytearray) -> None:
        elf = Elf(bytes(data))
        at = elf.offset(value(data, STRTAB), 1) + Symbols(elf).strings.index(b"\0" + old + b"\0") + 1
        data[at : at + len(old)] = new

    return edit


def one_package_twice(data: bytearray) -> None:
    """Give the hash of one package the name of another."""
    packages = read_binary(bytes(data)).packages
    by_length = {len(path): path for path in packages}
    old, new = next((path, by_length[len(path)]) for path in packages if by_length[len(path)] != path)
    renamed(HASH + old.encode(), HASH + new.encode())(data)


def hash_of(path: bytes) -> Callable[[bytes], int]:
    """Return a function that tells where in the file the linker's hash of a package stands."""

    def find(data: bytes) -> int:
        digest = bytes.fromhex(read_binary(data).packages[path.decode()])
        return data.index(digest)

    return find


def no_end(data: bytearray) -> None:
    start, _, _, size = struct.unpack_from("<QQQQ", data, header(data, DYNAMIC) + 8)
    for at in range(start, start + size, 16):
        if struct.unpack_from("<Q", data, at)[0] == 0:
            struct.pack_into("<Q", data, at, 21)


def build_info(*more: int) -> Edit:
    """Overwrite the length of the Go version in the build information."""

    def edit(data: bytearray) -> None:
        at = data.index(b"\xff Go buildinf:\x08\x02") + 32
        data[at : at + len(more)] = bytes(more)

    return edit


REFUSED = [
    ("nothing", lambda data: data.clear(), "empty"),
    ("4 bytes", lambda data: data.__delitem__(slice(4, None)), "no ELF"),
    ("63 bytes", lambda data: data.__delitem__(slice(63, None)), "no ELF"),
    ("64 bytes", lambda data: data.__delitem__(slice(64, None)), "program headers"),
    ("another magic", put(0, "<I", 0x464C457E), "no ELF"),
    ("an object file", put(16, "<H", 1), "ELF type 1"),
    ("a core dump", put(16, "<H", 4), "ELF type 4"),
    ("program headers of another size", put(54, "<H", 32), "program headers"),
    ("no program headers", put(56, "<H", 0), "program headers"),
    ("65535 program headers", put(56, "<H", 65535), "program headers"),
    ("program headers past the end", put(32, "<Q", 1 << 62), "program headers"),
    ("a segment past the end", in_header(LOAD, 32, 1 << 40), "past the end"),
    ("a segment at the end of 64 bits", in_header(LOAD, 8, (1 << 64) - 4096), "past the end"),
    ("a segment larger than its memory", in_header(LOAD, 40, 1), "impossible"),
    ("a segment of all memory", in_header(LOAD, 40, (1 << 64) - 1), "impossible"),
    ("a segment between pages", in_header(LOAD, 16, 7), "pages"),
    ("overlapping segments", in_header(LOAD, 16, 0, which=1), "overlap|pages"),
    ("memory that reaches into the next segment", in_header(LOAD, 40, 1 << 30), "overlap"),
    ("a dynamic section nowhere", in_header(DYNAMIC, 16, 1 << 50), "outside its segments"),
    ("a dynamic section past its segment", in_header(DYNAMIC, 32, 1 << 40), "outside its segments"),
    ("a dynamic section without an end", no_end, "no end"),
    ("a string table nowhere", in_tag(STRTAB, 1 << 50), "outside its segments"),
    ("a string table of 2**60 bytes", in_tag(STRSZ, 1 << 60), "outside its segments"),
    ("a string table without an end", lambda data: in_tag(STRSZ, value(data, STRSZ) - 1)(data), "no end"),
    ("symbols nowhere", in_tag(SYMTAB, (1 << 64) - 24), "outside its segments"),
    ("symbols of size 0", in_tag(SYMENT, 0), "0 bytes, expected 24"),
    ("symbols of size 16", in_tag(SYMENT, 16), "16 bytes, expected 24"),
    ("relocations of size 0", in_tag(RELAENT, 0), "0 bytes, expected 24"),
    ("relocations nowhere", in_tag(RELA, 1 << 50), "outside its segments"),
    ("relocations of 2**60 bytes", in_tag(RELASZ, 1 << 60), "outside its segments"),
    ("2**28 constructors", in_tag(INIT_ARRAYSZ, 1 << 31), "constructors"),
    ("a hash table nowhere", in_tag(GNU_HASH, 1 << 50), "outside its segments"),
    ("a hash table of 2**32 buckets", at_tag(GNU_HASH, 0, "<I", 0xFFFFFFFF), "impossible"),
    ("a hash table of 2**20 buckets", at_tag(GNU_HASH, 0, "<I", 1 << 20), "outside its segments"),
    ("a hash table from symbol 2**31", at_tag(GNU_HASH, 4, "<I", 1 << 31), "impossible"),
    ("a hash table with a filter of 2**31 words", at_tag(GNU_HASH, 8, "<I", 1 << 31), "impossible"),
    ("a package twice", one_package_twice, "twice"),
    ("a package that is not UTF-8", renamed(HASH + b"runtime", HASH + b"runtim\xff"), "UTF-8"),
    ("build information of 2**62 bytes", build_info(*[0xFF] * 8, 0x3F), "build information claims"),
    ("build information with a number without end", build_info(*[0xFF] * 10), "number without end"),
]
ELSEWHERE = [
    ("class 32", put(4, "<B", 1), "32-bit"),
    ("class 0", put(4, "<B", 0), "read are linux/amd64"),
    ("big-endian", put(5, "<B", 2), "big-endian"),
    ("386", both(put(4, "<B", 1), put(18, "<H", 3)), "for 386 .32-bit"),
    ("s390x", both(put(5, "<B", 2), put(18, ">H", 22)), "for s390x .64-bit, big-endian"),
    ("riscv64", put(18, "<H", 243), "for riscv64"),
    ("a machine nobody knows", put(18, "<H", 4711), "for ELF machine 4711"),
]


def edited(path: Path, edit: Edit) -> bytes:
    data = bytearray(path.read_bytes())
    edit(data)
    return bytes(data)


@pytest.mark.parametrize(("edit", "message"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_damaged_plugin_is_refused_by_what_is_wrong(go_binaries: GoBinaries, edit: Edit, message: str) -> None:
    with pytest.raises(ElfError, match=message) as caught:
        read_binary(edited(go_binaries.stripped, edit))
    assert caught.value.code == "PK101"


@pytest.mark.parametrize(("edit", "message"), [row[1:] for row in ELSEWHERE], ids=[row[0] for row in ELSEWHERE])
def test_another_platform_is_named(go_binaries: GoBinaries, edit: Edit, message: str) -> None:
    with pytest.raises(ElfError, match=message) as caught:
        read_binary(edited(go_binaries.stripped, edit))
    assert caught.value.code == "PK403"


@pytest.mark.parametrize("tenth", range(10))
def test_a_truncated_plugin_is_refused(go_binaries: GoBinaries, tenth: int) -> None:
    data = go_binaries.stripped.read_bytes()
    loaded = max(one.offset + one.size for one in Elf(data).segments)
    with pytest.raises(ElfError):
        read_binary(data[: loaded * tenth // 10])


def test_a_flipped_byte_of_a_package_hash_is_seen(go_binaries: GoBinaries) -> None:
    data = bytearray(go_binaries.stripped.read_bytes())
    before = read_binary(bytes(data)).packages
    data[hash_of(b"acme/pluginapi")(bytes(data))] ^= 1
    after = read_binary(bytes(data)).packages
    assert [path for path in before if before[path] != after[path]] == ["acme/pluginapi"]


def test_a_package_whose_hash_has_another_name_has_an_empty_one(go_binaries: GoBinaries) -> None:
    found = read_binary(
        edited(go_binaries.stripped, renamed(HASH + b"acme/pluginapi", b"x" * len(HASH) + b"acme/pluginapi"))
    )
    assert found.packages["acme/pluginapi"] == ""
    assert "runtime" in found.packages


def test_a_plugin_with_an_empty_path_would_end_the_host(go_binaries: GoBinaries) -> None:
    """Its path is followed by its length in moduledata, the only place with a pointer to it."""
    data = bytearray(go_binaries.stripped.read_bytes())
    elf = Elf(bytes(data))
    size = struct.pack("<Q", len("acme/plugins/filter"))
    for segment in elf.segments:
        if segment.kind == 2:
            part = bytes(data[segment.offset : segment.offset + segment.size])
            data[segment.offset : segment.offset + segment.size] = part.replace(size, bytes(8))
    found = read_binary(bytes(data))
    assert (found.plugin_path, found.exports) == ("", {})
    assert found.fatal == (("", "its plugin path is empty or cannot be found"),)


def test_types_that_cannot_be_read_are_left_out(go_binaries: GoBinaries) -> None:
    """Names of what is exported stand in the string table too."""
    data = go_binaries.stripped.read_bytes()
    before = read_binary(data)
    found = read_binary(data.replace(b"\x07Counter", b"\x07Co\xff\xffter"))
    assert found.exports == dict.fromkeys(sorted(before.exports), "")
    assert found.fatal == before.fatal


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_edit_of_a_real_plugin_raises_anything_else(go_binaries: GoBinaries, data: st.DataObject) -> None:
    """Edits hit what is read: headers, PT_DYNAMIC, the hash table, symbols, relocations and constructors."""
    content = bytearray(go_binaries.stripped.read_bytes())
    elf = Elf(bytes(content))
    places = [0, 64, struct.unpack_from("<Q", content, header(content, DYNAMIC) + 8)[0]]
    places += [elf.offset(elf.dynamic[one], 8) for one in (STRTAB, SYMTAB, RELA, GNU_HASH, 25)]
    places.append(content.index(b"\xff Go buildinf:"))
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.sampled_from(places)) + data.draw(st.integers(0, 600))
        content[at] = data.draw(st.sampled_from((0, 1, 0x7F, 0x80, 0xFF)))
    with suppress(ElfError):
        read_binary(bytes(content))


def codes(host: Path, *plugins: Path) -> list[set[str]]:
    """Return what the verifier finds against each plugin."""
    sides = hosts_among(host, read_artifacts(host, unstamped=True), unstamped=True)
    found = [one for path in plugins for one in read_artifacts(path, unstamped=True)]
    (verdict,) = verify(found, sides)
    return [{one.code for one in verdict.findings if one.subject == str(path)} for path in plugins]


def test_the_verifier_names_each_with_its_code(go: GoTools, go_binaries: GoBinaries, tmp_path: Path) -> None:
    data = go_binaries.stripped.read_bytes()
    flipped = bytearray(data)
    flipped[hash_of(b"acme/pluginapi")(data)] ^= 1
    contents = {
        "flipped": (bytes(flipped), "PK405"),
        "empty": (b"", "PK101"),
        "host": (go_binaries.host.read_bytes(), "PK101"),
        "text": (b"not an object\n" * 9, "PK101"),
        "machine": (edited(go_binaries.stripped, put(18, "<H", 243)), "PK403"),
    }
    paths = [tmp_path / f"{name}.so" for name in contents]
    for path, (content, _) in zip(paths, contents.values(), strict=True):
        path.write_bytes(content)
    found = codes(go_binaries.host, *paths)
    assert [code in one for one, (_, code) in zip(found, contents.values(), strict=True)] == [True] * len(paths)
    source, library = tmp_path / "c.c", tmp_path / "library.so"
    source.write_text("int answer;\n")
    subprocess.run([*go.cc, "-shared", "-fPIC", "-o", library, source], check=True)
    assert "PK507" in codes(go_binaries.host, library)[0]


def test_a_copy_of_a_plugin_is_refused_beside_it(go_binaries: GoBinaries, tmp_path: Path) -> None:
    copy = tmp_path / "copy.so"
    copy.write_bytes(go_binaries.stripped.read_bytes())
    first, second = codes(go_binaries.host, go_binaries.stripped, copy)
    assert "PK505" not in first
    assert "PK505" in second


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes")
def test_a_pipe_is_no_plugin_and_nothing_waits_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "p.so")
    assert isinstance(read_file(tmp_path / "p.so", beside=True), ElfError)

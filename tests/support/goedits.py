"""Edits of a Go plugin's bytes: what a damaged disk, a careless tool or a stranger would do to it."""

import struct
from collections.abc import Callable

from pluginkit.backends.go.binary.elf import Elf
from pluginkit.backends.go.binary.moduledata import read_module_data
from pluginkit.backends.go.binary.reader import read_binary
from pluginkit.backends.go.binary.relocations import Relocations
from pluginkit.backends.go.binary.stamps import BEGIN, find_stamps, payload_at, payload_digest

Edit = Callable[[bytearray], object]

LOAD, DYNAMIC = 1, 2
PLTRELSZ, HASH, STRTAB, SYMTAB, RELA, RELASZ, STRSZ, SYMENT = 2, 4, 5, 6, 7, 8, 10, 11
RELAENT, RPATH, JMPREL, INIT_ARRAY, INIT_ARRAYSZ, RUNPATH, GNU_HASH = 9, 15, 23, 25, 27, 29, 0x6FFFFEF5
SHARED = "acme/pluginapi"
"""The API, in the module of gorepo."""
PLUGIN_PATH = "acme/plugins/filter"
PACKAGE = b"go:link.pkghashbytes."
BUILD_INFO = b"\xff Go buildinf:\x08\x02"


def with_payload(data: bytearray) -> None:
    """Write the digest of the bytes as they are into their stamp, as the last step of a build does."""
    found = find_stamps(data)
    place = payload_at(data, *found[0]) if len(found) == 1 else None
    if place:
        data[slice(*place)] = payload_digest(data, *found[0]).encode()


def elf(data: bytes | bytearray) -> Elf:
    return Elf(bytes(data))


def headers(data: bytearray) -> list[int]:
    """Return where the program headers begin."""
    (offset,), (count,) = struct.unpack_from("<Q", data, 32), struct.unpack_from("<H", data, 56)
    return [offset + 56 * index for index in range(count)]


def tags(data: bytearray) -> list[int]:
    """Return where the entries of PT_DYNAMIC stand."""
    (at,) = [at for at in headers(data) if struct.unpack_from("<I", data, at)[0] == DYNAMIC]
    start, _, _, size = struct.unpack_from("<QQQQ", data, at + 8)
    return list(range(start, start + size, 16))


def tag(data: bytearray, wanted: int) -> int:
    return next(at for at in tags(data) if struct.unpack_from("<Q", data, at)[0] == wanted)


def value(data: bytearray, wanted: int) -> int:
    return int(struct.unpack_from("<Q", data, tag(data, wanted) + 8)[0])


def place(data: bytearray, wanted: int) -> int:
    """Return where in the file what a tag points to begins."""
    return elf(data).offset(value(data, wanted), 1)


def put(offset: int, form: str, *values: int) -> Edit:
    return lambda data: struct.pack_into(form, data, offset, *values)


def in_tag(wanted: int, number: int) -> Edit:
    return lambda data: struct.pack_into("<Q", data, tag(data, wanted) + 8, number)


def both(*edits: Edit) -> Edit:
    return lambda data: [edit(data) for edit in edits]


def cut(size: int) -> Edit:
    return lambda data: data.__delitem__(slice(size, None))


def appended(more: bytes) -> Edit:
    return lambda data: data.extend(more)


def replaced(old: bytes, new: bytes) -> Edit:
    """Overwrite the only place where `old` stands."""

    def edit(data: bytearray) -> None:
        assert data.count(old) == 1
        assert len(old) == len(new)
        at = data.index(old)
        data[at : at + len(old)] = new

    return edit


def renamed(old: bytes, new: bytes) -> Edit:
    """Overwrite a name of the string table."""
    return replaced(b"\0" + old + b"\0", b"\0" + new + b"\0")


def hash_flipped(path: str) -> Edit:
    def edit(data: bytearray) -> None:
        digest = bytes.fromhex(read_binary(bytes(data)).packages[path])
        data[data.index(digest)] ^= 1

    return edit


def symbol_of(data: bytearray, name: bytes) -> int:
    """Return where in the file the entry of one symbol stands."""
    table, strings = place(data, SYMTAB), place(data, STRTAB)
    at = data.index(b"\0" + name + b"\0", strings) + 1 - strings
    return next(one for one in range(table, strings, 24) if struct.unpack_from("<I", data, one)[0] == at)


def symbol_field(name: str, distance: int, form: str, number: int) -> Edit:
    """Overwrite a field of a package's hash: 0 name, 4 kind, 6 section, 8 address, 16 size."""
    return lambda data: struct.pack_into(form, data, symbol_of(data, PACKAGE + name.encode()) + distance, number)


def nameless(data: bytearray) -> None:
    """Let the name of the API's hash begin just past the string table."""
    symbol_field(SHARED, 0, "<I", value(data, STRSZ))(data)


def twice_defined(data: bytearray) -> None:
    """Let the hash of another package have the API's name."""
    name = struct.unpack_from("<I", data, symbol_of(data, PACKAGE + SHARED.encode()))[0]
    struct.pack_into("<I", data, symbol_of(data, PACKAGE + b"runtime"), name)


def without_path(data: bytearray) -> None:
    """Set the length of moduledata's plugin path to zero."""
    found = elf(data)
    relocations = Relocations(found)
    module = read_module_data(found, relocations, {PLUGIN_PATH})
    words, path = relocations.words(module.address, 80), module.path.encode()
    (at,) = (
        at for at in range(40, 79) if found.bytes_from(words[at], len(path)) == path and words[at + 1] == len(path)
    )
    struct.pack_into("<Q", data, found.offset(module.address, 640) + 8 * (at + 1), 0)


def no_sections(data: bytearray) -> None:
    """Remove the section headers, as `strip --strip-section-headers` does."""
    (start,) = struct.unpack_from("<Q", data, 40)
    struct.pack_into("<Q", data, 40, 0)
    struct.pack_into("<HHH", data, 58, 64, 0, 0)
    data[start:] = b""


def lying_sections(data: bytearray) -> None:
    """Let every section be elsewhere, and of another size."""
    start, (size, count) = struct.unpack_from("<Q", data, 40)[0], struct.unpack_from("<HH", data, 58)
    for at in range(start, start + size * count, size):
        struct.pack_into("<QQQ", data, at + 16, 0x1000, 64, 24 << 36)


def without_stops(data: bytearray) -> None:
    """Let no chain of the hash table end where it does."""
    start = place(data, GNU_HASH)
    buckets, _, words, _ = struct.unpack_from("<IIII", data, start)
    for at in range(start + 16 + words * 8 + buckets * 4, place(data, SYMTAB), 4):
        data[at] &= 0xFE


def searching(number: int) -> Edit:
    """Let RPATH or RUNPATH be `.`, which is made the end of another name."""

    def edit(data: bytearray) -> None:
        replaced(b"\0__gmon_start__\0", b"\0__gmon_start_.\0")(data)
        strings = place(data, STRTAB)
        offset = data.index(b".\0", data.index(b"\0__gmon_start_.\0")) - strings
        end = tag(data, 0)
        assert end + 16 in tags(data), "the linker left no spare entry"
        struct.pack_into("<QQ", data, end, number, offset)

    return edit


def other_version(data: bytearray) -> None:
    """Change the last digit of the Go version in the build information."""
    at = data.index(BUILD_INFO) + 32
    last = at + data[at]
    data[last] = ord("9") if data[last] != ord("9") else ord("8")


def stamp_says_so(data: bytearray) -> None:
    """Let the stamp name the Go version of the build information."""
    start, end = find_stamps(data)[0]
    at = data.index(b'"go":"', start, end) + 6
    version = read_binary(bytes(data)).go_version.encode()
    data[at : at + len(version)] = version


def in_stamp(old: bytes, new: bytes) -> Edit:
    def edit(data: bytearray) -> None:
        at = data.index(old, find_stamps(data)[0][0])
        data[at : at + len(old)] = new

    return edit


def stamp_instead(content: bytes) -> Edit:
    """Let the stamp be no stamp, and append another."""
    return both(replaced(BEGIN, b"X" * len(BEGIN)), appended(content))


def endless(data: bytearray) -> None:
    _, end = find_stamps(data)[0]
    data[end] = ord("}")


def in_load(field: int, number: int, which: int) -> Edit:
    """Overwrite a field of a loaded segment: 8 offset, 16 address, 32 size, 40 memory."""

    def edit(data: bytearray) -> None:
        at = [at for at in headers(data) if struct.unpack_from("<I", data, at)[0] == LOAD][which]
        struct.pack_into("<Q", data, at + field, number)

    return edit


def past_the_end(data: bytearray) -> None:
    """Let the last segment have some bytes of whatever will stand behind the image."""
    at = [at for at in headers(data) if struct.unpack_from("<I", data, at)[0] == LOAD][-1]
    size = len(data) + 64 - struct.unpack_from("<Q", data, at + 8)[0]
    struct.pack_into("<QQ", data, at + 32, size, size + (1 << 20))


def at_tag(wanted: int, distance: int, form: str, number: int) -> Edit:
    """Overwrite what a tag points to."""
    return lambda data: struct.pack_into(form, data, place(data, wanted) + distance, number)


def old_hash(count: int) -> Edit:
    """Let the hash table be a DT_HASH that names so many symbols."""

    def edit(data: bytearray) -> None:
        struct.pack_into("<I", data, place(data, GNU_HASH) + 4, count)
        struct.pack_into("<Q", data, tag(data, GNU_HASH), HASH)

    return edit

"""runtime.moduledata of a plugin: its path, and the types of what it exports.

No symbol leads there in a stripped plugin. The table of program counters begins with a magic number, and moduledata
with a pointer to that table. Layouts: runtime/symtab.go and internal/abi/type.go of Go 1.21 to 1.27.
"""

import struct
from collections.abc import Collection, Iterator, Mapping
from operator import add

from pluginkit.backends.go.binary.elf import CODE, CONSTANTS, DATA, Elf, ElfError
from pluginkit.backends.go.binary.relocations import Relocations
from pluginkit.core.frozen import EMPTY, record

_PCLNTAB = {62: b"\xf1\xff\xff\xff\0\0\1\x08", 183: b"\xf1\xff\xff\xff\0\0\4\x08"}
"""How the table begins since Go 1.20: magic number, two zeros, size of the smallest instruction, size of a pointer."""
_WORDS = 80
_TYPES = 37
"""Word of moduledata with the base of the types."""
_PATHS = (54, 51, 53, *range(40, _WORDS - 1))
"""Words at which the plugin's path can stand: of Go 1.26, 1.27, up to 1.25, and of Gos to come."""
_PTAB_BEFORE_PATH = 3
_MOST_EXPORTS = 1 << 12
_EXTRA_STAR = 2
_LONGEST_PATH, _LONGEST_NAME = 1 << 12, 1 << 16
_MOST_PACKAGES, _LONGEST_HASH = 1 << 16, 64
_WORDS_OF_HASH = 5
"""Words of runtime.modulehash: name, hash when it was linked, pointer to the hash when it runs."""


@record
class ModuleData:
    """What of moduledata is needed."""

    address: int = 0
    path: str = ""
    """As symbols spell it."""
    types: dict[str, str] | None = None
    """Exported name to type; None where they could not be read."""
    hashes: Mapping[str, str] = EMPTY
    """Import path to the hash (hex) that plugin.Open compares; empty where they could not be read."""


def read_module_data(elf: Elf, relocations: Relocations, paths: Collection[str]) -> ModuleData:
    """Return moduledata of the plugin whose path is among `paths`; empty where there is none."""
    for table in elf.find(_PCLNTAB[elf.machine], (CONSTANTS, CODE, DATA), 8):  # by linker, and by version of Go
        for address in relocations.pointers_to(table):
            try:
                words = relocations.words(address, _WORDS)
            except ElfError:
                continue
            for at in _PATHS:
                path = _text(elf, words[at], words[at + 1])
                if path in paths:
                    ptab = words[at - _PTAB_BEFORE_PATH : at]
                    exports = _exports(elf, words[_TYPES], *ptab[:2])
                    return ModuleData(address, path, exports, _hashes(elf, relocations, *words[at + 2 : at + 4]))
    return ModuleData()


def _text(elf: Elf, address: int, size: int) -> str:
    try:
        return _pointed_by(elf, address, size, _LONGEST_PATH).decode("utf-8")
    except UnicodeDecodeError:
        return ""


def _pointed_by(elf: Elf, address: int, size: int, most: int) -> bytes:
    """Return what a string header points to; nothing where that lies elsewhere or is too long."""
    if not 0 < size <= most:
        return b""
    try:
        return elf.bytes_at(address, size)
    except ElfError:
        return b""


def _hashes(elf: Elf, relocations: Relocations, table: int, count: int) -> Mapping[str, str]:
    """Decode the table of packages that plugin.Open goes through."""
    if not 0 < count <= _MOST_PACKAGES:
        return EMPTY
    try:
        words = relocations.words(table, count * _WORDS_OF_HASH)
    except ElfError:
        return EMPTY
    names, lengths, hashes, sizes = (words[at::_WORDS_OF_HASH] for at in range(4))
    paths = _all_pointed_by(elf, names, lengths, _LONGEST_PATH)
    digests = _all_pointed_by(elf, hashes, sizes, _LONGEST_HASH)
    if not paths or not digests:
        return EMPTY
    try:
        return {path.decode(): digest.hex() for path, digest in zip(paths, digests, strict=True)}
    except UnicodeDecodeError:
        return EMPTY


def _all_pointed_by(elf: Elf, addresses: list[int], sizes: list[int], most: int) -> list[bytes]:
    """Return what many string headers point to, of which the linker keeps the bytes together; or nothing at all."""
    low, high = min(addresses), max(map(add, addresses, sizes))
    if not 0 < min(sizes) <= max(sizes) <= most:
        return []
    try:
        base = elf.offset(low, high - low) - low
    except ElfError:
        found = [_pointed_by(elf, *header, most) for header in zip(addresses, sizes, strict=True)]
        return found if all(found) else []
    return [elf.data[base + at : base + at + size] for at, size in zip(addresses, sizes, strict=True)]


def _exports(elf: Elf, types: int, table: int, count: int) -> dict[str, str] | None:
    """Decode the table of exports, pairs of a name's and a type's distance from `types`."""
    if not 0 <= count <= _MOST_EXPORTS:
        return None
    if not count:
        return {}
    try:
        entries = struct.iter_unpack("<ii", elf.bytes_at(table, count * 8))
        found = dict(_entry(elf, types, name, type_) for name, type_ in entries)
    except (ElfError, UnicodeDecodeError):
        return None
    fit = all(name.isidentifier() and type_.isprintable() and type_ for name, type_ in found.items())
    return found if fit else None


def _entry(elf: Elf, base: int, name: int, type_: int) -> tuple[str, str]:
    """Return name and type of one entry; functions are values, variables are pointers to theirs."""
    flags, at = elf.bytes_at(base + type_ + 20, 1)[0], base + type_ + 40
    spelled = _name(elf, base + struct.unpack("<i", elf.bytes_at(at, 4))[0])
    return _name(elf, base + name), spelled[1:] if flags & _EXTRA_STAR else spelled


def _name(elf: Elf, address: int) -> str:
    """Return an abi.Name: a byte of flags, a varint length, the bytes."""
    lengths = [*_varint(elf, address + 1)]
    size = sum((byte & 127) << 7 * place for place, byte in enumerate(lengths))
    if size > _LONGEST_NAME:
        raise ElfError(f"a name has {size} bytes")
    return elf.bytes_at(address + 1 + len(lengths), size).decode("utf-8")


def _varint(elf: Elf, address: int) -> Iterator[int]:
    for place in range(3):
        byte = elf.bytes_at(address + place, 1)[0]
        yield byte
        if byte < 128:
            return

"""runtime.moduledata of a plugin: its path, and the types of what it exports.

No symbol leads there in a stripped plugin. The table of program counters begins with a magic number, and moduledata
with a pointer to that table. Pointers of a shared object stand in its relocations only. Layouts: runtime/symtab.go and
internal/abi/type.go of Go 1.21 to 1.27.
"""

import struct
from collections.abc import Collection, Iterator
from typing import NamedTuple

from pluginkit.backends.go.binary.elf import Elf, ElfError

_PCLNTAB = {62: b"\xf1\xff\xff\xff\0\0\1\x08", 183: b"\xf1\xff\xff\xff\0\0\4\x08"}
"""How the table begins since Go 1.20: magic number, two zeros, size of the smallest instruction, size of a pointer."""
_FIRST_WORDS, _LAST_WORDS = 20, 90
"""Between which words of moduledata the plugin's path is looked for."""
_TYPES_BEFORE_PTAB = (14, 11, 13)
"""Words from the base of the types to the table of exports: Go 1.26, 1.27, and up to 1.25."""
_MOST_EXPORTS = 1 << 16
_EXTRA_STAR = 2
_LONGEST = 1 << 16


class ModuleData(NamedTuple):
    """What of moduledata is needed."""

    address: int = 0
    path: str = ""
    types: dict[str, str] | None = None
    """Exported name to type; None where they could not be read."""


def read_module_data(elf: Elf, packages: Collection[str]) -> ModuleData:
    """Return moduledata of a plugin with those packages; empty where there is none."""
    for table in elf.find(_PCLNTAB[elf.machine], writable=False, step=8):
        for address in elf.pointers_to(table):
            found = _at(elf, address, packages)
            if found.path:
                return found
    return ModuleData()


def _at(elf: Elf, address: int, packages: Collection[str]) -> ModuleData:
    try:
        words = struct.unpack(f"<{_LAST_WORDS}Q", elf.bytes_at(address, _LAST_WORDS * 8))
    except ElfError:
        return ModuleData()
    pointers = elf.pointers_from(address, _LAST_WORDS * 8)
    for word in range(_FIRST_WORDS, _LAST_WORDS - 1):
        size = words[word + 1]
        if 0 < size < _LONGEST:
            path = _text(elf, pointers.get(word * 8) or 0, size)
            if path in packages:
                return ModuleData(address, path, _exports(elf, address, word - 3))
    return ModuleData(address)


def _text(elf: Elf, address: int, size: int) -> str:
    try:
        return elf.bytes_at(address, size).decode("utf-8")
    except (ElfError, UnicodeDecodeError):
        return ""


def _exports(elf: Elf, address: int, ptab: int) -> dict[str, str] | None:
    """Decode the table of exports, which is at word `ptab`."""
    table, (count,) = elf.pointer(address + ptab * 8), struct.unpack("<Q", elf.bytes_at(address + ptab * 8 + 8, 8))
    if count > _MOST_EXPORTS:
        return None
    for distance in _TYPES_BEFORE_PTAB:
        base = elf.pointer(address + (ptab - distance) * 8)
        try:
            entries = struct.iter_unpack("<ii", elf.bytes_at(table, count * 8))
            found = dict(_entry(elf, base, name, type_) for name, type_ in entries)
        except (ElfError, UnicodeDecodeError):
            continue
        if all(name.isidentifier() and type_.isprintable() and type_ for name, type_ in found.items()):
            return found
    return None


def _entry(elf: Elf, base: int, name: int, type_: int) -> tuple[str, str]:
    """Return name and type of one entry; functions are values, variables are pointers to theirs."""
    flags, at = elf.bytes_at(base + type_ + 20, 1)[0], base + type_ + 40
    spelled = _name(elf, base + struct.unpack("<i", elf.bytes_at(at, 4))[0])
    return _name(elf, base + name), spelled[1:] if flags & _EXTRA_STAR else spelled


def _name(elf: Elf, address: int) -> str:
    """Return an abi.Name: a byte of flags, a varint length, the bytes."""
    size = sum((byte & 127) << 7 * place for place, byte in enumerate(_varint(elf, address + 1)))
    start = address + 1 + (1 if size < 128 else 2 if size < 1 << 14 else 3)
    return elf.bytes_at(start, min(size, _LONGEST)).decode("utf-8")


def _varint(elf: Elf, address: int) -> Iterator[int]:
    for place in range(3):
        byte = elf.bytes_at(address + place, 1)[0]
        yield byte
        if byte < 128:
            return

"""What an object asks of the dynamic loader: libraries, versions of their symbols, symbols, thread-local storage.

Follows the System V ABI (gABI), chapter 5, and the Linux Standard Base, chapter 10 (symbol versioning).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from pluginkit.backends.go.binary.elf import RPATH, RUNPATH, Elf, ElfError
from pluginkit.backends.go.binary.symbols import Symbols
from pluginkit.core.linking import Linking

_RELA, _RELASZ, _VERSYM, _VERNEED, _VERNEEDNUM = 7, 8, 0x6FFFFFF0, 0x6FFFFFFE, 0x6FFFFFFF
_TPOFF = {62: 18, 183: 1030}
"""R_X86_64_TPOFF64 and R_AARCH64_TLS_TPREL64: an offset from the thread's pointer, which only the static block has."""
_ENTRY = 24
_MOST_LIBRARIES, _MOST_VERSIONS, _LONGEST_PATH, _LONGEST_NAME = 1 << 8, 1 << 12, 1 << 12, 1 << 12
_WEAK_VERSION, _WEAK, _INDEX = 2, 2, 0x7FFF
_GO_TLS = 8
"""Bytes that each plugin of Go has, and that the host's definition of the same symbol takes the place of."""


def read_linking(elf: Elf, symbols: Symbols) -> Linking:
    """Return what an object asks of the dynamic loader. Raises ElfError for tables that are damaged."""
    if not symbols.strings:
        return Linking(_interpreter(elf))
    if len(elf.needed) > _MOST_LIBRARIES:
        raise ElfError(f"needs {len(elf.needed)} libraries")
    needs = dict(_versions(elf, symbols))
    undefined = _undefined(elf, symbols, {at: pair[1] for at, (pair, _) in needs.items()})
    return Linking(
        interpreter=_interpreter(elf),
        needed=tuple(map(symbols.string, elf.needed)),
        rpath=_text(elf, symbols, RPATH),
        runpath=_text(elf, symbols, RUNPATH),
        versions=tuple(dict.fromkeys(pair for pair, weak in needs.values() if not weak)),
        undefined=() if elf.is_program else undefined,
        needed_symbols=frozenset(undefined if elf.is_program and elf.binds_now else ()),
        static_tls=_static_tls(elf),
    )


def _interpreter(elf: Elf) -> str:
    start, size = elf.interpreter
    if size > _LONGEST_PATH:
        raise ElfError("the path of its dynamic loader is too long")
    return elf.data[start : start + size].partition(b"\0")[0].decode("utf-8", "replace")


def _text(elf: Elf, symbols: Symbols, tag: int) -> str:
    return symbols.string(elf.dynamic[tag]) if tag in elf.dynamic else ""


def _versions(elf: Elf, symbols: Symbols) -> Iterator[tuple[int, tuple[tuple[str, str], bool]]]:
    """Yield of DT_VERNEED the index by which symbols name a version, (library, version), and whether it is weak."""
    if _VERNEED not in elf.dynamic:
        return
    at, count = elf.dynamic[_VERNEED], 0
    for _ in range(min(elf.dynamic.get(_VERNEEDNUM, 0), _MOST_LIBRARIES)):
        _, entries, file, first, following = struct.unpack("<HHIII", elf.bytes_at(at, 16))
        library, one = symbols.string(file), at + first
        count += entries
        if count > _MOST_VERSIONS:
            raise ElfError("needs too many versions of symbols")
        for _ in range(entries):
            _, flags, index, name, step = struct.unpack("<IHHII", elf.bytes_at(one, 16))
            yield index & _INDEX, ((library, symbols.string(name)), bool(flags & _WEAK_VERSION))
            if not step:
                break
            one += step
        if not following:
            break
        at += following


def _undefined(elf: Elf, symbols: Symbols, versions: dict[int, str]) -> tuple[tuple[str, str], ...]:
    table, strings = symbols.table, symbols.strings
    low, high = table[6::_ENTRY], table[7::_ENTRY]
    indexes = elf.bytes_at(elf.dynamic[_VERSYM], len(low) * 2) if versions and _VERSYM in elf.dynamic else b""
    found, at = [], low.find(0, 1)  # the first entry is not a symbol
    while at > 0:
        if not high[at] and table[at * _ENTRY + 4] >> 4 != _WEAK:
            start = int.from_bytes(table[at * _ENTRY : at * _ENTRY + 4], "little")
            name = strings[start : start + _LONGEST_NAME].partition(b"\0")[0].decode("utf-8", "replace")
            index = int.from_bytes(indexes[at * 2 : at * 2 + 2], "little") & _INDEX
            found.append((name, versions.get(index, "")))
        at = low.find(0, at + 1)
    return tuple(found)


def _static_tls(elf: Elf) -> int:
    """Return the bytes of thread-local storage of an object that reaches some of it by the thread's pointer."""
    if elf.thread_local <= _GO_TLS:
        return 0
    table = elf.table(_RELA, _RELASZ)
    wanted = struct.pack("<I", _TPOFF[elf.machine]) + bytes(4)
    at = table.find(wanted)
    while at >= 0:
        if at % _ENTRY == 8:  # without a symbol: storage of the object's own
            return elf.thread_local
        at = table.find(wanted, at + 1)
    return 0

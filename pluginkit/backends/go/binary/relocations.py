"""Pointers of a shared object, which stand in its relocations: what each will be when it is loaded at zero."""

import struct
from collections.abc import Iterator
from functools import cached_property

from pluginkit.backends.go.binary.elf import DATA, Elf, ElfError

_RELA, _RELASZ, _RELAENT, _JMPREL, _PLTRELSZ, _RELR = 7, 8, 9, 23, 2, 36
_RELATIVE = {62: 8, 183: 1027}
"""R_X86_64_RELATIVE and R_AARCH64_RELATIVE."""
_ENTRY = 24
_MOST_POINTERS, _MOST_TRIES = 8, 1024


class Relocations:
    """DT_RELA and DT_JMPREL. What DT_RELR relocates stands in the file itself."""

    def __init__(self, elf: Elf) -> None:
        self._elf = elf
        self._relative = _RELATIVE[elf.machine]

    @cached_property
    def _table(self) -> bytes:
        size = self._elf.dynamic.get(_RELAENT, _ENTRY)
        if size != _ENTRY:
            raise ElfError(f"its relocations have {size} bytes, expected {_ENTRY}")
        return self._elf.table(_RELA, _RELASZ)

    def words(self, address: int, count: int) -> list[int]:
        """Return `count` words at `address`, pointers filled in.

        Linkers sort relocations by address: they are read from that of the first word.
        """
        words = list(struct.unpack(f"<{count}Q", self._elf.bytes_at(address, count * 8)))
        at = _aligned(self._table, struct.pack("<Q", address), 0)
        rows = self._table[at : at + count * _ENTRY] if at >= 0 else b""
        for place, info, addend in struct.iter_unpack("<QQq", rows[: len(rows) // _ENTRY * _ENTRY]):
            if not address <= place < address + count * 8:
                break
            if info == self._relative and place % 8 == address % 8:
                words[(place - address) // 8] = addend
        return words

    def pointers_to(self, address: int) -> Iterator[int]:
        """Yield where pointers to `address` will stand, a few at most."""
        wanted = struct.pack("<Qq", self._relative, address)
        at = _aligned(self._table, wanted, 8)
        for _ in range(_MOST_POINTERS):
            if at < 0:
                break
            yield int(struct.unpack_from("<Q", self._table, at)[0])
            at = _aligned(self._table, wanted, 8, at + _ENTRY)
        if _RELR in self._elf.dynamic:
            yield from self._elf.find(struct.pack("<Q", address), (DATA,), 8)

    def symbol_of(self, slot: int) -> int:
        """Return the index of the symbol whose address will stand in `slot` of the global offset table, or 0."""
        return self._slots.get(slot, 0)

    @cached_property
    def _slots(self) -> dict[int, int]:
        tables = (self._elf.table(_JMPREL, _PLTRELSZ), self._table)
        entries = (one for table in tables for one in struct.iter_unpack("<QQq", table[: len(table) // 24 * 24]))
        return {place: info >> 32 for place, info, _ in entries if info >> 32}


def _aligned(table: bytes, wanted: bytes, inside: int, start: int = 0) -> int:
    """Return where the first entry of `table` begins that has `wanted` at `inside`, or -1."""
    at = table.find(wanted, start)
    for _ in range(_MOST_TRIES):
        if at < 0 or at % _ENTRY == inside:
            break
        at = table.find(wanted, at + 1)
    return at - inside if at >= 0 and at % _ENTRY == inside else -1

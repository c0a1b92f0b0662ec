"""The dynamic symbols of an object: their names, and what they stand for."""

import struct
from collections.abc import Iterator, Mapping
from functools import cached_property
from operator import length_hint

from pluginkit.backends.go.binary.elf import Elf, ElfError
from pluginkit.core.frozen import record

_HASH, _STRTAB, _SYMTAB, _STRSZ, _SYMENT, _GNU_HASH = 4, 5, 6, 10, 11, 0x6FFFFEF5
_MOST_SYMBOLS, _LONGEST_CHAIN, _LONGEST_NAME = 1 << 22, 1 << 10, 1 << 12
_ENTRY = 24
_SYMBOL = struct.Struct("<IBBHQQ")
_LOWEST_BIT = bytes(byte & 1 for byte in range(256))


@record
class Symbol:
    """One entry of the dynamic symbol table."""

    kind: int
    """STT_NOTYPE 0, STT_OBJECT 1, STT_FUNC 2."""
    defined: bool
    address: int
    size: int


class Symbols:
    """DT_SYMTAB with DT_STRTAB; of DT_GNU_HASH and DT_HASH the one that the loader uses."""

    def __init__(self, elf: Elf) -> None:
        self._elf = elf
        self.strings = elf.table(_STRTAB, _STRSZ)
        """The string table: empty, or ending in a NUL."""
        if self.strings and self.strings[-1]:
            raise ElfError("its string table has no end")

    def string(self, offset: int) -> str:
        """Return one string of the string table."""
        end = self.strings.find(b"\0", offset)
        if end < 0:
            raise ElfError("a name lies outside its string table")
        return self.strings[offset:end].decode("utf-8", "replace")

    def places(self, name: bytes) -> Iterator[int]:
        """Yield where in the string table a symbol of that name can have its name: strings share their endings."""
        at = self.strings.find(name + b"\0")
        while at >= 0:
            yield at
            at = self.strings.find(name + b"\0", at + 1)

    @cached_property
    def table(self) -> bytes:
        """The entries, 24 bytes each."""
        if _SYMTAB not in self._elf.dynamic or not self.strings:
            return b""
        size = self._elf.dynamic.get(_SYMENT, _ENTRY)
        if size != _ENTRY:
            raise ElfError(f"its symbols have {size} bytes, expected {_ENTRY}")
        return self._elf.bytes_at(self._elf.dynamic[_SYMTAB], self._count() * _ENTRY)

    @cached_property
    def _starts(self) -> list[int]:
        starts = memoryview(self.table).cast("I")[::6].tolist()
        if self._astray(starts):
            raise ElfError("a name lies outside its string table")
        return starts

    def _astray(self, starts: list[int]) -> bool:
        """Return whether a name begins 64 kB or more past the string table, where a loader that reads it can crash.

        Two columns of bytes tell, at a tenth of the cost of comparing every offset; larger tables are rare.
        """
        pages = len(self.strings) >> 16
        if pages > 0xFF:
            return max(starts, default=0) >= len(self.strings)
        third, fourth = self.table[2::_ENTRY], self.table[3::_ENTRY]
        return fourth != bytes(len(fourth)) or bool(third.translate(None, bytes(range(pages + 1))))

    @cached_property
    def starts(self) -> frozenset[int]:
        """Where in the string table the names of symbols begin."""
        return frozenset(self._starts)

    def _count(self) -> int:
        """Return the number of symbols, which only the hash tables know."""
        elf = self._elf
        if _GNU_HASH in elf.dynamic:
            return self._count_of_gnu_hash(elf.dynamic[_GNU_HASH])
        if _HASH in elf.dynamic:
            count = int(struct.unpack("<II", elf.bytes_at(elf.dynamic[_HASH], 8))[1])
            if count > _MOST_SYMBOLS:
                raise ElfError(f"its hash table names {count} symbols")
            return count
        raise ElfError("its symbols have no hash table")

    def _count_of_gnu_hash(self, address: int) -> int:
        buckets, first, words, _ = struct.unpack("<IIII", self._elf.bytes_at(address, 16))
        if max(buckets, first, words) > _MOST_SYMBOLS:
            raise ElfError("its hash table has impossible sizes")
        at = address + 16 + words * 8
        last = _largest(self._elf.bytes_at(at, buckets * 4))
        if last > _MOST_SYMBOLS:
            raise ElfError(f"its hash table names symbol {last}")
        if last < first:
            return int(first)
        chain = at + (buckets + last - first) * 4
        for most in (1 << 8, _MOST_SYMBOLS * 4):
            end = self._elf.bytes_from(chain, most)[::4].translate(_LOWEST_BIT).find(1)
            if end >= 0 and not self._is_inside(address, chain + end * 4):
                return last + end + 1
        raise ElfError("a chain of its hash table has no end")

    def _is_inside(self, first: int, last: int) -> bool:
        """Return whether the symbols, or their names, begin between two addresses."""
        return any(first < self._elf.dynamic[tag] <= last for tag in (_SYMTAB, _STRTAB))

    def named(self, names: Mapping[int, bytes]) -> dict[bytes, Symbol]:
        """Return the symbols whose names stand at the given offsets of the string table, by these names.

        Raises ElfError for a name that is defined twice.
        """
        found: dict[bytes, Symbol] = {}
        ahead = iter(self._starts)
        for start in filter(frozenset(names).__contains__, ahead):  # nearly all are others: no number is made of them
            index = len(self._starts) - length_hint(ahead) - 1
            name, symbol = names[start], self._symbol(index)
            if symbol.defined and name in found and found[name].defined:
                raise ElfError(f"defines {name.decode('utf-8', 'replace')} twice")
            if symbol.defined or name not in found:
                found[name] = symbol
        return found

    def lookup(self, name: bytes) -> Symbol | None:
        """Return the symbol that the dynamic linker finds by that name: a defined one, by way of DT_GNU_HASH."""
        address = self._elf.dynamic.get(_GNU_HASH)
        if address is None:
            found = self.named(dict.fromkeys(self.places(name), name)).get(name)
            return found if found and found.defined else None
        buckets, first, words, _ = struct.unpack("<IIII", self._elf.bytes_at(address, 16))
        if not buckets:
            return None
        wanted = 5381
        for byte in name:
            wanted = (wanted * 33 + byte) & 0xFFFFFFFF
        heads = address + 16 + words * 8
        (index,) = struct.unpack("<I", self._elf.bytes_at(heads + wanted % buckets * 4, 4))
        if not first <= index < len(self._starts):
            return None
        chain = self._elf.bytes_from(heads + (buckets + index - first) * 4, _LONGEST_CHAIN * 4)
        for at, (hashed,) in enumerate(struct.iter_unpack("<I", chain[: len(chain) // 4 * 4]), index):
            if hashed | 1 == wanted | 1 and self._is(at, name):
                return self._symbol(at)
            if hashed & 1:
                return None
        return None

    def name(self, index: int) -> str:
        """Return the name of one symbol; of an overlong one the beginning."""
        if not 0 <= index < len(self._starts):
            raise ElfError(f"names symbol {index}, and has {len(self._starts)}")
        start = self._starts[index]
        return self.strings[start : start + _LONGEST_NAME].partition(b"\0")[0].decode("utf-8", "replace")

    def _is(self, index: int, name: bytes) -> bool:
        return index < len(self._starts) and self.strings.startswith(name + b"\0", self._starts[index])

    def _symbol(self, index: int) -> Symbol:
        _, info, _, section, address, size = _SYMBOL.unpack_from(self.table, index * _ENTRY)
        return Symbol(info & 15, section != 0, address, size)


def _largest(numbers: bytes) -> int:
    """Return the largest of many numbers of 32 bits, or 0.

    Goes from the highest byte down, through those that are the largest so far: hardly a number has to be unpacked.
    """
    found, rows = 0, numbers
    for place in (3, 2, 1, 0):
        column = rows[place::4]
        if column.count(0) < len(column):
            top = next(byte for byte in range(255, 0, -1) if byte in column)
            rows = b"".join(_rows_with(rows, column, top))
            found |= top << 8 * place
    return found


def _rows_with(rows: bytes, column: bytes, byte: int) -> Iterator[bytes]:
    at = column.find(byte)
    while at >= 0:
        yield rows[at * 4 : at * 4 + 4]
        at = column.find(byte, at + 1)

"""An ELF object by its program headers and PT_DYNAMIC, as the dynamic loader sees it.

Section headers are never read: they can be missing, or lie. Every count, offset and size is checked against the file,
so that malformed input costs no more than its own length. Follows the System V ABI (gABI), chapters 4 and 5.
"""

import struct
from collections.abc import Iterator
from functools import cached_property
from itertools import compress
from typing import NamedTuple

MACHINES = {62: "amd64", 183: "arm64"}
RELATIVE = {62: 8, 183: 1027}
"""R_X86_64_RELATIVE and R_AARCH64_RELATIVE."""
EXECUTABLE, SHARED = 2, 3
WRITABLE, RUNNABLE = 2, 1

_LOAD, _DYNAMIC, _INTERP = 1, 2, 3
_HASH, _STRTAB, _SYMTAB, _RELA, _RELASZ, _RELAENT, _STRSZ, _SYMENT = 4, 5, 6, 7, 8, 9, 10, 11
_GNU_HASH, _FLAGS_1, _PIE = 0x6FFFFEF5, 0x6FFFFFFB, 0x08000000
RPATH, RUNPATH, INIT_ARRAY, INIT_ARRAYSZ = 15, 29, 25, 27
_MOST_SEGMENTS, _MOST_TAGS, _MOST_SYMBOLS = 256, 4096, 1 << 22
_SYMBOL, _RELOCATION = 24, 24


class ElfError(ValueError):
    """A file that is no object this reader reads; `code` is the rule that refuses it."""

    def __init__(self, message: str, code: str = "PK101") -> None:
        super().__init__(message)
        self.code = code


class Segment(NamedTuple):
    """One PT_LOAD: what of the file is mapped where."""

    flags: int
    offset: int
    address: int
    size: int
    """Bytes that come from the file."""


class Symbol(NamedTuple):
    """One entry of the dynamic symbol table."""

    kind: int
    """STT_NOTYPE 0, STT_OBJECT 1, STT_FUNC 2."""
    defined: bool
    address: int
    size: int


class Elf:
    """A parsed object. Raises ElfError from the constructor and from every property."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        if len(data) < 64 or data[:4] != b"\x7fELF":
            raise ElfError("no ELF object" if data else "empty")
        if data[4] != 2 or data[5] != 1:
            raise ElfError(
                "an ELF object of another class or byte order: Go's plugins are 64-bit, little-endian", "PK403"
            )
        self.type, self.machine = struct.unpack_from("<HH", data, 16)
        self.system = data[7]
        if self.machine not in MACHINES:
            raise ElfError(f"built for ELF machine {self.machine}, expected amd64 (62) or arm64 (183)", "PK403")
        if self.type not in (EXECUTABLE, SHARED):
            raise ElfError(f"ELF type {self.type}: neither an executable nor a shared object")
        self.segments: list[Segment] = []
        self.dynamic: dict[int, int] = {}
        self.interpreted = False
        self._read_headers()

    def _read_headers(self) -> None:
        (offset,) = struct.unpack_from("<Q", self.data, 32)
        size, count = struct.unpack_from("<HH", self.data, 54)
        if size != 56 or not 0 < count <= _MOST_SEGMENTS or offset + size * count > len(self.data):
            raise ElfError("its program headers do not lie in the file")
        dynamic = None
        for index in range(count):
            kind, flags, start, address, _, held, memory, _ = struct.unpack_from(
                "<IIQQQQQQ", self.data, offset + index * size
            )
            if kind in (_LOAD, _DYNAMIC) and start + held > len(self.data):
                raise ElfError("a segment reaches past the end of the file: truncated?")
            if kind == _LOAD:
                self._add(Segment(flags, start, address, held), memory)
            elif kind == _DYNAMIC:
                dynamic = (start, held)
            self.interpreted |= kind == _INTERP
        if dynamic:
            self._read_dynamic(*dynamic)

    def _add(self, segment: Segment, memory: int) -> None:
        if memory < segment.size or segment.address + memory > 1 << 63:
            raise ElfError("a segment has impossible sizes")
        if self.segments and segment.address < self.segments[-1].address + self.segments[-1].size:
            raise ElfError("its segments overlap, or are out of order")
        self.segments.append(segment)

    def _read_dynamic(self, start: int, size: int) -> None:
        for index in range(min(size // 16, _MOST_TAGS)):
            tag, value = struct.unpack_from("<QQ", self.data, start + index * 16)
            if tag == 0:
                return
            self.dynamic.setdefault(tag, value)
        raise ElfError("its dynamic section has no end")

    @property
    def is_program(self) -> bool:
        """True for what is started, not loaded."""
        return self.type == EXECUTABLE or self.interpreted or bool(self.dynamic.get(_FLAGS_1, 0) & _PIE)

    def offset(self, address: int, size: int) -> int:
        """Return where in the file `size` bytes at a virtual address lie; ElfError where they do not."""
        for segment in self.segments:
            if segment.address <= address and address + size <= segment.address + segment.size:
                return segment.offset + address - segment.address
        raise ElfError(f"an address ({address:#x}) lies outside its segments")

    def bytes_at(self, address: int, size: int) -> bytes:
        """Return `size` bytes at a virtual address."""
        start = self.offset(address, size)
        return self.data[start : start + size]

    def find(self, needle: bytes, *, writable: bool, step: int = 1, most: int = 16) -> Iterator[int]:
        """Yield the addresses, multiples of `step`, at which `needle` lies in the data that is writable, or is not."""
        for segment in reversed(self.segments):  # tables of the dynamic linker fill the first of them
            if bool(segment.flags & WRITABLE) != writable or segment.flags & RUNNABLE:
                continue
            end = segment.offset + segment.size
            at = self.data.find(needle, segment.offset, end)
            while at >= 0 and most > 0:
                address = segment.address + at - segment.offset
                if address % step == 0:
                    most -= 1
                    yield address
                at = self.data.find(needle, at + 1, end)

    @cached_property
    def strings(self) -> bytes:
        """The dynamic string table."""
        if _STRTAB not in self.dynamic:
            return b""
        return self.bytes_at(self.dynamic[_STRTAB], self.dynamic.get(_STRSZ, 0))

    def names(self, ending: bytes) -> Iterator[int]:
        """Yield where in the string table `ending`, the last part of a name, begins."""
        at = self.strings.find(ending + b"\0")
        while at >= 0:
            yield at
            at = self.strings.find(ending + b"\0", at + 1)

    def string(self, offset: int) -> str:
        """Return one string of the dynamic string table."""
        end = self.strings.find(b"\0", offset)
        if not 0 <= offset <= len(self.strings) or end < 0:
            raise ElfError("a name lies outside its string table")
        return self.strings[offset:end].decode("utf-8", "replace")

    @cached_property
    def _symbols(self) -> bytes:
        if _SYMTAB not in self.dynamic or not self.strings:
            return b""
        if self.dynamic.get(_SYMENT, _SYMBOL) != _SYMBOL:
            raise ElfError(f"its symbols have {self.dynamic[_SYMENT]} bytes, expected {_SYMBOL}")
        return self.bytes_at(self.dynamic[_SYMTAB], self._count() * _SYMBOL)

    def _count(self) -> int:
        """Return the number of dynamic symbols, which only the hash tables know."""
        if _GNU_HASH in self.dynamic:
            return self._count_of_gnu_hash(self.dynamic[_GNU_HASH])
        if _HASH in self.dynamic:
            count = int(struct.unpack("<II", self.bytes_at(self.dynamic[_HASH], 8))[1])
            if count > _MOST_SYMBOLS:
                raise ElfError(f"its hash table names {count} symbols")
            return count
        raise ElfError("its symbols have no hash table")

    def _count_of_gnu_hash(self, address: int) -> int:
        buckets, first, words, _ = struct.unpack("<IIII", self.bytes_at(address, 16))
        if max(buckets, first, words) > _MOST_SYMBOLS:
            raise ElfError("its hash table has impossible sizes")
        at = address + 16 + words * 8
        heads: tuple[int, ...] = struct.unpack(f"<{buckets}I", self.bytes_at(at, buckets * 4))
        last = max(heads, default=0)
        if last > _MOST_SYMBOLS:
            raise ElfError(f"its hash table names symbol {last}")
        if last < first:
            return int(first)
        chain = at + buckets * 4
        while not self.bytes_at(chain + (last - first) * 4, 1)[0] & 1:
            last += 1
        return last + 1

    def symbols(self, names: dict[int, str]) -> dict[str, Symbol]:
        """Return the symbols whose names stand at the given offsets of the string table.

        Raises ElfError for a name that is defined twice.
        """
        found: dict[str, Symbol] = {}
        starts = memoryview(self._symbols).cast("I")[::6].tolist()
        for index in compress(range(len(starts)), map(names.__contains__, starts)):
            at = starts[index]
            _, info, _, section, address, size = struct.unpack_from("<IBBHQQ", self._symbols, index * _SYMBOL)
            if names[at] in found and found[names[at]].defined and section:
                raise ElfError(f"defines {names[at]} twice")
            found[names[at]] = Symbol(info & 15, section != 0, address, size)
        return found

    def lookup(self, name: str) -> Symbol | None:
        """Return the symbol that the dynamic linker finds by that name: a defined one, by way of DT_GNU_HASH."""
        address = self.dynamic.get(_GNU_HASH)
        if address is None:
            return self.symbols(dict.fromkeys(self.names(name.encode()), name)).get(name)
        buckets, first, words, _ = struct.unpack("<IIII", self.bytes_at(address, 16))
        if not buckets:
            return None
        wanted = 5381
        for byte in name.encode():
            wanted = (wanted * 33 + byte) & 0xFFFFFFFF
        heads = address + 16 + words * 8
        (index,) = struct.unpack("<I", self.bytes_at(heads + wanted % buckets * 4, 4))
        for at in range(index, len(self._symbols) // _SYMBOL if index >= first else index):
            (hashed,) = struct.unpack("<I", self.bytes_at(heads + (buckets + at - first) * 4, 4))
            if hashed | 1 == wanted | 1:
                start, info, _, section, value, size = struct.unpack_from("<IBBHQQ", self._symbols, at * _SYMBOL)
                if self.string(start) == name:
                    return Symbol(info & 15, section != 0, value, size)
            if hashed & 1:
                break
        return None

    @cached_property
    def _relocations(self) -> bytes:
        if _RELA not in self.dynamic:
            return b""
        if self.dynamic.get(_RELAENT, _RELOCATION) != _RELOCATION:
            raise ElfError(f"its relocations have {self.dynamic[_RELAENT]} bytes, expected {_RELOCATION}")
        return self.bytes_at(self.dynamic[_RELA], self.dynamic.get(_RELASZ, 0))

    def pointer(self, address: int) -> int:
        """Return the pointer that will stand at `address` when the object is loaded at zero."""
        at = _aligned(self._relocations, struct.pack("<Q", address), 0)
        if at >= 0:
            _, info, addend = struct.unpack_from("<QQq", self._relocations, at)
            return int(addend) if info == RELATIVE[self.machine] else 0
        return int(struct.unpack("<Q", self.bytes_at(address, 8))[0])

    def pointers_from(self, address: int, size: int) -> dict[int, int]:
        """Return the pointers that will stand in `size` bytes at `address`, by their distance from it.

        Linkers sort relocations by address; those of an object that is not sorted are found by `pointer`.
        """
        at = max(_aligned(self._relocations, struct.pack("<Q", address), 0), 0)
        found: dict[int, int] = {}
        for _ in range(size // 8):
            if at + _RELOCATION > len(self._relocations):
                break
            place, info, addend = struct.unpack_from("<QQq", self._relocations, at)
            if not address <= place < address + size:
                break
            if info == RELATIVE[self.machine]:
                found[int(place - address)] = int(addend)
            at += _RELOCATION
        return found

    def pointers_to(self, address: int) -> Iterator[int]:
        """Yield where pointers to `address` will stand, at most 64."""
        wanted = struct.pack("<Qq", RELATIVE[self.machine], address)
        at = _aligned(self._relocations, wanted, 8)
        for _ in range(64):
            if at < 0:
                return
            yield int(struct.unpack_from("<Q", self._relocations, at)[0])
            at = _aligned(self._relocations, wanted, 8, at + _RELOCATION)


def _aligned(table: bytes, wanted: bytes, inside: int, start: int = 0) -> int:
    """Return where the first entry of `table` begins that has `wanted` at `inside`, or -1."""
    at = table.find(wanted, start)
    for _ in range(1024):
        if at < 0 or at % _RELOCATION == inside:
            break
        at = table.find(wanted, at + 1)
    return at - inside if at >= 0 and at % _RELOCATION == inside else -1

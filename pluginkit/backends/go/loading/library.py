"""One shared library as the dynamic loader sees it: what it needs, and which symbols and versions it defines."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from functools import cached_property

from pluginkit.backends.go.binary.content import read_data
from pluginkit.backends.go.binary.elf import Elf, ElfError
from pluginkit.backends.go.binary.needs import read_linking
from pluginkit.backends.go.binary.symbols import Symbols
from pluginkit.core.frozen import replace
from pluginkit.core.linking import Linking

_SONAME, _GNU_HASH, _VERSYM, _VERDEF, _VERDEFNUM = 14, 0x6FFFFEF5, 0x6FFFFFF0, 0x6FFFFFFC, 0x6FFFFFFD
_ENTRY, _MOST, _LONGEST_CHAIN = 24, 1 << 12, 1 << 10
_HIDDEN, _INDEX, _BASE = 0x8000, 0x7FFF, 1


class Library:
    """A file that was read; ElfError or OSError from the constructor where it is not a library of a machine known."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._elf = Elf(read_data(path, populated=False))
        self._symbols = Symbols(self._elf)
        self.machine = self._elf.machine
        soname = self._elf.dynamic.get(_SONAME)
        self.soname = "" if soname is None else self._symbols.string(soname)

    @cached_property
    def linking(self) -> Linking:
        """What it asks of the loader in its turn."""
        return replace(read_linking(self._elf, self._symbols), file=self.path)

    @cached_property
    def versions(self) -> Mapping[int, str]:
        """Return the versions that it defines, by the index that its symbols have; empty for a library without any."""
        return dict(self._definitions())

    def contains(self, text: bytes) -> bool:
        """Return whether some bytes stand in the file."""
        return self._elf.data.find(text) >= 0

    def defines(self, name: str, version: str, *, versioned: bool) -> bool:
        """Return whether a reference to a symbol would be bound here.

        `version` is empty where any will do; a loader that is not `versioned` does not look at it.
        """
        indexes = self._indexes if versioned else b""
        for at in self._places(name.encode()):
            if not any(self._symbols.table[at * _ENTRY + 6 : at * _ENTRY + 8]):
                continue
            if not indexes:
                return True
            index = int.from_bytes(indexes[at * 2 : at * 2 + 2], "little")
            if version and self.versions:
                if self.versions.get(index & _INDEX) == version:
                    return True
            elif not index & _HIDDEN or index & _INDEX <= _BASE + 1:
                return True
        return False

    @cached_property
    def _indexes(self) -> bytes:
        if _VERSYM not in self._elf.dynamic:
            return b""
        return self._elf.bytes_at(self._elf.dynamic[_VERSYM], len(self._symbols.table) // _ENTRY * 2)

    def _definitions(self) -> Iterator[tuple[int, str]]:
        if _VERDEF not in self._elf.dynamic:
            return
        at = self._elf.dynamic[_VERDEF]
        for _ in range(min(self._elf.dynamic.get(_VERDEFNUM, 0), _MOST)):
            _, _, index, count, _, first, following = struct.unpack("<HHHHIII", self._elf.bytes_at(at, 20))
            if count:
                (name,) = struct.unpack("<I", self._elf.bytes_at(at + first, 4))
                yield index & _INDEX, self._symbols.string(name)
            if not following:
                return
            at += following

    def _places(self, name: bytes) -> Iterator[int]:
        """Yield the indexes of the symbols of that name."""
        if self._chains is None:
            yield from self._by_name.get(name, ())
            return
        first, heads, chain = self._chains
        wanted = 5381
        for byte in name:
            wanted = (wanted * 33 + byte) & 0xFFFFFFFF
        begin = heads[wanted % len(heads)] - first if heads else -1
        for at in range(begin, min(begin + _LONGEST_CHAIN, len(chain))) if begin >= 0 else ():
            if chain[at] | 1 == wanted | 1 and self._is(first + at, name):
                yield first + at
            if chain[at] & 1:
                return

    def _is(self, index: int, name: bytes) -> bool:
        start = int.from_bytes(self._symbols.table[index * _ENTRY : index * _ENTRY + 4], "little")
        return self._symbols.strings.startswith(name + b"\0", start)

    @cached_property
    def _chains(self) -> tuple[int, memoryview, memoryview] | None:
        """Return the first symbol of DT_GNU_HASH, its buckets and its chains; None where it has none."""
        address, count = self._elf.dynamic.get(_GNU_HASH), len(self._symbols.table) // _ENTRY
        if address is None:
            return None
        buckets, first, words, _ = struct.unpack("<IIII", self._elf.bytes_at(address, 16))
        at = address + 16 + words * 8
        heads = memoryview(self._elf.bytes_at(at, buckets * 4)).cast("I")
        return first, heads, memoryview(self._elf.bytes_at(at + buckets * 4, max(count - first, 0) * 4)).cast("I")

    @cached_property
    def _by_name(self) -> Mapping[bytes, list[int]]:
        found: dict[bytes, list[int]] = {}
        for index in range(len(self._symbols.table) // _ENTRY):
            found.setdefault(self._symbols.name(index).encode(), []).append(index)
        return found


def read_library(path: str) -> Library | ElfError | OSError:
    """Return the library at a path, or why there is none."""
    try:
        return Library(path)
    except (ElfError, OSError) as error:
        return error

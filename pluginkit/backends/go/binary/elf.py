"""An ELF object by its program headers and PT_DYNAMIC, as the dynamic loader sees it.

Section headers are never read: they can be missing, or lie. Every count, offset and size is checked against the file,
so that malformed input costs no more than its own length. Follows the System V ABI (gABI), chapters 4 and 5; where it
leaves a choice (a tag that stands twice, PT_DYNAMIC's address or offset), glibc's.
"""

from __future__ import annotations

import struct
from itertools import pairwise

from pluginkit.backends.go.binary.image import CODE as CODE
from pluginkit.backends.go.binary.image import CONSTANTS as CONSTANTS
from pluginkit.backends.go.binary.image import DATA as DATA
from pluginkit.backends.go.binary.image import ElfError as ElfError
from pluginkit.backends.go.binary.image import Image, Segment

TYPE_CHECKING = False
if TYPE_CHECKING:
    import mmap

MACHINES = {62: "amd64", 183: "arm64"}
AMD64 = 62
EXECUTABLE, SHARED = 2, 3
RPATH, RUNPATH = 15, 29

_OTHERS = {3: "386", 8: "mips", 20: "ppc", 21: "ppc64", 22: "s390x", 40: "arm", 243: "riscv64", 258: "loong64"}
_LOAD, _DYNAMIC, _INTERP, _TLS = 1, 2, 3, 7
_NEEDED = 1
_FLAGS, _FLAGS_1, _PIE, _NOW = 30, 0x6FFFFFFB, 0x08000000, 1
_BIND_NOW, _BINDS_NOW = 24, 8
"""The tag, and the flag of DT_FLAGS."""
_MOST_SEGMENTS, _MOST_TAGS = 256, 4096
_PAGE = 4096


def is_object(data: bytes | mmap.mmap) -> bool:
    """Return whether bytes begin as those of an ELF object do."""
    return len(data) >= 64 and data[:4] == b"\x7fELF"


class Elf(Image):
    """A parsed object. Raises ElfError from the constructor and from every method."""

    def __init__(self, data: bytes | mmap.mmap) -> None:
        super().__init__(data)
        if not is_object(data):
            raise ElfError("no ELF object" if data else "empty")
        self.type, self.machine = _identify(data)
        self.system = data[7]
        self.dynamic: dict[int, int] = {}
        self.interpreted = False
        self.interpreter = (0, 0)
        """Where in the file the path of the dynamic loader lies, and its size."""
        self.thread_local = 0
        """Bytes of thread-local storage."""
        self.needed: list[int] = []
        """Where in the string table the names of the libraries begin that it needs."""
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
            if kind == _LOAD:
                self._add(Segment(min(flags & 3, DATA), start, address, held, memory))
            elif kind == _DYNAMIC:
                dynamic = (address, held)
            elif kind == _INTERP:
                self.interpreted, self.interpreter = True, (start, held)
            elif kind == _TLS:
                self.thread_local = memory
        held = sorted((one.offset, one.offset + one.size) for one in self.segments if one.size)
        if any(before[1] > after[0] for before, after in pairwise(held)):
            raise ElfError("its segments overlap in the file")
        if dynamic:
            self._read_dynamic(*dynamic)

    def _add(self, segment: Segment) -> None:
        if segment.offset + segment.size > len(self.data):
            raise ElfError("a segment reaches past the end of the file: truncated?")
        if segment.memory < segment.size or segment.address + segment.memory > 1 << 63:
            raise ElfError("a segment has impossible sizes")
        if (segment.address - segment.offset) % _PAGE:
            raise ElfError("a segment is not aligned to pages")
        if self.segments:
            before = self.segments[-1]
            if segment.address // _PAGE * _PAGE < before.address + before.memory:
                raise ElfError("its segments overlap, or are out of order")
        self.segments.append(segment)

    def _read_dynamic(self, address: int, size: int) -> None:
        start = self.offset(address, size)
        for index in range(min(size // 16, _MOST_TAGS)):
            tag, value = struct.unpack_from("<QQ", self.data, start + index * 16)
            if tag == 0:
                return
            if tag == _NEEDED:
                self.needed.append(value)
            self.dynamic[tag] = value
        raise ElfError("its dynamic section has no end")

    @property
    def is_program(self) -> bool:
        """True for what is started, not loaded."""
        return self.type == EXECUTABLE or self.interpreted or bool(self.dynamic.get(_FLAGS_1, 0) & _PIE)

    @property
    def binds_now(self) -> bool:
        """True where the dynamic loader binds all symbols of it at once, and fails at the first that is missing."""
        tags = self.dynamic
        return bool(_BIND_NOW in tags or tags.get(_FLAGS, 0) & _BINDS_NOW or tags.get(_FLAGS_1, 0) & _NOW)

    def table(self, address: int, size: int) -> bytes:
        """Return the table that two tags of PT_DYNAMIC, its address and its size, name; none where one is missing."""
        if address not in self.dynamic:
            return b""
        return self.bytes_at(self.dynamic[address], self.dynamic.get(size, 0))


def _identify(data: bytes | mmap.mmap) -> tuple[int, int]:
    """Return type and machine; ElfError for a platform that is not read."""
    order: str = "<" if data[5] == 1 else ">"
    type_, machine = struct.unpack_from(f"{order}HH", data, 16)
    if data[4] != 2 or data[5] != 1 or machine not in MACHINES:
        known = (MACHINES | _OTHERS).get(machine, f"ELF machine {machine}")
        bits, ending = 32 if data[4] == 1 else 64, "little" if data[5] == 1 else "big"
        raise ElfError(
            f"built for {known} ({bits}-bit, {ending}-endian); read are linux/amd64 and linux/arm64", "PK403"
        )
    if type_ not in (EXECUTABLE, SHARED):
        raise ElfError(f"ELF type {type_}: neither an executable nor a shared object")
    return type_, machine

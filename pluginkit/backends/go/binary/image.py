"""What programs of every format have in common: parts of the file that are mapped to addresses."""

from __future__ import annotations

from collections.abc import Iterator

from pluginkit.core.frozen import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    import mmap

CONSTANTS, CODE, DATA = 0, 1, 2
"""Kinds of segments: neither executable nor writable, executable, writable."""
_MOST_FOUND = 64


class ElfError(ValueError):
    """A file that is not an object this reader reads; `code` is the rule that refuses it."""

    def __init__(self, message: str, code: str = "PK101") -> None:
        super().__init__(message)
        self.code = code


@record
class Segment:
    """One PT_LOAD: what of the file is mapped where."""

    kind: int
    offset: int
    address: int
    size: int
    """Bytes that come from the file."""
    memory: int
    """Bytes in memory; those past `size` are zeros."""


class Image:
    """The bytes of a program, and its segments. Raises ElfError from every method."""

    def __init__(self, data: bytes | mmap.mmap) -> None:
        self.data = data
        self.segments: list[Segment] = []

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

    def bytes_from(self, address: int, most: int) -> bytes:
        """Return the bytes from a virtual address to the end of its segment, but at most so many; or none."""
        for segment in self.segments:
            if segment.address <= address < segment.address + segment.size:
                start = segment.offset + address - segment.address
                return self.data[start : min(start + most, segment.offset + segment.size)]
        return b""

    def find(self, needle: bytes, kinds: tuple[int, ...], step: int) -> Iterator[int]:
        """Yield the addresses, multiples of `step`, at which `needle` lies, by kinds of segments in their order."""
        for kind in kinds:
            for segment in reversed(self.segments):  # tables of the dynamic linker fill the first of them
                if segment.kind == kind:
                    yield from self._find_in(segment, needle, step)

    def _find_in(self, segment: Segment, needle: bytes, step: int) -> Iterator[int]:
        end = segment.offset + segment.size
        at = self.data.find(needle, segment.offset, end)
        for _ in range(_MOST_FOUND):
            if at < 0:
                return
            address = segment.address + at - segment.offset
            if address % step == 0:
                yield address
            at = self.data.find(needle, at + 1, end)

"""Formats of Go's hosts and plugins: how the files begin that have one, and who reads them."""

from __future__ import annotations

from pluginkit.backends.language import resolve
from pluginkit.core.frozen import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    import mmap

    from pluginkit.core.gobinary import GoBinary


@record
class Format:
    """One format of files."""

    begins: bytes | tuple[bytes, ...]
    """The first bytes, at most four."""
    least: int
    """Bytes that the smallest of its files has."""
    reader: str
    """Object reference of a function (bytes, path) -> `GoBinary`; imported when a file of the format is read."""

    def read(self, data: bytes | mmap.mmap, file: str) -> GoBinary:
        """Return what a file with these bytes says of itself. Raises ElfError for what is damaged."""
        found: GoBinary = resolve(self.reader)(data, file)
        return found


ELF = Format(b"\x7fELF", 64, "pluginkit.backends.go.binary.reader:read_binary")
PE = Format(b"MZ", 64, "pluginkit.backends.go.binary.executables:read_pe")
MACHO = Format(b"\xcf\xfa\xed\xfe", 32, "pluginkit.backends.go.binary.executables:read_macho")
PROGRAMS = (ELF, PE, MACHO)
"""Those that hosts have."""
WASM = Format(b"\0asm", 8, "pluginkit.backends.go.binary.wasm_reader:read_module")
FORMATS = (*PROGRAMS, WASM)
"""Those that hosts and plugins have; a new one is one more entry."""


def format_of(data: bytes | mmap.mmap) -> Format | None:
    """Return the format that bytes are of by their beginning; None where they are of none, or too few."""
    return next((one for one in FORMATS if len(data) >= one.least and data[:4].startswith(one.begins)), None)


def begins_program(head: bytes) -> bool:
    """Return whether a file that has these first four bytes is one of a format that hosts have, or was meant to be."""
    return any(head.startswith(one.begins) for one in PROGRAMS)

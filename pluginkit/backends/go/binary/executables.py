"""Programs that no plugin is opened by: PE, Mach-O, and ELF for other processors. Platform and build information.

Follows Microsoft's PE/COFF specification, Apple's `mach-o/loader.h` and the System V ABI. What is not needed for the
segments is not read, and every count, offset and size is checked against the file.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

from pluginkit.backends.go.binary.buildinfo import read_build_info
from pluginkit.backends.go.binary.image import CODE, CONSTANTS, DATA, ElfError, Image, Segment
from pluginkit.backends.go.binary.runners import runners
from pluginkit.core.gobinary import GoBinary

TYPE_CHECKING = False
if TYPE_CHECKING:
    import mmap

_UNREAD = {
    b"\xce\xfa\xed\xfe": "a Mach-O file of 32 bits, which Go does not write",
    b"\xfe\xed\xfa\xcf": "a big-endian Mach-O file, which Go does not write",
    b"\xca\xfe\xba\xbe": "a universal Mach-O file: name the one for its processor that was built",
}
_PE_MACHINES = {0x8664: "amd64", 0xAA64: "arm64", 0x14C: "386"}
_MACHO_PROCESSORS = {0x01000007: "amd64", 0x0100000C: "arm64"}
_ELF_MACHINES = {
    (3, 1, "<"): "386", (40, 1, "<"): "arm", (8, 1, ">"): "mips", (8, 1, "<"): "mipsle", (8, 2, ">"): "mips64",
    (8, 2, "<"): "mips64le", (21, 2, "<"): "ppc64le", (21, 2, ">"): "ppc64", (22, 2, ">"): "s390x",
    (243, 2, "<"): "riscv64", (258, 2, "<"): "loong64",
}  # fmt: skip
"""Machine, class (1: 32 bits) and byte order to the processor as Go names it."""
_ELF_EXECUTABLE, _ELF_LOAD = 2, 1
_DLL, _WRITABLE, _RUNS = 0x2000, 0x80000000, 0x20000000
_MACHO_EXECUTE, _LC_SEGMENT_64 = 2, 0x19
_MOST_PARTS, _SMALLEST = 512, 64
_OPEN = b"\0plugin.Open\0"


def read_pe(data: bytes | mmap.mmap, file: str = "") -> GoBinary:
    """Read a program for Windows. Raises ElfError for one that is damaged, and for a library."""
    with _within():
        return _binary(*_pe(data))


def read_macho(data: bytes | mmap.mmap, file: str = "") -> GoBinary:
    """Read a program for macOS. Raises ElfError for one that is damaged, and for a library."""
    with _within():
        return _binary(*_macho(data))


def read_elf(data: bytes | mmap.mmap) -> GoBinary | None:
    """Read a program that is an ELF object for a processor without plugins; None for anything else.

    Raises ElfError for one that is damaged.
    """
    if data[:4] != b"\x7fELF":
        raise ElfError(_UNREAD[data[:4]]) if data[:4] in _UNREAD else ElfError("no ELF object" if data else "empty")
    with _within():
        found = _elf(data)
        return _binary(*found) if found else None


@contextmanager
def _within() -> Iterator[None]:
    """Let what lies outside the file be an ElfError."""
    try:
        yield
    except (struct.error, OverflowError):  # of an offset past what Python indexes
        raise ElfError("its headers reach past the end of the file: truncated?") from None


def _binary(platform: str, image: Image) -> GoBinary:
    held = sorted((one.offset, one.offset + one.size) for one in image.segments if one.size)
    if any(before[1] > after[0] for before, after in pairwise(held)):
        raise ElfError("its segments overlap in the file")
    if held and held[-1][1] > len(image.data):
        raise ElfError("a segment reaches past the end of the file: truncated?")
    info = read_build_info(image)
    settings = dict(info.settings)
    system, _, processor = platform.partition("/")
    return GoBinary(
        kind="executable",
        go_version=info.go_version,
        main=info.main,
        main_module=info.main_module,
        plugin_path="",
        settings=settings,
        modules=info.modules,
        platform=f"{system or settings.get('GOOS', 'linux')}/{processor}",
        packages={},
        exports={},
        opens_plugins=image.data.find(_OPEN) >= 0,
        runs=runners(image.data, info.modules),
        experiments=info.experiments,
    )


def _pe(data: bytes | mmap.mmap) -> tuple[str, Image]:
    (start,) = struct.unpack_from("<I", data, 0x3C)
    if data[start : start + 4] != b"PE\0\0":
        raise ElfError("a program of DOS, or a damaged one of Windows")
    machine, count = struct.unpack_from("<HH", data, start + 4)
    optional, flags = struct.unpack_from("<HH", data, start + 20)
    if machine not in _PE_MACHINES:
        raise ElfError(f"a program of Windows for an unknown processor, {machine:#06x}", "PK403")
    if flags & _DLL:
        raise ElfError("a library of Windows, not a program")
    if count > _MOST_PARTS:
        raise ElfError(f"claims {count} sections")
    image = Image(data)
    for index in range(count):
        at = start + 24 + optional + index * 40
        memory, address, size, offset = struct.unpack_from("<IIII", data, at + 8)
        (flags,) = struct.unpack_from("<I", data, at + 36)
        kind = DATA if flags & _WRITABLE else CODE if flags & _RUNS else CONSTANTS
        image.segments.append(Segment(kind, offset, address, size, memory))
    return f"windows/{_PE_MACHINES[machine]}", image


def _macho(data: bytes | mmap.mmap) -> tuple[str, Image]:
    processor, _, kind, count, size = struct.unpack_from("<IIIII", data, 4)
    if processor not in _MACHO_PROCESSORS:
        raise ElfError(f"a Mach-O file for an unknown processor, {processor:#010x}", "PK403")
    if kind != _MACHO_EXECUTE:
        raise ElfError("a Mach-O file that is not a program")
    image, at, end = Image(data), 32, 32 + size
    if count > _MOST_PARTS or end > len(data):
        raise ElfError("its load commands do not lie in the file")
    for _ in range(count):
        command, length = struct.unpack_from("<II", data, at)
        if length < 8 or at + length > end:
            raise ElfError("a load command has an impossible size")
        if command == _LC_SEGMENT_64:
            address, memory, offset, held, _, protection = struct.unpack_from("<QQQQII", data, at + 24)
            part = DATA if protection & 2 else CODE if protection & 4 else CONSTANTS
            image.segments.append(Segment(part, offset, address, held, memory))
        at += length
    return f"darwin/{_MACHO_PROCESSORS[processor]}", image


def _elf(data: bytes | mmap.mmap) -> tuple[str, Image] | None:
    """Read a program for a processor without plugins; None where this is not one, of those that Go builds for."""
    if len(data) < _SMALLEST:
        return None
    bits, order = data[4], ">" if data[5] == 2 else "<"
    type_, machine = struct.unpack_from(f"{order}HH", data, 16)
    processor = _ELF_MACHINES.get((machine, bits, order))
    if processor is None or type_ != _ELF_EXECUTABLE:
        return None
    wide = bits == 2
    (start,) = struct.unpack_from(f"{order}{'Q' if wide else 'I'}", data, 32 if wide else 28)
    size, count = struct.unpack_from(f"{order}HH", data, 54 if wide else 42)
    if size != (56 if wide else 32) or not 0 < count <= _MOST_PARTS:
        raise ElfError("its program headers do not lie in the file")
    image = Image(data)
    for index in range(count):
        at = start + index * size
        if wide:
            kind, flags, offset, address, _, held, memory = struct.unpack_from(f"{order}IIQQQQQ", data, at)
        else:
            kind, offset, address, _, held, memory, flags = struct.unpack_from(f"{order}IIIIIII", data, at)
        if kind == _ELF_LOAD:
            image.segments.append(Segment(min(flags & 3, DATA), offset, address, held, memory))
    system = "freebsd" if data[7] == 9 else ""
    return f"{system}/{processor}", image

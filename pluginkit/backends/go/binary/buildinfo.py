r"""Go's build information: what `go version -m` prints, read from the data segment.

Format of cmd/link since Go 1.18 (debug/buildinfo in Go's sources): the magic `\xff Go buildinf:`, pointer size, flags,
and at offset 32 two strings with varint lengths: the Go version, and between 16-byte marks lines with tabs.
"""

from collections.abc import Iterator
from typing import NamedTuple

from pluginkit.backends.go.binary.elf import Elf, ElfError
from pluginkit.core.gobinary import GoModule

_MAGIC = b"\xff Go buildinf:"
_INLINE = 2
_LONGEST = 1 << 24


class BuildInfo(NamedTuple):
    """The fields of the build information; empty where there is none."""

    go_version: str = ""
    main: str = ""
    main_module: str = ""
    settings: tuple[tuple[str, str], ...] = ()
    modules: tuple[GoModule, ...] = ()


def read_build_info(elf: Elf) -> BuildInfo:
    """Return an object's build information."""
    for writable in (True, False):
        for address in elf.find(_MAGIC, writable=writable, step=16):
            header = elf.bytes_at(address, 32)
            if header[15] & _INLINE:
                return _parse(*_strings(elf, address + 32))
    return BuildInfo()


def _strings(elf: Elf, address: int) -> tuple[str, str]:
    found = []
    for _ in range(2):
        size, address = _varint(elf, address)
        if size > _LONGEST:
            raise ElfError(f"its build information claims {size} bytes")
        found.append(elf.bytes_at(address, size))
        address += size
    version, lines = found
    if len(lines) >= 33 and lines[-17:-16] == b"\n":
        lines = lines[16:-16]
    return version.decode("utf-8", "replace"), lines.decode("utf-8", "replace")


def _varint(elf: Elf, address: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 63, 7):
        byte = elf.bytes_at(address, 1)[0]
        address += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, address
    raise ElfError("its build information has a number without end")


def _parse(version: str, text: str) -> BuildInfo:
    rows = [line.split("\t") for line in text.splitlines()]
    first = {row[0]: row[1] for row in reversed(rows) if len(row) > 1 and row[0] in ("path", "mod")}
    settings = (row[1].partition("=") for row in rows if row[0] == "build" and len(row) > 1)
    return BuildInfo(
        go_version=version.split()[0] if version else "",
        main=first.get("path", ""),
        main_module=first.get("mod", ""),
        settings=tuple((name, value.strip('"')) for name, _, value in settings),
        modules=tuple(_modules(rows)),
    )


def _modules(rows: list[list[str]]) -> Iterator[GoModule]:
    for row, following in zip(rows, [*rows[1:], [""]], strict=True):
        if row[0] not in ("mod", "dep") or len(row) < 2:
            continue
        path, version, digest = [*row[1:4], "", "", ""][:3]
        replacement = " ".join(part for part in following[1:3] if part) if following[0] == "=>" else ""
        yield GoModule(path, version, digest, replacement)

"""Two links of one Go program or plugin -> the first section that is not the same. Nothing of them is run."""

from __future__ import annotations

import struct
from collections.abc import Mapping

from pluginkit.backends.go.binary import wasm
from pluginkit.backends.go.binary.elf import ElfError
from pluginkit.backends.go.binary.reader import read_binary
from pluginkit.backends.go.binary.stamps import find_stamps
from pluginkit.core.difference import Difference, first_difference
from pluginkit.core.frozen import replace

_DERIVED = (
    ".note.go.buildid", ".note.gnu.build-id", ".gnu_debuglink", ".dynsym", ".dynstr", ".shstrtab", "go:buildid",
)  # fmt: skip
"""Sections that follow from the others, and are named where nothing else differs."""
_COMPILER = ".comment"
"""Where C compilers and linkers write what they are (gABI)."""
_HEADER = struct.Struct("<IIQQQQIIQQ")
_NO_BITS = 8
_OF_MODULES = {
    1: "type", 2: "import", 3: "function", 4: "table", 5: "memory", 6: "global", 7: "export", 8: "start", 9: "element",
    10: "code", 11: "data", 12: "data count", 13: "tag",
}  # fmt: skip
"""What the specification of WebAssembly calls the kinds of sections."""
_MOST_SECTIONS = 4096
_OTHERS = 12


def compare(released: bytes, rebuilt: bytes) -> Difference | None:
    """Return where two binaries begin to differ, by the order of their sections; None where they are equal.

    What their stamps say is compared by who reads stamps, and what follows from the rest comes last.
    """
    if released == rebuilt:
        return None
    packages = _packages(released, rebuilt)
    read = _parts if wasm.is_module(released) and wasm.is_module(rebuilt) else _sections
    try:
        return _between(read(released), read(rebuilt), packages)
    except (struct.error, ValueError):
        found = first_difference("", released, rebuilt)
        return Difference("", found.at, found.released, found.rebuilt, packages=packages)


def _between(old: Mapping[str, bytes], new: Mapping[str, bytes], packages: tuple[str, ...]) -> Difference:
    names = [*old, *(name for name in new if name not in old)]
    names.sort(key=lambda name: (name in _DERIVED, name != _COMPILER))
    differing = [name for name in names if old.get(name) != new.get(name)]
    if not differing:
        return Difference("", "its stamp", "", "", derived=True, packages=packages)
    name = differing[0]
    others = tuple(one for one in differing[1:] if one not in _DERIVED)[:_OTHERS]
    if name == _COMPILER:
        said = [_said(sections.get(name, b"")) for sections in (old, new)]
        return Difference(name, "its compilers", said[0], said[1], "C compiler", others=others, packages=packages)
    if name in old and name in new:
        found = first_difference(name, old[name], new[name])
    else:
        here, there = "a section", "no such section"
        found = Difference(name, "", here, there) if name in old else Difference(name, "", there, here)
    return replace(found, cause="", derived=name in _DERIVED, others=others, packages=packages)


def _said(section: bytes) -> str:
    return ", ".join(part.decode("utf-8", "replace") for part in section.split(b"\0") if part) or "nothing"


def _packages(released: bytes, rebuilt: bytes) -> tuple[str, ...]:
    """Return the packages of which the linker has another hash, or that only one of the two has."""
    try:
        old, new = read_binary(released).packages, read_binary(rebuilt).packages
    except ElfError:
        return ()
    return tuple(sorted(path for path in old.keys() | new.keys() if old.get(path) != new.get(path)))


def _without_stamps(data: bytes) -> bytes:
    parts, at = [], 0
    for begin, end in find_stamps(data):
        parts.append(data[at:begin])
        at = end
    return b"".join((*parts, data[at:]))


def _parts(data: bytes) -> dict[str, bytes]:
    """Return the sections of a WebAssembly module by name, in their order, without its stamp. Raises ElfError."""
    found: dict[str, bytes] = {}
    for one in wasm.sections(data):
        name = _OF_MODULES.get(one.kind) or one.name.decode("utf-8", "replace")
        if one.name not in (wasm.STAMP, wasm.SIGNATURE):
            found.setdefault(name, data[one.start : one.end])
    return found


def _sections(data: bytes) -> dict[str, bytes]:
    """Return the sections of an ELF object by name, in their order, without stamps. Raises ValueError, struct.error.

    Section headers may say anything: they name what differs, and decide nothing.
    """
    (table,) = struct.unpack_from("<Q", data, 40)
    size, count, index = struct.unpack_from("<HHH", data, 58)
    if size != _HEADER.size or not 0 < count <= _MOST_SECTIONS or index >= count:
        raise ValueError("no section headers")
    headers = [_HEADER.unpack_from(data, table + at * size) for at in range(count)]
    names = _contents(data, headers[index])
    found: dict[str, bytes] = {}
    for header in headers[1:]:
        name = names[header[0] :].partition(b"\0")[0].decode("utf-8", "replace")
        found.setdefault(name, _without_stamps(_contents(data, header)))
    return found


def _contents(data: bytes, header: tuple[int, ...]) -> bytes:
    _, kind, _, _, offset, size = header[:6]
    return b"" if kind == _NO_BITS else data[offset : offset + size]

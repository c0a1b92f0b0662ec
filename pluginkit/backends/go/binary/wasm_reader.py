"""bytes -> GoBinary: what a WebAssembly module that Go linked says of itself. It is not run.

Go's linker writes its version into the custom section `producers` (WebAssembly tool conventions), and no header of the
build information, only its lines, which lie among the data between two marks (cmd/go/internal/modload).
"""

from __future__ import annotations

from pluginkit.backends.go.binary.buildinfo import BuildInfo, parse_info
from pluginkit.backends.go.binary.elf import ElfError
from pluginkit.backends.go.binary.wasm import DATA, Section, number, sections
from pluginkit.core.frozen import EMPTY
from pluginkit.core.gobinary import GoBinary

TYPE_CHECKING = False
if TYPE_CHECKING:
    import mmap
    from collections.abc import Iterator

KIND = "wasm"
"""What `GoBinary.kind` says of a module."""

_START = bytes.fromhex("3077af0c9274080241e1c107e6d618e6")
_END = bytes.fromhex("f932433186182072008242104116d8f2")
_LONGEST = 1 << 21
_LONGEST_PRODUCERS = 1 << 12
_LANGUAGE, _GO = b"language", b"Go"


def read_module(data: bytes | mmap.mmap, file: str = "") -> GoBinary:
    """Read a module as Go's linker wrote it; `file` is not needed. Raises ElfError for one that is damaged."""
    there = list(sections(data))
    producers = next((one for one in there if one.name == b"producers"), None)
    memory = next((one for one in there if one.kind == DATA), None)
    info = parse_info(_version(data, producers), _lines(data, memory)) if producers and memory else BuildInfo()
    settings = dict(info.settings)
    return GoBinary(
        kind=KIND,
        go_version=info.go_version,
        main=info.main,
        main_module=info.main_module,
        plugin_path="",
        settings=settings,
        modules=info.modules,
        platform=f"{settings.get('GOOS', 'wasip1')}/{settings.get('GOARCH', 'wasm')}",
        packages=EMPTY,
        exports=EMPTY,
        experiments=info.experiments,
    )


def _lines(data: bytes | mmap.mmap, memory: Section) -> str:
    """Return the lines of the build information; nothing where the data have none."""
    at = data.find(_START, memory.start, memory.end)
    if at < 0:
        return ""
    start = at + len(_START)
    end = data.find(_END, start, min(memory.end, start + _LONGEST))
    if end < 0:
        raise ElfError("its build information has no end")
    return data[start:end].decode("utf-8", "replace")


def _version(data: bytes | mmap.mmap, producers: Section) -> str:
    """Return the version of Go that the section says, as in `go1.27.3`; nothing where it names another language."""
    content = data[producers.start : min(producers.end, producers.start + _LONGEST_PRODUCERS)]
    return next((value.decode("utf-8", "replace") for field, name, value in _produced(content)
                 if (field, name) == (_LANGUAGE, _GO)), "")  # fmt: skip


def _produced(content: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Yield (field, name, version); ElfError where that is cut off."""
    fields, at = number(content, 0, "the list of its producers")
    for _ in range(fields):
        field, at = _text(content, at)
        values, at = number(content, at, "the list of its producers")
        for _ in range(values):
            name, at = _text(content, at)
            version, at = _text(content, at)
            yield field, name, version


def _text(content: bytes, at: int) -> tuple[bytes, int]:
    size, at = number(content, at, "a text of its producers")
    if size > len(content) - at:
        raise ElfError("a text of its producers is cut off")
    return content[at : at + size], at + size

r"""Go's build information: what `go version -m` prints, read from the data segment.

Format of cmd/link since Go 1.18 (debug/buildinfo in Go's sources): the magic `\xff Go buildinf:`, pointer size, flags,
and at offset 32 two strings with varint lengths: the Go version, and between 16-byte marks lines with tabs.
"""

import re
from collections.abc import Iterator

from pluginkit.backends.go.binary.image import CODE, CONSTANTS, DATA, ElfError, Image
from pluginkit.core.frozen import record
from pluginkit.core.gobinary import GoModule

_MAGIC = b"\xff Go buildinf:"
_INLINE = 2
_LONGEST = 1 << 21
_EXPERIMENTS = re.compile(r"[ -]X:([a-z0-9,]+)")
"""Behind a hyphen in the version of a release, behind a blank in others (cmd/link)."""


@record
class BuildInfo:
    """The fields of the build information; empty where there is none."""

    go_version: str = ""
    main: str = ""
    main_module: str = ""
    settings: tuple[tuple[str, str], ...] = ()
    modules: tuple[GoModule, ...] = ()
    experiments: str = ""


def read_build_info(image: Image) -> BuildInfo:
    """Return an object's build information; ElfError where it is damaged.

    The magic also stands in programs that read build information, followed by something else.
    """
    damaged: ElfError | None = None
    for address in image.find(_MAGIC, (DATA, CONSTANTS, CODE), 16):
        try:
            if image.bytes_at(address, 32)[15] & _INLINE:
                return parse_info(*_strings(image, address + 32))
        except ElfError as error:
            damaged = damaged or error
    if damaged:
        raise damaged
    return BuildInfo()


def _strings(image: Image, address: int) -> tuple[str, str]:
    found = []
    for _ in range(2):
        size, address = _varint(image, address)
        if size > _LONGEST:
            raise ElfError(f"its build information claims {size} bytes")
        found.append(image.bytes_at(address, size))
        address += size
    version, lines = found
    if len(lines) >= 33 and lines[-17:-16] == b"\n":
        lines = lines[16:-16]
    return version.decode("utf-8", "replace"), lines.decode("utf-8", "replace")


def _varint(image: Image, address: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 63, 7):
        byte = image.bytes_at(address, 1)[0]
        address += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, address
    raise ElfError("its build information has a number without end")


def parse_info(version: str, text: str) -> BuildInfo:
    """Return what the two strings say: the Go version, and lines with tabs."""
    rows = [line.split("\t") for line in text.split("\n")]
    first = {row[0]: row[1] for row in reversed(rows) if len(row) > 1 and row[0] in ("path", "mod")}
    return BuildInfo(
        go_version=next(iter(version.split()), "").partition("-X:")[0],
        main=first.get("path", ""),
        main_module=first.get("mod", ""),
        settings=tuple(_setting("\t".join(row[1:])) for row in rows if row[0] == "build" and len(row) > 1),
        modules=tuple(_modules(rows)),
        experiments=next(iter(_EXPERIMENTS.findall(version)), ""),
    )


def _setting(line: str) -> tuple[str, str]:
    """Return the two sides of `name=value`, each a Go string literal where it holds blanks or quotes."""
    if line.startswith('"') and '"=' in line:
        name, _, value = line.partition('"=')
        return _unquoted(name + '"'), _unquoted(value)
    name, _, value = line.partition("=")
    return name, _unquoted(value)


def _unquoted(text: str) -> str:
    if len(text) < 2 or text[0] != text[-1] or text[0] not in '"`':
        return text
    inner = text[1:-1]
    if text[0] == "`" or "\\" not in inner:
        return inner
    try:
        return inner.encode("latin-1", "backslashreplace").decode("unicode_escape")
    except UnicodeDecodeError:
        return inner


def _modules(rows: list[list[str]]) -> Iterator[GoModule]:
    for row, following in zip(rows, [*rows[1:], [""]], strict=True):
        if row[0] not in ("mod", "dep") or len(row) < 2:
            continue
        path, version, digest = [*row[1:4], "", "", ""][:3]
        replacement = " ".join(part for part in following[1:3] if part) if following[0] == "=>" else ""
        yield GoModule(path, version, digest, replacement)

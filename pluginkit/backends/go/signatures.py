"""Implements `backends.signatures.Signatures` for Go.

The envelope of a host or plugin lies behind its ELF image, or is the last section of its WebAssembly module.
"""

from __future__ import annotations

from pathlib import Path

from pluginkit.backends.go.binary import wasm
from pluginkit.backends.go.binary.content import read_signed
from pluginkit.backends.go.binary.elf import ElfError, is_object
from pluginkit.backends.go.binary.formats import format_of
from pluginkit.backends.go.binary.stamps import find_stamps
from pluginkit.backends.go.binary.trailer import frame
from pluginkit.core.errors import PluginkitError
from pluginkit.core.files import seekable

_NOT_HERE = "not an ELF object"

TYPE_CHECKING = False
if TYPE_CHECKING:
    import mmap


def envelope(path: Path) -> tuple[bytes, bytes | None]:
    """Return the stamp, as bytes, and the envelope behind the image; None: nobody signed it.

    Programs for Windows and macOS have none. Raises PluginkitError for what is neither a program, a plugin nor a
    module, or has not one stamp.
    """
    data, (start, end), found = _read(path)
    return data[start:end], found


def holds(path: Path) -> bool:
    """Return whether an artifact has a place for an envelope: programs for Windows and macOS have none.

    Raises PluginkitError as `envelope` does.
    """
    return _holds_envelopes(_read(path)[0])


def with_envelope(source: Path, target: Path, envelope: bytes | None) -> None:
    """Write the artifact `source` anew as `target`, with this envelope behind its image in place of its own.

    With None it is what was linked and stamped, byte for byte. Raises PluginkitError for what is neither an ELF object
    nor a module, or has not one stamp.
    """
    data, _, _ = _read(source)
    if envelope is not None and not _holds_envelopes(data):
        raise PluginkitError(
            f"{source}: {_NOT_HERE}: programs for Windows and macOS have no place for a signature of pluginkit's",
            hint="sign the release that it is part of: `pluginkit sign RELEASE --key KEY`",
        )
    mode = source.stat().st_mode & 0o777
    target.unlink(missing_ok=True)
    with seekable(target, mode=mode) as file:
        file.write(data)
        if envelope is not None:
            file.write(wasm.custom(wasm.SIGNATURE, envelope) if wasm.is_module(data) else frame(envelope))


def _holds_envelopes(data: bytes | mmap.mmap) -> bool:
    return is_object(data) or wasm.is_module(data)


def _read(path: Path) -> tuple[bytes | mmap.mmap, tuple[int, int], bytes | None]:
    """Return the image, where its stamp begins and ends, and the envelope."""
    try:
        data, found = read_signed(path)
    except ElfError as error:
        raise PluginkitError(f"{path}: cannot be read: {error}") from None
    if format_of(data) is None:
        raise PluginkitError(f"{path}: {_NOT_HERE}, nor of another format of hosts and plugins")
    stamps = find_stamps(data)
    if len(stamps) != 1:
        count = f"{len(stamps)} stamps" if stamps else "no stamp"
        raise PluginkitError(f"{path}: {count}, so there is nothing to sign", hint="build it with `pluginkit build`")
    return data, stamps[0], found

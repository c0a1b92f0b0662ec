"""Implements `backends.signatures.Signatures` for Python: the envelope is a file of a wheel's `.dist-info`."""

from __future__ import annotations

from pluginkit.backends.python.wheel.archive import ArchiveError, read_archive
from pluginkit.backends.python.wheel.layout import metadata_directories
from pluginkit.backends.python.wheel.pieces import opened
from pluginkit.backends.python.wheel.signed import read_signed
from pluginkit.backends.python.wheel.stamper import sign_into
from pluginkit.core.dsse import MAX_SIZE
from pluginkit.core.errors import PluginkitError
from pluginkit.core.files import seekable
from pluginkit.core.signatures import Signed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path


def envelope(path: Path) -> tuple[bytes, bytes | None]:
    """Return the stamp of a wheel, as bytes, and the envelope beside it; None: nobody signed it.

    Raises PluginkitError for what is not a wheel with one stamp.
    """
    signed = _signed(path)
    return signed.payload, signed.envelope


def holds(path: Path) -> bool:
    """Return True: a wheel has a place for an envelope."""
    return True


def with_envelope(source: Path, target: Path, envelope: bytes | None) -> None:
    """Write the wheel `source` anew as `target`, in canonical form, with this envelope in place of its own.

    With None it is what was stamped, byte for byte. Raises PluginkitError for what is not a wheel with one stamp.
    """
    if envelope is not None and len(envelope) > MAX_SIZE:
        raise PluginkitError(f"{target}: an envelope of {len(envelope)} bytes, at most {MAX_SIZE} are read")
    stamp = _signed(source).payload
    target.unlink(missing_ok=True)
    with seekable(target, mode=source.stat().st_mode & 0o777) as file:
        sign_into(file, source, source.name, stamp, envelope)


def _signed(path: Path) -> Signed:
    try:
        with opened(path) as pieces:
            archive = read_archive(pieces)
            places = metadata_directories((*archive.entries, *archive.directories))
            signed = read_signed(archive, places[0]) if len(places) == 1 else None
    except ArchiveError as error:
        raise PluginkitError(f"{path}: cannot be read: {error}") from None
    except OSError as error:
        raise PluginkitError(f"{path}: cannot be read: {error.strerror}") from None
    if signed is None:
        reason = "no stamp" if len(places) == 1 else f"{len(places)} metadata directories, expected one"
        raise PluginkitError(f"{path}: {reason}, so there is nothing to sign", hint="build it with `pluginkit build`")
    return signed

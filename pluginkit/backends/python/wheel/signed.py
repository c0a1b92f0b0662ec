"""What is signed of a wheel: its stamp, as bytes, and the envelope beside it."""

from __future__ import annotations

from pluginkit.backends.python.file_names import SIGNATURE_FILE, STAMP_FILE
from pluginkit.core.dsse import MAX_SIZE as MAX_ENVELOPE
from pluginkit.core.signatures import Signed
from pluginkit.core.stamp import MAX_SIZE as MAX_STAMP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.backends.python.wheel.archive import Archive

OVERSIZED = bytes(MAX_ENVELOPE + 1)
"""What stands for an envelope that is too large to be read."""


def read_signed(archive: Archive, dist_info: str) -> Signed | None:
    """Return the stamp and its envelope; None where there is no stamp, or a larger one than is read.

    Raises ArchiveError as `Archive.read` does.
    """
    stamp = archive.entries.get(f"{dist_info}/{STAMP_FILE}")
    if stamp is None or stamp.size > MAX_STAMP:
        return None
    envelope = archive.entries.get(f"{dist_info}/{SIGNATURE_FILE}")
    if envelope is None:
        return Signed(archive.read(stamp.name))
    beside = OVERSIZED if envelope.size > MAX_ENVELOPE else archive.read(envelope.name)
    return Signed(archive.read(stamp.name), beside)

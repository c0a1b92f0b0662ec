"""The envelope behind an ELF image: its bytes, how many these are, and a mark that the file ends with.

No segment may reach into it, so nothing maps it, and no digest of the stamp covers it: it can be added to what others
built, and taken off again.
"""

from __future__ import annotations

import struct

from pluginkit.backends.go.binary.elf import ElfError
from pluginkit.core.dsse import MAX_SIZE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

MARK = b"\xffpluginkit sig 1"
"""The last 16 bytes of a file with an envelope; no UTF-8 text holds it."""
_FRAME = struct.Struct(f"<Q{len(MARK)}s")


def frame(envelope: bytes) -> bytes:
    """Return what is put behind an image. Raises ValueError for what nobody would read there."""
    if not 0 < len(envelope) <= MAX_SIZE:
        raise ValueError(f"an envelope has 1 to {MAX_SIZE} bytes, not {len(envelope)}")
    return envelope + _FRAME.pack(len(envelope), MARK)


def split(size: int, read: Callable[[int, int], bytes]) -> tuple[int, bytes | None]:
    """Return how long the image in a file of `size` bytes is, and the envelope behind it, if there is one.

    `read(at, count)` returns bytes of the file. Raises ElfError for a mark that no envelope precedes, and for a second
    envelope.
    """
    end = size - _FRAME.size
    length, mark = _FRAME.unpack(read(end, _FRAME.size)) if end >= 0 else (0, b"")
    if mark != MARK:
        return size, None
    if not 0 < length <= min(MAX_SIZE, end):
        raise ElfError(f"it ends like a signed file, but the envelope would have {length} bytes: truncated?")
    image = end - length
    if read(max(image - len(MARK), 0), len(MARK)) == MARK:
        raise ElfError("it has two envelopes")
    return image, read(image, length)

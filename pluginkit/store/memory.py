"""What an earlier run found out, under a key that says what it rested on.

It is `marshal`'s, which needs no import and keeps tuples: who can write to it can have anything loaded, in whatever
format. So it counts only where nobody else can. A checksum tells what is torn.
"""

from __future__ import annotations

import marshal
import os
from binascii import crc32

from pluginkit import __version__
from pluginkit.core.errors import PluginkitError
from pluginkit.core.ours import is_ours
from pluginkit.store.directory import cache_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_FORMAT = b"pluginkit runtime 5\n"


def recall(kind: str, key: Sequence[str]) -> Any:
    """Return what was remembered, None where there is nothing, or nothing that can be read.

    `kind` is a directory of the cache and what begins the names of files in it: `runtime/plan`.
    """
    try:
        top = cache_path()
        place = _place(top, kind, key)
        if not is_ours(place, top):
            return None
        with open(place, "rb") as file:  # noqa: PTH123 - pathlib is not imported here
            known, value = unpacked(file.read())
    except (OSError, ValueError, EOFError, TypeError, PluginkitError):
        return None
    return value if known == (__version__, *key) else None


def remember(kind: str, key: Sequence[str], value: Any) -> None:
    """Keep a value for the next run; where that cannot be done, the next run does the work again.

    It is made of tuples, lists, dicts, strings, numbers and None.
    """
    data = packed((__version__, *key), value)
    try:
        top = cache_path()
        place = _place(top, kind, key)
        for directory in (top, os.path.dirname(place)):  # noqa: PTH120 - each in turn: the mode is the last one's alone
            os.makedirs(directory, mode=0o700, exist_ok=True)  # noqa: PTH103
        fresh = f"{place}.{os.getpid()}"
        with open(fresh, "wb", opener=_private) as file:
            file.write(data)
        os.replace(fresh, place)  # noqa: PTH105
    except (OSError, PluginkitError):
        return


def packed(key: tuple[str, ...], value: Any) -> bytes:
    """Return a memory as its file has it."""
    data = marshal.dumps((key, value))
    return _FORMAT + crc32(data).to_bytes(4, "big") + data


def unpacked(data: bytes) -> tuple[tuple[str, ...], Any]:
    """Return key and value of a memory. Raises ValueError, EOFError or TypeError for anything else."""
    start = len(_FORMAT)
    body = data[start + 4 :]
    if not data.startswith(_FORMAT) or int.from_bytes(data[start : start + 4], "big") != crc32(body):
        raise ValueError("torn, or of another version")
    key, value = marshal.loads(body)  # noqa: S302 - see above
    return key, value


def _place(top: str, kind: str, key: Sequence[str]) -> str:
    """Return the file of a memory in a cache: the whole key stands in it, so a short name is enough."""
    return os.path.join(top, f"{kind}-{crc32(chr(0).join(key).encode('utf-8', 'surrogatepass')):08x}")  # noqa: PTH118


def _private(path: str, flags: int) -> int:
    """Open a file that only this user can read and write, whatever the umask."""
    return os.open(path, flags, 0o600)

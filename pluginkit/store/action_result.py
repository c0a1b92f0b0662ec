"""Records as bazel-remote keeps them: an `ActionResult` of the Remote Execution API, in protobuf's wire format.

bazel-remote refuses anything else under `ac/`, and tells of a record only as long as it has all blobs that it names.
https://github.com/bazelbuild/remote-apis, build/bazel/remote/execution/v2/remote_execution.proto
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pluginkit.core.frozen import record

_OUTPUT_FILES, _STDOUT_RAW = 2, 5
_PATH, _DIGEST, _IS_EXECUTABLE = 1, 2, 4
_HASH, _SIZE_BYTES = 1, 2
_VARINT, _I64, _LEN, _I32 = 0, 1, 2, 5


@record
class Output:
    """A file that an action made."""

    path: str
    sha256: str
    """64 hex digits."""
    size: int
    """Bytes."""
    is_executable: bool


def encode(text: bytes, outputs: Sequence[Output]) -> bytes:
    """Return an ActionResult that names `outputs`, and holds `text` as what the action printed."""
    return b"".join((*(_bytes(_OUTPUT_FILES, _file(one)) for one in outputs), _bytes(_STDOUT_RAW, text)))


def decode(data: bytes) -> bytes | None:
    """Return that text; None where `data` is not an ActionResult with one. What else stands in it does not matter."""
    try:
        found = [value for number, value in _fields(data) if number == _STDOUT_RAW]
    except (IndexError, ValueError):
        return None
    return found[-1] if found else None  # the last of a field holds


def _file(one: Output) -> bytes:
    digest = _bytes(_HASH, one.sha256.encode()) + _number(_SIZE_BYTES, one.size)
    executable = _number(_IS_EXECUTABLE, 1) if one.is_executable else b""
    return _bytes(_PATH, one.path.encode()) + _bytes(_DIGEST, digest) + executable


def _bytes(number: int, value: bytes) -> bytes:
    return _varint(number << 3 | _LEN) + _varint(len(value)) + value


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3 | _VARINT) + _varint(value)


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*found, value))


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the number and the bytes of each field that has a length. Raises ValueError or IndexError."""
    place = 0
    while place < len(data):
        tag, place = _read_varint(data, place)
        kind = tag & 7
        if kind == _VARINT:
            place = _read_varint(data, place)[1]
        elif kind in (_I64, _I32):
            place += 8 if kind == _I64 else 4
        elif kind == _LEN:
            length, place = _read_varint(data, place)
            yield tag >> 3, data[place : place + length]
            place += length
        else:
            raise ValueError("no field of a message")
    if place != len(data):
        raise ValueError("cut off")


def _read_varint(data: bytes, place: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 64, 7):
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
    raise ValueError("no number")

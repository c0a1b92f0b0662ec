"""Wheels in memory, good ones and bad ones, down to the last byte.

good_wheel("acme-filter", "1.0.0")                                    a stamped plugin, accepted
good_wheel(files={"acme_filter.py": b"..."}, stamp=None)              the same without a stamp
wheel(record(stamp({**wheel_files(), "x.pth": b"import os"})))        one file more, all digests right
pack([Part("a.py", b""), Part("a.py", b"")])                          any archive at all
"""

import base64
import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from struct import pack as struct_pack
from typing import Any

from pluginkit.backends.python.inits import read_inits
from pluginkit.backends.python.wheel.layout import content_files, import_paths, payload_digest
from pluginkit.core.api import Api, Contract
from pluginkit.core.digest import content_digest
from pluginkit.core.frozen import replace
from pluginkit.core.names import normalize
from pluginkit.core.ownership import modules
from pluginkit.core.stamp import Stamp

NAME, VERSION, TAG = "acme-filter", "1.0.0", "py3-none-any"
GROUP = "acme.plugins"
ZERO = "sha256:" + "0" * 64
SOURCE = b"class Filter:\n    name = 'filter'\n\n\ndef New() -> Filter:\n    return Filter()\n"


def file_name(name: str = NAME, version: str = VERSION, tag: str = TAG) -> str:
    """Return the file name of a wheel."""
    return f"{stem(name, version)}-{tag}.whl"


def stem(name: str = NAME, version: str = VERSION) -> str:
    """Return `acme_filter-1.0.0`, of which `.dist-info` and `.data` directories are named."""
    return f"{name.replace('-', '_')}-{version}"


def wheel_files(
    name: str = NAME,
    version: str = VERSION,
    *,
    files: Mapping[str, bytes] | None = None,
    entry_points: str | None = None,
    requires: Iterable[str] = (),
    requires_python: str = ">=3.11",
    tag: str = TAG,
) -> dict[str, bytes]:
    """Return the files of a plugin's wheel, without stamp and RECORD."""
    package = name.replace("-", "_")
    points = f"[{GROUP}]\nfilter = {package}\n" if entry_points is None else entry_points
    requirements = "".join(f"Requires-Dist: {line}\n" for line in requires)
    dist_info = f"{stem(name, version)}.dist-info"
    metadata = f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\nRequires-Python: {requires_python}\n"
    return {
        **({f"{package}/__init__.py": SOURCE} if files is None else files),
        f"{dist_info}/METADATA": f"{metadata}{requirements}\nA plugin.\n\nName: of its own\n".encode(),
        f"{dist_info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: {tag}\n".encode(),
        **({f"{dist_info}/entry_points.txt": points.encode()} if points else {}),
    }


def api_of(files: Mapping[str, bytes], surface: tuple[str, ...] = ()) -> Api:
    """Return the API record of a wheel's files."""
    dist_info, hashes = dist_info_of(files), _hashes(files)
    name, _, version = dist_info.removesuffix(".dist-info").partition("-")
    digest = content_digest(f"{normalize(name)}@{version}", content_files(hashes, dist_info))
    paths = import_paths(files, dist_info)
    owned = modules(paths, read_inits(paths, lambda path: files[paths[path]]))
    return Api(normalize(name), version, digest, owned, surface)


def make_stamp(files: Mapping[str, bytes], **changes: Any) -> Stamp:
    """Return the stamp that fits `files`, with `changes` to its fields."""
    dist_info = dist_info_of(files)
    name, _, version = dist_info.removesuffix(".dist-info").partition("-")
    good = Stamp(
        kind="plugin",
        name=normalize(name),
        version=version,
        language="python",
        apis=(),
        lock=ZERO,
        inputs=ZERO,
        payload=payload_digest(_hashes(files), dist_info),
        builder="pluginkit 0",
        contract=Contract(factory="New", group=GROUP),
    )
    return replace(good, **changes)


def stamp(files: Mapping[str, bytes], raw: bytes | None = None, **changes: Any) -> dict[str, bytes]:
    """Return `files` with the stamp that fits them, changed by `changes`, or with the bytes `raw` in its place."""
    data = make_stamp(files, **changes).to_bytes() if raw is None else raw
    return {**files, f"{dist_info_of(files)}/pluginkit.json": data}


def restamp(files: Mapping[str, bytes], **changes: Any) -> bytes:
    """Return the stamp of `files` as bytes, with `changes` to its JSON object."""
    value = {**json.loads(make_stamp(files).to_bytes()), **changes}
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def record(files: Mapping[str, bytes], extra: str = "", leave_out: str = "") -> dict[str, bytes]:
    """Return `files` with a RECORD that fits them, some rows more or one less."""
    own = f"{dist_info_of(files)}/RECORD"
    rows = [f"{path},{record_hash(data)},{len(data)}\n" for path, data in files.items() if path not in (own, leave_out)]
    return {**files, own: "".join([*rows, extra, f"{own},,\n"]).encode()}


def record_hash(data: bytes, algorithm: str = "sha256") -> str:
    """Return a hash as RECORD spells it."""
    digest = hashlib.new(algorithm, data).digest()
    return f"{algorithm}={base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def wheel(files: Mapping[str, bytes]) -> bytes:
    """Return `files` as an archive, in their order."""
    return pack([Part(name, data) for name, data in files.items()])


def good_wheel(name: str = NAME, version: str = VERSION, **options: Any) -> bytes:
    """Return a wheel that is right in everything; `options` are those of `wheel_files`.

    `stamp` may be None (no stamp), or a mapping of changes to the stamp's fields.
    """
    changes = options.pop("stamp", {})
    files = wheel_files(name, version, **options)
    return wheel(record(files if changes is None else stamp(files, **changes)))


def dist_info_of(files: Iterable[str]) -> str:
    """Return the first metadata directory."""
    return next(path.partition("/")[0] for path in files if ".dist-info/" in path)


def _hashes(files: Mapping[str, bytes]) -> dict[str, str]:
    return {path: hashlib.sha256(data).hexdigest() for path, data in files.items()}


@dataclass(frozen=True)
class Part:
    """One entry of an archive, with everything about it that can be bent; None means: as it should be."""

    name: str | bytes
    data: bytes = b""
    attributes: int = 0o100644 << 16
    method: int = 8
    flags: int | None = None
    crc: int | None = None
    size: int | None = None
    packed: bytes | None = None
    need: int = 20
    extra: bytes = b""
    local_extra: bytes | None = None
    local_name: bytes | None = None
    local_size: int | None = None
    trailer: bytes = b""
    """Bytes after the data, such as a data descriptor or a gap."""
    comment: bytes = b""
    offset: int | None = None
    listed: bool = True
    """Whether the central directory has it."""


def pack(parts: Iterable[Part], *, comment: bytes = b"", count: int | None = None, shift: int = 0) -> bytes:
    """Return the archive of `parts`; `count` and `shift` bend the end record's number of entries and offset."""
    body, directory, listed = b"", b"", 0
    bodies, directories, offset = [], [], 0
    for part in parts:
        local, central = _headers(part, offset)
        bodies.append(local)
        offset += len(local)
        if part.listed:
            directories.append(central)
            listed += 1
    body, directory = b"".join(bodies), b"".join(directories)
    number = listed if count is None else count
    end = (b"PK\x05\x06", 0, 0, number, number, len(directory), len(body) + shift, len(comment))
    return body + directory + struct_pack("<4s4H2LH", *end) + comment


def _headers(part: Part, offset: int) -> tuple[bytes, bytes]:
    name = part.name.encode() if isinstance(part.name, str) else part.name
    flags = part.flags if part.flags is not None else 0 if name.isascii() else 0x800
    packed = part.packed
    if packed is None:
        packed = zlib.compress(part.data, 6, -15) if part.method == 8 else part.data
    crc = zlib.crc32(part.data) if part.crc is None else part.crc
    size = len(part.data) if part.size is None else part.size
    local_size = size if part.local_size is None else part.local_size
    local_name = name if part.local_name is None else part.local_name
    local_extra = part.extra if part.local_extra is None else part.local_extra
    head = (part.need, flags, part.method, 0, 33, crc, len(packed))
    local = struct_pack("<4s5H3L2H", b"PK\x03\x04", *head, local_size, len(local_name), len(local_extra))
    lengths = (len(name), len(part.extra), len(part.comment), 0, 0)
    where = offset if part.offset is None else part.offset
    central = struct_pack("<4s6H3L5H2L", b"PK\x01\x02", 0x314, *head, size, *lengths, part.attributes, where)
    return local + local_name + local_extra + packed + part.trailer, central + name + part.extra + part.comment

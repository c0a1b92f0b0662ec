"""What writers of wheels do that pip installs, made up small: read where it has one meaning, else refused."""

import io
import os
import random
import tracemalloc
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path
from struct import pack as struct_pack

import pytest
from wheels import SOURCE, Part, file_name, pack, record, record_hash, stamp, stem, wheel_files

from pluginkit.backends.python.wheel.pieces import opened
from pluginkit.backends.python.wheel.reader import inspect_bytes, inspect_wheel
from pluginkit.core.verdict import Evidence

FILES = record(stamp(wheel_files()))
PARTS = [Part(name, data) for name, data in FILES.items()]
FIRST = PARTS[0]
PACKED = zlib.compress(SOURCE, 6, -15)
DIRECTORY = 0o40755 << 16 | 0x10
GOOD = inspect_bytes(pack(PARTS), file_name(), "x")


def first(**changes: object) -> bytes:
    """Return the good wheel with its first entry changed."""
    return pack([replace(FIRST, **changes), *PARTS[1:]])  # type: ignore[arg-type]


def field(kind: int, data: bytes) -> bytes:
    return struct_pack("<2H", kind, len(data)) + data


def sizes(size: int = len(SOURCE), packed: int = len(PACKED)) -> bytes:
    """Return the extra field of zip64."""
    return field(1, struct_pack("<2Q", size, packed))


def descriptor(crc: int = zlib.crc32(SOURCE), packed: int = len(PACKED), size: int = len(SOURCE)) -> bytes:
    return struct_pack("<4s3L", b"PK\x07\x08", crc, packed, size)


def streamed(trailer: bytes, method: int = 8, **local: int) -> bytes:
    """Return the wheel with its first entry as a writer to a pipe has it: sizes and CRC behind the data."""
    data = first(flags=8, trailer=trailer, method=method)
    values = (local.get("crc", 0), local.get("packed", 0), local.get("size", 0))
    return data[:14] + struct_pack("<3L", *values) + data[26:]


def sentinels(extra: bytes) -> bytes:
    """Return the wheel with its first entry's sizes in the extra field of the local header alone."""
    data = first(local_extra=extra)
    return data[:18] + b"\xff" * 8 + data[26:]


def listed(*directories: str) -> bytes:
    return pack([*(Part(name, b"", DIRECTORY, method=0) for name in directories), *PARTS])


def streamed_by_zipfile() -> bytes:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def tell(self) -> int:
            raise OSError

        def seek(self, offset: int, whence: int = 0, /) -> int:
            raise OSError

    target = Pipe()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in FILES.items():
            archive.writestr(name, data)
    return target.getvalue()


def written_as_large() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in FILES.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(info, "w", force_zip64=True) as entry:
                entry.write(data)
    return target.getvalue()


TIMES = field(0x5455, b"\x03" + bytes(8))
OWNER = field(0x7875, b"\x01\x04" + bytes(4) + b"\x04" + bytes(4))
NTFS = field(0x000A, bytes(4) + b"\x01\x00\x18\x00" + bytes(24))
UNICODE_PATH = field(0x7075, b"\x01" + zlib.crc32(b"x").to_bytes(4, "little") + b"evil.py")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(first(local_extra=sizes()), id="sizes once more, in the local header alone"),
        pytest.param(first(extra=sizes()), id="sizes once more, in both"),
        pytest.param(sentinels(sizes()), id="sizes in the extra field alone"),
        pytest.param(written_as_large(), id="the standard library, prepared for large files"),
        pytest.param(first(extra=TIMES), id="times"),
        pytest.param(first(extra=field(0x5455, b"\x03" + bytes(4)), local_extra=TIMES), id="more times in one header"),
        pytest.param(first(extra=TIMES + OWNER), id="times and owner, as zip writes them"),
        pytest.param(first(extra=NTFS, local_extra=b""), id="times of Windows, in the central directory alone"),
        pytest.param(first(extra=field(0xCAFE, b"")), id="the mark of a jar"),
        pytest.param(streamed(descriptor()), id="a data descriptor"),
        pytest.param(
            streamed(descriptor(), crc=zlib.crc32(SOURCE), packed=len(PACKED), size=len(SOURCE)),
            id="a data descriptor that repeats the local header",
        ),
        pytest.param(streamed_by_zipfile(), id="the standard library, to a pipe"),
        pytest.param(pack(PARTS, comment=b"zip-rs"), id="the comment of an old maturin"),
        pytest.param(listed("acme_filter.libs/"), id="the empty directory of auditwheel"),
        pytest.param(listed("acme_filter/", "acme_filter/data/", "tests/"), id="empty directories inside and beside"),
        pytest.param(listed(f"{stem()}.data/", f"{stem()}.data/scripts/"), id="a data directory without files"),
    ],
)
def test_what_has_one_meaning_is_read(data: bytes) -> None:
    assert inspect_bytes(data, file_name(), "x") == GOOD
    with zipfile.ZipFile(io.BytesIO(data)) as peer:
        assert {name: peer.read(name) for name in peer.namelist() if name[-1] != "/"} == FILES


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(first(local_extra=sizes(size=1)), id="another size in the extra field"),
        pytest.param(first(extra=sizes(packed=1)), id="another packed size, in both"),
        pytest.param(sentinels(b""), id="no size at all"),
        pytest.param(sentinels(sizes(size=1)), id="no size but a wrong one"),
        pytest.param(first(local_extra=sizes() + sizes()), id="sizes twice"),
        pytest.param(first(local_extra=sizes()[:-1]), id="an extra field cut short"),
        pytest.param(first(local_extra=b"\x01"), id="an extra field without an id"),
        pytest.param(first(local_extra=UNICODE_PATH), id="another name, in the local header alone"),
        pytest.param(first(extra=UNICODE_PATH), id="another name, in both"),
        pytest.param(first(extra=field(0x9901, bytes(7))), id="encryption"),
        pytest.param(first(extra=field(0x5455, b"\x03" + bytes(40))), id="times with more behind them"),
        pytest.param(streamed(descriptor(size=1)), id="a data descriptor with another size"),
        pytest.param(streamed(descriptor(crc=1)), id="a data descriptor with another CRC"),
        pytest.param(streamed(descriptor()[4:]), id="a data descriptor without its mark"),
        pytest.param(streamed(b""), id="no data descriptor"),
        pytest.param(streamed(descriptor(packed=len(SOURCE)), method=0), id="a data descriptor behind stored data"),
        pytest.param(streamed(descriptor(), size=1), id="a local size besides a data descriptor"),
        pytest.param(pack(PARTS, comment=b"zip-rs "), id="any other comment"),
        pytest.param(pack(PARTS, comment=b"PK\x05\x06zip-rs"), id="a comment with the mark of an end record"),
        pytest.param(pack(PARTS, comment=b"zip-rs") + b"zip-rs", id="a known comment twice"),
        pytest.param(listed("acme_filter.libs/", "acme_filter.libs/"), id="an empty directory twice"),
        pytest.param(listed("ACME_filter/"), id="an empty directory that is a twin by case"),
        pytest.param(listed("acme_filter/__init__.py/"), id="an empty directory over a file"),
        pytest.param(listed("../x/"), id="an empty directory outside"),
        pytest.param(listed("a/../b/"), id="an empty directory that climbs"),
    ],
)
def test_what_has_two_meanings_is_refused(data: bytes) -> None:
    assert [defect.code for defect in inspect_bytes(data, file_name(), "x").defects] == ["PK102"]


@pytest.mark.parametrize("name", ["other-1.0.dist-info/", "other.egg-info/", "Other-2.DIST-INFO/"])
def test_an_empty_directory_of_metadata_is_one_too_many(name: str) -> None:
    assert [defect.code for defect in inspect_bytes(listed(name), file_name(), "x").defects] == ["PK105"]


def at(path: Path, data: bytes) -> Evidence:
    """Return the evidence of a wheel in a file, so large that it is read in pieces."""
    path.write_bytes(data)
    assert path.stat().st_size > 8 << 20
    return inspect_wheel(path, "x")


LARGE = Part("acme_filter/data.bin", bytes(9 << 20), method=0)


@pytest.mark.parametrize(
    "data",
    [
        pack([LARGE, *PARTS]),
        pack([*PARTS, LARGE]),
        pack([LARGE, replace(FIRST, local_extra=sizes()), *PARTS[1:]]),
        pack([LARGE, *PARTS], comment=b"zip-rs"),
        pack([replace(LARGE, crc=1), *PARTS]),
        pack([LARGE, replace(FIRST, size=1), *PARTS[1:]]),
        pack([LARGE, replace(FIRST, local_name=b"x"), *PARTS[1:]]),
        pack([LARGE, *PARTS])[:-1],
        pack([LARGE, *PARTS])[:-100],
        pack([LARGE, *PARTS], count=3),
        pack([LARGE, *PARTS], shift=1),
        pack([LARGE, *PARTS], shift=-(1 << 20)),
        b"x" * (9 << 20),
    ],
    ids=range(13),
)
def test_a_large_file_is_read_as_its_bytes_are(data: bytes, tmp_path: Path) -> None:
    assert at(tmp_path / file_name(), data) == inspect_bytes(data, file_name(), "x")


@pytest.mark.parametrize("method", [0, 8])
@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_reading_a_large_wheel_takes_little_memory(method: int, algorithm: str, tmp_path: Path) -> None:
    large = random.Random(1).randbytes(1 << 20) * 9
    files = record({**FILES, "acme_filter/data.bin": large})
    name = f"{stem()}.dist-info/RECORD"
    files[name] = files[name].replace(record_hash(large).encode(), record_hash(large, algorithm).encode())
    path = tmp_path / file_name()
    path.write_bytes(pack([Part(name, data, method=method) for name, data in files.items()]))
    tracemalloc.start()
    try:
        evidence = inspect_wheel(path, "x")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert {defect.code for defect in evidence.defects} == {"PK104"}
    assert peak < 4 << 20


def test_a_file_written_to_meanwhile_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(bytes(9 << 20))
    with pytest.raises(OSError, match="changed"), opened(path):
        os.utime(path, ns=(1, 1))
    with pytest.raises(OSError, match="changed"), opened(path) as pieces:
        pieces.body(os.truncate(path, 8 << 20) or 8 << 20, 9 << 20)


@pytest.mark.parametrize(("crc", "codes"), [(None, set()), (1, {"PK102"})])
def test_many_large_files_are_hashed_by_threads(
    crc: int | None, codes: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pluginkit.backends.python.wheel.record._WORTH_THREADS", 0)
    large = {f"acme_filter/{number}.bin": bytes([number]) * (2 << 20) for number in range(4)}
    files = record(stamp({**wheel_files(), **large}))
    parts = [Part(name, data, method=0, crc=crc if name.endswith("2.bin") else None) for name, data in files.items()]
    assert {defect.code for defect in inspect_bytes(pack(parts), file_name(), "x").defects} == codes

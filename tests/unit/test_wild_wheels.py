"""What writers of wheels do that pip installs, made up small: read where it has one meaning, else refused."""

import base64
import configparser
import io
import os
import random
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from struct import pack as struct_pack

import pytest
from wheels import SOURCE, Part, file_name, pack, record, record_hash, stamp, stem, wheel, wheel_files

from pluginkit.backends.python.wheel.distinfo import DistInfoError, read_entry_points
from pluginkit.backends.python.wheel.pieces import opened
from pluginkit.backends.python.wheel.reader import inspect_bytes, inspect_wheel
from pluginkit.core.verdict import Evidence, Finding
from pluginkit.rules import judge

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


def findings(more: dict[str, bytes]) -> list[Finding]:
    """Return what `verify` says of a wheel with further files, RECORD and stamp right."""
    evidence = inspect_bytes(wheel(record(stamp({**wheel_files(), **more}))), file_name(), "x")
    (verdict,) = judge([evidence], [])
    return list(verdict.findings)


@pytest.mark.parametrize(
    ("file", "message", "hint"),
    [
        ("acme_filter-1.0.0-py3.8-nspkg.pth", "every start of the interpreter: setuptools", "`namespace_packages`"),
        (f"{stem()}.data/purelib/x-nspkg.pth", "every start of the interpreter: setuptools", "PEP 420"),
        ("X-NSPKG.PTH", "every start of the interpreter: setuptools", "`__init__.py` of the namespace"),
        ("a1_acme.pth", "acts at every start of the interpreter", "first import"),
        ("acme.pth", "acts at every start of the interpreter", "leave it out"),
        (f"{stem()}.data/platlib/acme.pth", "acts at every start of the interpreter", "leave it out"),
        ("acme.start", "acts at every start of the interpreter", "first import"),
        ("__editable__.acme_filter-1.0.0.pth", "belongs to an editable install", "not editable"),
        ("acme_filter/__pycache__/__init__.cpython-311.pyc", "installers compile themselves", "`*.pyc`"),
        ("acme_filter/__pycache__/x.cpython-38.opt-1.pyc", "installers compile themselves", "`__pycache__`"),
        (f"{stem()}.data/purelib/acme_filter/__pycache__/x.pyc", "installers compile themselves", "`__pycache__`"),
        ("acme_filter/secret.pyc", "is bytecode, which nobody can review", "source instead"),
        ("acme_filter/secret.pyo", "is bytecode, which nobody can review", "source instead"),
        ("top.PYC", "is bytecode, which nobody can review", "source instead"),
        ("sitecustomize.py", "imported at every start", "move the module"),
        (f"{stem()}.data/scripts/python3", "replace the interpreter", "another name"),
        (f"{stem()}.data/data/lib/python3.11/site-packages/x.py", "interpreter's own directories", "`share/NAME`"),
    ],
)
def test_what_acts_by_being_installed_is_refused_with_what_to_do_instead(file: str, message: str, hint: str) -> None:
    (found,) = findings({file: b""})
    assert found.code == "PK102"
    assert message in found.message
    assert hint in found.hint
    assert found.hint.endswith("`pluginkit build acme-filter`")


@pytest.mark.parametrize(
    ("part", "hint"),
    [
        (Part("acme_filter/npm", b"../lib/npm.js", 0o120777 << 16), "a copy of what it leads to"),
        (Part("acme_filter/pipe", b"", 0o010644 << 16), "leave it out"),
        (Part("acme_filter/aux.py", b""), "all systems have"),
        (Part("acme_filter/__INIT__.py", b""), "a name of its own"),
    ],
)
def test_what_is_no_file_everywhere_is_refused_with_what_to_do_instead(part: Part, hint: str) -> None:
    (verdict,) = judge([inspect_bytes(pack([*PARTS, part]), file_name(), "x")], [])
    assert [(one.code, hint in one.hint) for one in verdict.findings] == [("PK102", True)]


def test_each_cause_has_its_own_hint() -> None:
    compiled = {f"acme_filter/__pycache__/m{number}.cpython-311.pyc": b"" for number in range(100)}
    pth, bytecode = sorted(findings({**compiled, "x.pth": b""}), key=lambda one: "bytecode" in one.message)
    assert "every start" in pth.message
    assert "and 20 more" in bytecode.message


@pytest.mark.parametrize(
    "text",
    [
        "    [acme.plugins]\n    filter = acme_filter\n    ",
        "\n        [acme.plugins]\n        filter = acme_filter\n        more = acme_filter:Filter\n",
        "[acme.plugins]\n  filter = acme_filter\n  # a comment\n\n  more = acme_filter:Filter\n",
        "  [acme.plugins]\n    filter = acme_filter\n  [other]\n    x = y\n",
        "[acme.plugins]\n\tfilter = acme_filter\n",
    ],
)
def test_indented_entry_points_are_read_as_configparser_reads_them(text: str) -> None:
    peer = configparser.ConfigParser(delimiters=["="])
    peer.read_string(text)
    found = list(read_entry_points(text.encode()))
    assert found == [(group, *pair) for group in peer.sections() for pair in peer.items(group)]
    points = {f"{stem()}.dist-info/entry_points.txt": text.encode()}
    assert not [one.code for one in findings(points) if one.code.startswith("PK1")]


@pytest.mark.parametrize(
    "text",
    [
        "[a]\nx = y\n z = y\n",
        "[a]\nx = y\n\n  [b]\nz = y\n",
        "  [a]\n  x = y\n # comment\n   z = y\n",
        "[a]\n\tx = y\n\t\tz = y\n",
    ],
)
def test_entry_points_that_continue_the_one_before_are_refused(text: str) -> None:
    with pytest.raises(DistInfoError, match="neither a group nor"):
        list(read_entry_points(text.encode()))


@pytest.mark.parametrize("key", ["Root-Is_Purelib", "X_Build", "Generator-2_0"])
def test_a_header_with_an_underscore_is_one(key: str) -> None:
    info = f"{stem()}.dist-info/WHEEL"
    assert not findings({info: wheel_files()[info] + f"{key}: x\n".encode()})


@pytest.mark.parametrize(
    "spelled",
    [
        lambda digest: digest + "=",
        lambda digest: digest.replace("-", "+").replace("_", "/") + "=",
        lambda digest: base64.urlsafe_b64decode(digest + "=").hex(),
    ],
    ids=["padded", "standard base64", "hexadecimal"],
)
def test_a_right_hash_in_another_spelling_is_called_that(spelled: Callable[[str], str]) -> None:
    name, right = f"{stem()}.dist-info/RECORD", record_hash(SOURCE).partition("=")[2]
    files = {**FILES, name: FILES[name].replace(right.encode(), spelled(right).encode())}
    (defect,) = inspect_bytes(wheel(files), file_name(), "x").defects
    assert (defect.code, "otherwise than in urlsafe base64" in defect.message) == ("PK103", True)

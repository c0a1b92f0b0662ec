"""Bad wheels, one a line: each is refused with the codes it earns, and nothing is raised."""

import hashlib
import os
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from wheels import (
    GROUP,
    NAME,
    SOURCE,
    Part,
    file_name,
    good_wheel,
    pack,
    record,
    record_hash,
    restamp,
    stamp,
    stem,
    wheel,
    wheel_files,
)

from pluginkit.backends.python.wheel.reader import inspect_bytes, inspect_wheel
from pluginkit.core.verdict import Evidence

INFO = f"{stem()}.dist-info"
DATA = f"{stem()}.data"
PLAIN = wheel_files()
FILES = record(stamp(PLAIN))
GOOD = wheel(FILES)
PARTS = [Part(name, data) for name, data in FILES.items()]
FIRST = PARTS[0]
GIB = 1 << 30
DIRECTORY = 0o40755 << 16 | 0x10


def case_id(value: object) -> str:
    """Name a case by its first word; makers and codes say nothing more."""
    return value[:60] if isinstance(value, str) else ""


def codes(data: bytes, file: str = file_name()) -> set[str]:
    return {defect.code for defect in inspect_bytes(data, file, file).defects}


def bent(**changes: object) -> bytes:
    """Return the good wheel with its first entry bent."""
    return pack([replace(FIRST, **changes), *PARTS[1:]])  # type: ignore[arg-type]


def named(*names: str | bytes, **changes: object) -> bytes:
    """Return the good wheel with entries of these names before the others."""
    return pack([*(Part(name, b"", **changes) for name in names), *PARTS])  # type: ignore[arg-type]


def whole(more: dict[str, bytes], **changes: str) -> bytes:
    """Return a wheel with other or further files, RECORD and payload right."""
    return wheel(record(stamp({**PLAIN, **more}, None, **changes)))


def recorded(extra: str = "", leave_out: str = "", old: str = "", new: str = "") -> bytes:
    """Return the good wheel with another RECORD."""
    files = record(stamp(PLAIN), extra, leave_out)
    files[f"{INFO}/RECORD"] = files[f"{INFO}/RECORD"].replace(old.encode(), new.encode())
    return wheel(files)


def stamped(raw: bytes) -> bytes:
    return wheel(record(stamp(PLAIN, raw)))


def stored(files: dict[str, bytes]) -> bytes:
    return pack([Part(name, data, method=0) for name, data in files.items()])


def metadata(old: str, new: str, file: str = "METADATA") -> bytes:
    text = PLAIN[f"{INFO}/{file}"].replace(old.encode(), new.encode())
    return whole({f"{INFO}/{file}": text})


def zeros(size: int) -> bytes:
    """Return a raw deflate stream of `size` zeros, a multiple of 16 MiB, made from one block."""
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = stream.compress(bytes(16 << 20)) + stream.flush(zlib.Z_FULL_FLUSH)
    return block * (size >> 24) + b"\x03\x00"


def bombs(count: int) -> bytes:
    packed, crc = zeros(16 << 20), zlib.crc32(bytes(16 << 20))
    return pack([*(Part(f"{n}.bin", packed=packed, size=16 << 20, crc=crc) for n in range(count)), *PARTS])


def unlisted_middle() -> bytes:
    return pack([PARTS[0], Part("ghost.py", b"import os", listed=False), *PARTS[1:]])


def two_ends() -> bytes:
    other = pack([Part("other.py", b"")])
    return other + pack(PARTS, shift=len(other))


def hashed_by(algorithm: str) -> bytes:
    return recorded(old=record_hash(SOURCE), new=record_hash(SOURCE, algorithm))


def homoglyph() -> tuple[bytes, str]:
    return wheel(record(stamp(wheel_files("\u0430cme-filter"), name="acme-filter"))), file_name("\u0430cme-filter")


def two_metadata_directories() -> bytes:
    return whole({f"other-1.0.0.dist-info/{name}": PLAIN[f"{INFO}/{name}"] for name in ("METADATA", "WHEEL")})


def upper_case_dist_info() -> bytes:
    return wheel({path.replace(".dist-info", ".DIST-INFO"): data for path, data in FILES.items()})


def twice_keyed() -> bytes:
    raw = restamp(PLAIN)
    return stamped(raw[:-1] + b',"name":"acme-filter"}')


API = {"name": "acme-api", "version": "1.0.0", "modules": [], "surface": []}


def api_digest(digest: str) -> bytes:
    return stamped(restamp(PLAIN, apis=[{**API, "digest": digest}]))


FRAMING: list[tuple[str, Callable[[], bytes]]] = [
    ("empty file", lambda: b""),
    ("an archive of nothing cut short", lambda: GOOD[-21:]),
    ("bytes before the archive", lambda: b"#!/bin/sh\n" + GOOD),
    ("bytes before it, offsets adjusted", lambda: pack([replace(FIRST, offset=2), *PARTS[1:]])),
    ("bytes after the archive", lambda: GOOD + b"\n"),
    ("bytes before the central directory", lambda: pack([*PARTS[:-1], replace(PARTS[-1], trailer=b"gap")])),
    ("an end-record comment", lambda: pack(PARTS, comment=b"hello")),
    ("an end record as the comment", lambda: pack(PARTS, comment=GOOD[-22:])),
    ("two end records", lambda: GOOD + GOOD[-22:]),
    ("two archives in one", two_ends),
    ("zip64 number of entries", lambda: pack(PARTS, count=0xFFFF)),
    ("zip64 size of an entry", lambda: bent(size=0xFFFFFFFF)),
    ("zip64 offset of an entry", lambda: bent(offset=0xFFFFFFFF)),
    ("zip64 locator", lambda: GOOD[:-22] + b"PK\x06\x07" + bytes(16) + GOOD[-22:]),
    ("fewer entries than listed", lambda: pack(PARTS, count=len(PARTS) - 1)),
    ("more entries than listed", lambda: pack(PARTS, count=len(PARTS) + 1)),
    ("central directory elsewhere", lambda: pack(PARTS, shift=1)),
    ("data-descriptor flag", lambda: bent(flags=0x8, trailer=b"PK\x07\x08" + bytes(12))),
    ("encrypted flag", lambda: bent(flags=0x1)),
    ("strong encryption flag", lambda: bent(flags=0x41)),
    ("masked headers flag", lambda: bent(flags=0x2000)),
    ("bzip2", lambda: bent(method=12)),
    ("lzma", lambda: bent(method=14)),
    ("deflate64", lambda: bent(method=9)),
    ("Unicode-path extra field", lambda: bent(extra=b"up\x06\x00\x01" + bytes(4) + b"x")),
    ("extra field in the local header only", lambda: bent(local_extra=b"UT\x01\x00x")),
    ("a comment on an entry", lambda: bent(comment=b"hello")),
]


def local_length(change: int, **changes: object) -> bytes:
    """Return the good wheel with another length of the first name in its local header."""
    data = bytearray(bent(**changes))
    data[26] += change
    return bytes(data)


FRAMING += [
    ("a shorter name in the local header", lambda: local_length(-1)),
    ("a longer name in the local header", lambda: local_length(+1)),
    ("a longer name that takes an extra field along", lambda: local_length(+5, local_extra=b"UT\x01\x00\x00")),
    ("a name that ends in an extra field", lambda: local_length(-5, local_extra=b"UT\x01\x00\x00")),
]

NAMES: list[tuple[str, Callable[[], bytes]]] = [
    ("same name twice", lambda: named("a.py", "a.py")),
    ("twins by case", lambda: named("A.py", "a.py")),
    ("directories that are twins by case", lambda: named("A/x.py", "a/y.py")),
    ("NFC and NFD twins", lambda: named("\u00e9.py", "e\u0301.py")),
    ("NFD alone", lambda: named("e\u0301.py")),
    ("sharp s", lambda: named("stra\u00dfe.py", "strasse.py")),
    ("p and p/x", lambda: named("p", "p/x")),
    ("p/x and p", lambda: named("p/x", "p")),
    ("P and p/x", lambda: named("P", "p/x")),
    ("../x", lambda: named("../x")),
    ("a/../../x", lambda: named("a/../../x")),
    ("./x", lambda: named("./x")),
    ("a//x", lambda: named("a//x")),
    ("absolute", lambda: named("/abs")),
    ("drive", lambda: named("C:/x")),
    ("stream", lambda: named("x.py:evil")),
    ("backslash", lambda: named("a\\x")),
    ("share", lambda: named("\\\\host\\x")),
    ("NUL", lambda: named("a\0.py")),
    ("newline", lambda: named("a\n.py")),
    ("right-to-left override", lambda: named("a\u202eyp.x")),
    ("CON.py", lambda: named("CON.py")),
    ("aux", lambda: named("a/aux")),
    ("com1 with two suffixes", lambda: named("com1.tar.gz")),
    ("nul with a space", lambda: named("nul .txt")),
    ("trailing dot", lambda: named("a.")),
    ("trailing space", lambda: named("a /x")),
    ("no name", lambda: named("")),
    ("a name of 300 characters", lambda: named("a" * 300)),
    ("not UTF-8", lambda: named(b"\xff.py")),
    ("not UTF-8, said to be", lambda: named(b"\xff.py", flags=0x800)),
    ("UTF-8, not said to be", lambda: named("\u00e9.py", flags=0)),
    ("a directory twice", lambda: named("acme_filter/", "acme_filter/", attributes=DIRECTORY)),
    ("a directory with contents", lambda: pack([Part("acme_filter/", b"x", DIRECTORY), *PARTS])),
    ("a directory by its DOS attribute alone", lambda: named("x", attributes=0x10)),
    ("a file as a directory", lambda: named("acme_filter/", attributes=0o100644 << 16)),
    ("a directory as a file", lambda: named("x", attributes=DIRECTORY)),
]

ENTRIES: list[tuple[str, Callable[[], bytes]]] = [
    ("local name differs from central", lambda: bent(local_name=b"acme_filter/__evil__.py")),
    ("local size differs from central", lambda: bent(local_size=1)),
    ("an entry only in local headers", unlisted_middle),
    ("two central entries at one offset", lambda: pack([FIRST, replace(FIRST, name="b.py", offset=0), *PARTS[1:]])),
    ("an offset inside another entry", lambda: pack([replace(FIRST, offset=40), *PARTS[1:]])),
    ("CRC wrong", lambda: bent(crc=1)),
    ("CRC wrong, stored", lambda: bent(method=0, crc=1)),
    ("declared size 1, real 50", lambda: bent(size=1, data=b"x" * 50)),
    ("declared size 0, real 50", lambda: bent(size=0, data=b"x" * 50)),
    ("declared size 51, real 50", lambda: bent(size=51, data=b"x" * 50)),
    ("stored with two sizes", lambda: bent(method=0, size=1)),
    ("bytes after the deflate stream", lambda: bent(packed=zlib.compress(SOURCE, 6, -15) + b"x")),
    ("a deflate stream cut short", lambda: bent(packed=zlib.compress(SOURCE, 6, -15)[:-1])),
    ("a zlib header before deflate", lambda: bent(packed=zlib.compress(SOURCE))),
    ("1 GiB of zeros", lambda: pack([Part("zeros.bin", packed=zeros(GIB), size=GIB), *PARTS])),
    ("1 GiB of zeros in 64 entries", lambda: bombs(64)),
    ("60,000 entries", lambda: pack([Part(f"{n}", method=0) for n in range(60_000)])),
    ("100,000 entries", lambda: pack([Part(f"{n}", method=0) for n in range(100_000)], count=100_000 & 0xFFFF)),
    ("symlink mode", lambda: bent(attributes=0o120777 << 16)),
    ("device mode", lambda: bent(attributes=0o020644 << 16)),
    ("FIFO mode", lambda: bent(attributes=0o010644 << 16)),
    ("setuid mode", lambda: bent(attributes=0o104755 << 16)),
    ("setgid mode", lambda: bent(attributes=0o102755 << 16)),
    *((f"truncated at tenth {n}", lambda n=n: GOOD[: len(GOOD) * n // 10]) for n in range(10)),
]

HOOKS: list[tuple[str, Callable[[], bytes]]] = [
    (".pth", lambda: whole({"evil.pth": b"import os\n"})),
    (".PTH", lambda: whole({"evil.PTH": b"import os\n"})),
    (".start", lambda: whole({"evil.start": b"acme_filter:New\n"})),
    (".START in platlib", lambda: whole({f"{DATA}/platlib/evil.START": b"acme_filter:New\n"})),
    (".start through data", lambda: whole({f"{DATA}/data/Lib/site-packages/evil.start": b""})),
    (".pth in purelib", lambda: whole({f"{DATA}/purelib/evil.pth": b"import os\n"})),
    (".pth through data", lambda: whole({f"{DATA}/data/lib/python3.11/site-packages/evil.pth": b""})),
    ("a standard module through data", lambda: whole({f"{DATA}/data/lib/python3.11/os.py": b""})),
    ("pyvenv.cfg", lambda: whole({f"{DATA}/data/pyvenv.cfg": b""})),
    ("sitecustomize.py", lambda: whole({"sitecustomize.py": b""})),
    ("usercustomize.py", lambda: whole({"usercustomize.py": b""})),
    ("sitecustomize as a package", lambda: whole({"sitecustomize/__init__.py": b""})),
    ("sitecustomize as an extension module", lambda: whole({"sitecustomize.abi3.so": b""})),
    ("unchecked-hash .pyc", lambda: whole({"acme_filter/__pycache__/__init__.cpython-311.pyc": b"\1"})),
    ("sourceless .pyc", lambda: whole({"acme_filter/more.pyc": b""})),
    ("script names with ../", lambda: scripts("../../bin/sh = acme_filter:New")),
    ("script names with a backslash", lambda: scripts("..\\x = acme_filter:New")),
    ("a script name with a space", lambda: scripts("acme pip = acme_filter:New")),
    ("a script name with a space that is none in ASCII", lambda: scripts("acme\u3000pip = acme_filter:New")),
    ("a script named python", lambda: scripts("python = acme_filter:New")),
    ("a script file named python3", lambda: whole({f"{DATA}/scripts/python3": b"#!python\n"})),
    ("an unknown scheme", lambda: whole({f"{DATA}/stdlib/os.py": b""})),
    ("another's .data", lambda: whole({"other-1.0.data/purelib/x.py": b""})),
    ("a script through two .data", lambda: whole({f"{DATA}/purelib/{DATA}/scripts/pip": b"#!/bin/sh\n"})),
    ("a data file through two .data", lambda: whole({f"{DATA}/platlib/{DATA}/data/bin/sh": b"#!/bin/sh\n"})),
    ("a .data of another through purelib", lambda: whole({f"{DATA}/purelib/other-1.0.DATA/scripts/x": b""})),
    ("one file from two places", lambda: whole({f"{DATA}/purelib/acme_filter/__init__.py": b""})),
    ("twins by case from two places", lambda: whole({f"{DATA}/platlib/acme_filter/__INIT__.py": b""})),
    ("a file over a directory from two places", lambda: whole({f"{DATA}/purelib/acme_filter": b""})),
]


def scripts(line: str) -> bytes:
    return whole({f"{INFO}/entry_points.txt": f"[console_scripts]\n{line}\n".encode()})


RECORDS: list[tuple[str, Callable[[], bytes], set[str]]] = [
    ("RECORD missing", lambda: wheel(stamp(PLAIN)), {"PK103"}),
    ("unlisted file", lambda: recorded(leave_out="acme_filter/__init__.py"), {"PK103"}),
    ("unlisted stamp", lambda: recorded(leave_out=f"{INFO}/pluginkit.json"), {"PK103"}),
    ("row for an absent file", lambda: recorded(f"ghost.py,{record_hash(b'')},0\n"), {"PK103"}),
    ("row for ../../x", lambda: recorded(f"../../x,{record_hash(b'')},0\n"), {"PK103"}),
    ("wrong hash", lambda: recorded(old=record_hash(SOURCE), new=record_hash(b"other")), {"PK103"}),
    ("wrong size", lambda: recorded(old=f",{len(SOURCE)}\n", new=",1\n"), {"PK103"}),
    ("padded hash", lambda: recorded(old=record_hash(SOURCE), new=record_hash(SOURCE) + "="), {"PK103"}),
    ("md5 hash", lambda: hashed_by("md5"), {"PK103"}),
    ("sha1 hash", lambda: hashed_by("sha1"), {"PK103"}),
    ("sha512 hash", lambda: hashed_by("sha512"), set()),
    ("sha384 hash", lambda: hashed_by("sha384"), set()),
    ("blank hash", lambda: recorded(old=record_hash(SOURCE), new=""), {"PK103"}),
    ("no size", lambda: recorded(old=f",{len(SOURCE)}\n", new=",\n"), set()),
    ("duplicate row", lambda: recorded(f"acme_filter/__init__.py,{record_hash(SOURCE)},\n"), {"PK103"}),
    ("a 200 kB field", lambda: recorded(f"{'x' * 200_000},{record_hash(b'')},0\n"), {"PK103"}),
    ("a 200 kB field in quotes", lambda: recorded(f'"{"x" * 200_000}",,\n'), {"PK103"}),
    ("two fields", lambda: recorded("x.py,\n"), {"PK103"}),
    ("an open quote", lambda: recorded('"x.py,,\n'), {"PK103"}),
    ("quoted rows", lambda: recorded(old="acme_filter/__init__.py,", new='"acme_filter/__init__.py",'), set()),
    ("lines that end in CRLF", lambda: recorded(old="\n", new="\r\n"), set()),
    ("not UTF-8", lambda: wheel({**FILES, f"{INFO}/RECORD": b"\xff,,\n"}), {"PK103"}),
    ("a hash for itself", lambda: recorded(old="RECORD,,", new=f"RECORD,{record_hash(b'')},"), {"PK103"}),
    ("a file edited", lambda: wheel({**FILES, "acme_filter/__init__.py": b"evil"}), {"PK103", "PK104"}),
    (
        "a file edited, RECORD too",
        lambda: wheel(record({**FILES, "acme_filter/__init__.py": SOURCE + b"#"})),
        {"PK104"},
    ),
    ("a file added, RECORD too", lambda: wheel(record({**FILES, "acme_filter/more.py": b""})), {"PK104"}),
]

METADATA: list[tuple[str, Callable[[], bytes], set[str]]] = [
    ("two .dist-info", two_metadata_directories, {"PK105"}),
    ("an .egg-info besides", lambda: whole({"other.egg-info/PKG-INFO": b""}), {"PK105"}),
    ("upper-case .DIST-INFO", upper_case_dist_info, {"PK105"}),
    ("no .dist-info", lambda: pack([Part("a.py", b"")]), {"PK105"}),
    ("metadata through purelib", lambda: whole({f"{DATA}/purelib/{INFO}/entry_points.txt": b""}), {"PK105"}),
    ("no METADATA", lambda: wheel(record(stamp(without("METADATA")))), {"PK105"}),
    ("no WHEEL", lambda: wheel(record(stamp(without("WHEEL")))), {"PK105"}),
    ("Name differs from the file name", lambda: metadata("Name: acme-filter", "Name: acme-fitler"), {"PK105"}),
    ("Name stands twice", lambda: metadata("Name:", "Name: acme-filter\nName:"), {"PK105"}),
    ("name in lower case twice", lambda: metadata("Name:", "name: evil\nName:"), {"PK105"}),
    ("Name hidden behind a carriage return", lambda: metadata("Name:", "Summary: x\rName: y\nName:"), {"PK105"}),
    ("a line that is not a header", lambda: metadata("Name:", "evil\nName:"), {"PK105"}),
    ("METADATA not UTF-8", lambda: whole({f"{INFO}/METADATA": b"Name: \xff\n"}), {"PK105"}),
    ("Version differs from the file name", lambda: metadata("Version: 1.0.0", "Version: 1.0.1"), {"PK105"}),
    ("Version stands twice", lambda: metadata("\nVersion:", "\nVersion: 1.0.0\nVersion:"), {"PK105"}),
    ("Version is none", lambda: metadata("\nVersion: 1.0.0", "\nVersion: banana"), {"PK105"}),
    ("WHEEL tag differs", lambda: metadata("py3-none-any", "cp311-cp311-win32", "WHEEL"), {"PK105"}),
    ("WHEEL with one tag more", lambda: metadata("Tag:", "Tag: py2-none-any\nTag:", "WHEEL"), {"PK105"}),
    ("WHEEL without tags", lambda: metadata("Tag: py3-none-any\n", "", "WHEEL"), {"PK105"}),
    ("Wheel-Version 2", lambda: metadata("Wheel-Version: 1.0", "Wheel-Version: 2.0", "WHEEL"), {"PK105"}),
    ("a group twice", lambda: points("[a]\nx = y\n[a]\nz = y\n"), {"PK105"}),
    ("an indented entry point", lambda: points("[a]\nx = y\n z = y\n"), {"PK105"}),
    ("entry points of every group", lambda: points("[DEFAULT]\npip = x:y\n[a]\nx = y\n"), {"PK105"}),
    *(
        (
            f"a line that ends in {end!a}",
            lambda end=end: points(f"[a]\nx = y{end}[console_scripts]{end}pip = x:y\n"),
            {"PK105"},
        )
        for end in "\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
    ),
    ("entry points outside a group", lambda: points("x = y\n"), {"PK105"}),
    ("the stamp of another name", lambda: whole({}, name="other"), {"PK105"}),
    ("the stamp of another version", lambda: whole({}, version="1.0.1"), {"PK105"}),
]


def without(file: str) -> dict[str, bytes]:
    return {path: data for path, data in PLAIN.items() if path != f"{INFO}/{file}"}


def points(text: str) -> bytes:
    return whole({f"{INFO}/entry_points.txt": text.encode()})


STAMPS: list[tuple[str, Callable[[], bytes], set[str]]] = [
    ("none", lambda: good_wheel(stamp=None), {"PK201"}),
    ("two", lambda: whole({f"{DATA}/purelib/{INFO}/pluginkit.json": b"{}"}), {"PK204"}),
    ("two, in platlib and upper case", lambda: whole({f"{DATA}/platlib/{INFO}/PluginKit.JSON": b"{}"}), {"PK204"}),
    ("two of one name", lambda: pack([*PARTS, Part(f"{INFO}/pluginkit.json")]), {"PK102"}),
    ("duplicate JSON keys", twice_keyed, {"PK202"}),
    ("empty", lambda: stamped(b""), {"PK202"}),
    ("not JSON", lambda: stamped(b"\xff\xfe"), {"PK202"}),
    ("digest upper-case", lambda: stamped(restamp(PLAIN, payload="sha256:" + "A" * 64)), {"PK202"}),
    ("digest short", lambda: stamped(restamp(PLAIN, lock="sha256:00")), {"PK202"}),
    ("digest md5", lambda: stamped(restamp(PLAIN, inputs="md5:" + "0" * 32)), {"PK202"}),
    ("API digest of another kind", lambda: api_digest("sha256:" + "0" * 64), {"PK202"}),
    ("API digest short", lambda: api_digest("h1:AAAA"), {"PK202"}),
    ("schema 99", lambda: stamped(restamp(PLAIN, schema=99)), {"PK203"}),
    ("20 MB", lambda: stored(record(stamp(PLAIN, b" " * 20_000_000))), {"PK202"}),
    ("nesting 100,000 deep", lambda: stamped(b"[" * 100_000), {"PK202"}),
    ("nesting 100,000 deep in a field", lambda: stamped(b'{"schema":' + b"[" * 100_000), {"PK202"}),
]


@pytest.mark.parametrize(("case", "make"), [*FRAMING, *NAMES, *ENTRIES], ids=case_id)
def test_an_archive_of_two_meanings_is_refused_and_nothing_else_is_said(case: str, make: Callable[[], bytes]) -> None:
    evidence = inspect_bytes(make(), file_name(), case)
    assert [defect.code for defect in evidence.defects] == ["PK102"]
    assert not evidence.readable


@pytest.mark.parametrize(("case", "make"), HOOKS, ids=case_id)
def test_a_file_that_acts_by_being_installed_is_refused(case: str, make: Callable[[], bytes]) -> None:
    assert codes(make()) == {"PK102"}


@pytest.mark.parametrize(("case", "make", "expected"), [*RECORDS, *METADATA, *STAMPS], ids=case_id)
def test_contents_that_do_not_agree_earn_their_code(case: str, make: Callable[[], bytes], expected: set[str]) -> None:
    assert codes(make()) == expected


def test_a_homoglyph_in_the_name_is_refused() -> None:
    assert codes(*homoglyph()) == {"PK105"}


@pytest.mark.parametrize("file", ["filter.whl", "acme_filter-1.0.0.whl", "acme_filter-1.0.0-py3-none.whl", "x.zip"])
def test_a_file_name_that_is_no_wheels_is_refused(file: str) -> None:
    assert codes(GOOD, file) == {"PK105"}


def test_the_good_wheel_is_accepted() -> None:
    evidence = inspect_bytes(GOOD, file_name(), "good")
    assert evidence.defects == ()
    assert (evidence.name, evidence.version, evidence.tags) == (NAME, "1.0.0", ("py3-none-any",))
    assert evidence.files == ("acme_filter/__init__.py",)
    assert evidence.stamp is not None
    assert evidence.payload == evidence.stamp.payload


def test_all_defects_stand_in_one_report() -> None:
    files = record({**stamp(PLAIN), "evil.pth": b"", "x.pyc": b""}, leave_out="evil.pth")
    found = {"PK102", "PK103", "PK104", "PK105"}
    assert codes(wheel(files), file_name(version="1.0.1")) == found


def test_a_long_list_of_mismatches_is_cut() -> None:
    rows = "".join(f"ghost{number}.py,{record_hash(b'')},0\n" for number in range(10_000))
    assert len(inspect_bytes(recorded(rows), file_name(), "x").defects) == 21


def evidence_of(more: dict[str, bytes], text: str = "") -> Evidence:
    points_text = {f"{INFO}/entry_points.txt": text.encode()} if text else {}
    return inspect_bytes(whole({**more, **points_text}), file_name(), "x")


@pytest.mark.parametrize(
    ("entry", "file"),
    [
        ("acme_api/__init__.py", "acme_api/__init__.py"),
        ("acme_api.py", "acme_api.py"),
        ("acme_api.abi3.so", "acme_api.abi3.so"),
        (f"{DATA}/purelib/acme_api.py", "acme_api.py"),
        (f"{DATA}/platlib/acme_api/__init__.py", "acme_api/__init__.py"),
        ("acme_filter/_vendor/acme_api/__init__.py", "acme_filter/_vendor/acme_api/__init__.py"),
    ],
)
def test_a_bundled_api_is_listed_where_it_will_lie(entry: str, file: str) -> None:
    evidence = evidence_of({entry: b""})
    assert evidence.defects == ()
    assert file in evidence.files


def test_headers_and_scripts_are_not_importable() -> None:
    evidence = evidence_of({f"{DATA}/headers/x.h": b"", f"{DATA}/scripts/x": b"", f"{DATA}/data/share/x": b""})
    assert evidence.defects == ()
    assert evidence.files == ("acme_filter/__init__.py",)


def test_a_part_of_a_namespace_is_accepted() -> None:
    evidence = inspect_bytes(good_wheel(files={"acme/filter/__init__.py": SOURCE}), file_name(), "x")
    assert evidence.defects == ()


@pytest.mark.parametrize(
    ("reference", "shipped", "defined"),
    [
        ("acme_filter", True, True),
        ("acme_filter:New", True, True),
        ("acme_filter:New.part [extra]", True, True),
        ("acme_filter:Absent", True, False),
        ("os:system", False, None),
        ("acme_filter.absent:New", False, None),
        ("not a reference", False, False),
    ],
)
def test_entry_points_are_resolved_by_reading(reference: str, shipped: bool, defined: bool | None) -> None:
    (factory,) = evidence_of({}, f"[{GROUP}]\nfilter = {reference}\n").factories
    assert (factory.shipped, factory.defined) == (shipped, defined)


def test_two_entry_points_with_one_name_are_both_listed() -> None:
    factories = evidence_of({}, f"[{GROUP}]\nf = acme_filter:New\nf = acme_filter:Filter\n").factories
    assert [factory.reference for factory in factories] == ["acme_filter:New", "acme_filter:Filter"]


def test_the_content_digest_leaves_metadata_out() -> None:
    one = inspect_bytes(good_wheel(), file_name(), "x")
    other = inspect_bytes(good_wheel(requires=["acme-api"]), file_name(), "x")
    assert one.content == other.content
    assert one.payload != other.payload


@pytest.mark.parametrize("kind", ["fifo", "directory", "absent", "unreadable", "loop"])
def test_what_is_no_readable_file_is_a_finding(kind: str, tmp_path: Path) -> None:
    path = tmp_path / file_name()
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "directory":
        path.mkdir()
    elif kind == "loop":
        path.symlink_to(path)
    elif kind == "unreadable":
        path.write_bytes(GOOD)
        path.chmod(0)
        if os.access(path, os.R_OK):
            pytest.skip("this user may read everything")
    assert [defect.code for defect in inspect_wheel(path, "x").defects] == ["PK101"]


def test_a_good_wheel_is_read_from_its_path(tmp_path: Path) -> None:
    path = tmp_path / file_name()
    path.write_bytes(GOOD)
    assert inspect_wheel(path, "dist/x.whl") == inspect_bytes(GOOD, file_name(), "dist/x.whl")
    assert hashlib.sha256(path.read_bytes()).digest() == hashlib.sha256(GOOD).digest()

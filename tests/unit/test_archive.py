import io
import random
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wheels import Part, file_name, good_wheel, pack, record, stamp, wheel, wheel_files

from pluginkit.backends.python.wheel.archive import ArchiveError, read_archive
from pluginkit.backends.python.wheel.reader import inspect_bytes
from pluginkit.backends.python.wheel.writer import write_archive

GOOD = good_wheel()
EVIDENCE = inspect_bytes(GOOD, file_name(), "x")

parts = st.from_regex(r"[a-z_][a-z0-9_.-]{0,8}[a-z0-9]", fullmatch=True).filter(
    lambda name: name.partition(".")[0] not in ("con", "prn", "aux", "nul") and name[:3] not in ("com", "lpt")
)
paths = st.lists(parts, min_size=1, max_size=3).map(
    lambda found: "/".join([f"d-{part}" for part in found[:-1]] + found[-1:])
)
trees = st.dictionaries(paths, st.binary(max_size=300), max_size=8).filter(
    lambda tree: not any(other.startswith(f"{path}/") for path in tree for other in tree)
)


@given(trees)
@settings(max_examples=50)
def test_what_is_written_is_read_alike_here_and_by_zipfile(tree: dict[str, bytes]) -> None:
    data = write_archive((path, content, False) for path, content in tree.items())
    archive = read_archive(data)
    assert {name: archive.read(name) for name in archive.entries} == tree
    with zipfile.ZipFile(io.BytesIO(data)) as peer:
        assert peer.testzip() is None
        assert {name: peer.read(name) for name in peer.namelist()} == tree


@given(
    st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.binary(max_size=4), st.integers(0, 4)), min_size=1, max_size=4)
)
@settings(max_examples=300)
def test_a_mutated_wheel_is_refused_or_says_the_same(edits: list[tuple[int, bytes, int]]) -> None:
    data = GOOD
    for place, inserted, removed in edits:
        data = data[:place] + inserted + data[place + removed :]
    evidence = inspect_bytes(data, file_name(), "x")
    assert evidence.defects or evidence == EVIDENCE


def test_every_flipped_byte_is_refused_or_changes_nothing() -> None:
    for place in range(len(GOOD)):
        data = GOOD[:place] + bytes([GOOD[place] ^ 0x04]) + GOOD[place + 1 :]
        evidence = inspect_bytes(data, file_name(), "x")
        assert evidence.defects or evidence == EVIDENCE, place


@given(st.binary(max_size=400))
@settings(max_examples=200)
def test_any_bytes_give_evidence(data: bytes) -> None:
    assert inspect_bytes(data, file_name(), "x").defects


@given(
    st.sampled_from(sorted(wheel_files())),
    st.integers(0, 300),
    st.binary(max_size=9) | st.text(max_size=5).map(str.encode),
)
@settings(max_examples=200)
def test_any_text_in_any_file_gives_evidence(name: str, place: int, inserted: bytes) -> None:
    files = wheel_files()
    files[name] = files[name][:place] + inserted + files[name][place + 3 :]
    evidence = inspect_bytes(wheel(record(stamp(files))), file_name(), "x")
    assert evidence.payload


def zipped(names: list[str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name in names:
            archive.writestr(name, b"" if name.endswith("/") else b"x" * 100)
    return target.getvalue()


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_archives_of_the_standard_library_are_read(method: int) -> None:
    names = ["a.py", ".hidden", "a+b/c-d_e.1.py", "launcher manifest.xml", "script (dev).tmpl", "\u00e9t\u00e9.txt"]
    assert list(read_archive(zipped(names, method)).entries) == names


def test_directory_entries_with_files_beneath_are_left_out() -> None:
    assert list(read_archive(zipped(["a/", "a/b/", "a/b/c.py"])).entries) == ["a/b/c.py"]


def test_20_000_files_are_read() -> None:
    assert len(read_archive(zipped([f"p/{n // 100}/{n}.py" for n in range(20_000)])).entries) == 20_000


@pytest.mark.parametrize("method", [0, 8])
def test_a_large_entry_is_hashed_in_pieces(method: int) -> None:
    content = random.Random(1).randbytes(3 << 20) + bytes(1 << 20)
    archive = read_archive(pack([Part("big.bin", content, method=method)]))
    assert zlib.crc32(archive.read("big.bin")) == zlib.crc32(content)
    assert archive.hash("big.bin") == read_archive(pack([Part("b", content, method=0)])).hash("b")


@pytest.mark.parametrize(
    "change",
    [
        {"crc": 1},
        {"size": (4 << 20) - 1},
        {"size": (4 << 20) + 1},
        {"packed": zlib.compress(bytes(4 << 20), 6, -15)[:-1]},
        {"packed": zlib.compress(bytes(4 << 20), 6, -15) + b"x"},
        {"packed": b"\xff" * 100},
    ],
)
def test_a_large_entry_that_is_not_as_declared_is_refused(change: dict[str, int | bytes]) -> None:
    archive = read_archive(pack([Part("big.bin", bytes(4 << 20), **change)]))  # type: ignore[arg-type]
    with pytest.raises(ArchiveError):
        archive.hash("big.bin")

import io
import random
import subprocess
import sys
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from wheels import GROUP, SOURCE, ZERO, Part, file_name, pack, record, stamp, stem, wheel, wheel_files

from pluginkit.backends.python.wheel.archive import read_archive
from pluginkit.backends.python.wheel.reader import inspect_bytes
from pluginkit.backends.python.wheel.stamper import WheelFacts, stamp_into, stamp_wheel, wheel_facts
from pluginkit.core.api import Contract
from pluginkit.core.errors import PluginkitError
from pluginkit.core.stamp import Stamp

FILE = file_name()
INFO = f"{stem()}.dist-info"
PLAIN = wheel_files(requires=["acme-api==1.0.0"])
DATA = b"x,y\n" * 1000


def make(facts: WheelFacts) -> Stamp:
    contract = Contract(factory="New", group=GROUP)
    return Stamp("plugin", facts.name, facts.version, "python", (), ZERO, ZERO, facts.payload, "tests", contract)


def zipped(files: dict[str, bytes], *, date: int = 2024, mode: int = 0o644, directories: bool = False) -> bytes:
    """Return an archive as some backend might write it, streamed, so with data descriptors."""

    class Stream(io.RawIOBase):
        data = b""

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override]
            self.data += bytes(data)
            return len(data)

    target = Stream()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        if directories:
            archive.writestr("acme_filter/", b"")
        for name, data in files.items():
            info = zipfile.ZipInfo(name, (date, 1, 1, 0, 0, 0))
            info.external_attr = mode << 16
            archive.writestr(info, data, zipfile.ZIP_DEFLATED)
    return target.data


def test_a_stamped_wheel_is_accepted() -> None:
    evidence = inspect_bytes(stamp_wheel(zipped(PLAIN), FILE, make), FILE, "x")
    assert evidence.defects == ()
    assert evidence.stamp is not None
    assert evidence.factories[0].defined


def test_order_times_modes_and_directories_change_nothing() -> None:
    expected = stamp_wheel(wheel(record(PLAIN)), FILE, make)
    shuffled = dict(reversed(record(PLAIN).items()))
    assert stamp_wheel(zipped(shuffled, date=1999, mode=0o600, directories=True), FILE, make) == expected
    assert stamp_wheel(zipped(PLAIN, mode=0), FILE, make) == expected


def test_stamping_twice_gives_the_same_bytes() -> None:
    once = stamp_wheel(zipped(PLAIN), FILE, make)
    assert stamp_wheel(once, FILE, make) == once


def test_an_earlier_stamp_and_signatures_are_dropped() -> None:
    signed = record(stamp({**PLAIN, f"{INFO}/RECORD.jws": b"{}", f"{INFO}/RECORD.p7s": b""}))
    assert stamp_wheel(wheel(signed), FILE, make) == stamp_wheel(zipped(PLAIN), FILE, make)


def test_the_written_form_is_canonical() -> None:
    files = {**PLAIN, "acme_filter/empty": b"", "acme_filter/data,1.csv": DATA, "acme_filter/\u00e9.txt": b"e"}
    data = stamp_wheel(zipped(files), FILE, make)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = archive.infolist()
        rows = archive.read(f"{INFO}/RECORD").decode().splitlines()
    names = [entry.filename for entry in entries]
    assert names == [
        *sorted(n for n in names if INFO not in n),
        *sorted(n for n in names if INFO in n and "RECORD" not in n),
        names[-1],
    ]
    assert names[-1] == f"{INFO}/RECORD"
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.external_attr >> 16 for entry in entries} == {0o100644}
    assert {entry.create_system for entry in entries} == {3}
    assert {entry.filename for entry in entries if entry.flag_bits} == {"acme_filter/\u00e9.txt"}
    assert {entry.filename for entry in entries if entry.compress_type == 0} >= {
        "acme_filter/empty",
        "acme_filter/\u00e9.txt",
    }
    assert rows[-1] == f"{INFO}/RECORD,,"
    assert any(row.startswith('"acme_filter/data,1.csv",sha256=') for row in rows)
    assert inspect_bytes(data, FILE, "x").defects == ()


def test_an_executable_stays_one() -> None:
    script = f"{stem()}.data/scripts/run"
    data = stamp_wheel(
        pack([*(Part(*item) for item in PLAIN.items()), Part(script, b"#!", 0o100700 << 16)]), FILE, make
    )
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.getinfo(script).external_attr >> 16 == 0o100755


def test_a_file_of_zeros_is_not_written_as_a_bomb() -> None:
    data = stamp_wheel(zipped({**PLAIN, "acme_filter/zeros.bin": bytes(17 << 20)}), FILE, make)
    assert inspect_bytes(data, FILE, "x").defects == ()


def test_the_facts_are_those_of_the_evidence() -> None:
    files = {**PLAIN, f"{stem()}.data/purelib/acme/part.py": b""}
    facts = wheel_facts(zipped(files), FILE)
    evidence = inspect_bytes(stamp_wheel(zipped(files), FILE, make), FILE, "x")
    assert (facts.name, facts.version) == ("acme-filter", "1.0.0")
    assert facts.modules == ("acme.part", "acme_filter")
    assert facts.requires == evidence.requires == ("acme-api==1.0.0",)
    assert tuple(path for path, _ in facts.content_files) == evidence.files
    assert facts.entry_points == ((GROUP, "filter", "acme_filter"),)
    assert facts.sources["acme_filter/__init__.py"] == SOURCE
    assert facts.payload == evidence.payload


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"evil.pth": b""}, "every start"),
        ({"../x": b""}, "component"),
        ({"CON.py": b""}, "device"),
        ({"a.py": b"", "A.py": b""}, "case"),
        ({"x.pyc": b""}, "bytecode"),
        ({"other-1.dist-info/METADATA": b""}, "metadata directories"),
        ({f"{INFO}/METADATA": b"Name: x\nName: y\n"}, "stands 2 times"),
        ({f"{INFO}/METADATA": b""}, "missing"),
        ({f"{INFO}/METADATA": b"Name: acme-filter\nVersion: latest\n"}, "PEP 440"),
        ({f"{INFO}/entry_points.txt": b"[console_scripts]\n../x = y\n"}, "script"),
    ],
)
def test_a_wheel_that_would_be_refused_is_not_stamped(more: dict[str, bytes], reason: str) -> None:
    with pytest.raises(PluginkitError, match=reason) as caught:
        stamp_wheel(zipped({**PLAIN, **more}), FILE, make)
    assert FILE in str(caught.value)


def test_a_link_is_not_stamped() -> None:
    link = Part("acme_filter/link", b"/etc/passwd", 0o120777 << 16)
    with pytest.raises(PluginkitError, match="is not a regular file"):
        stamp_wheel(pack([*(Part(*item) for item in PLAIN.items()), link]), FILE, make)


@pytest.mark.parametrize("data", [b"", b"PK", zipped(PLAIN)[:-30], wheel(PLAIN).replace(SOURCE[:9], b"x")[:100]])
def test_what_is_no_archive_is_an_error(data: bytes) -> None:
    with pytest.raises(PluginkitError, match="zip archive"):
        stamp_wheel(data, FILE, make)


@pytest.mark.parametrize(
    "command",
    [
        ["zipfile", "-t", "WHEEL"],
        ["pip", "install", "-q", "--no-deps", "--no-index", "--no-compile", "--target", "TARGET", "WHEEL"],
        [
            "uv",
            "pip",
            "install",
            "-q",
            "--no-deps",
            "--offline",
            "--python",
            sys.executable,
            "--target",
            "TARGET",
            "WHEEL",
        ],
    ],
    ids=["zipfile", "pip", "uv"],
)
def test_installers_take_a_stamped_wheel(command: list[str], tmp_path: Path) -> None:
    data = stamp_wheel(zipped({**PLAIN, "acme_filter/data,1.csv": DATA}), FILE, make)
    (tmp_path / FILE).write_bytes(data)
    words = {"WHEEL": str(tmp_path / FILE), "TARGET": str(tmp_path / "target")}
    subprocess.run([sys.executable, "-m", *(words.get(word, word) for word in command)], check=True, timeout=60)
    if command[0] != "zipfile":
        kept = tmp_path / "target" / INFO / "pluginkit.json"
        assert kept.read_bytes() == read_archive(data).read(f"{INFO}/pluginkit.json")


NOISE = random.Random(1).randbytes(3 << 20)
LARGE = {"acme_filter/text.bin": b"some text\n" * (1 << 18), "acme_filter/noise.bin": NOISE}


@pytest.fixture
def large_ones_stay_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pluginkit.backends.python.wheel.contents._LARGE", 1 << 20)


@pytest.mark.usefixtures("large_ones_stay_packed")
def test_a_large_wheel_is_stamped_like_its_files_one_by_one(tmp_path: Path) -> None:
    large = zipped({**PLAIN, **LARGE})
    (tmp_path / FILE).write_bytes(large)
    with (tmp_path / "stamped").open("w+b") as target:
        stamp_into(target, tmp_path / FILE, FILE, make)
    data = (tmp_path / "stamped").read_bytes()
    evidence = inspect_bytes(data, FILE, "x")
    assert (evidence.defects, stamp_wheel(large, FILE, make)) == ((), data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert {name: archive.read(name) for name in LARGE} == LARGE
        methods = {Path(one.filename).stem: one.compress_type for one in archive.infolist()}
    assert (methods["text"], methods["noise"]) == (8, 0)
    assert stamp_wheel(data, FILE, make) == data


@pytest.mark.usefixtures("large_ones_stay_packed")
def test_of_a_large_wheel_the_sources_of_modules_are_given() -> None:
    facts = wheel_facts(zipped({**PLAIN, **LARGE, "acme_filter/more.py": SOURCE}), FILE)
    assert facts.sources["acme_filter/more.py"] == SOURCE
    assert {path: data for path, data in facts.sources.items() if path in LARGE} == dict.fromkeys(LARGE, b"")
    small = wheel_facts(zipped({**PLAIN, "acme_filter/data.bin": b"x"}), FILE)
    assert small.sources["acme_filter/data.bin"] == b"x"
    assert facts.sources.keys() == {path for path, _ in facts.content_files}


@pytest.mark.usefixtures("large_ones_stay_packed")
def test_stamping_a_large_wheel_takes_little_memory(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(pack([Part(*item, method=0) for item in {**PLAIN, **LARGE}.items()]))  # type: ignore[misc]
    with (tmp_path / "stamped").open("w+b") as target:
        tracemalloc.start()
        try:
            stamp_into(target, tmp_path / FILE, FILE, make)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peak < 2 << 20


@pytest.mark.usefixtures("large_ones_stay_packed")
@pytest.mark.parametrize("broken", [b"x", b"\xff" * 3, b""])
def test_a_large_wheel_that_cannot_be_unpacked_is_an_error(broken: bytes) -> None:
    data = zipped({**PLAIN, **LARGE})
    place = data.index(NOISE[1 << 20 : (1 << 20) + 50])
    with pytest.raises(PluginkitError, match="zip archive"):
        stamp_wheel(data[:place] + broken + data[place + 3 :], FILE, make)

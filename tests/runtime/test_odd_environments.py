"""Environments as nobody should leave them: the host starts with what is good, and `pluginkit verify` tells as much."""

import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hosts import CHECKOUT, START, HostPlace
from monorepo import write

from pluginkit.operations.verify import verify

ENTRY = "[acme.plugins]\nodd = acme_odd:New\n"
ODD = "acme_odd-1.0.0.dist-info"
METADATA = "Metadata-Version: 2.1\nName: acme-odd\nVersion: 1.0.0\n"


def put(site: Path, name: str, data: bytes, metadata: str = ODD) -> None:
    """Put one file into the metadata of a distribution that has entry points in the group."""
    write(site, {f"{metadata}/METADATA": METADATA, f"{metadata}/entry_points.txt": ENTRY, f"{metadata}/RECORD": ""})
    (site / metadata / name).write_bytes(data)


def replaced(site: Path, name: str, make: Callable[[Path], object]) -> None:
    put(site, name, b"")
    (site / ODD / name).unlink()
    make(site / ODD / name)


def raw(site: Path, name: bytes) -> None:
    """Make metadata whose name is not UTF-8, with an entry point."""
    directory = os.path.join(os.fsencode(site), name)
    os.mkdir(directory)
    Path(os.fsdecode(directory), "entry_points.txt").write_text(ENTRY)


PASSED_OVER: dict[str, Callable[[Path], object]] = {
    "a file": lambda site: (site / "x-1.dist-info").write_text("x"),
    "a pipe": lambda site: os.mkfifo(site / "x-1.dist-info"),
    "a link to itself": lambda site: (site / "x-1.dist-info").symlink_to("x-1.dist-info"),
    "a link to nothing": lambda site: (site / "x-1.egg-info").symlink_to("nothing"),
    "no name": lambda site: write(site, {".dist-info/METADATA": METADATA, "-1.dist-info/METADATA": METADATA}),
    "entry points that are a directory": lambda site: replaced(site, "entry_points.txt", Path.mkdir),
    "entry points that are a pipe": lambda site: replaced(site, "entry_points.txt", os.mkfifo),
    "entry points that lead in a circle": lambda site: replaced(
        site, "entry_points.txt", lambda path: path.symlink_to(path.name)
    ),
    "thousands of files": lambda site: write(site, {f"{ODD}/{number}": "" for number in range(3000)}),
    "an egg that is a zip file": lambda site: zipped(site / "acme_odd-1.0.egg"),
}
REFUSED: dict[str, Callable[[Path], object]] = {
    "a name that is not UTF-8": lambda site: raw(site, b"acme_\xff\xfe-1.0.dist-info"),
    "entry points that are not UTF-8": lambda site: put(site, "entry_points.txt", ENTRY.encode() + b"\xff = \xff\n"),
    "entry points that are no text": lambda site: put(site, "entry_points.txt", b"\0\r" + ENTRY.encode()),
    "METADATA that is no text": lambda site: put(site, "METADATA", bytes(range(256))),
    "METADATA that is a pipe": lambda site: replaced(site, "METADATA", os.mkfifo),
    "RECORD that is no text": lambda site: put(site, "RECORD", bytes(range(256))),
    "RECORD with a NUL": lambda site: put(site, "RECORD", b"a\0b,sha256=x,\n"),
    "RECORD of half a surrogate": lambda site: put(site, "RECORD", b"\xed\xa0\x80.py,sha256=x,\n"),
    "RECORD with a field of 200 kB": lambda site: put(site, "RECORD", b"a" * 200_000 + b",,\n"),
    "RECORD that climbs": lambda site: put(site, "RECORD", b"../../../etc/passwd,,\n/etc/passwd,,\n"),
    "a stamp that is nested": lambda site: put(site, "pluginkit.json", b'"kind":"host"' + b"[" * 100_000),
    "a stamp of another kind": lambda site: put(site, "pluginkit.json", b'{"kind":"host"}'),
    "an address that is none": lambda site: put(site, "direct_url.json", b'{"url": 5, "dir_info": {"editable": true}}'),
    "an address of a list": lambda site: put(site, "direct_url.json", b'["editable"]'),
    "twins with a NUL": lambda site: (
        put(site, "RECORD", b"a\0b,sha256=x,\nsite.py,x,\n"),
        put(site, "RECORD", b"a\0b,sha256=y,\nsite.py,x,\n", "acme_odd-2.dist-info"),
    ),
}


def zipped(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{ODD}/METADATA", METADATA)
        archive.writestr(f"{ODD}/entry_points.txt", ENTRY)


@pytest.mark.parametrize("make", PASSED_OVER.values(), ids=PASSED_OVER)
def test_what_is_no_plugin_stops_nothing(host: HostPlace, make: Callable[[Path], object]) -> None:
    make(host.site)
    for _ in range(2):
        started = host.start("group=''")
        assert (started.codes, list(started.answers)) == ({}, ["one"])
    (verdict,) = verify([host.site])
    assert verdict.accepted


@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED)
def test_what_passes_for_a_plugin_is_refused_alone(host: HostPlace, make: Callable[[Path], object]) -> None:
    make(host.site)
    (verdict,) = verify([host.site])
    refused = {one.code for one in verdict.findings if one.severity == "error"}
    for _ in range(2):
        started = host.start("group=''")
        assert list(started.answers) == ["one"]
        assert {code for codes in started.codes.values() for code in codes} == refused
    assert refused


NUL = "'a\\0b'"
ENTRIES = (
    "'zipped.egg'",
    "'loop'",
    "'gone'",
    "'caf\\udce9'",
    "'site/acme_one/__init__.py'",
    NUL,
    "b'bytes'",
    "7",
    "None",
)


@pytest.mark.parametrize(
    ("entry", "position"),
    [(entry, position) for entry in ENTRIES for position in (0, 1000) if (entry, position) != (NUL, 0)],
)
def test_whatever_stands_on_the_path_is_survived(host: HostPlace, entry: str, position: int) -> None:
    zipped(host.root / "zipped.egg")
    (host.root / "loop").symlink_to("loop")
    os.mkdir(os.path.join(os.fsencode(host.root), b"caf\xe9"))
    code = f"import sys; sys.path.insert({position}, {entry})\n"
    for _ in range(2):
        started = host.start("group=''", code=code + START, PYTHONPATH=os.pathsep.join((str(host.site), str(CHECKOUT))))
        assert (started.codes, list(started.answers)) == ({}, ["one"])

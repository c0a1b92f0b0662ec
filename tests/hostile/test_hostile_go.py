"""Edits of a real, stamped Go plugin, one a line, and the codes of the findings that each earns beside its real host.

What the reader itself says of damaged objects is in test_hostile_elf.py; here inspector and rules have the word.
"""

import os
import socket
import subprocess
import time
from pathlib import Path

import pytest
from goedits import (
    GNU_HASH,
    PACKAGE,
    RELAENT,
    RELASZ,
    RPATH,
    RUNPATH,
    SHARED,
    STRSZ,
    SYMENT,
    SYMTAB,
    Edit,
    appended,
    at_tag,
    both,
    cut,
    endless,
    hash_flipped,
    in_load,
    in_stamp,
    in_tag,
    lying_sections,
    nameless,
    no_sections,
    old_hash,
    other_version,
    put,
    renamed,
    searching,
    stamp_instead,
    stamp_says_so,
    symbol_field,
    twice_defined,
    with_payload,
    without_path,
    without_stops,
)
from gofixtures import GoTools
from gorepo import API, HOST, PLUGIN
from monorepo import write

from pluginkit.backends.go.binary.reader import read_binary
from pluginkit.backends.go.binary.stamps import BEGIN, END, UNKNOWN, find_stamps
from pluginkit.backends.go.building import overlay
from pluginkit.backends.go.inspector import GoInspector
from pluginkit.core.api import Api, Contract
from pluginkit.core.stamp import Stamp
from pluginkit.rules import decide

DIGEST = "sha256:" + "0" * 64
SECONDS = 1.0
"""More than any edit may cost, on a slow machine."""


def stamped(kind: str, name: str, go: GoTools) -> str:
    """Return the Go source that holds the stamp of one main package."""
    stamp = Stamp(
        kind=kind,
        name=name,
        version="",
        language="go",
        apis=(Api(SHARED, "v1.0.0", f"h1:{'a' * 43}=", ("pluginapi",)),),
        lock=DIGEST,
        inputs=DIGEST,
        payload=UNKNOWN,
        builder="pluginkit 0",
        contract=Contract(factory="New", symbols=(("New", "func() pluginapi.Plugin"),)),
        toolchain={"go": go.version, "tags": ""},
    )
    return overlay.render(overlay.Main(kind, stamp.to_bytes(), {}, (), frozenset(), {}))


class Workbench:
    """A host and a plugin that fit, and verdicts about edits of the plugin."""

    def __init__(self, host: Path, plugin: Path, library: Path) -> None:
        self.host_path, self.plugin, self.library = host, plugin.read_bytes(), library.read_bytes()
        self.inspector = GoInspector()
        evidences = self.inspector.inspect([(host, "host")])
        (self.host,) = self.inspector.hosts(host, evidences)
        start, end = find_stamps(self.plugin)[0]
        self.stamp = self.plugin[start - len(BEGIN) : end + len(END)]

    def codes(self, path: Path) -> set[str]:
        (evidence,) = self.inspector.inspect([(path, str(path))])
        return {one.code for one in decide([evidence], self.host).findings}

    def edited(self, edit: Edit, *, restamped: bool = True) -> bytes:
        data = bytearray(self.plugin)
        edit(data)
        if restamped:
            with_payload(data)
        return bytes(data)


@pytest.fixture(scope="module")
def bench(go: GoTools, tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    root = write(
        tmp_path_factory.mktemp("hostile"),
        {
            "go.mod": "module acme\n\ngo 1.21\n",
            "pluginapi/api.go": API,
            "cmd/host/main.go": HOST,
            "cmd/host/stamp.go": stamped("host", "host", go),
            "plugins/filter/filter.go": PLUGIN.replace("NAME", "filter"),
            "plugins/filter/stamp.go": stamped("plugin", "filter", go),
            "c.c": "int answer(void) { return 42; }\n",
        },
    )
    host = go.build(root, "./cmd/host", root / "host", "-ldflags=-s -w")
    plugin = go.plugin(root, "./plugins/filter", root / "filter.so", "-ldflags=-s -w")
    subprocess.run([*go.cc, "-shared", "-fPIC", "-o", root / "c.so", root / "c.c"], check=True)
    for path in (host, plugin):
        data = bytearray(path.read_bytes())
        with_payload(data)
        path.write_bytes(data)
    return Workbench(host, plugin, root / "c.so")


OTHER_PLATFORM, UNREADABLE = {"PK403"}, {"PK101"}
ROWS: list[tuple[str, Edit, set[str]]] = [
    ("nothing", lambda data: None, set()),
    ("0 bytes", cut(0), UNREADABLE),
    ("4 bytes", cut(4), UNREADABLE),
    ("63 bytes", cut(63), UNREADABLE),
    ("64 bytes", cut(64), UNREADABLE),
    *(
        (f"{tenth} tenths", lambda data, tenth=tenth: cut(len(data) * tenth // 10)(data), UNREADABLE)
        for tenth in range(1, 10)
    ),
    ("class 32", put(4, "<B", 1), OTHER_PLATFORM),
    ("big-endian", put(5, "<B", 2), OTHER_PLATFORM),
    ("another machine", put(18, "<H", 243), OTHER_PLATFORM),
    ("an object file", put(16, "<H", 1), UNREADABLE),
    ("section headers that lie", lying_sections, set()),
    ("section headers stripped", no_sections, set()),
    ("an empty plugin path", without_path, {"PK501", "PK507"}),
    ("a symbol table of 2**32 symbols", old_hash(0xFFFFFFFF), UNREADABLE),
    ("a symbol table of 2**21 symbols", old_hash(1 << 21), UNREADABLE),
    ("symbols of size 0", in_tag(SYMENT, 0), UNREADABLE),
    ("symbols nowhere", in_tag(SYMTAB, 1 << 60), UNREADABLE),
    ("a string table of 2**60 bytes", in_tag(STRSZ, 1 << 60), UNREADABLE),
    ("a string table without a size", in_tag(STRSZ, 0), {"PK105", "PK507"}),
    ("relocations of size 0", in_tag(RELAENT, 0), UNREADABLE),
    ("relocations of 2**60 bytes", in_tag(RELASZ, 1 << 60), UNREADABLE),
    ("a hash table of 2**32 buckets", at_tag(GNU_HASH, 0, "<I", 0xFFFFFFFF), UNREADABLE),
    ("a hash table without buckets", at_tag(GNU_HASH, 0, "<I", 0), {"PK405", "PK501"}),
    ("a hash table whose chains never end", without_stops, UNREADABLE),
    ("the name of the API's hash outside", symbol_field(SHARED, 0, "<I", 1 << 31), UNREADABLE),
    ("the name of the API's hash just outside", nameless, {"PK405"}),
    ("the API's hash undefined", symbol_field(SHARED, 6, "<H", 0), {"PK405"}),
    ("the API's hash outside the segments", symbol_field(SHARED, 8, "<Q", 1 << 50), UNREADABLE),
    ("the API's hash of 2**60 bytes", symbol_field(SHARED, 16, "<Q", 1 << 60), {"PK405"}),
    ("the API's hash of no bytes", symbol_field(SHARED, 16, "<Q", 0), {"PK405"}),
    ("two hashes of the API", twice_defined, UNREADABLE),
    ("overlapping segments", in_load(16, 0, 1), UNREADABLE),
    ("a segment twice in the file", in_load(8, 0, 1), UNREADABLE),
    ("one byte of the API's hash", hash_flipped(SHARED), {"PK405"}),
    ("one byte of the runtime's hash", hash_flipped("runtime"), {"PK405"}),
    ("another Go in the build information", other_version, {"PK105"}),
    ("another Go in both", both(other_version, stamp_says_so), set()),
    (
        "another Go that the runtime's hash shows",
        both(other_version, stamp_says_so, hash_flipped("runtime")),
        {"PK401"},
    ),
    ("another Go that the stamp denies", both(other_version, hash_flipped("runtime")), {"PK105", "PK401"}),
    ("RPATH .", searching(RPATH), {"PK102"}),
    ("RUNPATH .", searching(RUNPATH), {"PK102"}),
    ("two stamps", appended(BEGIN + b"{}" + END), {"PK204"}),
    ("a stamp, and the beginning of one", appended(BEGIN), {"PK204"}),
    ("no stamp", stamp_instead(b""), {"PK201"}),
    ("a stamp without an end", endless, {"PK202"}),
    ("an empty stamp", stamp_instead(BEGIN + END), {"PK202"}),
    ("a stamp that stops with the file", stamp_instead(BEGIN + b'{"schema":'), {"PK202"}),
    ("a stamp of 20 MB", stamp_instead(BEGIN + b" " * 20_000_000 + END), {"PK202"}),
    ("a stamp of 20 MB without an end", stamp_instead(BEGIN + b" " * 20_000_000), {"PK202"}),
    ("nesting 100,000 deep", stamp_instead(BEGIN + b"[" * 100_000 + END), {"PK202"}),
    ("a stamp that is not UTF-8", in_stamp(b'"filter"', b'"filte\xfe"'), {"PK202"}),
    ("a stamp of schema 9", in_stamp(b'"schema":2', b'"schema":9'), {"PK203"}),
    ("a stamp of another kind", in_stamp(b'"kind":"plugin"', b'"kind":"host"  '), {"PK202"}),
    ("a stamp of another language", in_stamp(b'"go","lock"', b'"no","lock"'), {"PK105"}),
    ("a stamp of no language", in_stamp(b'"go","lock"', b'"Go","lock"'), {"PK202"}),
    ("an API of another digest", in_stamp(b"h1:aaa", b"h1:aab"), {"PK303"}),
    ("an API of another version", in_stamp(b"v1.0.0", b"v1.0.1"), {"PK302"}),
    ("another API", in_stamp(b"acme/pluginapi", b"acme/pluginapj"), {"PK301"}),
]


@pytest.mark.parametrize(("edit", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_each_edit_earns_its_code_and_no_other(
    bench: Workbench, tmp_path: Path, edit: Edit, expected: set[str]
) -> None:
    (tmp_path / "p.so").write_bytes(bench.edited(edit))
    begun = time.process_time()
    assert bench.codes(tmp_path / "p.so") == expected
    assert time.process_time() - begun < SECONDS


def test_section_headers_are_no_part_of_what_is_read(bench: Workbench, tmp_path: Path) -> None:
    path, before = tmp_path / "p.so", read_binary(bench.plugin)
    for edit in (no_sections, lying_sections):
        path.write_bytes(bench.edited(edit))
        (evidence,) = bench.inspector.inspect([(path, "p.so")])
        assert evidence.binary == before


def test_an_edit_that_is_not_stamped_again_is_a_payload_mismatch_too(bench: Workbench, tmp_path: Path) -> None:
    for edit, expected in ((hash_flipped(SHARED), {"PK104", "PK405"}), (put(9, "<B", 1), {"PK104"})):
        (tmp_path / "p.so").write_bytes(bench.edited(edit, restamped=False))
        assert bench.codes(tmp_path / "p.so") == expected


def test_an_api_whose_hash_has_another_name_is_refused(bench: Workbench, tmp_path: Path) -> None:
    """plugin.Open says `undefined symbol` of such a plugin, and the host lives."""
    (tmp_path / "p.so").write_bytes(
        bench.edited(renamed(PACKAGE + SHARED.encode(), b"xx" + PACKAGE[2:] + SHARED.encode()))
    )
    assert bench.codes(tmp_path / "p.so") == {"PK405"}


def test_an_executable_is_no_plugin_and_no_plugin_a_host(bench: Workbench, tmp_path: Path) -> None:
    (tmp_path / "p.so").write_bytes(bench.host_path.read_bytes())
    assert bench.codes(tmp_path / "p.so") == {"PK101"}
    (tmp_path / "host").write_bytes(bench.plugin)
    evidences = bench.inspector.inspect([(tmp_path / "host", "host")])
    assert [*bench.inspector.hosts(tmp_path, evidences)] == []


def test_a_c_library_would_end_the_host(bench: Workbench, tmp_path: Path) -> None:
    path = tmp_path / "p.so"
    path.write_bytes(bench.library)
    assert bench.codes(path) == {"PK201", "PK507"}
    path.write_bytes(bench.library + bench.stamp)
    assert bench.codes(path) == {"PK104", "PK105", "PK507"}


def test_the_copy_of_a_plugin_is_refused_and_the_first_of_them_accepted(bench: Workbench, tmp_path: Path) -> None:
    paths = [tmp_path / "a.so", tmp_path / "b.so"]
    for path in paths:
        path.write_bytes(bench.plugin)
    found = decide(bench.inspector.inspect([(path, path.name) for path in paths]), bench.host).findings
    assert {(one.code, one.subject) for one in found} == {("PK505", "b.so")}


@pytest.mark.parametrize("kind", ["fifo", "directory", "absent", "unreadable", "loop", "socket", "dangling"])
def test_what_is_no_readable_file_is_a_finding_and_nothing_waits(bench: Workbench, kind: str, tmp_path: Path) -> None:
    path = tmp_path / "p.so"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "directory":
        path.mkdir()
    elif kind in ("loop", "dangling"):
        path.symlink_to(path if kind == "loop" else tmp_path / "nowhere")
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(path))
    elif kind == "unreadable":
        path.write_bytes(bench.plugin)
        path.chmod(0)
        if os.access(path, os.R_OK):
            pytest.skip("this user may read everything")
    begun = time.monotonic()
    assert bench.codes(path) == UNREADABLE
    assert time.monotonic() - begun < SECONDS


def test_one_bad_file_spoils_no_other(bench: Workbench, tmp_path: Path) -> None:
    """Several files are read by a second thread."""
    os.mkfifo(tmp_path / "a.so")
    (tmp_path / "b.so").symlink_to(tmp_path / "b.so")
    (tmp_path / "c.so").mkdir()
    (tmp_path / "d.so").write_bytes(bench.plugin)
    (tmp_path / "e.so").write_bytes(bench.plugin[:1000])
    evidences = bench.inspector.inspect([(path, path.name) for path in sorted(tmp_path.iterdir())])
    found = decide(evidences, bench.host).findings
    assert [(one.subject, one.code) for one in found] == [(f"{one}.so", "PK101") for one in "abce"]

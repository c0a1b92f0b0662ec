"""Edits of a real, stamped Go plugin, one a line, and the codes of the findings that each earns beside its real host.

What the reader itself says of damaged objects is in test_hostile_elf.py; here inspector and rules have the word.
"""

import os
import socket
import subprocess
from pathlib import Path

import pytest
from cost import assert_cheap, cpu_seconds, hang_guard
from goedits import (
    PACKAGE,
    SHARED,
    Edit,
    hash_flipped,
    lying_sections,
    no_sections,
    put,
    renamed,
    with_payload,
)
from gofixtures import GoTools
from gohostile import ROWS, UNREADABLE
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
        self.usual = cpu_seconds(lambda: self.codes(plugin))
        """Seconds that the plugin takes itself."""

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


@pytest.mark.parametrize(("edit", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_each_edit_earns_its_code_and_no_other(
    bench: Workbench, tmp_path: Path, edit: Edit, expected: set[str]
) -> None:
    (tmp_path / "p.so").write_bytes(bench.edited(edit))
    assert assert_cheap(lambda: bench.codes(tmp_path / "p.so"), bench.usual) == expected


def test_section_headers_are_no_part_of_what_is_read(bench: Workbench, tmp_path: Path) -> None:
    path = tmp_path / "p.so"
    before = read_binary(bench.plugin, str(path))
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
    with hang_guard():
        assert bench.codes(path) == UNREADABLE


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

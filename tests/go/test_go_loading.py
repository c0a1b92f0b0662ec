"""Where the libraries of plugins are looked for: below `--sysroot`, or on this machine if the host would start here."""

import os
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from goedits import renamed
from gofixtures import GoBinaries

from pluginkit.backends.go.binary.reader import read_binary
from pluginkit.backends.go.loading.library import Library
from pluginkit.backends.go.loading.root import Root
from pluginkit.backends.go.loading.search import Search
from pluginkit.core.errors import PluginkitError
from pluginkit.core.linking import Linking
from pluginkit.operations.verify import verify

INTERPRETER = Path("/lib64/ld-linux-x86-64.so.2")
LIBC = next(
    (path for path in map(Path, ("/lib/x86_64-linux-gnu/libc.so.6", "/lib64/libc.so.6")) if path.exists()), None
)
pytestmark = pytest.mark.skipif(LIBC is None or not INTERPRETER.exists(), reason="not a machine of x86-64 with glibc")


@pytest.fixture
def system(tmp_path: Path) -> Path:
    """Return a file system with glibc alone, where links lead, as they do in images, by absolute paths."""
    root = tmp_path / "system"
    for directory in ("lib64", "usr/lib/real", "lib/x86_64-linux-gnu", "etc"):
        (root / directory).mkdir(parents=True)
    shutil.copy(INTERPRETER, root / "usr/lib/real/ld.so")
    (root / "lib64" / INTERPRETER.name).symlink_to("/usr/lib/real/ld.so")
    for place in ("lib64", "lib/x86_64-linux-gnu"):
        shutil.copy(LIBC or "", root / place / "libc.so.6")
    return root


def edited(binaries: GoBinaries, place: Path, old: bytes, new: bytes) -> Path:
    data = bytearray(binaries.plugin.read_bytes())
    renamed(old, new)(data)
    place.write_bytes(data)
    return place


def messages(plugin: Path, host: Path, sysroot: Path | None = None) -> list[str]:
    (verdict,) = verify([plugin], [host], unstamped=True, sysroot=sysroot)
    return [f"{one.code} {one.message}" for one in verdict.findings]


def test_what_fits_is_accepted_here_and_in_another_file_system(go_binaries: GoBinaries, system: Path) -> None:
    assert messages(go_binaries.plugin, go_binaries.host) == []
    assert messages(go_binaries.plugin, go_binaries.host, system) == []


def test_no_library_is_read_for_a_plugin_that_needs_only_what_its_host_needs(
    go_binaries: GoBinaries, tmp_path: Path
) -> None:
    more = edited(go_binaries, tmp_path / "p.so", b"libc.so.6", b"libq.so.6")
    for plugin, read in ((go_binaries.plugin, False), (more, True)):
        code = (
            "import sys; from pluginkit.cli import main\n"
            f"main(['verify', {str(plugin)!r}, '--host', {str(go_binaries.host)!r}, '--unstamped'])\n"
            "print('pluginkit.backends.go.loading.library' in sys.modules)"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.endswith(f"{read}\n")


def test_what_a_host_needs_is_there_only_if_it_is_bound_before_it_starts(go_binaries: GoBinaries) -> None:
    data, plugin = go_binaries.host.read_bytes(), read_binary(go_binaries.plugin.read_bytes()).linking
    assert plugin.undefined
    assert read_binary(data).linking.needed_symbols.issuperset(plugin.undefined)
    for tag, value in ((30, 8), (0x6FFFFFFB, 1)):  # DT_FLAGS: BIND_NOW, DT_FLAGS_1: NOW
        data = data.replace(struct.pack("<QQ", tag, value), struct.pack("<QQ", tag, 0))
    assert not read_binary(data).linking.needed_symbols


def test_a_library_is_found_in_the_file_system_that_was_named(
    go_binaries: GoBinaries, system: Path, tmp_path: Path
) -> None:
    plugin = edited(go_binaries, tmp_path / "p.so", b"libc.so.6", b"libq.so.6")
    assert messages(plugin, go_binaries.host) == ["PK407 needs libq.so.6, which is not found on this machine"]
    assert messages(plugin, go_binaries.host, system) == [f"PK407 needs libq.so.6, which is not found in {system}"]
    for place in ("lib64", "lib/x86_64-linux-gnu"):
        (system / place / "libq.so.6").symlink_to("/lib/x86_64-linux-gnu/libc.so.6")
    assert messages(plugin, go_binaries.host, system) == []


def test_a_file_system_without_what_the_host_needs_is_an_error(go_binaries: GoBinaries, system: Path) -> None:
    for path in system.rglob("libc.so.6"):
        path.unlink()
    with pytest.raises(PluginkitError, match=re.escape(f"would not start in {system}: libc.so.6 is not found")):
        messages(go_binaries.plugin, go_binaries.host, system)
    with pytest.raises(PluginkitError, match="no such directory"):
        messages(go_binaries.plugin, go_binaries.host, system / "nowhere")


def test_nothing_is_known_of_the_libraries_of_a_host_for_another_machine(
    go_binaries: GoBinaries, tmp_path: Path
) -> None:
    data = bytearray(go_binaries.host.read_bytes())
    at = data.index(bytes(INTERPRETER))
    data[at : at + len(bytes(INTERPRETER))] = bytes(INTERPRETER).replace(b"x86", b"x99")
    (tmp_path / "host").write_bytes(data)
    plugin = edited(go_binaries, tmp_path / "p.so", b"libc.so.6", b"libq.so.6")
    assert messages(plugin, tmp_path / "host") == []


def test_links_never_lead_out_of_the_file_system(system: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("outside")
    for name, target in {"up": "../" * 20 + str(tmp_path / "secret"), "loop": "/etc/loop", "here": "/etc/file"}.items():
        (system / "etc" / name).symlink_to(target)
    (system / "etc/file").write_text("inside")
    os.mkfifo(system / "etc/pipe")
    root = Root(system)
    assert root.file("/etc/here") == str(system / "etc/file")
    assert [root.file(f"/etc/{name}") for name in ("up", "loop", "pipe", "absent")] == ["", "", "", ""]


def test_the_loaders_cache_is_read_and_what_is_damaged_in_it_is_not_there(system: Path) -> None:
    search = Search(Root(system), Library(str(INTERPRETER)), str(INTERPRETER), musl=False)
    strings = b"libfoo.so.1\0/usr/lib/real/ld.so\0libbar.so.1\0/nowhere\0"
    start = 48 + 4 * 24
    entries = [
        (0x0303, start, start + 12), (0x0303, start + 32, start + 45), (0x0003, start, start + 12),
        (0x0303, start, 1 << 30),
    ]  # fmt: skip
    table = b"".join(struct.pack("<iIIIQ", kind, key, value, 0, 0) for kind, key, value in entries)
    head = b"glibc-ld.so.cache1.1" + struct.pack("<II", len(entries), len(strings))
    (system / "etc/ld.so.cache").write_bytes(head.ljust(48, b"\0") + table + strings)
    found = {name: [*search.candidates(name, (Linking(),))] for name in ("libfoo.so.1", "libbar.so.1", "foo.so.1")}
    assert found == {"libfoo.so.1": [str(system / "usr/lib/real/ld.so")], "libbar.so.1": [], "foo.so.1": []}

"""Programs for Windows, macOS and other processors: stamped, so that their systems start them, and read."""

import hashlib
import os
import struct
import subprocess
from contextlib import suppress

import pytest
from gofixtures import GoTools
from signedpages import PAGE, program, wrong_pages
from test_go_linked import put

from pluginkit.backends.go.binary.elf import ElfError
from pluginkit.backends.go.binary.executables import read_macho, read_pe
from pluginkit.backends.go.binary.reader import read_binary
from pluginkit.backends.go.binary.stamps import BEGIN, END, UNKNOWN, find_stamps, payload_at, payload_digest
from pluginkit.backends.go.building.stamping import complete
from pluginkit.backends.go.inspector import GoInspector
from pluginkit.backends.go.toolchain import find_go
from pluginkit.core.model import BuildStep, Member


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory, go: GoTools) -> dict[str, bytes]:
    """Return stamped programs for Windows and macOS, by platform."""
    root = tmp_path_factory.mktemp("hosts")
    stamp = (BEGIN + b'{"payload":"' + UNKNOWN.encode() + b'"}' + END).decode("latin-1")
    text = "".join(f"\\x{ord(one):02x}" for one in stamp)
    put(root, **{"go.mod": "module acme\n\ngo 1.24\n"})
    put(root, **{"main.go": f'package main\n\nvar Stamp = "{text}"\n\nfunc main() {{ print(len(Stamp), Stamp) }}\n'})
    found = {}
    for platform in ("windows/amd64", "windows/arm64", "darwin/amd64", "darwin/arm64"):
        system, processor = platform.split("/")
        variables = {**os.environ, "GOOS": system, "GOARCH": processor, "CGO_ENABLED": "0"}
        subprocess.run([go.go, "build", "-trimpath", "-o", "host", "."], cwd=root, env=variables, check=True)
        step = BuildStep(Member("host", "host", "."), root, (), None, {}, inputs="sha256:1")
        complete(step, root, "host")
        found[platform] = (root / "host").read_bytes()
    return found


@pytest.mark.slow
def test_a_stamped_program_is_what_its_system_starts_and_what_go_reads(tmp_path, hosts, go) -> None:
    assert wrong_pages(hosts["darwin/arm64"]) == []
    assert wrong_pages(hosts["darwin/amd64"]) is None
    for platform, data in hosts.items():
        ours = (read_pe if platform.startswith("windows") else read_macho)(data)
        (tmp_path / "host").write_bytes(data)
        done = subprocess.run([go.go, "version", "-m", tmp_path / "host"], capture_output=True, text=True, check=True)
        theirs = [line.split("\t")[2] for line in done.stdout.splitlines() if line.startswith("\tbuild")]
        assert [f"{name}={value}" for name, value in ours.settings.items()] == theirs
        assert (ours.platform, ours.kind, ours.go_version) == (platform, "executable", go.version)
        (stamp,) = find_stamps(data)
        begin, end = payload_at(data, *stamp)
        assert payload_digest(data, *stamp) == data[begin:end].decode()
        for changed in (begin - 500, len(data) - 40):
            edited = bytearray(data)
            edited[changed] ^= 1
            assert payload_digest(edited, *stamp) != data[begin:end].decode()


@pytest.mark.slow
def test_any_flipped_byte_of_a_header_is_read_or_refused(hosts) -> None:
    for platform, read in (("windows/amd64", read_pe), ("darwin/arm64", read_macho)):
        data = hosts[platform]
        info = data.index(b"\xff Go buildinf:")
        for number, at in enumerate((*range(0, 1024, 2), *range(info, info + 600, 5))):
            edited = bytearray(data)
            edited[at] ^= (1, 0x80, 0xFF)[number % 3]
            with suppress(ElfError):
                read(bytes(edited))
        for size in (*range(0, 1024, 37), info + 20, len(data) - 1):
            with suppress(ElfError):
                read(data[:size])


@pytest.mark.slow
def test_an_edited_program_is_evidence_with_a_defect(tmp_path, hosts) -> None:
    rows = [
        ("windows/amd64", lambda data: data[:300], "PK101"),
        ("windows/amd64", lambda data: data[:0x3C] + b"\xff\xff\xff\x7f" + data[0x40:], "PK101"),
        ("windows/amd64", lambda data: data.replace(b"PE\0\0\x64\x86", b"PE\0\0\x66\x66", 1), "PK403"),
        ("darwin/arm64", lambda data: data[:300], "PK101"),
        ("darwin/arm64", lambda data: data[:12] + b"\6" + data[13:], "PK101"),
        ("darwin/arm64", lambda data: data[:4] + b"\7\0\0\2" + data[8:], "PK403"),
        ("darwin/arm64", lambda data: data[:16] + b"\xff\xff\xff\x7f" + data[20:], "PK101"),
        ("darwin/arm64", lambda data: b"\xca\xfe\xba\xbe" + data[4:], "PK101"),
        ("darwin/arm64", lambda data: data, "PK202"),
    ]
    for platform, change, code in rows:
        file = tmp_path / f"{len(list(tmp_path.iterdir()))}"  # those that were read are still mapped
        file.write_bytes(change(hosts[platform]))
        (evidence,) = GoInspector().inspect([(file, "host")])
        assert [one.code for one in evidence.defects if one.code != "PK201"] == [code], (platform, code)


@pytest.mark.parametrize("before", [0, 3000, PAGE - 48 - 60, PAGE - 48 - 1, PAGE - 48, 2 * PAGE - 100, 9 * PAGE - 130])
def test_the_linkers_signature_holds_after_the_payload_is_written(tmp_path, before) -> None:
    stamp = BEGIN + b'{"payload":"' + UNKNOWN.encode() + b'"}' + END
    # Where the payload begins is moved over the ends of pages.
    linked = program(b"\1" * max(before - len(BEGIN) - 12, 0) + stamp + b"\2" * 5000)
    (tmp_path / "host").write_bytes(linked)
    assert wrong_pages(linked) == []
    step = BuildStep(Member("host", "host", "."), tmp_path, (), None, {}, inputs="sha256:1")
    made = complete(step, tmp_path, "host")
    data = (tmp_path / "host").read_bytes()
    assert made.sha256 == hashlib.sha256(data).hexdigest()
    assert wrong_pages(data) == []
    assert data != linked
    payload = f"sha256:{hashlib.sha256(linked).hexdigest()}"
    assert payload.encode() in data
    assert payload_digest(data, *find_stamps(data)[0]) == payload


def test_a_wrong_hash_of_the_stamps_page_is_another_payload(tmp_path) -> None:
    linked = program(BEGIN + b'{"payload":"' + UNKNOWN.encode() + b'"}' + END)
    (tmp_path / "host").write_bytes(linked)
    step = BuildStep(Member("host", "host", "."), tmp_path, (), None, {}, inputs="sha256:1")
    complete(step, tmp_path, "host")
    data = bytearray((tmp_path / "host").read_bytes())
    data[-1] ^= 1
    assert payload_digest(data, *find_stamps(data)[0]) != f"sha256:{hashlib.sha256(linked).hexdigest()}"


MACHINES = [
    # machine, bits, byte order, processor
    (3, 32, "<", "386"),
    (40, 32, "<", "arm"),
    (8, 32, ">", "mips"),
    (8, 32, "<", "mipsle"),
    (8, 64, ">", "mips64"),
    (8, 64, "<", "mips64le"),
    (21, 64, "<", "ppc64le"),
    (22, 64, ">", "s390x"),
    (243, 64, "<", "riscv64"),
    (258, 64, "<", "loong64"),
]


def elf(machine: int, bits: int, order: str, info: bytes, type_: int = 2, system: int = 0) -> bytes:
    """Return an ELF object with one segment, which holds build information."""
    wide = bits == 64
    start, size = (64, 56) if wide else (52, 32)
    identity = b"\x7fELF" + bytes((bits // 32, 1 if order == "<" else 2, 1, system)) + bytes(8)
    words = "QQQ" if wide else "III"
    head = identity + struct.pack(f"{order}HHI{words}I6H", type_, machine, 1, 0, start, 0, 0, start, size, 1, 0, 0, 0)
    held = (len(info), len(info), 16)
    if wide:
        part = struct.pack(f"{order}IIQQQQQQ", 1, 6, 128, 0x10080, 0, *held)
    else:
        part = struct.pack(f"{order}8I", 1, 128, 0x10080, 0, held[0], held[1], 6, held[2])
    return (head + part).ljust(128, b"\0") + info


def build_info(goos: str) -> bytes:
    lines = f"path\tacme/cmd/host\nmod\tacme\t(devel)\t\nbuild\tGOOS={goos}\n".encode()
    text = b"\1" * 16 + lines + b"\2" * 16
    return b"\xff Go buildinf:\x08\x02".ljust(32, b"\0") + bytes((9,)) + b"go1.27.3\n" + bytes((len(text),)) + text


@pytest.mark.parametrize(("machine", "bits", "order", "processor"), MACHINES)
def test_programs_for_any_processor_are_read(machine, bits, order, processor) -> None:
    for goos, system in (("linux", 0), ("freebsd", 9), ("netbsd", 0)):
        found = read_binary(elf(machine, bits, order, build_info(goos), system=system))
        assert (found.platform, found.kind, found.main) == (f"{goos}/{processor}", "executable", "acme/cmd/host")
        assert found.go_version == "go1.27.3"
    data = elf(machine, bits, order, build_info("linux"))
    with pytest.raises(ElfError) as raised:
        read_binary(elf(machine, bits, order, build_info("linux"), type_=3))
    assert raised.value.code == "PK403"
    for at in range(len(data)):
        for edited in (data[:at], data[:at] + bytes((data[at] ^ 0xFF,)) + data[at + 1 :]):
            with suppress(ElfError):
                read_binary(edited)


ORACLE = """\
package main

import (
	"bytes"
	"debug/macho"
	"fmt"
	"os"
)

func main() {
	data, _ := os.ReadFile(os.Args[1])
	file, err := macho.NewFile(bytes.NewReader(data))
	if err != nil {
		panic(err)
	}
	command, ok := FindCodeSigCmd(file)
	if !ok {
		panic("no signature")
	}
	text := file.Segment("__TEXT")
	size := Size(int64(command.Dataoff), "a.out")
	made := make([]byte, size)
	Sign(made, bytes.NewBuffer(data[:command.Dataoff]), "a.out", int64(command.Dataoff), int64(text.Offset),
		int64(text.Filesz), true)
	fmt.Println(bytes.Equal(made, data[command.Dataoff:int64(command.Dataoff)+size]))
}
"""


@pytest.mark.slow
def test_the_signature_is_what_gos_linker_makes_of_the_stamped_program(tmp_path, hosts, go) -> None:
    source = find_go().goroot / "src/cmd/internal/codesign/codesign.go"
    if not source.is_file():
        pytest.skip("this Go has no sources of its linker")
    text = source.read_text().replace('"cmd/internal/hash"', "").replace("hash.Size32", "32")
    put(tmp_path, **{"go.mod": "module oracle\n\ngo 1.24\n", "main.go": ORACLE})
    put(tmp_path, **{"codesign.go": text.replace("package codesign", "package main")})
    for changed, same in ((0, "true"), (1, "false")):
        data = bytearray(hosts["darwin/arm64"])
        data[5000] ^= changed
        (tmp_path / "host").write_bytes(data)
        done = subprocess.run([go.go, "run", ".", "host"], cwd=tmp_path, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == same

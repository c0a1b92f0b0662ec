"""What is read from real Go binaries, against what pyelftools, Go's own tools and Go's reflection say of them."""

import struct
import subprocess
import sys
from pathlib import Path

import pytest
from gofixtures import EMPTY, GoBinaries, GoTools, needs_linker, plugin_of, read
from monorepo import write

from pluginkit.backends.go.binary.elf import Elf
from pluginkit.backends.go.binary.reader import read_binary
from pluginkit.backends.go.binary.stamps import BEGIN, END, UNKNOWN, find_stamps, payload_digest
from pluginkit.backends.go.binary.symbols import Symbols

HASH = "go:link.pkghashbytes."


@pytest.mark.parametrize("which", ["host", "plugin", "stripped"])
def test_package_hashes_are_those_that_pyelftools_finds(go_binaries: GoBinaries, which: str) -> None:
    from elftools.elf.elffile import ELFFile

    path: Path = getattr(go_binaries, which)
    with path.open("rb") as file:
        elf = ELFFile(file)
        expected = {}
        for symbol in elf.get_section_by_name(".dynsym").iter_symbols():
            if symbol.name.startswith(HASH) and symbol["st_shndx"] != "SHN_UNDEF":
                (offset,) = elf.address_offsets(symbol["st_value"])
                file.seek(offset)
                expected[symbol.name.removeprefix(HASH)] = file.read(symbol["st_size"]).hex()
    assert read(path).packages == expected
    assert {"acme/pluginapi", "runtime", "fmt"} & expected.keys() >= {"acme/pluginapi", "runtime"}


@pytest.mark.parametrize("which", ["host", "plugin"])
def test_a_lookup_by_hash_finds_what_pyelftools_lists(go_binaries: GoBinaries, which: str) -> None:
    from elftools.elf.elffile import ELFFile

    path: Path = getattr(go_binaries, which)
    with path.open("rb") as file:
        listed = list(ELFFile(file).get_section_by_name(".dynsym").iter_symbols())
    symbols = Symbols(Elf(path.read_bytes()))
    for one in listed[1::17]:
        found = symbols.lookup(one.name.encode())
        defined = one["st_shndx"] != "SHN_UNDEF"
        assert (found.address, found.size) == (one["st_value"], one["st_size"]) if found else not defined
    assert symbols.lookup(b"no.such.symbol") is None


@pytest.mark.parametrize("which", ["host", "plugin", "stripped"])
def test_build_information_is_what_go_version_prints(go: GoTools, go_binaries: GoBinaries, which: str) -> None:
    path: Path = getattr(go_binaries, which)
    printed = subprocess.run([go.go, "version", "-m", path], capture_output=True, text=True, check=True, env=go.env)
    first, *lines = printed.stdout.splitlines()
    rows = [line.strip().split("\t") for line in lines]
    found = read(path)
    assert found.go_version == first.rsplit(" ", 1)[1] == go.version
    assert [found.main, found.main_module] == [row[1] for row in rows if row[0] in ("path", "mod")]
    settings = dict(row[1].split("=", 1) for row in rows if row[0] == "build")
    assert found.settings == {name: value.strip('"') for name, value in settings.items()}
    assert found.platform == f"{settings['GOOS']}/{settings['GOARCH']}"


def test_modules_come_with_their_replacements_and_settings_unquoted(go: GoTools, tmp_path: Path) -> None:
    manifest = "module acme\n\ngo 1.21\n\nrequire example.com/dep v1.0.0\n\nreplace example.com/dep => ./dep\n"
    files = {"dep/go.mod": "module example.com/dep\n", "dep/dep.go": "package dep\n\nvar Version = 1\n"}
    source = 'package main\n\nimport "example.com/dep"\n\nvar Uses = dep.Version\n'
    found = plugin_of(go, tmp_path, source, "-tags=one two", **{"go.mod": manifest}, **files)
    assert [(one.path, one.version, one.replaced_by) for one in found.modules] == [
        ("acme", "(devel)", ""),
        ("example.com/dep", "v1.0.0", "./dep (devel)"),
    ]
    assert found.settings["-tags"] == "one,two"


def test_exports_have_the_types_that_reflect_prints(go_binaries: GoBinaries) -> None:
    found = read(go_binaries.stripped).exports
    names = [*found, "Constant", "Exported", "identity"]
    opened = subprocess.run(
        [go_binaries.host, go_binaries.stripped, *names], capture_output=True, text=True, check=True, timeout=60
    )
    expected = dict(zip(names, opened.stdout.splitlines(), strict=True))
    assert [expected.pop(name) for name in ("Constant", "Exported", "identity")] == ["missing"] * 3
    assert found == expected
    assert found["New"] == "func() pluginapi.Plugin"
    assert found["Counter"] == "*int64"
    assert {"Many", "Generic", "Tagged", "Array", "Fn", "Instance", "Endless"} <= found.keys()


def test_stripping_changes_nothing_but_the_flags(go_binaries: GoBinaries) -> None:
    plain, stripped = read(go_binaries.plugin), read(go_binaries.stripped)
    assert (plain.packages, plain.exports, plain.exit_factories) == (
        stripped.packages,
        stripped.exports,
        stripped.exit_factories,
    )
    assert plain.plugin_path == stripped.plugin_path == plain.main == "acme/plugins/filter"
    assert plain.kind == stripped.kind == "plugin"
    assert plain.fatal == stripped.fatal == ()
    assert plain.exit_factories == ("Endless",)


@pytest.mark.parametrize("which", ["host", "plugin", "stripped"])
@pytest.mark.parametrize("offset", [0, 1, 64, 1 << 60])
def test_section_headers_are_not_read(go_binaries: GoBinaries, which: str, offset: int) -> None:
    path: Path = getattr(go_binaries, which)
    data = bytearray(path.read_bytes())
    (table,) = struct.unpack_from("<Q", data, 40)
    size, count = struct.unpack_from("<HH", data, 58)
    data[table : table + size * count] = b"\xaa" * (size * count)
    struct.pack_into("<Q", data, 40, offset)
    struct.pack_into("<HHH", data, 58, 64, 0 if offset == 0 else 0xFFFF, 0)
    assert read_binary(bytes(data)) == read(path)


def test_a_host_is_an_executable(go_binaries: GoBinaries) -> None:
    assert read(go_binaries.host).kind == "executable"


def test_a_program_of_another_language_is_no_go_program() -> None:
    found = read(Path(sys.executable).resolve())
    assert (found.kind, found.go_version, found.packages) == ("executable", "", {})


def test_a_c_library_would_end_the_host(go: GoTools, tmp_path: Path) -> None:
    write(tmp_path, {"c.c": "int answer(void) { return 42; }\n"})
    subprocess.run([*go.cc, "-shared", "-fPIC", "-o", tmp_path / "c.so", tmp_path / "c.c"], check=True)
    found = read(tmp_path / "c.so")
    assert found.kind == "c-library"
    assert [reason for _, reason in found.fatal] == ["it has no Go plugin data: a C library?"]


def test_a_library_with_a_runtime_of_its_own_would_end_the_host(go: GoTools, tmp_path: Path) -> None:
    source = 'package main\n\nimport "C"\n\n//export Answer\nfunc Answer() int { return 42 }\n\nfunc main() {}\n'
    write(tmp_path, {"go.mod": "module acme\n\ngo 1.21\n", "main.go": source})
    found = read(go.build(tmp_path, ".", tmp_path / "c.so", "-buildmode=c-shared"))
    assert found.kind == "c-shared"
    assert len(found.fatal) == 1


LINKERS = ["-fuse-ld=gold", "-Wl,-z,pack-relative-relocs", "-Wl,-z,noseparate-code", "-Wl,-z,nocombreloc",
           "-Wl,--hash-style=sysv", "-Wl,--hash-style=both", "-Wl,-z,lazy", "-Wl,-z,norelro"]  # fmt: skip


@pytest.mark.parametrize("option", LINKERS)
def test_how_it_was_linked_changes_nothing(go: GoTools, go_binaries: GoBinaries, tmp_path: Path, option: str) -> None:
    needs_linker(go, tmp_path, option)
    flags = f"-ldflags=-s -w -extldflags={option}"
    found = read(go.plugin(go_binaries.root, "./plugins/filter", tmp_path / "p.so", flags))
    expected = read(go_binaries.stripped)
    assert (found.kind, found.plugin_path, found.exports) == ("plugin", expected.plugin_path, expected.exports)
    assert (found.packages, found.fatal, found.exit_factories) == (expected.packages, (), ("Endless",))


def test_a_plugin_that_zig_linked_is_read_alike(go: GoTools, go_binaries: GoBinaries, tmp_path: Path) -> None:
    ziglang = pytest.importorskip("ziglang")
    zig = Path(ziglang.__file__).with_name("zig")
    flags = ("./plugins/filter", tmp_path / "p.so", "-ldflags=-s -w")
    found = read(go.plugin(go_binaries.root, *flags, CC=f"{zig} cc"))  # type: ignore[arg-type]
    expected = read(go_binaries.stripped)
    assert (found.plugin_path, found.exports, found.fatal) == (expected.plugin_path, expected.exports, ())


@pytest.mark.matrix
def test_another_go_is_read_alike(other_go: GoTools, go_binaries: GoBinaries, tmp_path: Path) -> None:
    found = read(other_go.plugin(go_binaries.root, "./plugins/filter", tmp_path / "p.so", "-ldflags=-s -w"))
    expected = read(go_binaries.stripped)
    assert (found.go_version, found.plugin_path) == (other_go.version, expected.plugin_path)
    assert (found.exports, found.fatal, found.exit_factories) == (expected.exports, (), ("Endless",))


@pytest.mark.parametrize("name", ["plug.v2", "dotted.name-1", "a_b~c"])
def test_a_main_package_may_have_any_name(go: GoTools, tmp_path: Path, name: str) -> None:
    write(tmp_path, {"go.mod": "module acme\n\ngo 1.21\n", f"x.y/{name}/main.go": EMPTY + "func init() { panic(1) }"})
    found = read(go.plugin(tmp_path, f"./x.y/{name}", tmp_path / "p.so"))
    assert found.plugin_path == found.main == f"acme/x.y/{name}"
    assert found.plugin_path in found.packages
    assert found.exports == {"New": "func() interface {}"}
    assert [owner for owner, _ in found.fatal] == [found.plugin_path]


def test_an_export_may_have_the_name_of_its_module(go: GoTools, tmp_path: Path) -> None:
    write(tmp_path, {"go.mod": "module Plug\n\ngo 1.21\n", "main.go": "package main\n\nvar Plug int\n"})
    assert read(go.plugin(tmp_path, ".", tmp_path / "p.so")).exports == {"Plug": "*int"}


def test_files_given_by_name_make_a_plugin_too(go: GoTools, tmp_path: Path) -> None:
    write(tmp_path, {"go.mod": "module acme\n\ngo 1.21\n", "main.go": EMPTY})
    found = read(go.plugin(tmp_path, "main.go", tmp_path / "p.so"))
    assert found.plugin_path.startswith("plugin/unnamed-")
    assert found.exports == {"New": "func() interface {}"}


def test_a_plugin_whose_path_was_changed_exports_nothing_that_open_finds(
    go: GoTools, go_binaries: GoBinaries, tmp_path: Path
) -> None:
    path = go.plugin(go_binaries.root, "./plugins/filter", tmp_path / "p.so", "-ldflags=-pluginpath=other/v1.2")
    found = read(path)
    assert (found.plugin_path, found.exports) == ("other/v1.2", {})
    opened = subprocess.run([go_binaries.host, path, "New"], capture_output=True, text=True, check=True)
    assert "could not find symbol" in opened.stdout


@pytest.mark.parametrize(
    ("path", "expected"),
    [(".", "."), ("/lib:.", "/lib:."), ("lib", "lib"), ("/lib::/x", "/lib::/x"), ("/lib", ""), ("$ORIGIN/x", "")],
)
def test_a_relative_search_path_is_reported(go: GoTools, tmp_path: Path, path: str, expected: str) -> None:
    flags = f"-ldflags=-s -w -extldflags=-Wl,-rpath,{path}"
    assert plugin_of(go, tmp_path, EMPTY, flags).search_path == expected


def test_stamps_are_found_and_bounded() -> None:
    assert find_stamps(b"") == []
    data = b"xx" + BEGIN + b"{}" + END + b"yy" + BEGIN + b"[1]" + END
    assert [data[start:end] for start, end in find_stamps(data)] == [b"{}", b"[1]"]
    assert find_stamps(BEGIN + b"{") == [(len(BEGIN), len(BEGIN) + 1)]
    assert len(find_stamps((BEGIN + END) * 1000)) <= 16


def test_the_payload_is_of_the_file_with_zeros_in_the_stamp_and_nowhere_else() -> None:
    def file(digest: str, before: bytes = b"") -> bytes:
        return before + BEGIN + f'{{"name":"x","payload":"{digest}"}}'.encode() + END + b"code"

    def digest(data: bytes) -> str:
        return payload_digest(data, *find_stamps(data)[0])

    known = digest(file(UNKNOWN))
    assert known == digest(file("sha256:" + "ab" * 32))
    assert known != digest(file(UNKNOWN) + b"more")
    elsewhere = [b'"payload":"sha256:' + one * 64 + b'"' for one in (b"a", b"b")]
    assert digest(file(UNKNOWN, elsewhere[0])) != digest(file(UNKNOWN, elsewhere[1]))

"""Stamps and envelopes in WebAssembly modules that Go linked: written, read back, signed and taken off."""

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from gofixtures import GoTools
from hypothesis import given
from hypothesis import strategies as st
from monorepo import write
from wasmmodules import DATA, HEADER, PRODUCERS, SIGNED, STAMPED

from pluginkit.backends.go.binary import wasm
from pluginkit.backends.go.binary.content import read_file
from pluginkit.backends.go.binary.elf import ElfError
from pluginkit.backends.go.binary.stamps import UNKNOWN, find_stamps, payload_digest
from pluginkit.backends.go.binary.wasm_reader import read_module
from pluginkit.backends.go.signatures import envelope, with_envelope
from pluginkit.core.errors import PluginkitError

MAIN = """\
package main

//go:wasmexport answer
func answer() int32 { return 42 }

func main() {}
"""
STAMP = f'{{"payload":"{UNKNOWN}"}}'.encode()


@pytest.fixture(scope="module")
def module(go: GoTools, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = write(tmp_path_factory.mktemp("wasm"), {"go.mod": "module acme\n\ngo 1.24\n", "main.go": MAIN})
    target = {"GOOS": "wasip1", "GOARCH": "wasm", "CGO_ENABLED": "0"}
    return go.build(root, ".", root / "it.wasm", "-buildmode=c-shared", "-ldflags=-s -w", "-tags=some", **target)


def test_what_go_says_of_a_module_is_read(go: GoTools, module: Path) -> None:
    found = read_module(module.read_bytes())
    assert (found.kind, found.platform, found.main, found.main_module) == ("wasm", "wasip1/wasm", "acme", "acme")
    assert found.go_version == go.version
    assert found.settings["-buildmode"] == "c-shared"
    assert found.settings["-tags"] == "some"
    assert [one.path for one in found.modules] == ["acme"]


def test_a_stamp_is_put_on_signed_and_taken_off(module: Path, tmp_path: Path) -> None:
    linked = module.read_bytes()
    stamped, signed, again = tmp_path / "stamped.wasm", tmp_path / "signed.wasm", tmp_path / "again.wasm"
    stamped.write_bytes(wasm.stamped(linked, STAMP))
    assert envelope(stamped) == (STAMP, None)
    with_envelope(stamped, signed, b'{"one":1}')
    assert envelope(signed) == (STAMP, b'{"one":1}')
    with_envelope(signed, again, b"another")
    assert envelope(again) == (STAMP, b"another")
    with_envelope(again, signed, None)
    assert signed.read_bytes() == stamped.read_bytes() == linked + wasm.custom(wasm.STAMP, STAMP)
    for path in (stamped, again):
        assert read_module(path.read_bytes()) == read_module(linked)


def test_the_payload_is_the_module_with_its_stamp_and_without_its_envelope(module: Path, tmp_path: Path) -> None:
    data = wasm.stamped(module.read_bytes(), STAMP)
    expected = f"sha256:{hashlib.sha256(data).hexdigest()}"
    assert payload_digest(data, *find_stamps(data)[0]) == expected
    path = tmp_path / "it.wasm"
    path.write_bytes(data.replace(UNKNOWN.encode(), expected.encode()) + wasm.custom(wasm.SIGNATURE, b"{}"))
    for beside in (False, True):
        found = read_file(path, beside=beside)
        assert not isinstance(found, Exception)
        assert (found.payload(), found.envelope) == (expected, b"{}")
        assert json.loads(found.data[slice(*found.stamps[0])]) == {"payload": expected}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (HEADER, "no stamp"),
        (STAMPED + wasm.custom(wasm.STAMP, b"{}"), "2 stamps"),
        (STAMPED + PRODUCERS, "behind its stamp"),
        (SIGNED[:-1], "truncated"),
    ],
)
def test_what_is_not_one_stamped_module_is_not_signed(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "it.wasm"
    path.write_bytes(data)
    works: tuple[Callable[[Path], object], ...] = (envelope, lambda one: with_envelope(one, tmp_path / "target", b"{}"))
    for work in works:
        with pytest.raises(PluginkitError, match=message):
            work(path)
    assert not (tmp_path / "target").exists()


@pytest.mark.parametrize("data", [STAMPED, SIGNED, HEADER + wasm.custom(wasm.SIGNATURE, b"{}"), HEADER[:7]])
def test_a_stamp_is_put_only_on_what_go_linked(data: bytes) -> None:
    with pytest.raises(ElfError):
        wasm.stamped(data, STAMP)


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        (wasm.custom(b"producers", b"\x01\x08language\x01\x02Go"), "text of its producers"),
        (wasm.custom(b"producers", b"\xff"), "list of its producers"),
        (wasm.custom(b"producers", b"\x01\xff\xff\xff\xff\x0f"), "a text of its producers is cut off"),
        (b"\x0b\x12\x00\x00" + bytes.fromhex("3077af0c9274080241e1c107e6d618e6") + PRODUCERS, "has no end"),
    ],
)
def test_damaged_build_information_is_refused(sections: bytes, message: str) -> None:
    data = HEADER + (sections if sections[0] else DATA + sections)
    with pytest.raises(ElfError, match=message):
        read_module(data)


@pytest.mark.parametrize("data", [HEADER, HEADER + DATA, HEADER + PRODUCERS, HEADER + DATA + PRODUCERS])
def test_a_module_of_another_compiler_says_nothing(data: bytes) -> None:
    found = read_module(data)
    assert (found.go_version, found.main, dict(found.settings), found.platform) == ("", "", {}, "wasip1/wasm")


@given(st.binary(max_size=64), st.integers(8, len(SIGNED)))
def test_nothing_but_an_answer_comes_of_any_bytes(noise: bytes, at: int) -> None:
    data = SIGNED[:at] + noise + SIGNED[at:]
    find_stamps(data)
    for read in (read_module, lambda data: wasm.split(len(data), lambda at, count: data[at : at + count])):
        with suppress(ElfError):
            read(data)

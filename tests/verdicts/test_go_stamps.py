"""One table of stamps for both parsers: Python's, and that of the generated Go host."""

import json
import subprocess
from base64 import b64encode
from collections.abc import Iterable
from pathlib import Path

import pytest
from envelopes import ENVELOPES, FILES
from gofixtures import GoTools
from monorepo import write
from stamps import STAMPS as PLAIN
from stamps_of_modes import STAMPS_OF_MODES
from stamps_with_trust import STAMPS_WITH_TRUST
from wasmmodules import MODULES, flips

from pluginkit.backends.go.binary import wasm
from pluginkit.backends.go.binary.elf import ElfError
from pluginkit.backends.go.binary.stamps import find_stamps
from pluginkit.backends.go.binary.trailer import split
from pluginkit.core.dsse import EnvelopeError, parse_envelope
from pluginkit.core.stamp import parse_stamp
from pluginkit.core.stamp_members import StampError
from pluginkit.stages import scaffold

STAMPS = [*PLAIN, *STAMPS_WITH_TRUST, *STAMPS_OF_MODES]
READERS = {"stamps": STAMPS, "envelopes": ENVELOPES, "files": FILES, "modules": MODULES}
"""What the driver reads, and the rows about it: name, bytes, and what it must say."""
DRIVER = """\
// Stamps reads a JSON array of bytes, each in base64, and writes what is made of each: of stamps the code, empty for a
// good one; of envelopes whether they are read; of files how long image and envelope are; of modules also where
// stamps are.
package main

import (
	"encoding/json"
	"os"

	"acme/internal/stamp"
)

var readers = map[string]func([]byte) any{
	"stamps": func(data []byte) any {
		if _, err := stamp.Parse(data); err != nil {
			return err.Code
		}
		return ""
	},
	"envelopes": func(data []byte) any {
		_, err := stamp.ParseEnvelope(data)
		return err == nil
	},
	"files": func(data []byte) any {
		image, envelope, err := stamp.Split(data)
		if err != nil {
			return nil
		}
		return []int{len(image), len(envelope)}
	},
	"modules": func(data []byte) any {
		image, envelope, err := stamp.Split(data)
		if err != nil {
			return err.Error()
		}
		stamps := [][]int{}
		for _, one := range stamp.Find(image) {
			stamps = append(stamps, []int{one.Start, one.End})
		}
		return []any{len(image), len(envelope), stamps}
	},
}

func main() {
	var asked [][]byte
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		panic(err)
	}
	answers := []any{}
	for _, data := range asked {
		answers = append(answers, readers[os.Args[1]](data))
	}
	json.NewEncoder(os.Stdout).Encode(answers)
}
"""


def by_python(data: bytes) -> str:
    try:
        parse_stamp(data)
    except StampError as error:
        return error.code
    return ""


def is_envelope(data: bytes) -> bool:
    try:
        parse_envelope(data)
    except EnvelopeError:
        return False
    return True


def parts(data: bytes) -> list[int] | None:
    try:
        image, envelope = split(len(data), lambda at, count: data[at : at + count])
    except ElfError:
        return None
    return [image, len(envelope or b"")]


def sections(data: bytes) -> object:
    try:
        image, envelope = wasm.split(len(data), lambda at, count: data[at : at + count])
    except ElfError as error:
        return str(error)
    return [image, len(envelope or b""), [list(span) for span in find_stamps(data[:image])]]


def by_go(driver: Path, which: str, asked: Iterable[bytes]) -> list[object]:
    text = json.dumps([b64encode(data).decode() for data in asked])
    done = subprocess.run([driver, which], input=text, capture_output=True, text=True, check=True, timeout=60)
    answers: list[object] = json.loads(done.stdout)
    return answers


def write_driver(root: Path) -> Path:
    scaffold.new(root / "acme", "acme", language="go")
    return write(root / "acme", {"cmd/stamps/main.go": DRIVER})


@pytest.fixture(scope="module")
def driver(go: GoTools, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("stamps")
    return go.build(write_driver(root), "./cmd/stamps", root / "stamps")


def test_each_row_stands_once() -> None:
    for rows in READERS.values():
        assert len({row[0] for row in rows}) == len(rows)
    assert {code for _, _, code in STAMPS} == {"", "PK202", "PK203"}


def test_python_reads_the_table() -> None:
    by = {"stamps": by_python, "envelopes": is_envelope, "files": parts, "modules": sections}
    for which, rows in READERS.items():
        found = {name: by[which](data) for name, data, _ in rows}
        assert found == {name: wanted for name, _, wanted in rows}


@pytest.mark.parametrize("which", READERS)
def test_the_go_host_reads_the_table(driver: Path, which: str) -> None:
    rows = READERS[which]
    found = dict(zip((name for name, _, _ in rows), by_go(driver, which, (data for _, data, _ in rows)), strict=True))
    assert found == {name: wanted for name, _, wanted in rows}


def test_damaged_modules_are_refused_for_the_same_reasons(driver: Path) -> None:
    asked = flips()
    found = [sections(data) for data in asked]
    assert found == by_go(driver, "modules", asked)
    assert {type(one) for one in found} == {str, list}

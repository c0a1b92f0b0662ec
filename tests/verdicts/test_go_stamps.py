"""One table of stamps for both parsers: Python's, and that of the generated Go host."""

import json
import subprocess
from pathlib import Path

import pytest
from gofixtures import GoTools
from monorepo import write
from stamps import STAMPS

from pluginkit.core.stamp import parse_stamp
from pluginkit.core.stamp_members import StampError
from pluginkit.stages import scaffold

DRIVER = """\
// Stamps reads a JSON array of stamps, each in base64, and writes what the parser makes of each.
package main

import (
	"encoding/json"
	"os"

	"acme/internal/stamp"
)

func main() {
	var stamps [][]byte
	if err := json.NewDecoder(os.Stdin).Decode(&stamps); err != nil {
		panic(err)
	}
	codes := []string{}
	for _, data := range stamps {
		code := ""
		if _, err := stamp.Parse(data); err != nil {
			code = err.Code
		}
		codes = append(codes, code)
	}
	json.NewEncoder(os.Stdout).Encode(codes)
}
"""


def by_python(data: bytes) -> str:
    try:
        parse_stamp(data)
    except StampError as error:
        return error.code
    return ""


def by_go(driver: Path) -> list[str]:
    from base64 import b64encode

    text = json.dumps([b64encode(data).decode() for _, data, _ in STAMPS])
    done = subprocess.run([driver], input=text, capture_output=True, text=True, check=True, timeout=60)
    return json.loads(done.stdout)


def write_driver(root: Path) -> Path:
    scaffold.new(root / "acme", "acme", language="go")
    return write(root / "acme", {"cmd/stamps/main.go": DRIVER})


@pytest.fixture(scope="module")
def driver(go: GoTools, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("stamps")
    return go.build(write_driver(root), "./cmd/stamps", root / "stamps")


def test_each_stamp_stands_once() -> None:
    assert len({name for name, _, _ in STAMPS}) == len(STAMPS)
    assert {code for _, _, code in STAMPS} == {"", "PK202", "PK203"}


def test_pythons_parser_reads_the_table() -> None:
    found = {name: by_python(data) for name, data, _ in STAMPS}
    assert found == {name: code for name, _, code in STAMPS}


def test_the_go_hosts_parser_reads_the_table(driver: Path) -> None:
    found = dict(zip((name for name, _, _ in STAMPS), by_go(driver), strict=True))
    assert found == {name: code for name, _, code in STAMPS}

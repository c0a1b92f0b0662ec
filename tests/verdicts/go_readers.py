"""What the reader of Python and that of the generated Go host make of the same bytes."""

import json
import random
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from go_bench import Bench
from goedits import GNU_HASH, INIT_ARRAY, RELA, STRTAB, SYMTAB, place, tags
from gofixtures import GoTools
from gohostile import ROWS
from monorepo import write

from pluginkit.backends.go.binary import trailer, wasm
from pluginkit.backends.go.binary.elf import Elf, ElfError, is_object
from pluginkit.backends.go.binary.formats import ELF, format_of
from pluginkit.backends.go.binary.moduledata import read_module_data
from pluginkit.backends.go.binary.relocations import Relocations

Changes = Sequence[tuple[int, int]]

DRIVER = """\
// Readers reads lines of JSON, each a file and changes of its bytes, and writes what a host would read.
package main

import (
	"bytes"
	"encoding/json"
	"os"

	"acme/internal/gobinary"
	"acme/internal/stamp"
)

type question struct {
	File    string
	Changes [][2]int
}

func main() {
	files := map[string][]byte{}
	questions, answers := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var asked question
		if questions.Decode(&asked) != nil {
			return
		}
		if files[asked.File] == nil {
			files[asked.File], _ = os.ReadFile(asked.File)
		}
		data := bytes.Clone(files[asked.File])
		for _, change := range asked.Changes {
			data[change[0]] = byte(change[1])
		}
		image, _, err := stamp.Split(data)
		if err != nil {
			answers.Encode("PK101")
			continue
		}
		found, err := gobinary.Read(image)
		if err != nil {
			answers.Encode(err.(*gobinary.Error).Code)
			continue
		}
		for path, hash := range found.Packages {
			text := ""
			for _, one := range []byte(hash) {
				text += string("0123456789abcdef"[one>>4]) + string("0123456789abcdef"[one&15])
			}
			found.Packages[path] = text
		}
		answers.Encode(found)
	}
}
"""


def build_driver(go: GoTools, bench: Bench) -> Path:
    write(bench.root / "acme", {"cmd/readers/main.go": DRIVER})
    return go.build(bench.root / "acme", "./cmd/readers", bench.root / "readers")


def by_python(data: bytes) -> object:
    """Return what the driver would write."""
    split = wasm.split if wasm.is_module(data) else trailer.split
    try:
        size, _ = split(len(data), lambda at, count: data[at : at + count])
        one = (format_of(data) or ELF).read(data[:size], "")
    except ElfError as error:
        return error.code
    return {
        "Kind": one.kind,
        "GoVersion": one.go_version,
        "Experiments": one.experiments,
        "MainModule": one.main_module,
        "PluginPath": one.plugin_path,
        "Settings": dict(one.settings),
        "Modules": [
            {"Path": module.path, "Version": module.version, "Sum": module.sum, "ReplacedBy": module.replaced_by}
            for module in one.modules
        ],
        "Platform": one.platform,
        "Packages": dict(one.packages),
        "Exports": dict(one.exports),
        "Fatal": [{"Package": package, "Reason": reason} for package, reason in one.fatal],
        "ExitFactories": list(one.exit_factories),
        "Main": one.main,
        "SearchPath": one.search_path,
        "Unlinked": list(one.unlinked),
        "Linking": {
            "Interpreter": one.linking.interpreter,
            "Needed": list(one.linking.needed),
            "Rpath": one.linking.rpath,
            "Runpath": one.linking.runpath,
            "Versions": [list(pair) for pair in one.linking.versions],
            "Undefined": [list(pair) for pair in one.linking.undefined],
            "StaticTLS": one.linking.static_tls,
        },
    }


def by_go(driver: Path, questions: Sequence[tuple[Path, Changes]]) -> list[object]:
    text = "\n".join(json.dumps({"File": str(file), "Changes": changes}) for file, changes in questions)
    done = subprocess.run([driver], input=text, capture_output=True, text=True, check=True, timeout=120)
    return [_filled(json.loads(line)) for line in done.stdout.splitlines()]


def _filled(answer: Any) -> object:
    """Return what Go wrote with empty lists and maps where it has nil."""
    if isinstance(answer, dict):
        empty: dict[str, object] = {
            "Packages": {},
            "Exports": {},
            "Settings": {},
            "Modules": [],
            "Fatal": [],
            "ExitFactories": [],
            "Unlinked": [],
        }
        linking = {name: value if value is not None else [] for name, value in answer["Linking"].items()}
        found = {name: value if value is not None else empty[name] for name, value in answer.items()}
        return {**found, "Linking": linking}
    return answer


def edited_files(bench: Bench, place: Path) -> Iterator[tuple[str, Path]]:
    """Write each build, and each hostile edit of one."""
    for name, data in [("host", bench.host), *bench.plugins.items()]:
        (place / name).write_bytes(data)
        yield name, place / name
    for number, (name, edit, _) in enumerate(ROWS):
        path = place / f"{number}.so"
        path.write_bytes(bench.plugin("filter", (edit,)))
        yield name, path


def random_changes(data: bytes, count: int, seed: int) -> Iterator[Changes]:
    """Yield changes of some bytes, most of them where a reader looks."""
    chance = random.Random(seed)
    places = _looked_at(bytearray(data)) if is_object(data) else [(0, len(data)), (0, 32), (len(data) // 8, 700)]
    for _ in range(count):
        found = []
        for _ in range(chance.randint(1, 4)):
            start, size = chance.choice(places)
            at = min(start + chance.randrange(size), len(data) - 1)
            found.append((at, chance.choice((0, 1, 0x7F, 0x80, 0xFF, data[at] ^ 1 << chance.randrange(8)))))
        yield found


def _looked_at(data: bytearray) -> list[tuple[int, int]]:
    elf = Elf(bytes(data))
    module = read_module_data(elf, Relocations(elf), {"acme/plugins/filter"})
    tables = [(place(data, one), 4096) for one in (SYMTAB, STRTAB, GNU_HASH, RELA, INIT_ARRAY)]
    info = data.index(b"\xff Go buildinf:\x08\x02")
    return [
        (0, 64),
        (64, 56 * 12),
        (tags(data)[0], 400),
        (elf.offset(module.address, 1), 640),
        (info, 600),
        *tables,
        (0, len(data)),
    ]

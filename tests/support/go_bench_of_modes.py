"""A bench whose host runs plugins in every mode, by runners that only say so; and the plugins of these modes."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from go_bench import STRIPPED, Bench, build_bench, spelled, stamp
from gofixtures import GoTools
from monorepo import write

from pluginkit.backends.go.binary import wasm
from pluginkit.backends.go.building import overlay
from pluginkit.core.modes import MODULES

GENERATED = Path(__file__).parents[2] / "templates/go/template/internal/loader/pluginkit_modes.go"
_MODES = "internal/loader/pluginkit_modes.go"
_START, _END = bytes.fromhex("3077af0c9274080241e1c107e6d618e6"), bytes.fromhex("f932433186182072008242104116d8f2")
"""Around the lines of the build information in a module."""
LINKED = "linked"
"""The name of the plugin that is a part of the host, whatever its stamp says."""
RUNNERS = """\
package loader

import (
	"errors"

IMPORTS

	"acme/pluginapi"
)

type answering struct{ name string }

func (a answering) Name() string { return a.name }

func (answering) Handle(*pluginapi.Request) (*pluginapi.Response, error) { return nil, errors.New("not asked") }

func made() pluginapi.Plugin { return answering{"answering"} }

type silent struct{}

func (silent) Lookup(name string) (any, error) {
	if name == "New" {
		return made, nil
	}
	return nil, errors.New("there is no " + name)
}

func (silent) Started() {}

func (silent) Close() error { return nil }

func runSilent(string, []byte, limits, func(string, string, bool)) (session, error) {
	subprocess.Start()
	wasm.Start()
	return silent{}, nil
}

var linkedPlugins = []linkedPlugin{{name: "linked", symbols: map[string]any{"New": made}}}

var runners = map[string]runner{"subprocess": runSilent, "wasm": runSilent}

var limitsOf = map[string]limits{}
"""
RUNNER = """\
package {}

import _ "{}"

//go:noinline
func Start() {{}}
"""
INFO = "\n".join((
    "path\tacme/plugins/filter", "mod\tacme\t(devel)\t", "build\t-buildmode=c-shared", "build\tGOARCH=wasm",
    "build\tGOOS=wasip1", f"build\tDefaultGODEBUG={'x' * 400}\n",
))  # fmt: skip


def build_bench_of_modes(go: GoTools, root: Path) -> Bench:
    """Build the bench, a plugin of each mode, and a host that runs none."""
    tree = root / "acme"
    bench = build_bench(go, root, prepare=with_runners)
    write(root, {"plain.json": json.dumps({"Replace": plain(tree)})})
    host = go.build(tree, "./cmd/host", root / "plain", STRIPPED, f"-overlay={root / 'plain.json'}")
    more = {"process": build_process(go, tree, root / "process"), "module": module(go), "dynamic": bench.host}
    return replace(bench, plain=host.read_bytes(), plugins={**bench.plugins, **more})


def plain(tree: Path) -> dict[str, str]:
    """Return the overlay by which the host of the bench at `tree` runs no plugins, as JSON has it."""
    return {str(tree / _MODES): str(GENERATED), str(tree / "internal/loader/dynamic.go"): ""}


def build_process(go: GoTools, tree: Path, output: Path, name: str = "filter") -> bytes:
    """Build an executable with the stamp of a plugin that has a process of its own; it does nothing."""
    said = {**stamp("plugin", name, go.version), "minor": 4, "mode": "subprocess"}
    # The stamp of a host is kept in a program that does not use it.
    source = overlay.render(overlay.Main("host", spelled(said), {}, (), frozenset(), {}))
    write(tree, {f"processes/{name}/main.go": "package main\n\nfunc main() {}\n", f"processes/{name}/stamp.go": source})
    return go.build(tree, f"./processes/{name}", output, STRIPPED, CGO_ENABLED="0").read_bytes()


def module(go: GoTools, name: str = "filter") -> bytes:
    """Return a WebAssembly module with the stamp of a plugin, of which nothing but what readers look at is there."""
    said = {**stamp("plugin", name, go.version), "minor": 4, "mode": "wasm"}
    lines = _START + INFO.encode() + _END
    produced = b"\x01\x08language\x01\x02Go" + bytes([len(go.version)]) + go.version.encode()
    image = wasm.HEADER + _section(wasm.DATA, lines) + wasm.custom(b"producers", produced)
    return wasm.stamped(image, spelled(said))


def stubs() -> Iterator[tuple[str, str]]:
    """Yield the import path of each module that runs plugins, and where a module in its place lies."""
    for path in MODULES.values():
        yield path, f"stubs/{path.rpartition('/')[2]}"


def with_runners(tree: Path) -> None:
    """Let the host have runners, and the modules by which they would run plugins."""
    for path, place in stubs():
        package = path.rpartition("/")[2].replace("-", "")
        write(tree, {f"{place}/go.mod": f"module {path}\n\ngo 1.24\n", f"{place}/stub.go": f"package {package}\n"})
    for mode, path in MODULES.items():
        write(tree, {f"internal/loader/pluginkitgen/{mode}/runner.go": RUNNER.format(mode, path)})
    named = "".join(f"\nrequire {path} v1.0.0\n\nreplace {path} => ./{place}\n" for path, place in stubs())
    (tree / "go.mod").write_text((tree / "go.mod").read_text() + named)
    imports = "\n".join(f'\t"acme/internal/loader/pluginkitgen/{mode}"' for mode in MODULES)
    write(tree, {_MODES: RUNNERS.replace("IMPORTS", imports)})


def _section(kind: int, content: bytes) -> bytes:
    return bytes([kind]) + wasm.custom(b"", content)[1:]

"""Hosts and plugins of the Go template, and many more of each by edits of their bytes: linking takes half a second.

A stamp is compiled with room to spare: `builder`, which nothing reads, is as long as the rest leaves it.
"""

import json
import os
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from goedits import with_payload
from gofixtures import GoTools
from monorepo import write

from pluginkit.backends.go.binary.reader import read_binary
from pluginkit.backends.go.binary.stamps import BEGIN, END, UNKNOWN, find_stamps
from pluginkit.backends.go.building import overlay
from pluginkit.core.canonical import canonical_json
from pluginkit.stages import scaffold

Edit = Callable[[bytearray], object]
StampEdit = Callable[[dict[str, Any]], object]

API = "acme/pluginapi"
SHA = "sha256:" + "0" * 64
ROOMY = ("build\tDefaultGODEBUG=", "build\tpadding=")
ROOM = 6000
"""Bytes of every stamp."""
STRIPPED = "-ldflags=-s -w"
NEW = """\
package main

import "acme/pluginapi"

type impl struct{}

func (impl) Name() string { return "NAME" }

func (impl) Handle(*pluginapi.Request) (*pluginapi.Response, error) { return &pluginapi.Response{Status: 200}, nil }

"""
FACTORY = "func New() pluginapi.Plugin { return impl{} }\n"
SHARED = 'import "acme/shared"\n\nvar Shared = shared.Value\n'
CONSTRUCTOR = """\
/*
#include <unistd.h>
static int counter;
__attribute__((constructor)) static void early(void) { BODY }
*/
import "C"
"""
STORAGE = """\
/*
static __thread char big[4000] __attribute__((tls_model("initial-exec")));
int touch(int at) { return big[at]++; }
*/
import "C"
"""
PLUGINS = {
    "filter": FACTORY,
    "transform": FACTORY,
    "nothing": "func Other() pluginapi.Plugin { return impl{} }\n",
    "type": "func New() any { return impl{} }\n",
    "endless": 'func New() pluginapi.Plugin { panic("never") }\n',
    "panics": FACTORY + 'func init() { panic("no") }\n',
    "exits": 'import "os"\n\n' + FACTORY + "func init() { os.Exit(3) }\n",
    "mayexit": 'import "os"\n\n' + FACTORY + "func init() { if len(os.Args) > 99 { os.Exit(3) } }\n",
    "shares": SHARED + FACTORY,
    "sharestoo": SHARED + FACTORY,
    "cexits": CONSTRUCTOR.replace("BODY", "_exit(7);") + FACTORY,
    "cmayexit": CONSTRUCTOR.replace("BODY", "if (*(volatile int *)&counter) _exit(7);") + FACTORY,
    "storage": STORAGE + "\n" + FACTORY,
    "ccounts": CONSTRUCTOR.replace("BODY", "counter++;") + FACTORY,
}
"""What follows the beginning of each main package."""


def stamp(kind: str, name: str, go: str) -> dict[str, Any]:
    """Return a stamp as it would be written, but for its builder."""
    return {
        "apis": [{"digest": f"h1:{'a' * 43}=", "modules": ["pluginapi"], "name": API, "surface": ["type A"],
                  "version": "v1.0.0"}],
        "capabilities": ["filter"] if kind == "plugin" else [],
        "contract": {"factory": "New", "group": "", "known": [], "policy": "exact", "required": [], "same-lock": False,
                     "symbols": {"New": "func() pluginapi.Plugin"}},
        "inputs": SHA, "kind": kind, "language": "go", "lock": SHA, "name": name, "payload": UNKNOWN, "schema": 2,
        "toolchain": {"go": go, "tags": ""}, "version": "",
    }  # fmt: skip


def spelled(value: Mapping[str, Any]) -> bytes:
    """Return a stamp's canonical form with so long a builder that it fills the room."""
    short = len(canonical_json({**value, "builder": ""}))
    assert short < ROOM, "make more room"
    return canonical_json({**value, "builder": "x" * (ROOM - short)})


def stamped(*edits: StampEdit) -> Edit:
    """Edit the stamp."""

    def edit(data: bytearray) -> None:
        start, end = find_stamps(data)[0]
        value = json.loads(data[start:end])
        del value["builder"]
        value["payload"] = UNKNOWN
        for one in edits:
            one(value)
        data[start:end] = spelled(value)

    return edit


def raw_stamp(text: bytes) -> Edit:
    """Put other bytes in the stamp's place, which may be shorter."""

    def edit(data: bytearray) -> None:
        start, end = find_stamps(data)[0]
        assert len(text) <= end - start
        data[start : start + len(text) + 1] = text + END

    return edit


def setting(**changes: str | None) -> Edit:
    """Change lines of the build information: `_` in a name is `-`, None removes one; what is left over is filled up."""
    return build_info(lambda lines: _with_settings(lines, {name.replace("_", "-"): to for name, to in changes.items()}))


def flag(name: str, value: str | None) -> Edit:
    return build_info(lambda lines: _with_settings(lines, {name: value}))


def build_info(change: Callable[[list[str]], list[str]]) -> Edit:
    """Change the lines of the build information, in as many bytes; DefaultGODEBUG makes room."""

    def edit(data: bytearray) -> None:
        mark = b"\n\xf9\x32\x43\x31\x86\x18\x20\x72"
        end = data.find(mark)
        while end >= 0:  # a program has it twice
            change_at(data, data.rindex(b"path\tacme/", 0, end), end + 1)
            end = data.find(mark, end + 1)

    def change_at(data: bytearray, start: int, end: int) -> None:
        lines = [line for line in data[start:end].decode().splitlines() if not line.startswith(ROOMY)]
        text = "\n".join(change(lines)) + "\nbuild\tpadding="
        rest = end - start - len(text) - 1
        assert rest >= 0, "make more room"
        data[start:end] = f"{text}{'x' * rest}\n".encode()

    return edit


def _with_settings(lines: list[str], changes: Mapping[str, str | None]) -> list[str]:
    kept = [line for line in lines if not any(line.startswith(f"build\t{name}=") for name in changes)]
    return kept + [f"build\t{name}={value}" for name, value in changes.items() if value is not None]


def main_module(path: str) -> Edit:
    """Name another main module in the build information."""
    return build_info(lambda lines: [f"mod\t{path}\t(devel)\t" if line.startswith("mod\t") else line for line in lines])


def main_package(path: str) -> Edit:
    """Name another main package in the build information."""
    return build_info(lambda lines: [f"path\t{path}", *lines[1:]])


def module(path: str, version: str, replaced: str = "", digest: str = "h1:x") -> Edit:
    """Add a dependency to the build information; `replaced` is the path, and version, of what replaces it."""
    line = f"dep\t{path}\t{version}\t" + ("\n=>\t" + replaced.replace(" ", "\t") + "\t" if replaced else digest)
    return build_info(lambda lines: [*lines, line])


def rehashed(*paths: str) -> Edit:
    """Give packages another hash, both where their symbol is and where plugin.Open reads it."""

    def edit(data: bytearray) -> None:
        packages = read_binary(bytes(data)).packages
        for path in paths:
            old = bytes.fromhex(packages[path])
            at = data.find(old)
            while at >= 0:
                data[at] ^= 0xFF
                at = data.find(old)

    return edit


@dataclass(frozen=True)
class Bench:
    """What was built."""

    root: Path
    host: bytes
    plugins: Mapping[str, bytes]
    hosts: dict[object, Path] = field(default_factory=dict)
    plain: bytes = b""
    """A host that runs no plugin in any mode, where such a one was built."""

    def plugin(self, name: str, edits: Sequence[Edit], *, payload: bool = True) -> bytes:
        return edited(self.plugins[name], edits, payload=payload)

    def host_of(self, key: object, edits: Sequence[Edit], *, plain: bool = False) -> Path:
        """Return the program that is the host, or the plain one, with these edits, made once."""
        if key not in self.hosts:
            path = self.root / f"host{len(self.hosts)}"
            path.write_bytes(edited(self.plain if plain else self.host, edits))
            path.chmod(0o755)
            self.hosts[key] = path
        return self.hosts[key]


def edited(data: bytes, edits: Sequence[Edit], *, payload: bool = True) -> bytes:
    found = bytearray(data)
    for one in edits:
        one(found)
    if payload:
        with_payload(found)
    return bytes(found)


def build_bench(
    go: GoTools, root: Path, names: Iterable[str] = PLUGINS, prepare: Callable[[Path], object] = lambda tree: None
) -> Bench:
    """Write a project of the template, let it be prepared, and build its host and plugins; two at a time.

    Without all of the plugins there is neither the one that is not stripped nor the C library.
    """
    names = tuple(names)
    tree = root / "acme"
    scaffold.new(tree, "acme", language="go", plugins=("filter",))
    (tree / "plugins/filter/filter.go").unlink()
    (tree / "plugins/filter/filter_test.go").unlink()
    write(tree, {"shared/shared.go": "package shared\n\nvar Value = 1\n", "c.c": "int answer(void) { return 42; }\n"})
    for name in names:
        write(
            tree,
            {
                f"plugins/{name}/main.go": _assembled(name, PLUGINS[name]),
                f"plugins/{name}/stamp.go": _source("plugin", name, go),
            },
        )
    write(tree, {"cmd/host/pluginkit_stamp.go": _source("host", "host", go)})
    prepare(tree)
    host = go.build(tree, "./cmd/host", root / "host", STRIPPED)

    def made(name: str) -> bytes:
        return go.plugin(tree, f"./plugins/{name}", root / f"{name}.so", STRIPPED).read_bytes()

    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        plugins = dict(zip(names, pool.map(made, names), strict=True))
    if len(names) < len(PLUGINS):
        return Bench(root, host.read_bytes(), plugins)
    plugins["whole"] = go.plugin(tree, "./plugins/filter", root / "whole.so").read_bytes()
    command = [*go.cc, "-shared", "-fPIC", "-o", root / "c.so", tree / "c.c"]
    subprocess.run(command, check=True, capture_output=True)
    plugins["library"] = (root / "c.so").read_bytes()
    return Bench(root, host.read_bytes(), plugins)


def _assembled(name: str, text: str) -> str:
    """Return a main package; imports come first."""
    head, begin = NEW.replace("NAME", name).split("\n\ntype impl", 1)
    imports = [part for part in text.split("\n\n") if part.startswith(("import", "/*"))]
    rest = [part for part in text.split("\n\n") if not part.startswith(("import", "/*"))]
    return "\n\n".join([head, *imports, f"type impl{begin}" + "\n\n".join(rest)])


def _source(kind: str, name: str, go: GoTools) -> str:
    value = spelled(stamp(kind, name, go.version))
    text = overlay.render(overlay.Main(kind, value, {}, (), frozenset(), {}))
    assert (BEGIN + value + END)[:1] == b"\xff"
    return text

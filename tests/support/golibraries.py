"""Shared libraries of C, Go plugins that need them, and hosts of either C library, each made once."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gofixtures import GoTools
from monorepo import write

MUSL_LOADER = Path("/lib/ld-musl-x86_64.so.1")
HOST = """\
package main

import (
	"encoding/json"
	"os"
	"plugin"

	"acme/pluginapi"
)

type outcome struct{ Path, Error string }

// Open opens plugins one after the other, and says of each how that went.
func Open(paths []string) {
	for _, path := range paths {
		one := outcome{Path: path}
		if opened, err := plugin.Open(path); err != nil {
			one.Error = err.Error()
		} else if symbol, err := opened.Lookup("New"); err != nil {
			one.Error = err.Error()
		} else if symbol.(func() pluginapi.Plugin)().Name() == "" {
			one.Error = "no name"
		}
		json.NewEncoder(os.Stdout).Encode(one)
	}
}
"""
MAIN = "\nfunc main() { Open(os.Args[1:]) }\n"
TEST = """\
package main

import (
	"os"
	"strings"
	"testing"
)

func TestOpen(*testing.T) {
	Open(strings.Fields(os.Getenv("PLUGINS")))
	os.Exit(0)
}
"""
API_TEST = """\
package pluginapi

import (
	"encoding/json"
	"os"
	"plugin"
	"strings"
	"testing"
)

func TestOpen(*testing.T) {
	for _, path := range strings.Fields(os.Getenv("PLUGINS")) {
		one := map[string]string{"Path": path, "Error": ""}
		if _, err := plugin.Open(path); err != nil {
			one["Error"] = err.Error()
		}
		json.NewEncoder(os.Stdout).Encode(one)
	}
	os.Exit(0)
}
"""
PLUGIN = """\
package main

import "acme/pluginapi"

type impl struct{}

func (impl) Name() string { return "NAME" }

func New() pluginapi.Plugin { return impl{} }
"""
FOO = "int foo(void) { return 1; }\n"
FOO_2 = FOO + "int foo2(void) { return 2; }\n"
SCRIPT_1 = "FOO_1 { global: foo; local: *; };\n"
SCRIPT_2 = SCRIPT_1 + "FOO_2 { global: foo2; } FOO_1;\n"


@dataclass(frozen=True)
class C:
    """C code of a main package, and how it is linked; `{v1}` and the like stand for directories of libraries."""

    code: str
    ldflags: str = ""


@dataclass(frozen=True)
class Recipe:
    """How a host or a plugin is built."""

    name: str
    c: C | None = None
    flags: tuple[str, ...] = ()
    cc: str = ""
    """What follows `zig cc`; empty for the machine's own C compiler."""
    env: Mapping[str, str] = field(default_factory=dict)
    kind: str = "plugin"
    """`plugin`, `host`, or the package whose test binary it is."""


@dataclass
class Libraries:
    """Builds what rows ask for."""

    go: GoTools
    root: Path
    made: dict[str, Path] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("v1", "v2", "chain", "gone", "unresolved", "script", "arm", "musl", "musl2", "empty"):
            (self.root / name).mkdir(parents=True)
            self.places[name] = str(self.root / name)
        self.library("v1", FOO, SCRIPT_1)
        self.library("v2", FOO_2, SCRIPT_2)
        self.library("gone", "int gone(void) { return 0; }\n", name="gone")
        chained = "extern int gone(void);\nint foo(void) { return gone(); }\n"
        self.library("chain", chained, more=("-L{gone}", "-l:libgone.so.1"))
        (self.root / "gone/libgone.so.1").unlink()
        self.library("unresolved", "extern int nowhere(void);\nint foo(void) { return nowhere(); }\n")
        (self.root / "script/libfoo.so.1").write_text("/* GNU ld script */\nGROUP ( /nowhere/libfoo.so.1 )\n")
        self.library("arm", FOO, zig="-target aarch64-linux-gnu")
        self.library("musl", FOO, zig="-target x86_64-linux-musl")

    def library(
        self, place: str, code: str, script: str = "", *, name: str = "foo", zig: str = "", more: Sequence[str] = ()
    ) -> None:
        """Build lib<name>.so.1 in one of the directories."""
        directory = write(self.root / place, {"lib.c": code, "lib.map": script})
        versions = [f"-Wl,--version-script={directory / 'lib.map'}"] if script else []
        flags = ["-shared", "-fPIC", f"-Wl,-soname,lib{name}.so.1", *versions]
        command = [*_compiler(self.go, zig), *flags, "-o", f"lib{name}.so.1", "lib.c"]
        subprocess.run([*command, *(one.format(**self.places) for one in more)], cwd=directory, check=True)

    def build(self, recipe: Recipe) -> Path:
        """Build a host or a plugin from a checkout of its own, once."""
        if repr(recipe) not in self.made:
            self.made[repr(recipe)] = self._built(recipe, self.root / f"checkout{len(self.made)}")
        return self.made[repr(recipe)]

    def _built(self, recipe: Recipe, root: Path) -> Path:
        self._checkout(root, recipe)
        env = {**self.go.env, "CGO_LDFLAGS_ALLOW": ".*", **recipe.env}
        if recipe.cc:
            env["CC"] = " ".join(_compiler(self.go, recipe.cc))
        flags = ["-trimpath", *(one.format(**self.places) for one in recipe.flags)]
        target = root / (f"{recipe.name}.so" if recipe.kind == "plugin" else recipe.name)
        command = {
            "plugin": ["build", "-buildmode=plugin", f"./plugins/{recipe.name}"],
            "host": ["build", "./cmd/host"],
        }.get(recipe.kind, ["test", "-c", recipe.kind])
        command = [str(self.go.go), *command[:-1], *flags, "-o", str(target), command[-1]]
        done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{recipe}: {done.stderr}"
        return target

    def _checkout(self, root: Path, recipe: Recipe) -> None:
        place = "cmd/host" if recipe.kind != "plugin" else f"plugins/{recipe.name}"
        files = {
            "go.mod": "module acme\n\ngo 1.24\n",
            "pluginapi/api.go": "package pluginapi\n\ntype Plugin interface{ Name() string }\n",
            "pluginapi/api_test.go": API_TEST,
            "cmd/host/main.go": HOST + MAIN,
            "cmd/host/main_test.go": TEST,
            f"plugins/{recipe.name}/main.go": PLUGIN.replace("NAME", recipe.name),
        }
        if recipe.c:
            ldflags = f"#cgo LDFLAGS: {recipe.c.ldflags.format(**self.places)}\n" if recipe.c.ldflags else ""
            files[f"{place}/c.go"] = f'package main\n\n/*\n{ldflags}{recipe.c.code}\n*/\nimport "C"\n'
        write(root, files)


def run_host(host: Path, plugins: Sequence[Path], loader: Sequence[str] = (), **env: str) -> Mapping[str, str]:
    """Let a host open plugins, and return what it wrote."""
    environment = {"PATH": os.environ["PATH"], "PLUGINS": " ".join(map(str, plugins)), **env}
    command = [*loader, str(host), *(() if host.suffix == ".test" else map(str, plugins))]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=environment)
    return {"stdout": done.stdout, "stderr": done.stderr}


def musl_root(place: Path) -> Path | None:
    """Return a directory with musl's dynamic loader as it lies on a machine with musl; None where there is none."""
    if MUSL_LOADER.exists():
        (place / "lib").mkdir(parents=True)
        shutil.copy(MUSL_LOADER.resolve(), place / "lib" / MUSL_LOADER.name)
        return place
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return None
    place.mkdir(parents=True)
    subprocess.run(["apt-get", "download", "musl"], cwd=place, capture_output=True, check=False)
    for package in place.glob("musl_*.deb"):
        subprocess.run(["dpkg-deb", "-x", str(package), str(place)], check=True)
        link = place / "lib" / MUSL_LOADER.name
        libc = (place / "lib/x86_64-linux-musl/libc.so").read_bytes()
        link.unlink()  # it points to an absolute path
        link.write_bytes(libc)
        link.chmod(0o755)
        return place
    return None


def _compiler(go: GoTools, zig: str) -> Sequence[str]:
    return [sys.executable, "-m", "ziglang", "cc", *zig.split()] if zig else go.cc

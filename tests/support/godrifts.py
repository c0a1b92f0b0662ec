"""Seeded drifts: a host, and a stranger's plugin repository that is out of step with it in one way that is known.

Each `Drift` says what is different on either side, what the verdict has to name as its cause, and whether an edit of
the plugin's repository can repair it. `HARMLESS` are differences that Go does not mind, to be added to any of them.

    lab = Laboratory(go, other_go, tmp_path)
    pair = lab.make(DRIFTS[0], tmp_path / "pair")          # host built, the plugin's repository written
    plugin = lab.build(pair)                               # as its author does; a path, or AssertionError
    errors = open_plugins(pair.host, plugin)               # "" for each that opens
"""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from gofixtures import GoTools
from goproxy import Versions, proxy_environment, write_proxy
from monorepo import write

API, BASE, DEP, FORK, LEAN, ONLY, QUIET = (
    f"example.com/{name}" for name in ("api", "base", "dep", "fork", "lean", "only", "quiet")
)
HOST, PLUGIN = "example.com/host", "example.net/stranger"

_API = """\
// Package api is what host and plugins share.
package api

import "example.com/base"

// Plugin is what a plugin makes; {version}.
type Plugin interface {{
	Name() string
	Value() base.Value
}}

const Version = "{version}"
"""
_BASE = """\
// Package base is what other modules' types are made of.
package base

type Value struct{{ {fields} }}

const Version = "{version}"
"""
_DEP = """\
// Package dep makes values.
package dep

import "example.com/base"

const Version = "{version}"

func Make() base.Value {{ return base.Value{{}} }}

func Twice(n int) int {{ return n + n }}

//go:noinline
func Made() string {{ return made }}

var made string

func init() {{ made = "here" }}
"""
_EXTRA = "//go:build extra\n\npackage dep\n\nconst Extra = true\n"
_LEAN = """\
// Package lean imports nothing.
package lean

const Version = "{version}"

func Same(n int) int {{ return n }}
"""
_QUIET = """\
// Package quiet exports nothing, as drivers do that register themselves.
package quiet

var started string

func init() {{ started = "{version}" }}
"""


def _manifest(path: str, requires: Mapping[str, str], go: str = "1.20") -> str:
    lines = "".join(f"require {module} {version}\n" for module, version in requires.items())
    return f"module {path}\n\ngo {go}\n\n{lines}"


def _modules() -> Versions:
    found: dict[tuple[str, str], dict[str, str]] = {}
    for version, fields in {"v1.0.0": "N int", "v1.1.0": "N, M int", "v1.2.0": "N, M, L int"}.items():
        base = {BASE: "v1.0.0"}
        found[BASE, version] = {"base.go": _BASE.format(version=version, fields=fields)}
        found[API, version] = {"go.mod": _manifest(API, base), "api.go": _API.format(version=version)}
        dep = _DEP.format(version=version)
        if version != "v1.0.0":
            dep += "\nfunc Newer() {}\n"
        found[DEP, version] = {"go.mod": _manifest(DEP, base), "dep.go": dep, "extra.go": _EXTRA}
        forked = _DEP.format(version=f"fork {version}")
        found[FORK, version] = {"go.mod": _manifest(FORK, base), "dep.go": forked, "extra.go": _EXTRA}
        for name, text in ((LEAN, _LEAN), (QUIET, _QUIET)):
            found[name, version] = {f"{name.rpartition('/')[2]}.go": text.format(version=version)}
        needs = {DEP: version} if version == "v1.2.0" else {}
        only = f'package only\n\nimport _ "{DEP}"\n' if needs else "package only\n"
        found[ONLY, version] = {"go.mod": _manifest(ONLY, needs), "only.go": only + f'\nconst Version = "{version}"\n'}
    return found


_HOST_MAIN = """\
package main

import (
	"encoding/json"
	"os"
	"plugin"

	"example.com/api"
	"example.com/dep"
	"example.com/lean"
	_ "example.com/quiet"
)

type outcome struct{ Path, Name, Error string }

func open(path string) (result outcome) {
	result.Path = path
	opened, err := plugin.Open(path)
	if err != nil {
		result.Error = err.Error()
		return
	}
	symbol, err := opened.Lookup("New")
	if err != nil {
		result.Error = err.Error()
		return
	}
	factory, ok := symbol.(func() api.Plugin)
	if !ok {
		result.Error = "New is something else"
		return
	}
	result.Name = factory().Name()
	return
}

func main() {
	_, _ = dep.Make(), lean.Same(1)
	for _, path := range os.Args[1:] {
		json.NewEncoder(os.Stdout).Encode(open(path))
	}
}
"""
_PLUGIN_MAIN = """\
package main

import (
	"example.com/api"
	"example.com/base"
	"example.com/dep"
	"example.com/lean"
	"example.com/only"
	_ "example.com/quiet"
)

type filter struct{}

func (filter) Name() string { return dep.Version + lean.Version + only.Version + dep.Made() }

func (filter) Value() base.Value { return dep.Make() }

func New() api.Plugin { return filter{} }

func main() {}
"""
_CONFIG = f'language = "go"\napi = "{API}"\nhosts = ["."]\nplugins = []\n'
"""What makes the host's repository a workspace of pluginkit."""
_VERSIONS = dict.fromkeys((API, BASE, DEP, LEAN, ONLY, QUIET), "v1.0.0")


@dataclass(frozen=True)
class Side:
    """How one side is built, as far as it is not as the other."""

    versions: Mapping[str, str] = field(default_factory=dict)
    """Module path to the version that its go.mod requires."""
    replaces: tuple[str, ...] = ()
    """`replace` lines of its go.mod without the keyword. `./fork` is a directory with an edited copy of dep."""
    flags: tuple[str, ...] = ("-trimpath",)
    env: Mapping[str, str] = field(default_factory=dict)
    other_go: bool = False
    go: str = "1.24"
    """The `go` line of its go.mod."""
    files: Mapping[str, str] = field(default_factory=dict)
    vendored: str = ""
    """`yes`: its modules are vendored; `edited`: and dep's copy is edited then."""
    work: bool = False
    """A go.work uses the directory `./fork` in dep's place."""

    def plus(self, other: "Side") -> "Side":
        """Return this one with what is different in the other."""
        flags = [flag for flag in other.flags if flag != "-trimpath"]
        tags = [flag.removeprefix("-tags=") for flag in (*self.flags, *flags) if flag.startswith("-tags=")]
        kept = [flag for flag in (*self.flags, *flags) if not flag.startswith("-tags=")]
        return replace(
            self,
            versions={**self.versions, **other.versions},
            flags=(*kept, *([f"-tags={','.join(tags)}"] if tags else ())),
            env={**self.env, **other.env},
        )


@dataclass(frozen=True)
class Drift:
    """One way to be out of step."""

    name: str
    codes: str
    """What the verdict says, as `PK404 PK405`."""
    things: tuple[str, ...]
    """What the findings name as cause, each in a message or a fact: module paths, flags, Go releases."""
    plugin: Side = Side()
    host: Side = Side()
    repairable: bool = True
    """An edit of the plugin's repository, or of the command that builds it, brings it into step."""
    why_not: str = ""
    """What stands in the way, where it is not."""


NEWER, OLDER = "v1.1.0", "v1.0.0"
TRIM = "-trimpath"
_ALL_HIGHER = {API: NEWER, BASE: NEWER, DEP: NEWER, LEAN: NEWER}
_OTHER_LEAN = f"{LEAN} => {LEAN} v1.1.0"
_FORKED = f"{DEP} => {FORK}"
_NEEDS_NEWER = {"main.go": _PLUGIN_MAIN + "\nfunc init() { dep.Newer() }\n"}

DRIFTS = (
    # a version
    Drift("a newer direct dependency", "PK404", (DEP,), Side({DEP: NEWER})),
    Drift("an older direct dependency", "PK404", (DEP,), host=Side({DEP: NEWER})),
    Drift("a newer leaf", "PK404", (LEAN,), Side({LEAN: NEWER})),
    Drift("an older leaf", "PK404", (LEAN,), host=Side({LEAN: NEWER})),
    Drift("a newer indirect dependency", "PK404", (BASE,), Side({BASE: NEWER})),
    Drift("an older indirect dependency", "PK404", (BASE,), host=Side({BASE: NEWER})),
    Drift("two modules", "PK404", (DEP, LEAN), Side({DEP: NEWER, LEAN: "v1.2.0"})),
    Drift("one newer, one older", "PK404", (DEP, LEAN), Side({DEP: NEWER}), Side({LEAN: NEWER})),
    Drift("all modules", "PK404", (API, BASE, DEP, LEAN), Side(_ALL_HIGHER)),
    Drift("a newer API", "PK404", (API,), Side({API: NEWER})),
    Drift("an older API", "PK404", (API,), host=Side({API: NEWER})),
    Drift("a module that asks for a newer one", "PK404", (DEP,), Side({ONLY: "v1.2.0", DEP: "v1.2.0"})),
    Drift("source that needs the newer one", "PK404", (DEP,), Side({DEP: NEWER}, files=_NEEDS_NEWER),
          repairable=False, why_not=DEP),
    # a replacement
    Drift("replaced by a directory", "PK404", (DEP,), Side(replaces=(f"{DEP} => ./fork",))),
    Drift("replaced by a fork", "PK404", (DEP,), Side(replaces=(f"{_FORKED} v1.0.0",))),
    Drift("replaced by another version of itself", "PK404", (DEP,), Side(replaces=(f"{DEP} => {DEP} v1.1.0",))),
    Drift("the host's replaced by a fork", "PK404", (DEP,), host=Side(replaces=(f"{_FORKED} v1.0.0",))),
    Drift("the host's replaced by another version", "PK404", (LEAN,), host=Side(replaces=(_OTHER_LEAN,))),
    Drift("replaced by two versions of a fork", "PK404", (DEP,), Side(replaces=(f"{_FORKED} v1.1.0",)),
          Side(replaces=(f"{_FORKED} v1.0.0",))),
    Drift("the host's replaced by a directory", "PK404", (DEP,), host=Side(replaces=(f"{DEP} => ./fork",)),
          repairable=False, why_not=DEP),
    Drift("a workspace's own copy", "PK404", (DEP,), Side(work=True, env={"GOWORK": ""})),
    Drift("a vendored copy, edited", "PK405", (DEP,), Side(vendored="edited", flags=(TRIM, "-mod=vendor"))),
    # a flag
    Drift("without -trimpath", "PK402", (TRIM,), Side(flags=())),
    Drift("the host without -trimpath", "PK402", (TRIM,), host=Side(flags=())),
    Drift("a tag that selects a file", "PK402", ("-tags",), Side(flags=(TRIM, "-tags=extra"))),
    Drift("the host's tag that selects a file", "PK402", ("-tags",), host=Side(flags=(TRIM, "-tags=extra"))),
    Drift("-gcflags of everything", "PK402", ("-gcflags",), Side(flags=(TRIM, "-gcflags=all=-N -l"))),
    Drift("the host's -gcflags of everything", "PK402", ("-gcflags",), host=Side(flags=(TRIM, "-gcflags=all=-N -l"))),
    Drift("-gcflags of one package", "PK402", ("-gcflags",), Side(flags=(TRIM, f"-gcflags={DEP}=-l"))),
    Drift("-race", "PK402", ("-race",), Side(flags=(TRIM, "-race"))),
    Drift("the host's -race", "PK402", ("-race",), host=Side(flags=(TRIM, "-race"))),
    Drift("GOEXPERIMENT", "PK402", ("GOEXPERIMENT",), Side(env={"GOEXPERIMENT": "arenas"})),
    Drift("the host's GOEXPERIMENT", "PK402", ("GOEXPERIMENT",), host=Side(env={"GOEXPERIMENT": "arenas"})),
    Drift("a host without cgo", "PK402", ("CGO_ENABLED",), host=Side(env={"CGO_ENABLED": "0"}),
          repairable=False, why_not="CGO_ENABLED"),
    # a Go release
    Drift("another Go", "PK401", ("go1.26.6", "go1.27.3"), Side(other_go=True)),
    Drift("a host of another Go", "PK401", ("go1.26.6", "go1.27.3"), host=Side(other_go=True)),
    Drift("a host older than the plugin's go line", "PK401", ("go1.26.6",), Side(go="1.27"), Side(other_go=True),
          repairable=False, why_not="go"),
)  # fmt: skip
"""Each is refused by plugin.Open."""

_INIT_ALONE = Side(
    replaces=(f"{DEP} => ./fork",),
    files={"fork/dep.go": _DEP.format(version=OLDER).replace('"here"', '"there"')},
)
HARMLESS = (
    Drift("nothing", "", ()),
    Drift("GOAMD64", "", (), Side(env={"GOAMD64": "v3"})),
    Drift("a tag that selects no file", "", (), Side(flags=(TRIM, "-tags=unrelated"))),
    Drift("CGO_CFLAGS", "", (), Side(env={"CGO_CFLAGS": "-O1"})),
    Drift("GOFIPS140", "", (), Side(env={"GOFIPS140": "latest"})),
    Drift("-ldflags", "", (), Side(flags=(TRIM, "-ldflags=-s -w"))),
    Drift("another version of a module that the host has not", "", (), Side({ONLY: NEWER})),
    Drift("the plugin's modules vendored", "", (), Side(vendored="yes", flags=(TRIM, "-mod=vendor"))),
    Drift("-gcflags of the main package alone", "", (), Side(flags=(TRIM, "-gcflags=-N -l"))),
    Drift("a version whose hashes are the same", "~PK413", (QUIET,), Side({QUIET: NEWER})),
    Drift("a replaced copy of which an init alone differs", "~PK413", (DEP,), _INIT_ALONE),
)  # fmt: skip
"""plugin.Open opens each of them. After `~` stands a warning."""
PAIRED = tuple(one for one in HARMLESS if one.codes == "" and one.plugin != Side() and not one.plugin.vendored)
"""Those of them that can be added to a drift."""


def with_harmless(drift: Drift, harmless: Drift) -> Drift:
    """Return a drift with a harmless difference beside it."""
    return replace(drift, name=f"{drift.name}, and {harmless.name}", plugin=drift.plugin.plus(harmless.plugin))


@dataclass(frozen=True)
class Pair:
    """What a drift looks like on disk."""

    drift: Drift
    host: Path
    """The host's binary."""
    workspace: Path
    """The repository that it was built from."""
    repository: Path
    """The plugin's."""


class Laboratory:
    """Makes hosts and plugins' repositories; hosts that are alike are built once."""

    def __init__(self, go: GoTools, other: GoTools, root: Path) -> None:
        self.go, self.other, self.root = go, other, root
        self.proxy = write_proxy(root / "proxy", _modules())
        self._hosts: dict[str, Path] = {}

    def tools(self, side: Side) -> GoTools:
        """Return the Go that a side uses."""
        return self.other if side.other_go else self.go

    def environment(self, side: Side | None = None) -> dict[str, str]:
        """Return the variables of a go command on a side, with nothing that is not on purpose."""
        side = side or Side()
        return {**self.tools(side).env, **proxy_environment(self.proxy, self.root / "modules"), **side.env}

    def make(self, drift: Drift, root: Path) -> Pair:
        """Build the host, and write the plugin's repository beneath `root`."""
        host = self.host(drift.host)
        repository = self._repository(root / "plugin", PLUGIN, drift.plugin, _PLUGIN_MAIN)
        return Pair(drift, host, host.parent, repository)

    def host(self, side: Side) -> Path:
        """Return the binary of a host that plain `go build` made, in its repository."""
        key = repr(side)
        if key not in self._hosts:
            place = self._repository(self.root / f"host{len(self._hosts)}", HOST, side, _HOST_MAIN)
            self._build(place, side, place / "host", *side.flags)
            self._hosts[key] = place / "host"
        return self._hosts[key]

    def build(self, pair: Pair, *flags: str, side: Side | None = None, output: str = "stranger.so") -> Path:
        """Build the plugin as its author does, or with the flags and variables of another `side`; return its path."""
        side = side or pair.drift.plugin
        target = pair.repository / output
        self._build(pair.repository, side, target, *(flags or side.flags), "-buildmode=plugin")
        return target

    def _repository(self, root: Path, module: str, side: Side, main: str) -> Path:
        versions = {**_VERSIONS, **side.versions}
        if module == HOST:
            versions.pop(ONLY)
        manifest = _manifest(module, versions, side.go) + "".join(f"\nreplace {line}\n" for line in side.replaces)
        fork = {"fork/go.mod": _manifest(DEP, {BASE: "v1.0.0"}), "fork/dep.go": _DEP.format(version="mine")}
        write(root, {"go.mod": manifest, "main.go": main, **fork, **side.files})
        self._run(root, side, "mod", "tidy", GOWORK="off")
        if side.work:
            write(root, {"go.work": f"go {side.go}\n\nuse (\n\t.\n\t./fork\n)\n"})
        if side.vendored:
            self._run(root, side, "mod", "vendor", GOWORK="off")
        if side.vendored == "edited":
            write(root, {f"vendor/{DEP}/dep.go": _DEP.format(version="edited")})
        return root

    def _build(self, root: Path, side: Side, target: Path, *flags: str) -> None:
        self._run(root, side, "build", "-buildvcs=false", *flags, "-o", str(target), ".")

    def _run(self, root: Path, side: Side, *arguments: str, **more: str) -> None:
        command = [self.tools(side).go, *arguments]
        env = {**self.environment(side), **more}
        done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False, timeout=600)
        assert done.returncode == 0, f"go {' '.join(arguments)}: {done.stderr}"


def open_plugins(host: Path, *plugins: Path) -> list[str]:
    """Let a host open plugins, one after the other in one process; return what went wrong with each, or nothing."""
    environment = {"PATH": os.environ["PATH"]}
    done = subprocess.run([host, *plugins], capture_output=True, text=True, check=False, timeout=60, env=environment)
    found = {one["Path"]: one["Error"] for one in map(json.loads, done.stdout.splitlines())}
    return [found.get(str(path), f"the host ended with {done.returncode}: {done.stderr}") for path in plugins]

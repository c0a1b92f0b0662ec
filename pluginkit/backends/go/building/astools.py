"""What Go's own parser and type checker say: what main packages declare, side effects of init functions; see `trees`.

The answers come from a small Go program, whose sources lie in the directory `astools` beside this file. It is
compiled once for each Go version, and started once for each question; nothing of the packages is run.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pluginkit.backends.process import run
from pluginkit.core.digest import fields_digest
from pluginkit.core.errors import PluginkitError
from pluginkit.core.frozen import EMPTY
from pluginkit.core.ours import is_ours
from pluginkit.core.side_effect import SideEffect
from pluginkit.store import rooms
from pluginkit.store.staging import staging
from pluginkit.surface.uses import capped

if TYPE_CHECKING:
    from pluginkit.backends.go.building.command import Go
    from pluginkit.backends.go.building.packages import Closure
    from pluginkit.backends.go.toolchain import GoToolchain

_SOURCES = Path(__file__).with_suffix("")
_TARGET = ("GOOS", "GOARCH", "GOAMD64", "CC")
_HERMETIC = {"CGO_ENABLED": "0", "GOENV": "off", "GOFLAGS": "", "GOTOOLCHAIN": "local", "GOWORK": "off"}
_ALIASES = {"GODEBUG": "gotypesalias=1"}
"""Generic aliases are read as such by every Go that has them."""


@dataclass(frozen=True, slots=True)
class Surface:
    """The public surface of one package."""

    path: str
    """Import path."""
    version: str
    """Value of its string constant `APIVersion`; empty where it has none."""
    lines: tuple[str, ...]
    """One declaration each, sorted, in the form of Go's own `api/*.txt` files."""
    problems: tuple[str, ...] = ()
    """What is wrong with the declarations, as `file:line: what`, so that some are `unknown`."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """One exported top-level declaration of a main package."""

    name: str
    form: str
    """`func`, `var`, `const` or `type`."""
    type: str
    """As reflect prints it; empty for types, generic functions, and where it could not be told."""
    file: str
    """POSIX path relative to the workspace."""
    line: int


@dataclass(frozen=True, slots=True)
class MainPackage:
    """What the sources of one main package declare, and do while it is loaded."""

    path: str
    """Import path."""
    names: frozenset[str]
    """All top-level names, unexported ones too."""
    symbols: tuple[Symbol, ...]
    """Sorted by name."""
    side_effects: tuple[SideEffect, ...]
    """Sorted by place."""
    uses: tuple[str, ...] | None = None
    """What it and the packages of its own use of the APIs, as its stamp keeps it; None where that was not asked for."""

    def symbol(self, name: str) -> Symbol | None:
        """Return the exported declaration of that name, if there is one."""
        return next((symbol for symbol in self.symbols if symbol.name == name), None)


def mains(
    go: Go,
    closure: Closure,
    paths: Iterable[str],
    apis: Sequence[str],
    users: Mapping[str, Mapping[str, Sequence[str]]] = EMPTY,
) -> Mapping[str, MainPackage]:
    """Examine the sources of packages, given by import path; of those in `users` what they use too (see `uses.users`).

    `closure` is listed with export data. Without it names are complete, but types of symbols are missing, and so are
    those side effects that are methods.
    """
    request = {
        "root": str(go.root),
        "arch": go.target["goarch"],
        "exports": exports_of(closure),
        "apis": list(apis),
        "mains": [sources(closure.packages[path].raw) for path in sorted(set(paths))],
        "packages": [sources(one.raw) for one in closure.packages.values() if not one.standard] if users else [],
        "users": dict(users),
    }
    return {one["path"]: _main_package(one) for one in ask(go, request)["mains"]}


def started(go: Go, closure: Closure, asked: Mapping[str, Any]) -> tuple[str, str]:
    """Write a plugin, as `Start` in `astools/starts.go` asks for it; return its source and a test, which may be empty.

    `closure` is listed with export data. Raises PluginkitError for types that no plugin can export.
    """
    packages = [sources(one.raw) for one in closure.packages.values() if not one.standard]
    request = {"exports": exports_of(closure), "packages": packages, "starts": [dict(asked)]}
    (answer,) = ask(go, request)["starts"]
    if answer["problem"]:
        raise PluginkitError(answer["problem"], hint="correct [contract.symbols], or write the plugin by hand")
    return answer["source"], answer["test"]


def ensure(toolchain: GoToolchain, extra: Mapping[str, str]) -> Path:
    """Return the compiled program, making it when it is not in the cache; `extra` is the environment of `go`.

    It is made beside its place and renamed into it. Raises PluginkitError with the compiler's words.
    """
    sources = sorted(path for path in _SOURCES.iterdir() if path.suffix in (".go", ".mod"))
    fields = [field for path in sources for field in (path.name.encode(), path.read_bytes())]
    made_for = f"{toolchain.version} {platform.system()} {platform.machine()}".encode()
    key = fields_digest("pluginkit astools v1", [made_for, *fields]).removeprefix("sha256:")[:32]
    place = rooms.directory("astools") / (f"{key}.exe" if os.name == "nt" else key)
    if not (place.is_file() and is_ours(str(place), str(place.parent))):
        with staging(place) as scratch:
            made = scratch / place.name
            _compile(toolchain, made, extra)
            made.replace(place)
    return place


def _compile(toolchain: GoToolchain, made: Path, extra: Mapping[str, str]) -> None:
    # For this machine, whatever the workspace is built for.
    own = {name: value for name, value in extra.items() if name not in _TARGET}
    flags = ("-trimpath", "-buildvcs=false", "-ldflags=-s -w")
    done = run([toolchain.go, "build", *flags, "-o", made, "."], cwd=_SOURCES, extra=own | _HERMETIC)
    if done.status != 0:
        raise PluginkitError(
            f"the helper that reads Go packages does not compile with {toolchain.version}:\n{done.stderr.strip()}",
            hint="pluginkit needs Go 1.21 or newer",
        )


def ask(go: Go, request: Mapping[str, Any], hear: Callable[[str], None] | None = None) -> dict[str, Any]:
    """Return what the program answers; `Request` in `astools/main.go` says what may be asked.

    `hear` gets `reading PATH` for packages while they are being read. Raises PluginkitError with the program's words.
    """
    program = ensure(go.toolchain, go.extra)
    done = run([program], cwd=go.root, stdin=json.dumps(request), extra=_ALIASES, hear=hear)
    if done.status != 0:
        said = "\n".join(line for line in done.stderr.splitlines() if not line.startswith("reading "))
        raise PluginkitError(f"the Go packages could not be read: {said}", hint="try `go vet ./...`")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def exports_of(closure: Closure) -> dict[str, str]:
    """Return the files with export data of the packages that were compiled, by import path."""
    return {path: package.raw["Export"] for path, package in closure.packages.items() if package.raw.get("Export")}


def sources(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return a package of `go list -json` as the program is told it: `Sources` in `astools/main.go`."""
    module: Mapping[str, Any] = raw.get("Module") or {}
    return {
        "path": raw["ImportPath"],
        "name": raw.get("Name", ""),
        "dir": raw["Dir"],
        "files": [*(raw.get("GoFiles") or ()), *(raw.get("CgoFiles") or ())],
        "importMap": raw.get("ImportMap") or {},
        "module": "main module" if module.get("Main") else module.get("Path", ""),
        "standard": bool(raw.get("Standard")),
    }


def _main_package(answer: Mapping[str, Any]) -> MainPackage:
    return MainPackage(
        path=answer["path"],
        names=frozenset(answer["names"]),
        symbols=tuple(Symbol(**symbol) for symbol in answer["symbols"]),
        side_effects=tuple(SideEffect(**side_effect) for side_effect in answer["side_effects"]),
        uses=capped(answer["uses"]["lines"], answer["uses"]["size"]) if answer["uses"] else None,
    )

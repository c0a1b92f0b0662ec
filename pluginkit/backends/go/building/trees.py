"""Packages read from their sources: surfaces, and what plugins use of them. Nothing is compiled or run.

The go command lists the files. `go list` without `-export`, `-compiled` or `-test` reads go.mod, the imports and
build constraints of Go files, and starts no other program: no compiler, no cgo, and with `-buildvcs=false` no version
control. With GOPROXY=off, and GOFLAGS and GOENV without content, it fetches nothing and writes nothing into the tree.
Of the tree's settings it heeds go.mod, go.work and vendor/, as the build does. The rest is the work of go/parser and
go/types, in the program that `astools` compiles.

Files that import "C" are chosen as the build chooses them, with cgo on, and are read with the stand-in for cgo that
go/types has: what has a C type in its declaration is `unknown`, and the rest is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pluginkit.backends.go.building.astools import Surface, ask, sources
from pluginkit.backends.go.building.command import Go
from pluginkit.backends.go.building.packages import FIELDS, Package, packages_of
from pluginkit.core.errors import PluginkitError

if TYPE_CHECKING:
    from pluginkit.backends.go.toolchain import GoToolchain

_OFFLINE = {"GOPROXY": "off", "GOSUMDB": "off"}
_WITHOUT_MODULES = {"GO111MODULE": "off", "GOPATH": "/nonexistent"}
_MODULE = re.compile(r"""^module[ \t]+["`]?([^\s"`]+)""", re.MULTILINE)
_HIDDEN = re.compile(r"(^|/)(internal|vendor|testdata)(/|$)")


def surfaces(go: Go, packages: Mapping[str, Package], paths: Iterable[str]) -> Mapping[str, Surface]:
    """Return the surface of each import path of `paths`, from the sources of `packages`: they and all they import.

    What is missing of the latter is `unknown` in a surface. Raises PluginkitError for a path that is missing itself.
    """
    return _surfaces(ask(go, {"trees": [tree(go, packages) | {"surfaces": sorted(set(paths))}]})["trees"][0])


def surfaces_of_directories(
    toolchain: GoToolchain, directories: Sequence[Path], target: Mapping[str, str], *, internal: bool = False
) -> tuple[Mapping[str, Surface], ...]:
    """Return the surface of every package beneath each directory that can be imported, by import path.

    A directory is a module, a part of one, or holds Go files outside of any: those packages are called after it.
    `target` is what the files are chosen for (a lock's `toolchain`). With `internal` the packages that only their
    own module can import are there too. What cannot be found is `unknown` in a surface. Reading a stranger's tree runs
    nothing of it. Raises PluginkitError where a directory has no package.
    """
    gos = [Go(toolchain, directory.resolve(), target) for directory in directories]
    with ThreadPoolExecutor(max_workers=2) as pool:
        listed = list(pool.map(list_sources, gos))
    asked = []
    for go, packages in zip(gos, listed, strict=True):
        wanted = sorted(_importable(go, packages, internal=internal))
        if not wanted:
            raise PluginkitError(f"{go.root}: no Go package that can be imported")
        asked.append(tree(go, packages) | {"surfaces": wanted})
    return tuple(map(_surfaces, ask(gos[0], {"trees": asked})["trees"]))


def surface_of_directory(
    toolchain: GoToolchain, directory: Path, target: Mapping[str, str], *, internal: bool = False
) -> Mapping[str, Surface]:
    """Return the surface of every package beneath a directory, by import path; see `surfaces_of_directories`."""
    return surfaces_of_directories(toolchain, [directory], target, internal=internal)[0]


def list_sources(go: Go, manifest: Path | None = None) -> Mapping[str, Package]:
    """Return the packages beneath the root of `go` and those they import, as far as they are on this machine.

    A `manifest` is used instead of go.mod, and may be written to.

    Where go.mod cannot be used, because it is missing or wants a newer Go, only the directory's own and the standard
    library's are found.
    """
    listing = ("list", "-e", "-deps", f"-json={FIELDS}", "-buildvcs=false")
    tags = [f"-tags={go.target['tags']}"] if go.target["tags"] else []
    instead = [f"-modfile={manifest}", "-mod=mod"] if manifest else []
    done = go.run(*listing, *instead, *tags, "--", "./...", more=_OFFLINE)
    if done.status == 0 and (found := _found(packages_of(done.stdout))):
        return found
    done = go.run(*listing, *tags, "--", "./...", more=_OFFLINE | _WITHOUT_MODULES)
    if done.status != 0:
        raise PluginkitError(f"{go.root}: cannot list its Go packages:\n{done.stderr.strip()}")
    return _found(packages_of(_named_after(go.root, done.stdout)))


def tree(go: Go, packages: Mapping[str, Package]) -> dict[str, Any]:
    """Return packages as the program is told them: `Tree` in `astools/main.go`."""
    told = [sources(package.raw) for package in packages.values()]
    return {"root": str(go.root), "arch": go.target["goarch"], "packages": told}


def _found(packages: Mapping[str, Package]) -> dict[str, Package]:
    return {path: one for path, one in packages.items() if one.raw.get("Dir") and one.files}


def _named_after(root: Path, printed: str) -> str:
    """Give packages outside of modules, which Go names after where they lie, the paths that they would have."""
    manifest = root / "go.mod"
    found = _MODULE.search(manifest.read_text(encoding="utf-8", errors="replace")) if manifest.is_file() else None
    return printed.replace(f'"_{root}', f'"{found[1] if found else root.name}')


def _importable(go: Go, packages: Mapping[str, Package], *, internal: bool) -> Iterator[str]:
    for path, one in packages.items():
        if one.name != "main" and not one.standard and one.directory.is_relative_to(go.root):
            inside = one.directory.relative_to(go.root).as_posix()
            if internal or not _HIDDEN.search(inside):
                yield path


def _surfaces(answer: Mapping[str, Any]) -> dict[str, Surface]:
    return {
        one["path"]: Surface(one["path"], one["version"], tuple(one["lines"]), tuple(one["problems"]))
        for one in answer["surfaces"]
    }

"""A tiny Go module on disk, and the go command for it."""

import platform
from collections.abc import Mapping
from pathlib import Path

import pytest
from monorepo import write

from pluginkit.backends.go.building.command import Go
from pluginkit.backends.go.building.packages import Closure, list_exports, package
from pluginkit.backends.go.toolchain import find_go
from pluginkit.core.errors import PluginkitError

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def go_module(root: Path, files: Mapping[str, str]) -> Go:
    """Write the module `acme` below `root`; skips the test where there is no Go."""
    try:
        toolchain = find_go()
    except PluginkitError as error:
        pytest.skip(error.message)
    write(root, {"go.mod": "module acme\n\ngo 1.21\n", **files})
    target = {"goos": "linux", "goarch": ARCHITECTURES[platform.machine()], "cgo": "1", "tags": "", "ldflags": ""}
    return Go(toolchain, root, target)


def compiled(go: Go, *paths: str, mains: tuple[str, ...] = ()) -> Closure:
    """Compile packages and what they need; `mains`, directories of one main package each, are only read."""
    own = {f"acme/{name}": package(listing(go.root, name)) for name in mains}
    return Closure(go.root, {**list_exports(go, paths), **own}, {})


def listing(root: Path, name: str) -> dict[str, object]:
    files = sorted(path.name for path in (root / name).glob("*.go"))
    return {"ImportPath": f"acme/{name}", "Dir": str(root / name), "GoFiles": files, "Name": "main"}

"""Go plugins in repositories of their own, which require the module of an API that lies elsewhere."""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from pluginkit.backends.go.building.command import Go
from pluginkit.backends.go.project import STRIPPED, import_path, package_clauses, read_member
from pluginkit.core.errors import PluginkitError
from pluginkit.core.model import Workspace

SETTINGS = {"tags": "", "ldflags": STRIPPED, "cgo": ""}
"""As of a workspace whose configuration says nothing of Go."""
_OTHERS = {"testdata", "vendor"}
_REQUIRED = re.compile(r"""^[ \t]*(?:require[ \t]+)?["`]?([^\s"`(]+)["`]?[ \t]+v\d""", re.MULTILINE)


def lone_workspace(root: Path, names: Collection[str]) -> Workspace | None:
    """Return a module without a configuration as a workspace; its plugins are its main packages.

    None where it requires no module of one of the APIs, given by their import paths.
    """
    manifest = root / "go.mod"
    required = _REQUIRED.findall(manifest.read_text(encoding="utf-8", errors="replace")) if manifest.is_file() else []
    apis = tuple(sorted(name for name in names if any(_has(module, name) for module in required)))
    if not apis:
        return None
    mains = [one for one in packages(root, set()) if "main" in package_clauses(one)]
    members = tuple(read_member(root, one.relative_to(root).as_posix(), "plugin") for one in mains)
    return Workspace(root, "go", apis, members, settings=SETTINGS)


def take_beside(go: Go, apis: Mapping[str, Path]) -> None:
    """Let the module in a copy take the modules of these APIs from where they lie. Raises PluginkitError.

    go.mod and go.sum of the copy are written; what is vendored there is left out.
    """
    replaced = sorted({f"-replace={module}={place}" for module, place in map(_module, apis.values())})
    shutil.rmtree(go.root / "vendor", ignore_errors=True)
    go.must("take the API from elsewhere", "mod", "edit", *replaced)
    go.run("list", "-mod=mod", "-e", "-deps", "-test", '-f={{""}}', "./...")  # what is still wrong, the tests say


def packages(directory: Path, others: Collection[Path]) -> Iterator[Path]:
    """Yield the directories of packages, as `...` finds them; `others` and what is beneath them are left out."""
    if any(package_clauses(directory)):
        yield directory
    for entry in sorted(directory.iterdir()):
        hidden = entry.name.startswith((".", "_")) or entry.name in _OTHERS
        if entry.is_dir() and not hidden and entry not in others and not (entry / "go.mod").is_file():
            yield from packages(entry, others)


def _has(module: str, package: str) -> bool:
    return package == module or package.startswith(f"{module}/")


def _module(place: Path) -> tuple[str, Path]:
    """Return the path and the directory of the module that a directory is in."""
    for above in (place, *place.parents):
        if (above / "go.mod").is_file():
            return import_path(above, above), above
    raise PluginkitError(f"{place}: not in a Go module")

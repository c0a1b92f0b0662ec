"""A Go member as its directory shows it, and the `[go]` table: read without starting Go."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from pluginkit.backends.go.names import check_module, check_plugin_name, check_workspace_name
from pluginkit.core.digest import sha256
from pluginkit.core.errors import PluginkitError
from pluginkit.core.files import refuse_special
from pluginkit.core.lock import Lock
from pluginkit.core.model import Member
from pluginkit.core.modes import PLUGIN
from pluginkit.core.names import nearest
from pluginkit.core.running import read_mode
from pluginkit.core.stated_version import StatedVersions
from pluginkit.core.target import PLATFORMS
from pluginkit.core.toml import Table

__all__ = [
    "STRIPPED",
    "check_plugin_name",
    "dependency_name",
    "described",
    "import_path",
    "is_project",
    "manifests",
    "package_clauses",
    "projects",
    "read_member",
    "read_pins",
    "read_settings",
    "stated_versions",
    "template_answers",
]

STRIPPED = "-s -w"
"""Neither symbol table nor DWARF: stack traces do not need them, and linking takes two thirds of the time."""

_SWITCH = {True: "1", False: "0", None: ""}
_PINS = ("go.mod", "go.sum", "go.work", "go.work.sum", "vendor/modules.txt")
_PACKAGE = re.compile(r"^package[ \t]+(\w+)", re.MULTILINE)
_MODULE = re.compile(r"""^module[ \t]+["`]?([^\s"`]+)""", re.MULTILINE)
_DIRECTORY = re.compile(r"""(?<![^\s(])(?:["`]?\.{0,2}/[^\s)]*|\.{1,2})(?![^\s)])""")
"""What `use` and `replace` name beside modules."""
_MAJOR = re.compile(r"v[0-9]+")
_MAX_READ = 4 << 20


def is_project(directory: Path) -> bool:
    """Return whether a directory holds a main package."""
    return "main" in package_clauses(directory)


def read_member(root: Path, path: str, kind: str) -> Member:
    """Read the member in `root/path`: a main package, or the package of an API.

    It is named after its directory, or after the one above where that is called `main`, as generated packages are.
    Raises PluginkitError when it is none, or lies in no module of the workspace.
    """
    directory = root / path
    clauses = set(package_clauses(directory))
    if not clauses:
        raise PluginkitError(f"{directory}: no Go file", hint=f"the configuration names it as {kind}")
    package = import_path(directory, root)
    if kind == "api":
        if "main" in clauses:
            raise PluginkitError(
                f"{directory}: a main package cannot be imported", hint="an API is a package of its own"
            )
        return Member(package, kind, path)
    if "main" not in clauses:
        raise PluginkitError(
            f"{directory}: package {min(clauses)}, a {kind} is a main package", hint="write `package main`"
        )
    parts = [part for part in package.split("/") if not _MAJOR.fullmatch(part)]
    name = parts[-2] if parts[-1] == "main" and len(parts) > 1 else parts[-1]
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", name):
        raise PluginkitError(
            f"{directory}: {name!r} cannot be the name of a file in a release", hint="rename the directory"
        )
    return Member(name, kind, path)


def read_settings(table: Table) -> Mapping[str, str]:
    """Return `[go]`: `tags` and `targets` joined by commas, `ldflags`, `mode`, and `cgo` as `1`, `0` or nothing."""
    go = table.table("go")
    tags = go.strings("tags", ())
    for tag in tags:
        if not re.fullmatch(r"[\w.]+", tag):
            raise PluginkitError(
                f"{go.where}: {tag!r} is not a build tag", hint='write them as in tags = ["one", "two"]'
            )
    targets = go.strings("targets", ())
    for target in targets:
        if target not in PLATFORMS:
            raise PluginkitError(
                f"{go.where}: {target!r} is not a target{nearest(target, PLATFORMS)}",
                hint=f"use some of {', '.join(sorted(PLATFORMS))}",
            )
    settings = {
        "targets": ",".join(sorted(set(targets))),
        "tags": ",".join(sorted(set(tags))),
        "ldflags": go.take("ldflags", str, STRIPPED),
        "cgo": _SWITCH[go.take("cgo", bool) if "cgo" in go.values else None],
        "mode": read_mode(go, PLUGIN),
    }
    go.done()
    return settings


def read_pins(root: Path) -> Mapping[str, str]:
    """Return the sha256 of each file that says which modules are used, by its path in the root."""
    found = (name for name in _PINS if (root / name).is_file())
    return {name: sha256((root / name).read_bytes()) for name in found}


def manifests(root: Path) -> list[Path]:
    """Return the files of a root that pin dependencies, and those of the modules that they name by a directory.

    They may not exist.
    """
    found = [root / name for name in _PINS]
    seen = {Path(os.path.normpath(root))}
    ahead = [root / "go.mod", root / "go.work"]
    while ahead:
        manifest = ahead.pop()
        for name in _DIRECTORY.findall(_text(manifest)):
            further = Path(os.path.normpath(manifest.parent / name.strip('"`')))
            if further not in seen:
                seen.add(further)
                found += [further / "go.mod", further / "go.sum"]
                ahead.append(further / "go.mod")
    return found


def directories(root: Path) -> list[str]:
    """Return the directories that the root's go.mod and go.work name, relative to it or absolute."""
    texts = [_text(root / name) for name in ("go.mod", "go.work")]
    return [name.strip('"`') for text in texts for name in _DIRECTORY.findall(text)]


def _text(manifest: Path) -> str:
    """Return what a go.mod or go.work says, nothing where there is none. Raises PluginkitError for a huge one."""
    if not manifest.is_file():
        return ""
    if manifest.stat().st_size > _MAX_READ:
        raise PluginkitError(f"{manifest}: larger than {_MAX_READ >> 20} MiB")
    return manifest.read_text(encoding="utf-8", errors="replace")


def dependency_name(name: str) -> str:
    """Return how an API of a required module is called: its import path."""
    if not re.fullmatch(r"[\w.~-]+(/[\w.~+-]+)*", name):
        raise PluginkitError(f"{name!r} is neither a directory of the workspace nor an import path")
    return name


def projects(root: Path) -> Mapping[str, str]:
    """Return nothing: where a module's sources lie is the go command's to say, and `replace` is sealed."""
    return {}


def template_answers(name: str, module: str, mode: str = "") -> Mapping[str, str]:
    """Return the mode of a new workspace's plugins, and the path of its module: its name where `module` is empty.

    Raises PluginkitError for a path that Go cannot use.
    """
    if module:
        check_module(module)
    else:
        check_workspace_name(name)
    return {"module": module or name, "mode": mode or PLUGIN}


def stated_versions(root: Path, member: Member) -> StatedVersions:
    """Return where the package of a member declares the constant `APIVersion`."""
    from pluginkit.backends.go import api_version  # only a new lock asks, and `bump`

    return api_version.stated_versions(root, member)


def described(lock: Lock) -> str:
    """Return the toolchain and the platform that a lock seals."""
    return f"{lock.toolchain['go']} {', '.join(lock.platforms)}"


def package_clauses(directory: Path) -> Iterator[str]:
    """Yield the package of each Go file but tests. Raises PluginkitError for a pipe that is named like one."""
    if not directory.is_dir():
        return
    for path in sorted(directory.glob("*.go")):
        refuse_special(path)
        if path.is_file() and not path.name.endswith("_test.go"):
            with path.open(encoding="utf-8", errors="replace") as file:
                found = _PACKAGE.search(file.read(_MAX_READ))
            if found and found[1] != "documentation":
                yield found[1]


def import_path(directory: Path, root: Path | None = None) -> str:
    """Return the import path of the package in a directory, by the nearest go.mod at or above it, up to `root`.

    Raises PluginkitError where there is none.
    """
    for above in (directory, *directory.parents):
        manifest = above / "go.mod"
        if manifest.is_file():
            found = _MODULE.search(_text(manifest))
            if found is None:
                raise PluginkitError(f"{manifest}: names no module", hint="write it with `go mod init`")
            inside = directory.relative_to(above).as_posix()
            return found[1] if inside == "." else f"{found[1]}/{inside}"
        if above == root:
            break
    raise PluginkitError(
        f"{directory}: not in a Go module", hint=f"write {(root or directory) / 'go.mod'} with `go mod init`"
    )

"""What the members are made of, as `go list` says it: packages, their files, and digests of both."""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pluginkit.backends.go.building.command import Go
from pluginkit.core.digest import content_digest
from pluginkit.core.errors import PluginkitError
from pluginkit.core.model import Member, Workspace
from pluginkit.incremental.entries import entry

_FILES = (
    "GoFiles", "CgoFiles", "CFiles", "CXXFiles", "MFiles", "HFiles", "FFiles", "SFiles", "SwigFiles", "SwigCXXFiles",
    "SysoFiles", "EmbedFiles",
)  # fmt: skip
FIELDS = ",".join((
    "Dir", "ImportPath", "Name", "Standard", "Module", "Imports", "ImportMap", "Deps", "Export", "EmbedPatterns",
    *_FILES,
))  # fmt: skip
"""What is asked of `go list` about each package."""
DEVELOPMENT = "(devel)"
"""Go's own word for the version of a module that is built from a checkout."""


@dataclass(frozen=True, slots=True)
class Package:
    """One package of the closure, for the target platform and tags."""

    path: str
    """Import path."""
    name: str
    """Its package clause."""
    directory: Path
    files: tuple[str, ...]
    """Names of all that is compiled into or with it, tests left out."""
    imports: tuple[str, ...]
    deps: tuple[str, ...]
    """Import paths of its whole closure, the standard library included."""
    standard: bool
    module: str
    """`path version` of a module that go.sum pins; empty where the files on disk are all there is."""
    version: str
    """Of its module; `(devel)` for the checkout's own."""
    raw: Mapping[str, Any]
    """As `go list -json` printed it."""


@dataclass(frozen=True)
class Closure:
    """Every package that the members need, by import path."""

    root: Path
    packages: Mapping[str, Package]
    members: Mapping[str, str]
    """Name of each member to its import path."""

    def of(self, path: str) -> tuple[Package, ...]:
        """Return a package and all it needs but the standard library, sorted by import path."""
        found = (self.packages.get(name) for name in sorted({path, *self.packages[path].deps}))
        return tuple(package for package in found if package and not package.standard)

    @cached_property
    def entries(self) -> Mapping[str, str]:
        """Every file on disk that counts: path relative to the root, and digest of mode and bytes."""
        local = (package for package in self.packages.values() if not package.standard and not package.module)
        return {
            _relative(package.directory / name, self.root): entry(str(package.directory / name))
            for package in local
            for name in package.files
        }

    def sources(self, path: str) -> dict[str, str]:
        """Return the files that `path` is made from, relative to the root, with the digests of their bytes."""
        return {
            name: self.entries[name]
            for package in self.of(path)
            if not package.module
            for name in (_relative(package.directory / file, self.root) for file in package.files)
        }

    def places(self, path: str) -> tuple[str, ...]:
        """Return the directories, relative to the root, in which a new file would change what `path` is made from."""
        found: set[Path] = set()
        for package in self.of(path):
            if not package.module:
                found |= self._around(package)
        return tuple(sorted(_relative(directory, self.root) for directory in found))

    def _around(self, package: Package) -> set[Path]:
        """Return a package's directory, those it embeds files from, and those above it as far as the checkout goes."""
        above = (directory for directory in package.directory.parents if directory.is_relative_to(self.root))
        found = {package.directory, *above}
        if package.raw.get("EmbedPatterns"):
            found |= {Path(directory) for directory, _, _ in os.walk(package.directory)}
        return found

    def modules(self, path: str) -> list[str]:
        """Return `path version` of every module that `path` needs and go.sum pins, sorted."""
        return sorted({package.module for package in self.of(path) if package.module})

    def api_version(self, path: str) -> str:
        """Return the version of an API's module."""
        return self.packages[path].version

    def api_digest(self, path: str, version: str) -> str:
        """Return the content digest (dirhash h1) of an API.

        For a package of the checkout: its files and those of the packages of the checkout that it needs. For
        a package of a required module: its files.
        """
        api = self.packages[path]
        members = [api] if api.module else [package for package in self.of(path) if not package.module]
        files = [
            (_within(path, package, name), package.directory / name) for package in members for name in package.files
        ]
        try:
            hashed = [(name, hashlib.sha256(file.read_bytes()).hexdigest()) for name, file in files]
            return content_digest(f"{path}@{version}", hashed)
        except ValueError as error:
            raise PluginkitError(f"the API {path}: {error}", hint="rename the file") from None


def list_packages(go: Go, workspace: Workspace) -> Closure:
    """Ask `go list` for the members and APIs of `workspace` and all they need, in one call that compiles nothing.

    Raises PluginkitError with Go's explanation.
    """
    paths = [member_pattern(member) for member in workspace.members]
    paths += [api for api in workspace.apis if workspace.member(api) is None]
    packages = list_patterns(go, paths)
    at = {found.directory: found.path for found in packages.values()}
    members = {}
    for member in workspace.members:
        members[member.name] = at[(workspace.root / member.path).resolve()]
    for api in workspace.apis:
        if api not in packages:
            raise PluginkitError(f"the API {api} is not a package that the members can import")
    return Closure(workspace.root, packages, members)


def list_patterns(go: Go, patterns: Sequence[str], hear: Callable[[str], None] | None = None) -> Mapping[str, Package]:
    """Ask `go list` for the packages of `patterns` and all they need; nothing is compiled.

    `hear` gets each line that Go says meanwhile. Raises PluginkitError with Go's explanation.
    """
    listing = ("list", "-deps", f"-json={FIELDS}", *go.flags, "--", *patterns)
    printed = go.must("read the packages", *listing, hear=hear)
    return packages_of(printed)


def list_exports(go: Go, paths: Sequence[str], buildmode: str = "") -> Mapping[str, Package]:
    """Compile packages and all they need, as what has that `-buildmode` uses them; return them, with their export data.

    Raises PluginkitError with the compiler's words.
    """
    if not paths:
        return {}
    mode = [f"-buildmode={buildmode}"] if buildmode else []
    flags = ("-deps", "-export", *mode, f"-json={FIELDS}")
    printed = go.must(
        f"compile what the {'plugins share' if buildmode else 'host imports'}", "list", *flags, *go.flags, "--", *paths
    )
    return packages_of(printed)


def compile_packages(go: Go, paths: Sequence[str]) -> None:
    """Compile packages and all they need as hosts use them. Raises PluginkitError with the compiler's words."""
    if paths:
        go.must("compile what the host imports", "list", "-export", "-f", "", *go.flags, "--", *paths)


def member_pattern(member: Member) -> str:
    """Return how the go command is told a member: by its directory."""
    return "." if member.path == "." else f"./{member.path}"


def _decode(text: str) -> Iterable[dict[str, Any]]:
    decoder, text, at = json.JSONDecoder(), text.strip(), 0
    while at < len(text):
        value, end = decoder.raw_decode(text, at)
        yield value
        at = text.find("{", end) if "{" in text[end : end + 8] else len(text)


def packages_of(printed: str) -> Mapping[str, Package]:
    """Return the packages that `go list -json` printed, by import path."""
    return {found.path: found for found in map(package, _decode(printed))}


def package(raw: Mapping[str, Any]) -> Package:
    """Return a package as `go list -json` describes it."""
    module: Mapping[str, Any] = raw.get("Module") or {}
    used: Mapping[str, Any] = module.get("Replace") or module
    pinned = bool(used.get("Version")) and not module.get("Main")
    vendored = "/vendor/" in raw.get("Dir", "")
    return Package(
        path=raw["ImportPath"],
        name=raw.get("Name", ""),
        directory=Path(raw.get("Dir", "")),
        files=_names(raw),
        imports=tuple(raw.get("Imports") or ()),
        deps=tuple(raw.get("Deps") or ()),
        standard=bool(raw.get("Standard")),
        module=f"{used.get('Path')} {used['Version']}" if pinned and not vendored else "",
        version=str(module.get("Version") or DEVELOPMENT),
        raw=raw,
    )


def _names(raw: Mapping[str, Any]) -> tuple[str, ...]:
    found: Sequence[str] = [name for key in _FILES for name in raw.get(key) or ()]
    return tuple(sorted(set(found)))


def _within(api: str, package: Package, name: str) -> str:
    return name if package.path == api else f"{package.path}/{name}"


def _relative(path: Path, root: Path) -> str:
    return Path(os.path.relpath(path, root)).as_posix()

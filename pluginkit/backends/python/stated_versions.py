"""Where the sources of a Python project state its version, found without running its backend.

The build takes it from `[project]`, from `[tool.poetry]`, or from the file that the configuration of hatchling,
setuptools, flit or pdm names; a package may repeat it as `API_VERSION`.
"""

import ast
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pluginkit.backends.python.project import is_project
from pluginkit.backends.python.survey import NOT_MEMBERS
from pluginkit.backends.python.version_files import (
    assignment,
    in_setup_cfg,
    in_toml,
    matched,
    module_file,
    parsed,
    searched,
    whole_file,
)
from pluginkit.core.model import Member
from pluginkit.core.stated_version import StatedVersion, StatedVersions
from pluginkit.core.toml import read_toml
from pluginkit.incremental.entries import is_junk

CONSTANT = "API_VERSION"
_NOT_PACKAGES = (*NOT_MEMBERS, "docs", "examples", "scripts")
_HATCH = r"(?i)^(__version__|VERSION)(?: ?\: ?str)? *= *(['\"])v?(?P<version>.+?)\2"
"""Where hatchling looks for a version in a file, unless another pattern is configured."""
_MOST_HOPS = 5
"""Modules looked into for the one that a package imports its constant from."""
_COMPUTED = "its build computes it: change it there (a tag, where it comes from version control), then `pluginkit lock`"


def stated_versions(root: Path, member: Member) -> StatedVersions:
    """Return where the files of the member in `root` state its version; what cannot be read states none."""
    project = _Project(root, member)
    deciding = project.deciding()
    places = [deciding] if deciding else []
    places += [one for one in project.constants() if not deciding or one.place != deciding.place]
    return StatedVersions(tuple(places), "" if deciding else _COMPUTED)


class _Project:
    """One member, by its manifests."""

    def __init__(self, root: Path, member: Member) -> None:
        self.root, self.member = root, member
        self.directory = root / member.path
        manifest = self.directory / "pyproject.toml"
        self.manifest = manifest if manifest.is_file() else None
        self.tool: dict[str, Any] = read_toml(manifest).table("tool").values if self.manifest else {}

    def deciding(self) -> StatedVersion | None:
        """Return the place from which the build takes the version, if it is a file."""
        if self.manifest:
            for keys in (("project", "version"), ("tool", "poetry", "version")):
                if keys[0] == "project" and "version" in self.member.dynamic:
                    continue
                if found := in_toml(self.root, self.manifest, keys):
                    return found
        backend = self.member.build_backend.partition(".")[0]
        find = {"hatchling": self._hatch, "setuptools": self._setuptools, "flit_core": self._flit, "pdm": self._pdm}
        return find[backend]() if backend in find else None

    def constants(self) -> Iterator[StatedVersion]:
        """Yield each `API_VERSION` that a package of the member has, a string where it is assigned."""
        for package in self._packages():
            file: Path | None = package
            for _ in range(_MOST_HOPS):
                found = assignment(self.root, file, CONSTANT) if file else None
                if found:
                    yield found
                if found or file is None:
                    break
                file = _imported_from(file, package, CONSTANT)

    def _hatch(self) -> StatedVersion | None:
        table = _table(self.tool, "hatch", "version")
        own = self.directory / "hatch.toml"
        if not table and own.is_file():
            table = read_toml(own).table("version").values
        file, source = self._file(table.get("path")), table.get("source", "regex")
        if source == "code":
            return self._constant(file, str(table.get("expression", "__version__")))
        pattern = table.get("pattern")
        if file is None or source != "regex":
            return None
        if isinstance(pattern, str) and pattern:
            return searched(self.root, file, pattern)
        return matched(self.root, file, _HATCH)

    def _setuptools(self) -> StatedVersion | None:
        dynamic = _table(self.tool, "setuptools", "dynamic", "version")
        attribute, path = dynamic.get("attr"), dynamic.get("file")
        setup = self.directory / "setup.cfg"
        if not dynamic and setup.is_file():
            found = in_setup_cfg(self.root, setup)
            kind, _, rest = found.text.partition(":") if found else ("", "", "")
            if kind not in ("attr", "file"):
                return found
            attribute, path = (rest.strip(), None) if kind == "attr" else (None, rest.strip())
        if isinstance(attribute, str):
            module, _, name = attribute.rpartition(".")
            return self._constant(self._module(module), name)
        file = self._file(path[0] if isinstance(path, list) and len(path) == 1 else path)
        return whole_file(self.root, file) if file else None

    def _flit(self) -> StatedVersion | None:
        named = _table(self.tool, "flit", "module").get("name")
        module = named if isinstance(named, str) else self.member.name.replace("-", "_")
        return self._constant(self._module(module), "__version__")

    def _pdm(self) -> StatedVersion | None:
        table = _table(self.tool, "pdm", "version")
        return self._constant(self._file(table.get("path")), "__version__") if table.get("source") == "file" else None

    def _constant(self, file: Path | None, name: str) -> StatedVersion | None:
        return assignment(self.root, file, name, decides=True) if file else None

    def _file(self, path: object) -> Path | None:
        """Return the file at a path that the configuration names, if there is one in the workspace."""
        if not isinstance(path, str) or "\0" in path or not (self.directory / path).is_file():
            return None
        file = self.directory / path
        return file if file.resolve().is_relative_to(self.root.resolve()) else None

    def _module(self, dotted: str) -> Path | None:
        moved = _table(self.tool, "setuptools", "package-dir").get("")
        roots = dict.fromkeys(("", "src", moved if isinstance(moved, str) else ""))
        found = (module_file(self.directory / place, dotted) for place in roots if dotted)
        return next(filter(None, found), None)

    def _packages(self) -> Iterator[Path]:
        """Yield the file of each outermost package or module, nested projects and tests left out."""
        for directory, folders, files in os.walk(self.directory):
            place, inside = Path(directory), directory != str(self.directory)
            if inside and is_project(place):
                folders.clear()
            elif inside and "__init__.py" in files:
                folders.clear()
                yield place / "__init__.py"
            else:
                folders[:] = sorted(one for one in folders if _may_hold_a_package(one, top=not inside))
                if not inside or directory == str(self.directory / "src"):
                    yield from (place / name for name in sorted(files) if name.endswith(".py") and name != "setup.py")


def _may_hold_a_package(name: str, *, top: bool) -> bool:
    return not is_junk(name, top=top) and name not in _NOT_PACKAGES and name.isidentifier()


def _imported_from(file: Path, package: Path, name: str) -> Path | None:
    """Return the module of the same package from which a module imports `name`."""
    top = package.parent
    for node in parsed(file).body:
        if not isinstance(node, ast.ImportFrom) or not any(alias.name == name for alias in node.names):
            continue
        parts = (node.module or "").split(".") if node.module else []
        if node.level:
            place = file.parent.joinpath(*[".."] * (node.level - 1))
        elif parts[:1] == [top.name]:
            place = top.parent
        else:
            return None
        return module_file(place, ".".join(parts)) if parts else None
    return None


def _table(values: dict[str, Any], *keys: str) -> dict[str, Any]:
    for key in keys:
        found = values.get(key)
        values = found if isinstance(found, dict) else {}
    return values

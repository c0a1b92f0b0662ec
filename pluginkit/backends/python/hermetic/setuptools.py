"""setuptools: without plugins, `setup.py` and settings in other places it ships files of the packages that it finds.

Plugins of it act as soon as they are installed, so its build environment must be asked for nothing else. `setup.py` may
call `setup()` and do no more. It writes and reads `build` and `*.egg-info` outside of the sources here.
"""

import ast
import configparser
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from pluginkit.backends.python.hermetic.literals import assigned
from pluginkit.backends.python.hermetic.names import (
    all_of,
    files,
    is_file_pattern,
    is_inside,
    is_literal,
    is_source,
    leaves,
    listed,
    metadata_files,
    requires_only,
    table,
)
from pluginkit.incremental.entries import JUNK

_KEYS = frozenset((
    "dynamic", "exclude-package-data", "include-package-data", "license-files", "package-data", "package-dir",
    "packages", "py-modules", "zip-safe",
))  # fmt: skip
_OTHERS = ("coverage:", "flake8", "isort", "mypy", "pep8", "pycodestyle", "pydocstyle", "pylint", "tool:")
"""How sections of `setup.cfg` begin that are for other tools."""
_HARMLESS = {
    "egg_info": {("tag_build", ""), ("tag_date", "0")},
    "bdist_wheel": {("universal", "0"), ("universal", "1")},
}
"""Settings of its own: the first are in every sdist that it made."""
_MAX_SCRIPT, _MAX_CONFIG = 64 << 10, 1 << 20
"""Bytes of `setup.py` and `setup.cfg`; longer ones are not looked into."""
_SETUP = (
    "from setuptools import setup\nsetup()",
    "import setuptools\nsetuptools.setup()",
)


def named_files(
    directory: Path, build: Mapping[str, Any], project: Mapping[str, Any], tool: Mapping[str, Any]
) -> tuple[str, ...] | None:
    """Return the files that it reads by name; None where code of the member runs, or more than its sources is read."""
    settings = table(tool, "setuptools")
    if set(settings) - _KEYS or "distutils" in tool or not requires_only(build, "setuptools", "wheel"):
        return None
    if not (is_literal(project) and _is_quiet(directory) and _selects_sources(settings)):
        return None
    dynamic = _dynamic_files(directory, settings)
    if dynamic is None:
        return None
    named = [*metadata_files(project), *listed(settings.get("license-files")), *dynamic, "MANIFEST.in", "*.py"]
    return all_of(named, is_file_pattern)


def _is_quiet(directory: Path) -> bool:
    """Return whether nothing but pyproject.toml configures it."""
    if (Path.home() / ".pydistutils.cfg").exists():
        return False
    try:
        return _is_bare(directory / "setup.py") and _is_for_others(directory / "setup.cfg")
    except (OSError, ValueError, SyntaxError, MemoryError, RecursionError, configparser.Error):
        return False


def _is_bare(setup: Path) -> bool:
    """Return whether `setup.py` only calls `setup()`, guarded or not, or is not there."""
    if not setup.exists():
        return True
    if setup.stat().st_size > _MAX_SCRIPT:
        return False
    body = ast.parse(setup.read_bytes()).body
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        del body[0]
    last = body[-1] if body else None
    if isinstance(last, ast.If) and ast.unparse(last.test) == "__name__ == '__main__'" and not last.orelse:
        body[-1:] = last.body
    return "\n".join(map(ast.unparse, body)) in _SETUP


def _is_for_others(config: Path) -> bool:
    if not config.exists():
        return True
    if config.stat().st_size > _MAX_CONFIG:
        return False
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(config.read_text(encoding="utf-8"))
    return not parser.defaults() and all(
        name.startswith(_OTHERS) or (name in _HARMLESS and _HARMLESS[name].issuperset(parser[name].items()))
        for name in parser.sections()
    )


def _selects_sources(settings: Mapping[str, Any]) -> bool:
    """Return whether the packages that it is told of, or finds, are sources of the member, and their data too."""
    packages, directories = settings.get("packages", []), table(settings, "package-dir")
    data = [*leaves(settings.get("package-data")), *leaves(settings.get("exclude-package-data"))]
    if not all(map(is_inside, data)) or not all(name in ("", ".") or is_source(name) for name in directories.values()):
        return False
    if isinstance(packages, dict):
        return set(packages) == {"find"} and isinstance(packages["find"], dict) and _finds_sources(packages["find"])
    in_root = directories.get("", "") in ("", ".")
    names = [*listed(packages), *listed(settings.get("py-modules"))]
    return all(isinstance(name, str) and (not in_root or is_source(name.partition(".")[0])) for name in names)


def _finds_sources(find: Mapping[str, Any]) -> bool:
    """Return whether `packages.find` cannot find packages in what tools leave behind, as `build`."""
    where, include = listed(find.get("where")) or ["."], listed(find.get("include")) or ["*"]
    if all(is_source(place) for place in where if place != ".") and "." not in where:
        return True
    names = [name for junk in JUNK for name in (junk, f"{junk}.x")]
    found = any(fnmatchcase(name, str(pattern)) for name in names for pattern in include)
    return not found and all(place == "." or is_source(place) for place in where)


def _dynamic_files(directory: Path, settings: Mapping[str, Any]) -> list[Any] | None:
    """Return the files that computed metadata are read from; None where a module would be imported for them."""
    found: list[Any] = []
    for value in _values(table(settings, "dynamic")):
        if set(value) - {"attr", "file", "content-type"}:
            return None
        found += files(value)
        if "attr" in value and not _is_literal_attribute(directory, settings, str(value["attr"])):
            return None
    return found


def _values(dynamic: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for name, value in dynamic.items():
        if name == "optional-dependencies" and isinstance(value, dict):
            yield from ({"file": one} if not isinstance(one, dict) else one for one in value.values())
        else:
            yield value if isinstance(value, dict) else {"file": value}


def _is_literal_attribute(directory: Path, settings: Mapping[str, Any], name: str) -> bool:
    """Return whether `package.module.NAME` is a literal in a module of the member."""
    module, _, attribute = name.strip().rpartition(".")
    directories = table(settings, "package-dir")
    find = settings.get("packages")
    where = listed(table(find, "find").get("where")) if isinstance(find, dict) else []
    if set(directories) - {""} or len(where) > 1:
        return False
    places = {str(place) for place in (directories.get("", "."), *where, ".", "src")}
    path = module.replace(".", "/")
    found = {
        one
        for place in places
        for one in (directory / place / f"{path}.py", directory / place / path / "__init__.py")
        if one.is_file()
    }
    if not module or len(found) != 1:
        return False
    code = found.pop()
    beside = list(code.parent.glob("__init__.*")) if code.name == "__init__.py" else [code]  # it takes any of these
    return beside == [code] and assigned(code, attribute) is not None

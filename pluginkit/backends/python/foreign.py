"""What loading a plugin imports of other distributions, read from its member's files: nothing is imported or run."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from pluginkit.backends.python.wheel.import_tricks import parsed_imports
from pluginkit.backends.python.wheel.imports import absolute
from pluginkit.core.verdict import Evidence, Import

_STANDARD = sys.stdlib_module_names | {"asynchat", "asyncore", "distutils", "imp", "smtpd", "_typeshed", "__main__"}
"""Of any version of Python."""
_COMMON = {"setuptools", "pkg_resources", "pip", "_distutils_hack", "site", "typing_extensions"}
"""In nearly every environment, or brought by nearly everything."""
_MAX_SOURCE = 4 << 20


def foreign_imports(directory: Path, evidence: Evidence) -> tuple[Import, ...]:
    """Return the first import of each module that is neither the plugin's own nor of the standard library.

    `directory` is its member's. Only imports at the top level of modules that its entry points reach count.
    """
    files = dict(_files(directory, evidence))
    own = {path.partition("/")[0].partition(".")[0] for path in evidence.files}
    waiting = [one.reference.partition(":")[0] for one in evidence.factories if one.shipped]
    seen: set[str] = set()
    found: dict[str, Import] = {}
    while waiting:
        module = waiting.pop()
        path = next((path for path in _forms(module) if path in files), "")
        if not path or path in seen:
            continue
        seen.add(path)
        waiting += [module.rpartition(".")[0]]
        package = module if path.endswith("/__init__.py") else module.rpartition(".")[0]
        for name, names, line in _imports(files[path]):
            target = absolute(name, package) if name.startswith(".") else name
            first = target.partition(".")[0]
            if first in own:
                waiting += [target, *(f"{target}.{one}" for one in names)]
            elif first and first not in _STANDARD | _COMMON:
                found.setdefault(first, Import(first, path, line))
    return tuple(found.values())


def _files(directory: Path, evidence: Evidence) -> Iterator[tuple[str, Path]]:
    for path in evidence.files:
        if path.endswith(".py"):
            for place in (directory, directory / "src"):
                if (place / path).is_file():
                    yield path, place / path
                    break


def _forms(module: str) -> tuple[str, str]:
    base = module.replace(".", "/")
    return f"{base}/__init__.py", f"{base}.py"


def _imports(file: Path) -> Iterator[tuple[str, tuple[str, ...], int]]:
    try:
        source = file.read_bytes()
    except OSError:
        return
    for name, names, line in parsed_imports(source, ()) if len(source) <= _MAX_SOURCE else ():
        yield name, names if isinstance(names, tuple) else (), line

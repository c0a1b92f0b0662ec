"""Portions of packages that were imported before the directory they lie in was on `sys.path`.

Python looks anew for those of a native namespace (PEP 420), unless one of the portions has an `__init__.py`.
`pkgutil.extend_path` and `declare_namespace` look once, as the package is imported, and see nothing of what is put on
`sys.path` later.
"""

from __future__ import annotations

import os
import sys
from importlib._bootstrap_external import _NamespacePath  # type: ignore[attr-defined]

from pluginkit.runtime.foreign import namespace_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType
    from typing import Any


PATHS: tuple[type, ...] = (list, _NamespacePath)
"""The classes that a package's `__path__` is of, unless a stranger made it."""


def add_portions(root: str) -> list[tuple[Any, str]]:
    """Let imported packages that others may have portions of have those in an import root that is on `sys.path`.

    Returns each `__path__` that was changed, with what was added to it.
    """
    added = [(path, place) for name, place in _inside("", root) for path in _paths(name, place)]
    for path, place in added:
        path.append(place)
    return added


def remove_portions(added: list[tuple[Any, str]]) -> None:
    """Undo that; the path of a native namespace is made anew once its directory is no more on `sys.path`."""
    for path, place in added:
        if isinstance(path, list) and place in path:
            path.remove(place)


def _inside(prefix: str, directory: str) -> Iterator[tuple[str, str]]:
    """Yield (dotted name, directory) of the imported packages beneath a directory."""
    with os.scandir(directory) as entries:
        found = [(f"{prefix}{entry.name}", entry.path) for entry in entries if entry.is_dir()]
    for name, place in found:
        if name in sys.modules:
            yield name, place
            yield from _inside(f"{name}.", place)


def _paths(name: str, place: str) -> Iterator[Any]:
    module = sys.modules[name]
    path: Any = namespace_of(module).get("__path__")
    if type(path) in PATHS and place not in path and (_is_namespace(module) or _extends(module)):
        yield path


def _is_namespace(module: ModuleType) -> bool:
    return getattr(module, "__file__", None) is None and hasattr(module.__path__, "append")


def _extends(module: ModuleType) -> bool:
    """Return whether the package, as it lies on the disk, looks for further portions of itself."""
    from pluginkit.backends.python.inits import classify
    from pluginkit.backends.python.regular_file import read_file

    file = getattr(module, "__file__", None)
    try:
        return isinstance(file, str) and file.endswith(".py") and classify(read_file(file)).extends
    except OSError:
        return False

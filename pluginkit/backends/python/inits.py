"""What the `__init__.py` files of a distribution are to others that have modules in the same packages."""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import sha256

from pluginkit.backends.python.wheel.syntax import UNREADABLE, parse
from pluginkit.core.ownership import Init

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Iterable, Mapping
    from typing import TypeGuard

    from pluginkit.backends.python.wheel.archive import Archive

INIT = "__init__.py"
_BEGINS = rb"(?:[ \t\f]*+(?:#[^\r\n]*+)?[\r\n]++)*+[ \t\f]*+[^\s#]"
"""Comments and empty lines, and then something else."""
_MARKS = (b"__path__", b"declare_namespace")
_MOST = 1 << 20
"""Bytes of an `__init__.py` that are parsed; of a larger one nothing is known."""
_HELPERS = ("pkgutil", "pkg_resources", "modulefinder", "__future__", "typing", "os", "sys", "warnings")
"""Importing these is part of what such a file does, or binds nothing that anybody asks it for."""


def read_inits(paths: Iterable[str], read: Callable[[str], bytes]) -> dict[str, Init]:
    """Return by its directory what the `__init__.py` of each package among import paths is; `read` gives their bytes.

    A package whose `__init__` is compiled, or lies at the import root, is not among them.
    """
    return {path[: -len(INIT) - 1]: classify(read(path)) for path in paths if path.endswith(f"/{INIT}")}


def wheel_inits(paths: Mapping[str, str], archive: Archive) -> dict[str, Init]:
    """Return the same of a wheel; `paths` maps import paths to its entries."""
    found = {path: name for path, name in paths.items() if path.endswith(f"/{INIT}")}
    small = {path: name for path, name in found.items() if archive.entries[name].size <= _MOST}
    return read_inits(small, lambda path: archive.read(small[path]))


@lru_cache(maxsize=512)
def classify(data: bytes) -> Init:
    """Return what an `__init__.py` is: by reading it, and never by running it."""
    if not re.match(_BEGINS, data):
        return Init(extends=False, code="")
    digest = sha256(data).hexdigest()[:32]
    if len(data) > _MOST or not any(mark in data for mark in _MARKS):
        return Init(extends=False, code=digest)
    import ast

    try:
        tree = parse(data)
        if not any(map(_extends, ast.walk(tree))):
            return Init(extends=False, code=digest)
        return Init(extends=True, code=digest if any(map(_is_code, tree.body)) else "")
    except UNREADABLE:  # raised, too, by what looks into one that is very deep
        return Init(extends=False, code=digest)


def _extends(node: ast.AST) -> bool:
    """Return whether a node lets the package have further portions."""
    import ast

    if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return any(_is_path(inner) for target in targets for inner in ast.walk(target))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        changed = _is_path(node.func.value) and node.func.attr in ("append", "extend", "insert")
        return changed or node.func.attr == "declare_namespace"
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "declare_namespace"


def _is_path(node: ast.AST) -> bool:
    import ast

    return isinstance(node, ast.Name) and node.id == "__path__"


def _is_code(node: ast.stmt) -> bool:
    """Return whether a statement does more than to let the package have further portions, and to describe it."""
    import ast

    if isinstance(node, ast.Import):
        return any(alias.name.partition(".")[0] not in _HELPERS for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        return bool(node.level) or (node.module or "").partition(".")[0] not in _HELPERS
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return not all(map(_is_dunder, targets))
    if isinstance(node, ast.Expr | ast.Pass | ast.AugAssign | ast.Delete):
        return isinstance(node, ast.Expr) and not (isinstance(node.value, ast.Constant) or _extends(node.value))
    if isinstance(node, ast.If | ast.For | ast.Try):
        handlers = [one for handler in getattr(node, "handlers", ()) for one in handler.body]
        return not _is_modulefinder(node) and any(
            map(_is_code, [*node.body, *node.orelse, *getattr(node, "finalbody", ()), *handlers])
        )
    return True


def _is_dunder(node: ast.expr) -> TypeGuard[ast.Name]:
    import ast

    return isinstance(node, ast.Name) and node.id.startswith("__") and node.id.endswith("__")


def _is_modulefinder(node: ast.AST) -> bool:
    """Return whether all that is called is `modulefinder`'s, to which old namespace packages tell their paths."""
    import ast

    called = [one.func for one in ast.walk(node) if isinstance(one, ast.Call)]
    return bool(called) and all(isinstance(one, ast.Attribute) and one.attr == "AddPackagePath" for one in called)

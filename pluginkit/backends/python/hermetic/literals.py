"""What a module assigns, read without running it: backends do so too, and run it where it cannot be read."""

import ast
from pathlib import Path

from pluginkit.backends.python.wheel.syntax import parsed


def assigned(module: Path, name: str) -> object:
    """Return the first value that a module assigns to a name at its top level; None where that is not a literal."""
    tree = _parsed(module)
    for statement in tree.body if tree else ():
        targets = statement.targets if isinstance(statement, ast.Assign) else ()
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            try:
                value: object = ast.literal_eval(statement.value)  # type: ignore[attr-defined]
            except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
                return None
            return value
    return None


def docstring(module: Path) -> str:
    """Return the docstring of a module."""
    tree = _parsed(module)
    return (ast.get_docstring(tree) or "").strip() if tree else ""


def _parsed(module: Path) -> ast.Module | None:
    try:
        return parsed(module.read_bytes())
    except OSError:
        return None

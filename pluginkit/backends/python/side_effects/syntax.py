"""What the form of Python code alone tells of how it runs."""

import ast
from collections.abc import Iterator

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_ESCAPES = (ast.Return, ast.Raise, ast.Break, ast.Continue)


def is_never(test: ast.expr) -> bool:
    """Tell a condition that does not hold while a host imports the module."""
    match test:
        case ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"):
            return True
        case ast.Compare(left=ast.Name(id="__name__"), ops=[ast.Eq()], comparators=[ast.Constant(value="__main__")]):
            return True
        case ast.BoolOp(op=ast.And(), values=values):
            return any(map(is_never, values))
    return False


def leaves(statement: ast.stmt) -> bool:
    """Return whether what comes after a statement may not be reached."""
    return not isinstance(statement, _SCOPES) and any(isinstance(node, _ESCAPES) for node in _within(statement))


def yields(function: ast.AST) -> bool:
    """Tell a generator: calling it runs nothing yet."""
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in _within(function))


def _within(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and all of its body, without the bodies of functions and classes in it."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        waiting += [child for child in ast.iter_child_nodes(current) if not isinstance(child, _SCOPES)]

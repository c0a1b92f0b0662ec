"""The statements of a function, walked without its expressions, which are most of a tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")


def statements(body: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """Yield each statement in a body and in its blocks, but for those of inner functions and classes."""
    waiting = list(reversed(body))
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        for name in _BLOCKS:
            inner = getattr(node, name, None)
            if inner:
                waiting += reversed(inner)


def yields(body: Sequence[ast.AST]) -> bool:
    """Return whether a function with this body is a generator."""
    for node in statements(body):
        value = getattr(node, "value", None)
        if isinstance(value, ast.Yield | ast.YieldFrom):
            return True
    return False

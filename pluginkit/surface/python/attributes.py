"""Attributes as lines: their annotation and value, and further names for what a class has."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from pluginkit.surface.python.bindings import Binding
from pluginkit.surface.python.context import Context, Function
from pluginkit.surface.python.functions import function
from pluginkit.surface.python.spelling import value


def plain(context: Context, path: str, annotation: ast.expr | None, given: ast.expr | None) -> str:
    """Return the line of an attribute with its annotation and its value."""
    spelled = f": {context.speller().type(annotation)}" if annotation is not None else ""
    return f"{path}{spelled}{f' = {value(given)}' if given is not None else ''}"


def same(context: Context, path: str, bindings: Sequence[Binding]) -> Iterator[str]:
    """Yield the lines of a second name for something in the same class."""
    for binding in bindings:
        if isinstance(binding.node, Function):
            yield function(context, path, binding.node, method=True)
        elif isinstance(binding.node, ast.Assign | ast.AnnAssign):
            yield plain(context, path, None, binding.node.value)

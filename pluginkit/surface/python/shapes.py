"""Calls and functions of a plugin as lines of its uses have them."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from pluginkit.surface.calls import Shape
from pluginkit.surface.python.context import Function


def signature(node: Function, marks: Iterable[str] = ()) -> str:
    """Return a function as a line of uses has it; a static method takes a `self` so that all are alike."""
    given = node.args
    places = [*given.posonlyargs, *given.args]
    optional = len(places) - len(given.defaults)
    spelled = ["self"] if "staticmethod" in marks else []
    for index, one in enumerate(places):
        spelled.append(one.arg + "=" * (index >= optional))
        if index + 1 == len(given.posonlyargs):
            spelled.append("/")
    if given.vararg:
        spelled.append(f"*{given.vararg.arg}")
    elif given.kwonlyargs:
        spelled.append("*")
    spelled += [
        f"{one.arg}{'=' * (default is not None)}"
        for one, default in zip(given.kwonlyargs, given.kw_defaults, strict=True)
    ]
    spelled += [f"**{given.kwarg.arg}"] if given.kwarg else []
    word = "async " if isinstance(node, ast.AsyncFunctionDef) else ""
    return f"{word}{node.name}({', '.join(spelled)})"


def shape(node: ast.Call) -> Shape:
    """Return how a call is written."""
    star = any(isinstance(one, ast.Starred) for one in node.args)
    given = [(str(index), one) for index, one in enumerate(node.args)]
    words = [(word.arg, word.value) for word in node.keywords if word.arg]
    spread = [word.value for word in node.keywords if word.arg is None]
    if spread and all(isinstance(one, ast.Dict) and all(map(_is_text, one.keys)) for one in spread):
        for one in spread:
            words += [(key.value, value) for key, value in zip(one.keys, one.values, strict=True)]  # type: ignore[attr-defined]
        spread = []
    given += words
    return Shape(
        sum(not isinstance(one, ast.Starred) for one in node.args),
        tuple(sorted(name for name, _ in words)),
        star,
        bool(spread),
        tuple(sorted((argument, kind) for argument, one in given if (kind := _literal(one)))),
    )


def _is_text(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _literal(node: ast.expr) -> str:
    """Return the type of a literal; empty for anything else."""
    if isinstance(node, ast.Constant):
        return "None" if node.value is None else type(node.value).__name__
    kinds = {ast.List: "list", ast.Dict: "dict", ast.Set: "set", ast.Tuple: "tuple", ast.JoinedStr: "str"}
    return kinds.get(type(node), "")

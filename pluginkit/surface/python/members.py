"""The members that a class of a plugin defines, which may override those of an API."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from pluginkit.surface.python.context import Function
from pluginkit.surface.python.shapes import signature


def members(node: ast.ClassDef, known: frozenset[str], *, everything: bool) -> Iterator[tuple[str, str, ast.AST]]:
    """Yield the members that a class defines: name, spelling in a line of uses, and node.

    Those in `known`; with `everything`, all public ones and the constructor.
    """

    def wanted(name: str) -> bool:
        return name in known or (everything and (not name.startswith("_") or name == "__init__"))

    for method in (one for one in ast.walk(node) if isinstance(one, Function)):
        for one in ast.walk(method):
            targets = (
                one.targets if isinstance(one, ast.Assign) else [one.target] if isinstance(one, ast.AnnAssign) else []
            )
            for target in targets:
                if isinstance(target, ast.Attribute) and _is_self(target) and wanted(target.attr):
                    yield target.attr, target.attr, target
    for statement in node.body:
        if isinstance(statement, Function) and wanted(statement.name):
            marks = {ast.unparse(one).rpartition(".")[2] for one in statement.decorator_list}
            plain = bool(marks & {"property", "cached_property", "setter"})
            yield statement.name, statement.name if plain else signature(statement, marks), statement
        elif isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            for target in statement.targets if isinstance(statement, ast.Assign) else [statement.target]:
                if isinstance(target, ast.Name) and wanted(target.id):
                    yield target.id, target.id, target
        elif isinstance(statement, ast.ClassDef) and wanted(statement.name):
            yield statement.name, statement.name, statement


def _is_self(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")

"""What is noted of a plugin's code: the names it uses and how, its strings, and what its annotations name."""

from __future__ import annotations

import ast
import re

from pluginkit.surface.python.names import Names
from pluginkit.surface.python.operators import operators
from pluginkit.surface.python.places import Places

_DOTTED = re.compile(r"[^\W\d]\w*(?:[.:][^\W\d]\w*)+")


class Notes:
    """Notes what one module of a plugin does with names; subclasses walk the module."""

    def __init__(self, found: Places, names: Names, module: str, known: frozenset[str]) -> None:
        self._found, self._names, self._module, self._known = found, names, module, known
        self._annotations = True
        """Whether annotations are evaluated when the module is imported (PEP 563)."""

    def _any(self, node: object) -> None:
        """Walk a node; anything else is ignored."""
        raise NotImplementedError

    def _path(self, node: ast.AST | None) -> str:
        """Return the path of an API that a name or attribute means; empty for anything else."""
        return self._names.path(self._module, node) if isinstance(node, ast.Attribute | ast.Name) else ""

    def _constant(self, node: ast.Constant) -> None:
        if not isinstance(node.value, str):
            return
        if node.value in self._known:
            self._found.add(f"text {node.value}", node)
        elif "." in node.value and self._names.is_within(node.value) and _DOTTED.fullmatch(node.value):
            self._found.add(f"path {node.value.replace(':', '.')}", node)

    def _named(self, node: ast.Attribute | ast.Name) -> None:
        verb = "get" if isinstance(node.ctx, ast.Load) else "set"
        path = self._names.path(self._module, node)
        if path:
            if verb == "get" or isinstance(node, ast.Attribute):
                self._found.add(f"{verb} {path}", node)
        elif isinstance(node, ast.Attribute):
            if not self._names.is_foreign(self._module, node.value):
                self._member(verb, node.attr, node)
            self._any(node.value)

    def _member(self, verb: str, name: str, node: ast.AST, detail: str = "") -> None:
        if name in self._known:
            fallback = "|" if name in self._names.guarded(self._module) else ""
            self._found.add(f"{verb} .{name}{fallback}{detail}", node)
        elif verb == "set" and isinstance(node, ast.Attribute):
            maker = self._names.maker(self._module, node.value)
            if maker:
                self._found.add(f"set {maker}.*", node)

    def _test(self, node: ast.expr | None) -> None:
        for one in node.elts if isinstance(node, ast.Tuple) else [node]:
            path = self._path(one)
            if path:
                self._found.add(f"test {path}", one or ast.Pass())
            elif isinstance(one, ast.Attribute | ast.Name):
                name = one.attr if isinstance(one, ast.Attribute) else one.id
                if name in self._known:
                    self._found.add(f"test .{name}", one)
            elif one is not None:
                self._any(one)

    def _annotation(self, node: ast.expr | None) -> None:
        """Note what an annotation names, where it is evaluated."""
        if node is None or not self._annotations:
            return
        for one in ast.walk(node):
            if isinstance(one, ast.Subscript):
                self._annotated_item(one)
            if path := self._path(one):
                self._found.add(f"name {path}", one)

    def _annotated_item(self, node: ast.Subscript) -> None:
        path = self._path(node.value)
        if path:
            count = len(node.slice.elts) if isinstance(node.slice, ast.Tuple) else 1
            self._found.add(f"item {path} {count}", node)
            for line in operators(node, self._known):
                self._found.add(line, node)

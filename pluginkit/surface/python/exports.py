"""`__all__`, as far as it can be known without running the module."""

from __future__ import annotations

import ast
from collections.abc import Callable

from pluginkit.surface.python.bindings import Import, Scope


class Exports:
    """Follows what a module does with its `__all__`."""

    def __init__(self, scope: Scope, scope_of: Callable[[str], Scope | None]) -> None:
        """`scope_of` returns the scope of a module by its dotted name; None for one that is not at hand."""
        self._scope, self._scope_of = scope, scope_of

    def assign(self, node: ast.Assign | ast.AnnAssign | ast.AugAssign) -> None:
        """Apply an assignment to `__all__`."""
        found = self._exported(node.value) if node.value else None
        if isinstance(node, ast.AugAssign):
            self._scope.exports = None if found is None else [*(self._scope.exports or ()), *found]
        else:
            self._scope.exports = found

    def call(self, node: ast.Call) -> bool:
        """Apply a call of a method of `__all__`; return whether the call is one."""
        function = node.func
        if not (isinstance(function, ast.Attribute) and is_name(function.value, "__all__") and self._scope.exports):
            return False
        for argument in node.args:
            more = self._exported(ast.List([argument]) if function.attr == "append" else argument)
            if function.attr == "remove":
                more = self._exported(ast.List([argument]))
                self._scope.exports = [one for one in self._scope.exports if one not in (more or ())]
            elif more is not None:
                self._scope.exports = [*self._scope.exports, *more]
        return True

    def _exported(self, node: ast.expr) -> list[str] | None:
        """Return the names in an expression for `__all__`; None where only running it could tell."""
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            found: list[str] = []
            for item in node.elts:
                if isinstance(item, ast.Starred):
                    found += self._exported(item.value) or ()
                elif isinstance(item, ast.Constant) and isinstance(item.value, str):
                    found.append(item.value)
                elif isinstance(item, ast.Attribute) and item.attr == "__name__" and isinstance(item.value, ast.Name):
                    found.append(item.value.id)
                else:
                    return None
            return found
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            left, right = self._exported(node.left), self._exported(node.right)
            return None if left is None or right is None else [*left, *right]
        if isinstance(node, ast.Attribute) and node.attr == "__all__" and isinstance(node.value, ast.Name):
            return self._exports_of(node.value.id)
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("list", "tuple", "sorted")
        ):
            return self._exported(node.args[0]) if node.args else []
        return None

    def _exports_of(self, name: str) -> list[str] | None:
        for binding in self._scope.names.get(name, ()):
            if isinstance(binding.node, Import):
                module = ".".join(part for part in (binding.node.module, binding.node.name) if part)
                if scope := self._scope_of(module):
                    return scope.exports
        return None


def is_name(node: ast.AST, name: str) -> bool:
    """Return whether an expression is this plain name."""
    return isinstance(node, ast.Name) and node.id == name

"""What every part of the reader knows: where it stands, and what it has to declare besides."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass

from pluginkit.surface.python.resolve import Resolver, Target
from pluginkit.surface.python.scopes import last_name
from pluginkit.surface.python.spelling import Speller
from pluginkit.surface.spelled import external

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Context:
    """One module in which declarations stand."""

    resolver: Resolver
    shown: Callable[[Target], str]
    """Spells a declaration of the modules at hand, and remembers that it is part of the surface."""
    is_public: Callable[[Target], bool]
    """Whether others may import a declaration by name."""
    module: str

    def within(self, module: str) -> Context:
        """Return the context of another module."""
        return Context(self.resolver, self.shown, self.is_public, module)

    def speller(self) -> Speller:
        """Return a speller for one declaration."""
        return Speller(self.resolver, self.shown, self.module)

    def meant(self, node: ast.expr) -> Target | None:
        """Return what a decorator, a base or a callee means, calls and subscripts looked through."""
        while isinstance(node, ast.Call | ast.Subscript):
            node = node.func if isinstance(node, ast.Call) else node.value
        return self.resolver.expression(self.module, node)

    def spelled(self, node: ast.expr) -> str:
        """Return the name of a decorator, a base or a callee, without arguments and subscripts."""
        found = self.meant(node)
        if found is None:
            return last_name(node)
        return external(found.name) if not found.module else found.name

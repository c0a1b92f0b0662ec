"""What a dotted name means: a declaration of the modules at hand, one of these modules, or something elsewhere."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from pluginkit.surface.python.bindings import Binding, Import
from pluginkit.surface.python.scopes import Scopes

_FARTHEST = 40
"""Names followed one after the other: imports may go round in circles."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a name means in the end."""

    module: str
    """Dotted name of the module at hand that declares it; empty for something elsewhere."""
    name: str
    """Its own name there; empty for the module itself; for something elsewhere its dotted path."""
    bindings: tuple[Binding, ...] = ()
    """Its alternatives; empty for a module and for something elsewhere."""

    @property
    def path(self) -> str:
        """Dotted path of where it is declared."""
        return ".".join(part for part in (self.module, self.name) if part)

    @property
    def node(self) -> object:
        """The syntax of its last alternative; None for a module and for something elsewhere."""
        return self.bindings[-1].node if self.bindings else None


class Resolver:
    """Follows names through imports, star imports and plain assignments."""

    def __init__(self, scopes: Scopes) -> None:
        self.scopes = scopes
        self._roots = {name.partition(".")[0] for name in scopes.modules}

    def lookup(self, module: str, name: str, depth: int = 0) -> Target | None:
        """Return what `name` means in a module of the set, None where nothing there binds it."""
        if depth > _FARTHEST:
            return None
        scope = self.scopes.of(module)
        bindings = scope.names.get(name) or scope.typing.get(name)
        if not bindings:
            inner = f"{module}.{name}"
            return Target(inner, "") if inner in self.scopes.modules else None
        chosen = next((one for one in reversed(bindings) if not isinstance(one.node, Import)), bindings[-1])
        if isinstance(chosen.node, Import):
            return self._imported(chosen.node, depth)
        if isinstance(chosen.node, ast.Assign | ast.AnnAssign) and (value := chosen.node.value):
            meant = self.expression(module, value, depth + 1) if isinstance(value, ast.Name | ast.Attribute) else None
            if meant and (not meant.module or not isinstance(meant.node, ast.Assign | ast.AnnAssign)):
                return meant
        return Target(module, name, tuple(bindings))

    def expression(self, module: str, node: ast.expr, depth: int = 0) -> Target | None:
        """Return what a name or an attribute of one means in a module; None for local and unknown ones."""
        if isinstance(node, ast.Name):
            return self.lookup(module, node.id, depth)
        if not isinstance(node, ast.Attribute):
            return None
        base = self.expression(module, node.value, depth)
        if base is None:
            return None
        if not base.module:
            return Target("", f"{base.name}.{node.attr}")
        return self.lookup(base.module, node.attr, depth + 1) if not base.name else None

    def path(self, dotted: str) -> Target | None:
        """Return what an absolute dotted path means."""
        module = dotted
        while module not in self.scopes.modules:
            module = module.rpartition(".")[0]
            if not module:
                return None
        rest = dotted[len(module) + 1 :].split(".") if module != dotted else []
        if not rest:
            return Target(module, "")
        return self.lookup(module, rest[0]) if len(rest) == 1 else None

    def _imported(self, found: Import, depth: int) -> Target | None:
        if found.module in self.scopes.modules:
            if not found.name:
                return Target(found.module, "")
            inner = f"{found.module}.{found.name}"
            if inner in self.scopes.modules and self._is_submodule(found):
                return Target(inner, "")
            meant = self.lookup(found.module, found.name, depth + 1)
            if meant or found.module.partition(".")[0] in self._roots:
                return meant
        if not found.name and found.module.partition(".")[0] in self._roots and found.module not in self.scopes.modules:
            return None
        return Target("", ".".join(part for part in (found.module, found.name) if part))

    def _is_submodule(self, found: Import) -> bool:
        """Return whether a package binds the name to nothing but its own submodule (`from . import name`)."""
        bindings = self.scopes.of(found.module).names.get(found.name, ())
        own = (found.module, found.name)
        return all(isinstance(one.node, Import) and (one.node.module, one.node.name) == own for one in bindings)

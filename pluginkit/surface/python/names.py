"""What the names of a plugin's modules mean: paths of an API, names of its own, or of some other distribution."""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Iterator, Mapping, Sequence

from pluginkit.surface.python.conditions import decide
from pluginkit.surface.python.modules import Module

_FARTHEST = 20
_BUILTINS = frozenset(dir(builtins))
_CATCHES = {"ImportError", "Exception", "AttributeError", "BaseException"}
"""A name that is gone from a module is an ImportError; ModuleNotFoundError is that of whole modules."""


class Names:
    """The imports of a plugin's modules, followed through its own ones."""

    def __init__(self, modules: Mapping[str, Module], roots: Sequence[str]) -> None:
        self.roots = self._roots = tuple(roots)
        self._own = frozenset(modules)
        self._tables = {name: _Table(module, self.is_api) for name, module in modules.items()}

    def is_api(self, path: str) -> bool:
        """Return whether a dotted path is within an API, or above one in a namespace package."""
        first = path.partition("|")[0]
        if any(first == own or first.startswith(f"{own}.") for own in self._own if own and own not in self._roots):
            return False
        return any(
            first == root or first.startswith(f"{root}.") or root.startswith(f"{first}.") for root in self._roots
        )

    def imported(self, module: str) -> Iterator[tuple[str, ast.AST]]:
        """Yield the paths of an API that a module imports, each with its statement; star imports as `module.*`."""
        yield from self._tables[module].imported

    def guarded(self, module: str) -> set[str]:
        """Return the attributes that a module looks for before it takes them."""
        return self._tables[module].guarded

    def maker(self, module: str, node: ast.AST) -> str:
        """Return the path of what was called to make what a local name has; empty where that is not known."""
        made = self._tables[module].made.get(node.id, "") if isinstance(node, ast.Name) else ""
        if isinstance(node, ast.Call):
            made = ast.unparse(node.func)
        return self.path(module, ast.parse(made, mode="eval").body) if made else ""

    def is_variable(self, module: str, name: str) -> bool:
        """Return whether a module gives a name a value, or takes it as a parameter, and defines no function of it."""
        table = self._tables[module]
        return name in table.defined and name not in table.functions

    def is_within(self, path: str) -> bool:
        """Return whether a dotted path is of an API."""
        return any(path.startswith(f"{root}.") for root in self._roots)

    def path(self, module: str, node: ast.AST | None) -> str:
        """Return the path of an API that a name or attribute means; empty where it means something else."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        base = self._of(module, node.id, 0)
        if not base:
            return ""
        first, fallback, rest = base.partition("|")
        path = ".".join([first, *reversed(parts)])
        if parts:
            fallback = "|" if parts[0] in self._tables[module].guarded else ""
        return f"{path}{fallback}{rest if not parts else ''}" if self.is_api(path) else ""

    def is_foreign(self, module: str, node: ast.AST) -> bool:
        """Return whether an expression is of the standard library, or a literal: nothing of an API is in it."""
        while isinstance(node, ast.Attribute):
            node = node.value
        if isinstance(node, ast.Constant | ast.JoinedStr):
            return True
        return isinstance(node, ast.Name) and node.id in self._tables[module].standard

    def _of(self, module: str, name: str, depth: int) -> str:
        table = self._tables.get(module)
        if table is None or depth > _FARTHEST:
            return ""
        found = table.paths.get(name)
        if found is None:
            if name in table.defined or name in _BUILTINS:
                return ""
            return next((f"{star}.{name}" for star in table.stars), "")
        first = found.partition("|")[0]
        if self.is_api(first):
            return found
        owner, _, short = first.rpartition(".")
        return self._of(owner, short, depth + 1) if owner in self._tables else ""


class _Table:
    """The names of one module: flat, functions and branches alike."""

    def __init__(self, module: Module, is_api: object) -> None:
        self._module, self._is_api = module, is_api
        self._optional = False
        self.made: dict[str, str] = {}
        """Local name to what was called to make it."""
        self.paths: dict[str, str] = {}
        """Local name to the path it was imported from."""
        self.stars: list[str] = []
        self.standard: set[str] = set()
        self.defined: set[str] = set()
        self.functions: set[str] = set()
        self.guarded: set[str] = set()
        self.imported: list[tuple[str, ast.AST]] = []
        if module.tree is not None:
            self._body(module.tree.body, guarded=False)
            self._aliases(module.tree)

    def _body(self, body: Sequence[ast.AST], *, guarded: bool) -> None:
        for node in body:
            self._visit(node, guarded=guarded)

    def _visit(self, node: ast.AST, *, guarded: bool) -> None:
        if isinstance(node, ast.Import | ast.ImportFrom):
            self._import(node, guarded=guarded)
            return
        if isinstance(node, ast.If) and (decided := decide(node.test)) is not None:
            self._body(node.body if decided else node.orelse, guarded=guarded)
            return
        if isinstance(node, ast.Try):
            kinds = {kind for one in node.handlers for kind in _caught(one)}
            self._optional = self._optional or "ModuleNotFoundError" in kinds
            caught = bool(kinds & _CATCHES)
            self._body(node.body, guarded=guarded or caught)
            self._optional = False
            for handler in node.handlers:
                self._body(handler.body, guarded=guarded or caught)
            self._body([*node.orelse, *node.finalbody], guarded=guarded)
            return
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            self.defined.add(node.name)
            self.functions.add(node.name)
        elif isinstance(node, ast.arg):
            self.defined.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            self.defined.add(node.id)
        elif isinstance(node, ast.Call):
            self._guard(node)
        elif (
            isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and isinstance(node.targets[0], ast.Name)
        ):
            self.made[node.targets[0].id] = ast.unparse(node.value.func)
        self._body(list(ast.iter_child_nodes(node)), guarded=guarded)

    def _guard(self, node: ast.Call) -> None:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        count = {"hasattr": 2, "getattr": 3}.get(name)
        if len(node.args) == count and isinstance(node.args[1], ast.Constant) and isinstance(node.args[1].value, str):
            self.guarded.add(node.args[1].value)

    def _import(self, node: ast.Import | ast.ImportFrom, *, guarded: bool) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                own, path = alias.asname or top, alias.name if alias.asname else top
                self._bind(own, path, alias.name, node, guarded=guarded or self._optional)
            return
        module = self._module.absolute(node.module, node.level)
        for alias in node.names:
            if alias.name == "*":
                if callable(self._is_api) and self._is_api(module):
                    self.stars.append(module)
                    self.imported.append((f"{module}.*", node))
            else:
                path = f"{module}.{alias.name}"
                self._bind(alias.asname or alias.name, path, path, node, guarded=guarded)

    def _bind(self, name: str, path: str, imported: str, node: ast.AST, *, guarded: bool) -> None:
        if path.partition(".")[0] in sys.stdlib_module_names:
            self.standard.add(name)
        mark = "|" if guarded else ""
        self.paths.setdefault(name, path + mark)
        if callable(self._is_api) and self._is_api(path):
            self.imported.append((imported + mark, node))

    def _aliases(self, tree: ast.Module) -> None:
        """Follow `name = imported.Thing` at the module's level."""
        for node in tree.body:
            if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                parts, value = [], node.value
                while isinstance(value, ast.Attribute):
                    parts.append(value.attr)
                    value = value.value
                if isinstance(value, ast.Name) and value.id in self.paths and node.targets[0].id not in self.paths:
                    self.paths[node.targets[0].id] = ".".join([self.paths[value.id].rstrip("|"), *reversed(parts)])


def _caught(handler: ast.ExceptHandler) -> set[str]:
    if handler.type is None:
        return {"BaseException"}
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return {one.id for one in kinds if isinstance(one, ast.Name)}

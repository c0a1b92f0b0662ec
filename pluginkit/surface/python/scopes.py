"""What each name of a module or class body is bound to, branch by branch; star imports and `__all__` followed."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from pluginkit.surface.python.conditions import decide
from pluginkit.surface.python.modules import Module

_WRITES_NAMES = {"exec", "globals", "locals", "vars"}
_DEEPEST = 200
"""Statements entered within each other."""


@dataclass(frozen=True, slots=True)
class Import:
    """A name that comes from another module."""

    module: str
    """Absolute dotted name."""
    name: str = ""
    """Empty for the module itself."""
    explicit: bool = False
    """Written `import name as name`, which says that it is for others (PEP 484)."""


@dataclass(frozen=True, slots=True)
class Binding:
    """One of the things that a name may be bound to."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign | Import
    condition: str = ""
    """Python source of what must hold for it; empty where it always does or cannot be written down."""
    more: tuple[ast.FunctionDef | ast.AsyncFunctionDef, ...] = ()
    """Overloads before it, or setters after it."""


Bindings = dict[str, list[Binding]]


@dataclass(slots=True)
class Scope:
    """The names of one module."""

    module: Module
    names: Bindings = field(default_factory=dict)
    exports: list[str] | None = None
    """`__all__`; None where there is none, or where it is computed."""
    typing: Bindings = field(default_factory=dict)
    """What is imported for type checkers alone."""
    unknown: list[str] = field(default_factory=list)
    """What binds names that nobody can tell without running it."""
    complete: bool = False

    def star_names(self) -> Sequence[str]:
        """Return what `from module import *` binds."""
        if self.exports is not None:
            return self.exports
        return [name for name in self.names if not name.startswith("_")]


class Scopes:
    """The scopes of a set of modules, each made when first asked for."""

    def __init__(self, modules: Mapping[str, Module]) -> None:
        self.modules = modules
        self._scopes: dict[str, Scope] = {}

    def of(self, name: str) -> Scope:
        """Return the scope of a module of the set; of one that imports itself in a circle, what is bound so far."""
        scope = self._scopes.get(name)
        if scope is None:
            module = self.modules[name]
            scope = self._scopes[name] = Scope(module)
            if module.tree is None:
                scope.unknown.append("compiled")
            else:
                _Reader(self, scope).read(module.tree.body)
            scope.complete = True
        return scope


def class_bindings(body: Sequence[ast.stmt]) -> Bindings:
    """Return what the names in a class body are bound to."""
    return _Reader(None, None).bind(body)


class _Reader:
    def __init__(self, scopes: Scopes | None, scope: Scope | None) -> None:
        self._scopes, self._scope = scopes, scope

    def read(self, body: Sequence[ast.stmt]) -> None:
        if self._scope:
            self._bind(body, self._scope.names, "", 0)

    def bind(self, body: Sequence[ast.stmt]) -> Bindings:
        names: Bindings = {}
        self._bind(body, names, "", 0)
        return names

    def _bind(self, body: Sequence[ast.stmt], names: Bindings, condition: str, depth: int) -> None:
        if depth > _DEEPEST:
            return
        for statement in body:
            self._statement(statement, names, condition, depth)

    def _statement(self, node: ast.stmt, names: Bindings, condition: str, depth: int) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            _bind_function(names, node, condition)
        elif isinstance(node, ast.ClassDef):
            names[node.name] = [Binding(node, condition)]
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            self._assignment(node, names, condition)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            self._import(node, names, condition)
        elif isinstance(node, ast.If):
            self._branches(node, names, condition, depth)
        elif isinstance(node, ast.Try | ast.TryStar):
            self._attempts(node, names, condition, depth)
        elif isinstance(node, ast.For | ast.AsyncFor | ast.While | ast.With | ast.AsyncWith):
            self._bind(node.body, names, condition, depth + 1)
            self._note_unknown(node)
        elif isinstance(node, ast.Delete):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    names.pop(target.id, None)
        elif isinstance(node, ast.Expr):
            self._expression(node.value)

    def _assignment(self, node: ast.Assign | ast.AnnAssign | ast.AugAssign, names: Bindings, condition: str) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            if isinstance(target, ast.Name) and target.id == "__all__" and self._scope:
                self._export(node)
            elif isinstance(target, ast.Name) and not isinstance(node, ast.AugAssign):
                if not (isinstance(node, ast.AnnAssign) and node.value is None and target.id in names):
                    names[target.id] = [Binding(node, condition)]
            elif isinstance(target, ast.Tuple | ast.List) and isinstance(node, ast.Assign):
                for name, single in _unpacked(target, node):
                    names[name] = [Binding(single, condition)]
            elif isinstance(target, ast.Subscript):
                self._note_unknown(target)

    def _import(self, node: ast.Import | ast.ImportFrom, names: Bindings, condition: str) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                own = alias.asname or alias.name.partition(".")[0]
                module = alias.name if alias.asname else own
                names[own] = [Binding(Import(module, explicit=alias.asname == alias.name), condition)]
            return
        module = self._scope.module.absolute(node.module, node.level) if self._scope else node.module or ""
        for alias in node.names:
            if alias.name == "*":
                self._star(module, names, condition)
            else:
                explicit = alias.asname == alias.name
                names[alias.asname or alias.name] = [Binding(Import(module, alias.name, explicit), condition)]

    def _star(self, module: str, names: Bindings, condition: str) -> None:
        if self._scopes and module in self._scopes.modules:
            scope = self._scopes.of(module)
            for name in scope.star_names():
                names[name] = [Binding(Import(module, name, explicit=True), condition)]
            if scope.unknown and self._scope:
                self._scope.unknown.append(f"from {module} import *")
        elif self._scope:
            self._scope.unknown.append(f"from {module} import *")

    def _branches(self, node: ast.If, names: Bindings, condition: str, depth: int) -> None:
        decided = decide(node.test)
        if decided is not None:
            self._bind(node.body if decided else node.orelse, names, condition, depth + 1)
            if self._scope and not decided and last_name(node.test) == "TYPE_CHECKING":
                self._bind(node.body, self._scope.typing, condition, depth + 1)
            return
        text = ast.unparse(node.test)
        found = []
        for body, own in ((node.body, text), (node.orelse, f"not ({text})")):
            branch: Bindings = {}
            self._bind(body, branch, f"({condition}) and ({own})" if condition else own, depth + 1)
            found.append(branch)
        _merge(names, found, certain=found[0].keys() & found[1].keys())

    def _attempts(self, node: ast.Try | ast.TryStar, names: Bindings, condition: str, depth: int) -> None:
        first: Bindings = {}
        self._bind([*node.body, *node.orelse], first, condition, depth + 1)
        others: list[Bindings] = []
        for handler in node.handlers:
            if handler.body and isinstance(handler.body[-1], ast.Raise):
                continue
            branch: Bindings = {}
            self._bind(handler.body, branch, condition, depth + 1)
            others.append(branch)
        _merge(names, [first, *others], certain=first.keys())
        self._bind(node.finalbody, names, condition, depth + 1)

    def _expression(self, node: ast.expr) -> None:
        """Follow `__all__.extend(...)`, and note what writes names behind the reader's back."""
        if not isinstance(node, ast.Call) or not self._scope:
            return
        function = node.func
        if isinstance(function, ast.Attribute) and _is_name(function.value, "__all__") and self._scope.exports:
            for argument in node.args:
                more = self._exported(ast.List([argument]) if function.attr == "append" else argument)
                if function.attr == "remove":
                    more = self._exported(ast.List([argument]))
                    self._scope.exports = [one for one in self._scope.exports if one not in (more or ())]
                elif more is not None:
                    self._scope.exports = [*self._scope.exports, *more]
        else:
            self._note_unknown(node)

    def _note_unknown(self, node: ast.AST) -> None:
        if not self._scope:
            return
        for call in ast.walk(node):
            if isinstance(call, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                continue
            if not isinstance(call, ast.Call):
                continue
            if isinstance(call.func, ast.Name) and call.func.id in _WRITES_NAMES:
                self._scope.unknown.append(f"{call.func.id}()")
            elif _is_name(call.func, "setattr") and call.args and "sys.modules" in ast.unparse(call.args[0]):
                self._scope.unknown.append("setattr()")

    def _export(self, node: ast.Assign | ast.AnnAssign | ast.AugAssign) -> None:
        found = self._exported(node.value) if node.value else None
        if not self._scope:
            return
        if isinstance(node, ast.AugAssign):
            self._scope.exports = None if found is None else [*(self._scope.exports or ()), *found]
        else:
            self._scope.exports = found

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
        for binding in self._scope.names.get(name, ()) if self._scope else ():
            if isinstance(binding.node, Import) and self._scopes:
                module = ".".join(part for part in (binding.node.module, binding.node.name) if part)
                if module in self._scopes.modules:
                    return self._scopes.of(module).exports
        return None


def _bind_function(names: Bindings, node: ast.FunctionDef | ast.AsyncFunctionDef, condition: str) -> None:
    before = names.get(node.name, ())
    decorators = {last_name(one) for one in node.decorator_list}
    previous = before[-1] if before else None
    if previous and decorators & {"setter", "deleter", "getter", "register"}:
        names[node.name] = [*before[:-1], replace(previous, more=(*previous.more, node))]
    elif previous and isinstance(previous.node, ast.FunctionDef | ast.AsyncFunctionDef) and _is_overload(previous.node):
        names[node.name] = [*before[:-1], Binding(node, condition, (*previous.more, previous.node))]
    else:
        names[node.name] = [Binding(node, condition)]


def _is_overload(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(last_name(one) == "overload" for one in node.decorator_list)


def _merge(names: Bindings, branches: Sequence[Bindings], *, certain: Set[str]) -> None:
    """Take over what branches bind: names bound in each of them are no longer what they were before."""
    for name in dict.fromkeys(name for branch in branches for name in branch):
        found = [binding for branch in branches for binding in branch.get(name, ())]
        names[name] = found if name in certain else [*names.get(name, ()), *found]


def _unpacked(target: ast.Tuple | ast.List, node: ast.Assign) -> Iterator[tuple[str, ast.Assign]]:
    values = node.value.elts if isinstance(node.value, ast.Tuple | ast.List) else []
    for index, item in enumerate(target.elts):
        if isinstance(item, ast.Name):
            value = values[index] if len(values) == len(target.elts) else ast.Subscript(node.value, ast.Constant(index))
            yield item.id, ast.Assign([item], value)


def _is_name(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def last_name(node: ast.expr) -> str:
    """Return the last part of a dotted name, of what is called or subscripted too; empty for anything else."""
    if isinstance(node, ast.Call):
        return last_name(node.func)
    if isinstance(node, ast.Subscript):
        return last_name(node.value)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""

"""What each name of a module or class body is bound to, branch by branch; star imports and `__all__` followed."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace

from pluginkit.surface.python.bindings import Binding, Bindings, Import, Scope, last_name
from pluginkit.surface.python.conditions import decide
from pluginkit.surface.python.exports import Exports, is_name
from pluginkit.surface.python.modules import Module

_WRITES_NAMES = {"exec", "globals", "locals", "vars"}
_DEEPEST = 200
"""Statements entered within each other."""


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
        self._exports = Exports(scope, self._scope_of) if scope else None

    def _scope_of(self, module: str) -> Scope | None:
        return self._scopes.of(module) if self._scopes and module in self._scopes.modules else None

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
            if isinstance(target, ast.Name) and target.id == "__all__" and self._exports:
                self._exports.assign(node)
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
        if isinstance(node, ast.Call) and self._scope and not (self._exports and self._exports.call(node)):
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
            elif is_name(call.func, "setattr") and call.args and "sys.modules" in ast.unparse(call.args[0]):
                self._scope.unknown.append("setattr()")


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

"""A body of code, followed as Python would run it, as far as names can be told without running it."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from pluginkit.backends.python.side_effects import catalogue as effects
from pluginkit.backends.python.side_effects.syntax import is_never, leaves, yields
from pluginkit.core.side_effect import SideEffect

_Def = ast.FunctionDef | ast.AsyncFunctionDef
_Assign = ast.Assign | ast.AnnAssign | ast.AugAssign
_MAPPINGS = ("os.environ", "sys.modules")


@dataclass(slots=True, eq=False)
class Module:
    """One module of the plugin, while it is imported and after."""

    name: str
    file: str
    """As findings show it."""
    package: str
    """What its relative imports start from."""
    names: dict[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Own:
    """A function or a class of the plugin itself; also what the class makes."""

    node: _Def | ast.ClassDef
    module: Module

    def member(self, name: str) -> Own | None:
        """Return the method of that name, if it is a class with one."""
        body = self.node.body if isinstance(self.node, ast.ClassDef) else []
        found = (item for item in body if isinstance(item, _Def) and item.name == name)
        return next((Own(item, self.module) for item in found), None)


Value = str | Own | None
"""What a name stands for: a qualified name, something of the plugin's own, unknown. `x.Y()` is what `x.Y` makes."""


class Walk(Protocol):
    """The plugin around a frame: its modules, and what was found in them."""

    modules: dict[str, Module]
    visited: dict[ast.AST, bool]
    """Functions walked, and whether they are certain to run."""

    def run(self, name: str) -> None:
        """Import a module of the plugin."""
        ...

    def is_api(self, name: str) -> bool:
        """Return whether a dotted name lies in a shared API."""
        ...

    def report(self, side_effect: SideEffect) -> None:
        """Keep what was found."""
        ...


class Frame:
    """What runs in one body: of a module, a class or a function."""

    def __init__(self, plugin: Walk, module: Module, names: dict[str, Value]) -> None:
        self._plugin, self._module, self._names = plugin, module, names

    def block(self, body: Iterable[ast.stmt], *, sure: bool) -> None:
        """Run statements; `sure`: they are reached whenever the plugin is imported."""
        for statement in body:
            self._statement(statement, sure)
            sure = sure and not leaves(statement)

    def _statement(self, node: ast.stmt, sure: bool) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                self._define(node, sure)
            case ast.Import():
                self._import(node)
            case ast.ImportFrom():
                self._import_from(node)
            case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
                self._assign(node, sure)
            case ast.Expr():
                self._expression(node.value, sure, dropped=True)
            case ast.Raise():
                self._raise(node, sure)
            case ast.If():
                self._expression(node.test, sure)
                self.block([] if is_never(node.test) else node.body, sure=False)
                self.block(node.orelse, sure=False)
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    self._expression(item.context_expr, sure)
                    self._bind(item.optional_vars, self._value(item.context_expr))
                self.block(node.body, sure=sure)
            case ast.For() | ast.AsyncFor():
                self._bind(node.target, None)
                self._parts(node, sure=False)
            case _:
                certain = isinstance(node, ast.Assert | ast.Delete | ast.Return)
                self._parts(node, sure=sure and certain)

    def _parts(self, node: ast.AST, *, sure: bool) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.stmt):
                self._statement(child, sure)
            elif isinstance(child, ast.expr):
                self._expression(child, sure)
            else:
                self._parts(child, sure=sure)

    def _define(self, node: _Def | ast.ClassDef, sure: bool) -> None:
        for decorator in node.decorator_list:
            self._expression(decorator, sure)
            self._effect(self._value(decorator), decorator, sure, dropped=False)
        if isinstance(node, ast.ClassDef):
            for given in (*node.bases, *node.keywords):
                self._parts(given, sure=sure)
            Frame(self._plugin, self._module, {}).block(node.body, sure=sure)
        else:
            self._parts(node.args, sure=sure)
        self._names[node.name] = Own(node, self._module)

    def _import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._plugin.run(alias.name)
            first = alias.name.partition(".")[0]
            self._names[alias.asname or first] = alias.name if alias.asname else first

    def _import_from(self, node: ast.ImportFrom) -> None:
        package = self._module.package.split(".")
        above = package[: len(package) - node.level + 1] if node.level else []
        source = ".".join([*above, *([node.module] if node.module else [])])
        self._plugin.run(source)
        for alias in node.names:
            self._plugin.run(f"{source}.{alias.name}")
            if alias.name == "*":
                self._names.update(self._plugin.modules[source].names if source in self._plugin.modules else {})
            else:
                self._names[alias.asname or alias.name] = self._member(source, alias.name)

    def _raise(self, node: ast.Raise, sure: bool) -> None:
        self._parts(node, sure=sure)
        raised = self._value(node.exc.func if isinstance(node.exc, ast.Call) else node.exc)
        if raised == "SystemExit":
            self._effect(raised, node, sure, dropped=True)
        elif sure and node.exc is not None:
            self._report(node, f"raise {ast.unparse(node.exc).partition('(')[0]}", "fatal")

    def _assign(self, node: _Assign, sure: bool) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if node.value is not None:
            dropped = all(isinstance(target, ast.Name) and target.id == "_" for target in targets)
            self._expression(node.value, sure, dropped=dropped)
        for target in targets:
            self._bind(target, None if isinstance(node, ast.AugAssign) else self._value(node.value))

    def _bind(self, target: ast.expr | None, value: Value) -> None:
        match target:
            case ast.Name():
                self._names[target.id] = value
            case ast.Tuple() | ast.List():
                for part in target.elts:
                    self._bind(part, None)
            case ast.Starred():
                self._bind(target.value, None)
            case ast.Attribute(value=owner, attr=name):
                self._change(target, self._value(owner), f".{name}")
            case ast.Subscript(value=owner):
                mapping = self._value(owner)
                self._change(target, mapping if mapping in _MAPPINGS else None, "[...]")

    def _change(self, node: ast.expr, owner: Value, what: str) -> None:
        """Report an assignment into what is not the plugin's own."""
        if isinstance(owner, str) and "()" not in owner and owner not in self._plugin.modules:
            kind = "host" if self._plugin.is_api(owner) else "registration"
            self._report(node, f"{owner}{what} = ...", kind)

    def _expression(self, node: ast.expr, sure: bool, *, dropped: bool = False) -> None:
        """Run an expression; `dropped`: nothing takes its value, so that a call is made for its effect."""
        match node:
            case ast.Call():
                self._parts(node, sure=sure)
                self._called(node, sure, dropped)
            case ast.Lambda():
                self._parts(node.args, sure=sure)
            case ast.BoolOp() | ast.IfExp():
                first = node.values[0] if isinstance(node, ast.BoolOp) else node.test
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        self._expression(child, sure and child is first)
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                inner = Frame(self._plugin, self._module, dict(self._names))
                for generator in node.generators:
                    inner._bind(generator.target, None)
                inner._parts(node, sure=False)
            case ast.NamedExpr():
                self._expression(node.value, sure)
                self._bind(node.target, self._value(node.value))
            case _:
                self._parts(node, sure=sure)

    def _called(self, node: ast.Call, sure: bool, dropped: bool) -> None:
        called = self._value(node.func)
        if isinstance(called, Own):
            owner = self._value(node.func.value) if isinstance(node.func, ast.Attribute) else None
            self._enter(called, owner, sure)
        else:
            self._effect(called, node, sure, dropped=dropped)

    def _enter(self, called: Own, owner: Value, sure: bool) -> None:
        """Follow a call of the plugin's own; coroutines and generators only begin later."""
        if isinstance(called.node, ast.ClassDef):
            for name in ("__new__", "__init__", "__post_init__"):
                method = called.member(name)
                if method:
                    self._enter(method, called, sure)
            return
        node, before = called.node, self._plugin.visited.get(called.node)
        if isinstance(node, ast.AsyncFunctionDef) or yields(node) or before or before is sure:
            return
        self._plugin.visited[node] = sure
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        names: dict[str, Value] = {argument.arg: None for argument in arguments}
        if arguments and isinstance(owner, Own) and isinstance(owner.node, ast.ClassDef):
            names[arguments[0].arg] = owner
        Frame(self._plugin, called.module, names).block(node.body, sure=sure)

    def _effect(self, called: Value, node: ast.expr | ast.stmt, sure: bool, *, dropped: bool) -> None:
        """Report what calling a qualified name does, if it is listed, or is a call into an API for its effect."""
        if not isinstance(called, str):
            return
        kind = effects.kind(called)
        registers = called.rpartition(".")[2].startswith("register")
        if not kind and self._plugin.is_api(called) and (dropped or registers):
            kind = "host"
        if kind:
            self._report(node, called, "fatal" if kind == "exit" and sure else kind)

    def _report(self, node: ast.expr | ast.stmt, what: str, kind: str) -> None:
        called = node.func if isinstance(node, ast.Call) else node
        line = called.end_lineno if isinstance(called, ast.Attribute) else called.lineno
        self._plugin.report(SideEffect(self._module.file, line or called.lineno, what, kind))

    def _value(self, node: ast.expr | None) -> Value:
        match node:
            case ast.Name(id=name):
                return self._named(name)
            case ast.Attribute(value=value, attr=name):
                owner = self._value(value)
                if isinstance(owner, str):
                    return self._member(owner, name)
                return owner.member(name) if owner else None
            case ast.Call(func=func):
                made = self._value(func)
                if isinstance(made, str):
                    return effects.normal(f"{made}()")
                return made if made and isinstance(made.node, ast.ClassDef) else None
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                return effects.PATH if effects.PATH in (self._value(left), self._value(right)) else None
            case ast.Subscript(value=value):
                return effects.PATH if self._value(value) == f"{effects.PATH}.parents" else None
            case ast.NamedExpr(value=value):
                return self._value(value)
        return None

    def _named(self, name: str) -> Value:
        for names in (self._names, self._module.names):
            if name in names:
                return names[name]
        return name if hasattr(builtins, name) else None

    def _member(self, owner: str, name: str) -> Value:
        """Return what a name of a module, of the plugin's own or another's, or of what a call made, stands for."""
        own = self._plugin.modules.get(owner)
        if own and name in own.names:
            return own.names[name]
        return effects.normal(f"{owner}.{name}")

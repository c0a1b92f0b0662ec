"""One module of a plugin, walked: statements and expressions, and the classes and functions that it defines."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from pluginkit.surface.python.calls import Calls
from pluginkit.surface.python.conditions import decide
from pluginkit.surface.python.context import Function
from pluginkit.surface.python.members import members
from pluginkit.surface.python.modules import Module
from pluginkit.surface.python.operators import operators
from pluginkit.surface.python.shapes import signature


class Code(Calls):
    """Walks one module and notes what it does with APIs."""

    def read(self, module: Module) -> None:
        """Note all that a module does; a compiled one does nothing that can be read."""
        if module.tree is None:
            return
        self._annotations = not any(
            isinstance(one, ast.ImportFrom)
            and one.module == "__future__"
            and any(a.name == "annotations" for a in one.names)
            for one in module.tree.body
        )
        strings = (
            one.value for one in ast.walk(module.tree) if isinstance(one, ast.Constant) and isinstance(one.value, str)
        )
        self._strings = tuple(dict.fromkeys(strings))
        for path, node in self._names.imported(self._module):
            self._found.add(f"name {path}", node)
        callbacks = bool({"__call__", "Callable"} & self._known)
        top = [one for one in module.tree.body if isinstance(one, Function)]
        functions = {one.name: one for one in top if one.name in self._known or (callbacks and one.name[:1] != "_")}
        if functions:
            spelled = "; ".join(signature(one) for _, one in sorted(functions.items()))
            line = f"module {self._module or '__init__'}: {spelled}"
            self._found.add_all(line, next(iter(functions.values())), functions)
        self._body(module.tree.body)

    def _body(self, body: Sequence[ast.stmt]) -> None:
        for statement in body:
            self._statement(statement)

    def _statement(self, node: ast.stmt) -> None:
        if isinstance(node, ast.If) and (decided := decide(node.test)) is not None:
            self._body(node.body if decided else node.orelse)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            return
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            self._call(node.value, verb="run")
        elif isinstance(node, Function):
            self._function(node)
        elif isinstance(node, ast.ClassDef):
            self._class(node)
        else:
            self._children(node)

    def _children(self, node: ast.AST) -> None:
        for line in operators(node, self._known):
            self._found.add(line, node)
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.NotEq):
            for side in (node.left, node.comparators[0]):
                if maker := self._names.maker(self._module, side):
                    self._found.add(f"call {maker}.__eq__ 1", node)
        if isinstance(node, ast.AnnAssign):
            self._annotation(node.annotation)
        for name, value in ast.iter_fields(node):
            if name == "annotation":
                continue
            for one in value if isinstance(value, list) else [value]:
                self._any(one)

    def _any(self, node: object) -> None:
        if isinstance(node, ast.stmt):
            self._statement(node)
        elif isinstance(node, ast.ExceptHandler):
            self._test(node.type)
            self._body(node.body)
        elif isinstance(node, ast.Call):
            self._call(node, verb="call")
        elif isinstance(node, ast.Attribute | ast.Name):
            self._named(node)
        elif isinstance(node, ast.Subscript):
            self._subscript(node)
        elif isinstance(node, ast.Constant):
            self._constant(node)
        elif isinstance(node, ast.MatchClass):
            self._test(node.cls)
            for name in node.kwd_attrs:
                self._member("get", name, node)
            self._children(node)
        elif isinstance(node, ast.AST):
            self._children(node)

    def _subscript(self, node: ast.Subscript) -> None:
        path = self._path(node.value)
        if path:
            self._annotated_item(node)
            self._any(node.slice)
        else:
            if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
                self._member("set" if isinstance(node.ctx, ast.Store | ast.Del) else "get", node.slice.value, node)
            self._children(node)

    def _function(self, node: Function) -> None:
        self._decorators(node.decorator_list)
        given = node.args
        for one in (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg):
            self._annotation(one.annotation if one else None)
        self._annotation(node.returns)
        for default in (*given.defaults, *given.kw_defaults):
            self._any(default)
        self._body(node.body)

    def _decorators(self, nodes: Sequence[ast.expr]) -> None:
        for one in nodes:
            path = self._path(one)
            if path:
                self._found.add(f"call {path} 1", one)
            elif isinstance(one, ast.Attribute) and one.attr in self._known:
                self._member("call", one.attr, one, " 1")
                self._any(one.value)
            else:
                self._any(one)

    def _class(self, node: ast.ClassDef) -> None:
        self._decorators(node.decorator_list)
        bases = [self._base(base) for base in node.bases]
        for base in node.bases:
            if isinstance(base, ast.Subscript):
                self._subscript(base)
            elif isinstance(base, ast.Call):
                self._call(base, verb="call")
        for word in node.keywords:
            self._any(word.value)
        foreign = [self._names.is_foreign(self._module, _unsubscripted(base)) for base in node.bases]
        near = [base for base, is_foreign in zip(bases, foreign, strict=True) if base and not is_foreign]
        is_api = any(base.startswith(".") or self._names.is_api(base) for base in near)
        found = {name: (text, one) for name, text, one in members(node, self._known, everything=is_api)}
        if is_api or found:
            marks = [f"{word.arg}=" for word in node.keywords if word.arg]
            marks += ["@dataclass="] * any("dataclass" in ast.unparse(one) for one in node.decorator_list)
            spelled = [*filter(None, bases), *sorted(marks)]
            text = f": {'; '.join(found[name][0] for name in sorted(found))}" if found else ""
            line = f"class {node.name}({', '.join(spelled)}){text}"
            self._found.add_all(line, node, {name: one for name, (_, one) in found.items()})
        before = self._in_api_class, self._super
        self._in_api_class = is_api
        self._super = near[0] if len(near) == 1 and not near[0].startswith(".") else ""
        self._body(node.body)
        self._in_api_class, self._super = before

    def _base(self, node: ast.expr) -> str:
        """Return the path of a base, `.name` of one that is not an API's."""
        node = _unsubscripted(node)
        if not isinstance(node, ast.Attribute | ast.Name):
            return ""
        if path := self._names.path(self._module, node):
            return path
        name = node.attr if isinstance(node, ast.Attribute) else node.id
        return f".{name}"


def _unsubscripted(node: ast.expr) -> ast.expr:
    while isinstance(node, ast.Subscript):
        node = node.value
    return node

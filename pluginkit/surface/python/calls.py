"""What a plugin calls: parts of an API, built-in functions that take classes or names, code in strings."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from pluginkit.surface.python.bindings import last_name
from pluginkit.surface.python.notes import Notes
from pluginkit.surface.python.operators import operators
from pluginkit.surface.python.shapes import shape

_DYNAMIC = {"exec", "eval"}
_OF_FIELDS = {"asdict", "astuple", "evolve", "fields", "replace"}
_BY_NAME = {"getattr", "hasattr", "setattr", "delattr"}


class Calls(Notes):
    """Notes the calls in one module."""

    _in_api_class = True
    """Whether `super()` may mean a class of an API."""
    _super = ""
    """Path of the one class of an API that `super()` means; empty where there is none or are several."""
    _strings: Sequence[str] = ()
    """Every string of the module, once."""

    def _body(self, body: Sequence[ast.stmt]) -> None:
        """Walk statements."""
        raise NotImplementedError

    def _call(self, node: ast.Call, *, verb: str) -> None:
        for line in operators(node, self._known):
            self._found.add(line, node)
        function, called = node.func, shape(node)
        path = self._path(function)
        if path:
            self._found.add(f"{verb} {path} {called}", node)
        elif isinstance(function, ast.Attribute):
            is_super = isinstance(function.value, ast.Call) and last_name(function.value.func) == "super"
            if is_super and not self._in_api_class:
                pass  # of a class that has nothing to do with an API
            elif is_super and self._super:
                self._found.add(f"super {self._super}.{function.attr} {called}", node)
            elif not self._names.is_foreign(self._module, function.value):
                self._member(verb, function.attr, node, f" {called}")
            elif function.attr in _OF_FIELDS:
                self._found.add("call .__dataclass_fields__ 0", node)
            elif function.attr in ("attrgetter", "methodcaller"):
                self._taken(node)
            elif function.attr == "partial" and node.args:
                self._partial(node)
            self._any(function.value)
        elif isinstance(function, ast.Name):
            if self._built_in(function.id, node):
                return
            if function.id in _OF_FIELDS:
                self._found.add("call .__dataclass_fields__ 0", node)
            if self._names.is_variable(self._module, function.id):
                self._member(verb, "__call__", node, f" {called}")
            elif function.id in ("attrgetter", "methodcaller"):
                self._taken(node)
        else:
            self._member(verb, "__call__", node, f" {called}")
            self._any(function)
        for argument in (*node.args, *(word.value for word in node.keywords)):
            self._any(argument)

    def _taken(self, node: ast.Call) -> None:
        """Note the attributes that `operator.attrgetter` and `methodcaller` take."""
        for one in node.args:
            if isinstance(one, ast.Constant) and isinstance(one.value, str):
                for name in one.value.split("."):
                    self._member("get", name, node)

    def _built_in(self, name: str, node: ast.Call) -> bool:
        """Note a call of a built-in function; return whether its arguments have been noted too."""
        arguments = node.args
        if name in ("isinstance", "issubclass") and len(arguments) == 2:
            self._any(arguments[0])
            self._test(arguments[1])
            return True
        if name in _BY_NAME and len(arguments) > 1:
            self._by_name(name, node)
            return True
        if name in _DYNAMIC:
            self._code(name, node)
        elif name == "partial" and arguments:
            self._partial(node)
        elif name == "vars" and arguments:
            self._found.add("get .__dict__", node)
        return False

    def _code(self, name: str, node: ast.Call) -> None:
        """Read the code in a module's strings that import an API; a string that does not parse makes names computed."""
        roots = "|".join(map(re.escape, self._names.roots))
        code = [
            text for text in self._strings if re.search(rf"^\s*(?:from|import)\s+(?:{roots})\b", text, re.MULTILINE)
        ]
        for text in code:
            try:
                self._body(ast.parse(text).body)
            except (SyntaxError, ValueError, RecursionError):
                self._found.add(f"dynamic {name}", node)

    def _partial(self, node: ast.Call) -> None:
        first = node.args[0]
        path = self._path(first)
        if path:
            words = ",".join(sorted(word.arg for word in node.keywords if word.arg))
            self._found.add(f"call {path} {len(node.args) - 1}{',' * bool(words)}{words},*,**", node)

    def _by_name(self, name: str, node: ast.Call) -> None:
        target, given = node.args[0], node.args[1]
        if isinstance(given, ast.Constant) and isinstance(given.value, str):
            if name == "getattr" and len(node.args) == 2:
                self._named(ast.copy_location(ast.Attribute(target, given.value, ast.Load()), node))
            elif name in ("setattr", "delattr"):
                self._named(ast.copy_location(ast.Attribute(target, given.value, ast.Store()), node))
            else:
                self._any(target)
            for rest in node.args[2:]:
                self._any(rest)
            return
        if name in ("setattr", "delattr"):
            if maker := self._names.maker(self._module, target):
                self._found.add(f"set {maker}.*", node)
        elif name == "getattr":
            path = self._path(target)
            self._found.add(f"get {path}.*" if path else "computed getattr", node)
        for one in node.args:
            self._any(one)

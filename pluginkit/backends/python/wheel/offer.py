"""What an entry point offers its host, as lines of a surface: what it is, and the classes of what calling it makes.

    def greeter.New(config) -> greeter.Greeter
    class greeter.Greeter(acme_api.Plugin)
    def greeter.Greeter.handle(self, request, retries = ...)
    greeter.Greeter.name

Names are dotted paths, in the artifact or elsewhere; annotations are left out, but for results. `?` among the bases
says that a class may have more than is written there. An object is an attribute with its class as annotation.
"""

from __future__ import annotations

import _ast as ast

from pluginkit.backends.python.wheel.class_offer import Classes
from pluginkit.backends.python.wheel.code import Function, Place, bindings, statements
from pluginkit.backends.python.wheel.spelling import function_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pluginkit.backends.python.wheel.code import Bindings, Code

_MOST_LINES = 4000


def offer(code: Code, module: str, name: str) -> tuple[str, ...]:
    """Return what the name in a module is, or with an empty name the module itself; nothing where it is not plain."""
    try:
        return _Offer(code).lines(module, name)
    except (RecursionError, MemoryError):
        return ()


class _Offer:
    def __init__(self, code: Code) -> None:
        self._code = code
        self._classes = Classes(code)

    def lines(self, module: str, name: str) -> tuple[str, ...]:
        found = [*self._named(module, name)] if name else [*self._module(module)]
        return tuple([*found, *self._classes.lines][:_MOST_LINES])

    def _module(self, module: str) -> Iterator[str]:
        """Yield the functions that a module defines, each once and whatever happens."""
        parsed = self._code.module(module)
        if parsed is None:
            return
        yield f"module {module}"
        for node in parsed.tree.body:
            if isinstance(node, Function) and parsed.bindings.get(node.name) is node:
                yield function_line(self._code, Place(module, node.name, node))

    def _named(self, module: str, name: str) -> Iterator[str]:
        found = self._code.named(module, name)
        if not isinstance(found, Place):
            return
        match found.node:
            case ast.ClassDef():
                self._classes.add(found)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield function_line(self._code, found, self._result(found))
            case ast.Lambda(body=body):
                yield function_line(self._code, found, self._value(found.module, body, {}))
            case ast.Call() as value:
                if made := self._value(found.module, value, {}):
                    yield f"{found.path}: {made}"

    def _result(self, found: Place) -> str:
        """Return the path of the class of what a function returns; empty where several are possible, or none known."""
        node = found.node
        if not isinstance(node, Function):
            return ""
        inside = list(statements(node.body))
        returned = [one.value for one in inside if isinstance(one, ast.Return)]
        if not returned:
            plain = not any(isinstance(one, ast.Raise) for one in inside)
            return "builtins.NoneType" if plain else ""
        given = node.args
        taken = (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg)
        local: dict[str, ast.AST | None] = {one.arg: None for one in taken if one}
        names: Bindings = {**dict(bindings(node.body)), **local}
        values = {self._value(found.module, one, names) for one in returned}
        return values.pop() if len(values) == 1 else ""

    def _value(self, module: str, node: ast.AST | None, local: Bindings, depth: int = 0) -> str:
        """Return the path of the class of a value; empty where it is not plain to see."""
        match node:
            case None:
                return "builtins.NoneType"
            case ast.Constant(value=value):
                return f"builtins.{type(value).__name__}"
            case ast.Dict() | ast.List() | ast.Set() | ast.Tuple():
                return f"builtins.{type(node).__name__.lower()}"
            case ast.Call(func=func):
                made = self._code.meaning(module, func, local)
                if isinstance(made, Place):
                    return self._classes.add(made) if isinstance(made.node, ast.ClassDef) else ""
                return "builtins.object" if made == "builtins.object" else ""
            case ast.Name(id=name) if depth < 8:
                found = self._code.meaning(module, node, local)
                if isinstance(found, Place) and isinstance(found.node, ast.Call):
                    return self._value(found.module, found.node, local if name in local else {}, depth + 1)
        return ""

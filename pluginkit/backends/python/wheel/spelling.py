"""Functions of an artifact as lines of a surface spell them."""

from __future__ import annotations

import _ast as ast

from pluginkit.backends.python.wheel.code import Function, Place, children

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pluginkit.backends.python.wheel.code import Code

_MARKS = {
    "abc.abstractmethod": "abstractmethod",
    "builtins.classmethod": "classmethod",
    "builtins.staticmethod": "staticmethod",
}
"""What lines call by its own name."""
_PLAIN = {
    "functools.cache", "functools.lru_cache", "typing.final", "typing.no_type_check", "typing.override",
    "typing_extensions.deprecated", "typing_extensions.final", "typing_extensions.override", "warnings.deprecated",
}  # fmt: skip
"""Decorators that change nothing a caller sees."""


def function_line(code: Code, found: Place, result: str = "") -> str:
    """Return the line of a function or lambda; `result` is the class of what it returns."""
    node = found.node
    if not isinstance(node, Function | ast.Lambda):
        return f"{found.path}"
    marks, word = "", "def"
    if isinstance(node, Function):
        marks = "".join(f"@{one} " for one in sorted(_decorators(code, found.module, node)))
        word = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
        result = result or _annotated(code, found.module, node)
    parameters = ", ".join(spelled_parameters(node.args))
    return f"{marks}{word} {found.path}({parameters}){f' -> {result}' if result else ''}"


def _decorators(code: Code, module: str, node: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    found = {decorator(code, module, one) for one in node.decorator_list} - {""}
    parsed = code.module(module)
    if parsed and b"yield" in parsed.source and any(isinstance(one, ast.Yield | ast.YieldFrom) for one in _own(node)):
        found.add("generator")
    return found


def decorator(code: Code, module: str, node: ast.expr) -> str:
    """Return a decorator as a line has it, with the constants it is given; empty for one that changes nothing."""
    func, given = (node.func, node.keywords) if isinstance(node, ast.Call) else (node, [])
    meant = code.meaning(module, func)
    words = [f"{one.arg}={_constant(one.value)}" for one in given if one.arg]
    if isinstance(meant, Place):
        project = _project(code, meant)
        if not project:
            return "unknown"
        meant, words = "pluggy.HookimplMarker", [f"project={project}", *words]
    if meant in _PLAIN:
        return ""
    return _MARKS.get(meant, meant or "unknown") + (f"({', '.join(words)})" if words else "")


def _project(code: Code, found: Place) -> str:
    """Return the project of a marker that the artifact makes itself, `HookimplMarker("project")`."""
    match found.node:
        case ast.Call(func=func, args=[ast.Constant(value=str() as project)]):
            if code.meaning(found.module, func) == "pluggy.HookimplMarker":
                return _constant(ast.Constant(project))
    return ""


def _constant(node: ast.expr) -> str:
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str | bool | None):
        return "?"
    return "?" if isinstance(node.value, str) and set(node.value) & set("()'\"\\ ,\n") else repr(node.value)


def _annotated(code: Code, module: str, node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """Return the path of a builtin class that a function is annotated to return; empty for all else."""
    if isinstance(node.returns, ast.Constant) and node.returns.value is None:
        return "builtins.NoneType"
    meant = code.meaning(module, node.returns)
    return meant if isinstance(meant, str) and meant.startswith("builtins.") and meant != "builtins.object" else ""


def _own(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.AST]:
    """Yield the nodes of a function without what lies in functions and classes inside it."""
    waiting: list[ast.AST] = [*node.body]
    while waiting:
        one = waiting.pop()
        yield one
        if not isinstance(one, Function | ast.Lambda | ast.ClassDef):
            waiting += children(one)


def spelled_parameters(arguments: ast.arguments) -> Iterator[str]:
    """Yield parameters as a line has them, with `/` and `*`; defaults are `...`."""
    places = [*arguments.posonlyargs, *arguments.args]
    required = len(places) - len(arguments.defaults)
    for index, one in enumerate(places):
        yield f"{one.arg}{' = ...' if index >= required else ''}"
        if index + 1 == len(arguments.posonlyargs):
            yield "/"
    if arguments.vararg:
        yield f"*{arguments.vararg.arg}"
    elif arguments.kwonlyargs:
        yield "*"
    for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        yield f"{one.arg}{'' if default is None else ' = ...'}"
    if arguments.kwarg:
        yield f"**{arguments.kwarg.arg}"

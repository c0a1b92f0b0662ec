"""Which special methods syntax and built-in functions call (the data model of Python's reference, section 3.3)."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

_BINARY = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "truediv", ast.FloorDiv: "floordiv", ast.Mod: "mod",
    ast.Pow: "pow", ast.LShift: "lshift", ast.RShift: "rshift", ast.BitOr: "or", ast.BitXor: "xor", ast.BitAnd: "and",
    ast.MatMult: "matmul",
}  # fmt: skip
_COMPARED = {ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge", ast.Eq: "eq", ast.NotEq: "ne",
             ast.In: "contains", ast.NotIn: "contains"}  # fmt: skip
_UNARY = {ast.USub: "neg", ast.UAdd: "pos", ast.Invert: "invert", ast.Not: "bool"}
_CALLED: dict[str, tuple[str, ...]] = {
    "len": ("len",), "iter": ("iter",), "next": ("next",), "list": ("iter",), "tuple": ("iter",), "set": ("iter",),
    "sorted": ("iter", "lt"), "sum": ("iter", "add", "radd"),
    "min": ("iter", "lt"), "max": ("iter", "gt"), "any": ("iter",),
    "all": ("iter",), "enumerate": ("iter",), "zip": ("iter",), "map": ("iter",), "filter": ("iter",), "str": ("str",),
    "repr": ("repr",), "print": ("str",), "format": ("format",), "hash": ("hash",), "bool": ("bool", "len"),
    "int": ("int",),
    "float": ("float",), "abs": ("abs",), "reversed": ("reversed",), "dict": ("iter", "getitem"), "round": ("round",),
    "bytes": ("bytes",), "open": ("fspath",), "Path": ("fspath",), "range": ("index",),
    "frozenset": ("iter", "hash"), "divmod": ("divmod",),
}  # fmt: skip


def operators(node: ast.AST, known: frozenset[str]) -> Iterator[str]:
    """Yield the lines of uses for the special methods in `known` that a node itself calls."""
    for name in _called(node):
        method = f"__{name}__"
        if method in known:
            yield f"call .{method} {_ARGUMENTS.get(name, 1)}"


_ARGUMENTS = {"setitem": 2, "exit": 3, "aexit": 3} | dict.fromkeys(
    ("len", "fspath", "index", "iter", "next", "str", "repr", "hash", "bool", "int", "float", "abs", "reversed",
     "enter", "aenter", "aiter", "anext", "await", "neg", "pos", "invert", "bytes"), 0
)  # fmt: skip


def _called(node: ast.AST) -> Sequence[str]:
    if isinstance(node, ast.For | ast.comprehension | ast.AsyncFor):
        return ("aiter", "anext") if isinstance(node, ast.AsyncFor) else ("iter", "getitem")
    if isinstance(node, ast.With):
        return ("enter", "exit")
    if isinstance(node, ast.AsyncWith):
        return ("aenter", "aexit")
    if isinstance(node, ast.Await):
        return ("await",)
    if isinstance(node, ast.Compare):
        return [found for one in node.ops if (found := _COMPARED.get(type(one)))]
    if isinstance(node, ast.BinOp | ast.AugAssign):
        name = _BINARY[type(node.op)]
        return (name, f"r{name}", f"i{name}") if isinstance(node, ast.AugAssign) else (name, f"r{name}")
    if isinstance(node, ast.UnaryOp):
        return (_UNARY[type(node.op)],)
    if isinstance(node, ast.If | ast.While | ast.BoolOp | ast.IfExp | ast.Assert):
        return ("bool", "len")
    if isinstance(node, ast.Subscript):
        kind = (
            "getitem" if isinstance(node.ctx, ast.Load) else "setitem" if isinstance(node.ctx, ast.Store) else "delitem"
        )
        plain = isinstance(node.slice, ast.Constant | ast.Slice)
        return (kind, "class_getitem", "index", "missing", *(() if plain else ("hash",)))
    if isinstance(node, ast.JoinedStr):
        return ("str", "format")
    if isinstance(node, ast.Starred | ast.YieldFrom):
        return ("iter",)
    if isinstance(node, ast.Dict | ast.Set):
        keys = node.keys if isinstance(node, ast.Dict) else node.elts
        return ("hash",) if any(not isinstance(one, ast.Constant) for one in keys) else ()
    if isinstance(node, ast.Assign) and any(isinstance(one, ast.Tuple | ast.List) for one in node.targets):
        return ("iter", "getitem")
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return _CALLED.get(node.func.id, ())
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return ("iter", "fspath") if node.func.attr == "join" else ("fspath",)
    return ()

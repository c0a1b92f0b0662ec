"""What is assigned: constants, aliases of types, and what calls make."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from pluginkit.surface.python.attributes import plain, same
from pluginkit.surface.python.bindings import Binding, last_name
from pluginkit.surface.python.context import Context, Function
from pluginkit.surface.python.factories import made_by_call
from pluginkit.surface.python.functions import spelled_parameters

_SPECIAL_FORMS = {
    "Annotated",
    "Callable",
    "Literal",
    "Optional",
    "Tuple",
    "Type",
    "Union",
    "Dict",
    "List",
    "Mapping",
    "Sequence",
}


def assigned(context: Context, path: str, binding: Binding, names: Mapping[str, list[Binding]]) -> Iterator[str]:
    """Yield the lines of an assigned name; `names` are those of the class it stands in, none at a module's level."""
    node = binding.node
    if not isinstance(node, ast.Assign | ast.AnnAssign):
        return
    given, annotation = node.value, node.annotation if isinstance(node, ast.AnnAssign) else None
    if given is None or (annotation is not None and last_name(annotation) != "TypeAlias"):
        yield plain(context, path, annotation, given)
    elif isinstance(given, ast.Lambda):
        parameters = ", ".join(spelled_parameters(context.speller(), given.args))
        yield f"def {path}({parameters})"
    elif annotation is not None or _is_alias(context, given):
        yield f"type {path} = {context.speller().type(given)}"
    elif isinstance(given, ast.Call):
        yield from made_by_call(context, path, given, names)
    elif isinstance(given, ast.Name) and given.id in names:
        yield from same(context, path, names[given.id])
    elif isinstance(given, ast.Attribute) and (method := _bound_method(context, given)):
        where, found = method
        shown = ", ".join(list(spelled_parameters(where.speller(), found.args))[1:])
        yield f"{'async ' if isinstance(found, ast.AsyncFunctionDef) else ''}def {path}({shown})"
    elif isinstance(given, ast.Name | ast.Attribute) and (meant := context.meant(given)) and not meant.module:
        yield f"import {path} from {meant.name}"
    else:
        yield plain(context, path, None, given)


def _bound_method(context: Context, node: ast.Attribute) -> tuple[Context, Function] | None:
    """Return the method that an attribute of an instance is, where the modules at hand make the instance."""
    made = context.meant(node.value)
    call = made.node.value if made and isinstance(made.node, ast.Assign) else None
    if made is None or not isinstance(call, ast.Call):
        return None
    of = context.within(made.module).meant(call.func)
    body = of.node.body if of and isinstance(of.node, ast.ClassDef) else []
    method = next((one for one in body if isinstance(one, Function) and one.name == node.attr), None)
    return (context.within(of.module), method) if of and method else None


def _is_alias(context: Context, node: ast.expr) -> bool:
    """Return whether a module assigns a type: a union, or a subscripted class or special form."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return all(_is_type(context, side) for side in (node.left, node.right))
    return isinstance(node, ast.Subscript) and _is_type(context, node)


def _is_type(context: Context, node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return node.value is None or isinstance(node.value, str)
    if isinstance(node, ast.BinOp):
        return _is_alias(context, node)
    meant = context.meant(node)
    if meant is None:
        return last_name(node) in (
            "int",
            "str",
            "bytes",
            "float",
            "bool",
            "list",
            "dict",
            "tuple",
            "set",
            "frozenset",
            "type",
        )
    if meant.module:
        return isinstance(meant.node, ast.ClassDef)
    return meant.name.rpartition(".")[2] in _SPECIAL_FORMS or meant.name.startswith(("typing.", "collections.abc."))

"""What calls make: named tuples, enumerations, typed dictionaries, dataclasses, partials, properties."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from pluginkit.surface.python.attributes import plain, same
from pluginkit.surface.python.bindings import Binding
from pluginkit.surface.python.context import Context, Function
from pluginkit.surface.python.fields import key_type
from pluginkit.surface.python.functions import (
    function,
    has_setter,
    is_descriptor,
    returned_function,
    spelled_parameters,
)
from pluginkit.surface.python.spelling import source, value

_ENUMS = {"Enum", "Flag", "IntEnum", "IntFlag", "StrEnum"}
_TYPE_VARIABLES = {"TypeVar", "ParamSpec", "TypeVarTuple"}
_WRAPPERS = {"staticmethod": "@staticmethod ", "classmethod": "@classmethod "}


def made_by_call(context: Context, path: str, call: ast.Call, names: Mapping[str, list[Binding]]) -> Iterator[str]:
    """Yield the lines of what a call makes and `path` is bound to; `names` are those of the class it stands in."""
    maker = context.spelled(call.func).rpartition(".")[2]
    if maker in ("namedtuple", "NamedTuple"):
        yield from _named_tuple(context, path, call, maker)
    elif maker in _ENUMS and len(call.args) > 1:
        yield f"class {path}({maker})"
        yield from (f"{path}.{name} = {text}" for name, text in _members(call.args[1]))
    elif maker == "TypedDict" and len(call.args) > 1 and isinstance(call.args[1], ast.Dict):
        yield f"class {path}(TypedDict)"
        yield from (f"field {path}.{name}: {text}" for name, text in _keys(context, call))
    elif maker == "NewType" and len(call.args) > 1:
        yield f"type {path} = NewType[{context.speller().type(call.args[1])}]"
    elif maker in _TYPE_VARIABLES:
        yield f"{path}: {maker}"
    elif maker == "make_dataclass" and len(call.args) > 1:
        yield from _data_class(context, path, call)
    elif maker == "type" and len(call.args) == 3:
        yield from _class_by_call(context, path, call)
    elif maker == "partial" and call.args:
        yield _partial(context, path, call)
    elif maker == "property":
        yield from _property(context, path, call, names)
    elif maker in _WRAPPERS and len(call.args) == 1 and isinstance(call.args[0], ast.Name):
        for line in same(context, path, _looked_up(context, call.args[0], names)):
            yield f"{_WRAPPERS[maker]}{line}"
    else:
        yield _result(context, path, call)


def _looked_up(context: Context, node: ast.Name, names: Mapping[str, list[Binding]]) -> Sequence[Binding]:
    meant = context.meant(node)
    return names.get(node.id, meant.bindings if meant else ())


def _result(context: Context, path: str, call: ast.Call) -> str:
    """Return the line of an instance or a result, with its type if the modules at hand say it."""
    meant = context.meant(call.func)
    if meant and meant.module and isinstance(meant.node, ast.ClassDef):
        if is_descriptor(meant.node):
            return f"{'@setter ' if has_setter(meant.node) else ''}property {path}"
        return f"{path}: {context.shown(meant)} = {value(call)}"
    if meant and meant.module and isinstance(meant.node, Function):
        if made := returned_function(meant.node):
            return f"def {path}({', '.join(spelled_parameters(context.within(meant.module).speller(), made.args))})"
        if meant.node.returns is not None:
            return f"{path}: {context.within(meant.module).speller().type(meant.node.returns)} = {value(call)}"
    if meant and not meant.module and meant.name.rpartition(".")[2][:1].isupper():
        return f"{path}: {context.spelled(call.func)} = {value(call)}"
    return f"{path} = {value(call)}"


def _named_tuple(context: Context, path: str, call: ast.Call, maker: str) -> Iterator[str]:
    yield f"class {path}(NamedTuple)"
    given = call.args[1] if len(call.args) > 1 else ast.Tuple([])
    fields: list[tuple[str, str]] = []
    if maker == "NamedTuple" and isinstance(given, ast.List | ast.Tuple):
        for item in given.elts:
            if isinstance(item, ast.Tuple) and len(item.elts) == 2 and isinstance(item.elts[0], ast.Constant):
                fields.append((str(item.elts[0].value), f": {context.speller().type(item.elts[1])}"))
    else:
        fields = [(name, "") for name in _field_names(given)]
    defaults = next((word.value for word in call.keywords if word.arg == "defaults"), None)
    count = len(defaults.elts) if isinstance(defaults, ast.List | ast.Tuple) else 0
    yield from (f"field {path}.{name}{annotation}" for name, annotation in fields)
    spelled = [
        f"{name}{annotation}{' = ...' if len(fields) - index <= count else ''}"
        for index, (name, annotation) in enumerate(fields)
    ]
    yield f"def {path}.__new__({', '.join(['cls', *spelled])})"


def _data_class(context: Context, path: str, call: ast.Call) -> Iterator[str]:
    """Yield the lines of what `dataclasses.make_dataclass` makes."""
    yield f"@dataclass class {path}"
    given = call.args[1].elts if isinstance(call.args[1], ast.List | ast.Tuple) else []
    spelled = ["self"]
    for item in given:
        parts = item.elts if isinstance(item, ast.Tuple) else [item]
        if isinstance(parts[0], ast.Constant):
            name = str(parts[0].value)
            annotation = f": {context.speller().type(parts[1])}" if len(parts) > 1 else ""
            spelled.append(f"{name}{annotation}{' = ...' if len(parts) > 2 else ''}")
            yield f"field {path}.{name}{annotation}"
    yield f"def {path}.__init__({', '.join(spelled)}) -> None"


def _class_by_call(context: Context, path: str, call: ast.Call) -> Iterator[str]:
    """Yield the lines of what `type(name, bases, namespace)` makes."""
    bases = call.args[1].elts if isinstance(call.args[1], ast.Tuple) else []
    shown = ", ".join(context.speller().type(base) for base in bases)
    yield f"class {path}{f'({shown})' if shown else ''}"
    if isinstance(call.args[2], ast.Dict):
        for key, given in zip(call.args[2].keys, call.args[2].values, strict=True):
            if not isinstance(key, ast.Constant):
                continue
            own, meant = f"{path}.{key.value!s}", context.meant(given)
            if isinstance(given, ast.Lambda):
                yield f"def {own}({', '.join(spelled_parameters(context.speller(), given.args))})"
            elif meant and isinstance(meant.node, Function):
                yield function(context, own, meant.node, method=True)
            else:
                yield plain(context, own, None, given)


def _field_names(node: ast.expr) -> Sequence[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value.replace(",", " ").split()
    if isinstance(node, ast.List | ast.Tuple):
        return [str(item.value) for item in node.elts if isinstance(item, ast.Constant)]
    return [f"<{source(node)}>"]


def _members(node: ast.expr) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Dict):
        for key, given in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant):
                yield str(key.value), value(given)
        return
    if isinstance(node, ast.List | ast.Tuple) and all(isinstance(item, ast.Tuple) for item in node.elts):
        for item in node.elts:
            if isinstance(item, ast.Tuple) and len(item.elts) == 2 and isinstance(item.elts[0], ast.Constant):
                yield str(item.elts[0].value), value(item.elts[1])
        return
    for number, name in enumerate(_field_names(node), 1):
        yield name, str(number)


def _keys(context: Context, call: ast.Call) -> Iterator[tuple[str, str]]:
    given = call.args[1]
    if not isinstance(given, ast.Dict):
        return
    total = not any(word.arg == "total" and source(word.value) == "False" for word in call.keywords)
    for key, annotation in zip(given.keys, given.values, strict=True):
        if isinstance(key, ast.Constant):
            yield str(key.value), key_type(context.speller().type(annotation), total=total)


def _partial(context: Context, path: str, call: ast.Call) -> str:
    meant = context.meant(call.args[0])
    if not (meant and isinstance(meant.node, Function)) or any(word.arg is None for word in call.keywords):
        return f"{path} = {value(call)}"
    arguments = meant.node.args
    given = {word.arg: word.value for word in call.keywords}
    places = [*arguments.posonlyargs, *arguments.args]
    left, taken = places[len(call.args) - 1 :], {one.arg for one in places[: len(call.args) - 1]}
    defaults = dict(zip([one.arg for one in reversed(places)], reversed(arguments.defaults), strict=False))
    named = [one for one in left if one.arg not in given]
    shrunk = ast.arguments(
        posonlyargs=[],
        args=[one for one in named if one.arg not in taken],
        defaults=[defaults[one.arg] for one in named if one.arg in defaults],
        vararg=arguments.vararg,
        kwonlyargs=[*[one for one in left if one.arg in given], *arguments.kwonlyargs],
        kw_defaults=[
            *[given[one.arg] for one in left if one.arg in given],
            *[
                given.get(one.arg, default)
                for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
            ],
        ],
        kwarg=arguments.kwarg,
    )
    speller = context.within(meant.module).speller()
    returns = f" -> {speller.type(meant.node.returns)}" if meant.node.returns is not None else ""
    return f"def {path}({', '.join(spelled_parameters(speller, shrunk))}){returns}"


def _property(context: Context, path: str, call: ast.Call, names: Mapping[str, list[Binding]]) -> Iterator[str]:
    given = {word.arg: word.value for word in call.keywords}
    getter = call.args[0] if call.args else given.get("fget")
    setter = call.args[1] if len(call.args) > 1 else given.get("fset")
    writable = setter is not None and source(setter) != "None"
    found = names.get(getter.id, ()) if isinstance(getter, ast.Name) else ()
    node = found[-1].node if found else None
    annotation = ""
    if isinstance(node, Function) and node.returns is not None:
        annotation = f": {context.speller().type(node.returns)}"
    yield f"{'@setter ' if writable else ''}property {path}{annotation}"

"""Functions as lines: decorators that change what a caller meets, parameters, what is returned."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from pluginkit.surface.python.context import Context, Function
from pluginkit.surface.python.scopes import Binding, last_name
from pluginkit.surface.python.spelling import Speller, value
from pluginkit.surface.python.statements import yields
from pluginkit.surface.spelled import split_union

_KEPT = {
    "abstractmethod", "asynccontextmanager", "cache", "classmethod", "contextmanager", "deprecated", "final",
    "hookimpl", "hookspec", "lru_cache", "overload", "runtime_checkable", "singledispatch", "singledispatchmethod",
    "staticmethod", "total_ordering",
}  # fmt: skip
_DROPPED = {
    "deleter", "getter", "no_type_check", "override", "register", "setter", "type_check_only", "unique",
    "update_wrapper", "wraps",
}  # fmt: skip
_MARKERS = {"HookspecMarker": "hookspec", "HookimplMarker": "hookimpl"}
_PROPERTIES = {"abstractproperty", "cached_property", "property"}
_MANAGERS = {"asynccontextmanager", "contextmanager", "fixture"}


def functions(context: Context, path: str, binding: Binding, *, method: bool = False) -> Iterator[str]:
    """Yield the lines of a function or property: one for each overload, and one for the function itself."""
    node = binding.node
    if not isinstance(node, Function):
        return
    if method and (found := properties(context, node)) is not None:
        yield _property(context, path, node, binding.more, found)
        return
    overloads = [one for one in binding.more if "overload" in decorators(context, one.decorator_list)]
    for one in (*overloads, node):
        yield function(context, path, one, method=method)


def function(context: Context, path: str, node: Function, *, method: bool = False) -> str:
    """Return the line of one function."""
    speller = context.speller()
    node = _wrapped(context, node, method=method)
    found = set(decorators(context, node.decorator_list))
    if yields(node.body) and not found & _MANAGERS:
        found.add("generator")
    if method and "abstractmethod" not in found and is_unimplemented(node):
        found.add("unimplemented")
    word = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    parameters = ", ".join(spelled_parameters(speller, node.args))
    returns = f" -> {speller.type(node.returns)}" if node.returns is not None else ""
    return f"{written(found)}{word} {path}({parameters}){returns}"


def _wrapped(context: Context, node: Function, *, method: bool) -> Function:
    """Return a function as its decorators of the modules at hand leave it, where they say how it is called then.

    Such a decorator returns an inner function that has parameters of its own, or one that takes `*args, **kwargs` and
    gives the function some arguments before them.
    """
    left: list[ast.expr] = []
    changed = node
    for one in reversed(node.decorator_list):
        meant = context.meant(one)
        maker = meant.node if meant and meant.module and isinstance(meant.node, Function) else None
        if maker is not None and isinstance(one, ast.Call):
            maker = returned_function(maker)
        inner = returned_function(maker) if maker is not None else None
        if maker is None or inner is None or _passes_on(inner, maker.args.args[0].arg if maker.args.args else ""):
            left.append(one)
            continue
        changed_arguments = _arguments_of(
            inner, changed, maker.args.args[0].arg if maker.args.args else "", method=method
        )
        if changed_arguments is None:
            left.append(one)
        else:
            kind = type(inner) if isinstance(inner, ast.AsyncFunctionDef) else type(changed)
            changed = kind(node.name, changed_arguments, node.body, [], node.returns)
    if changed is node:
        return node
    return type(changed)(node.name, changed.args, node.body, left[::-1], changed.returns)


def _arguments_of(inner: Function, node: Function, argument: str, *, method: bool) -> ast.arguments | None:
    """Return what a wrapper takes; None where that cannot be told."""
    given = inner.args
    if not (given.vararg and given.kwarg):
        return given
    if given.args or given.posonlyargs or given.kwonlyargs:
        return None
    calls = [one for one in ast.walk(inner) if isinstance(one, ast.Call) and last_name(one.func) == argument]
    if len(calls) != 1 or not calls[0].args or not isinstance(calls[0].args[-1], ast.Starred) or method:
        return None
    before = len(calls[0].args) - 1
    words = {word.arg for word in calls[0].keywords if word.arg}
    places = [*node.args.posonlyargs, *node.args.args]
    kept = [one for one in places[before:] if one.arg not in words]
    defaults = dict(zip([one.arg for one in reversed(places)], reversed(node.args.defaults), strict=False))
    pairs = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
    named = [pair for pair in pairs if pair[0].arg not in words]
    return ast.arguments(
        posonlyargs=[], args=kept, defaults=[defaults[one.arg] for one in kept if one.arg in defaults],
        vararg=node.args.vararg, kwonlyargs=[one for one, _ in named], kw_defaults=[default for _, default in named],
        kwarg=node.args.kwarg,
    )  # fmt: skip


def written(found: set[str]) -> str:
    """Return decorators as a line begins with them."""
    return "".join(f"@{one} " for one in sorted(found))


def properties(context: Context, node: Function) -> str | None:
    """Return which decorator makes a method a property, None where none does."""
    for one in node.decorator_list:
        if last_name(one) in _PROPERTIES:
            return last_name(one)
        meant = context.meant(one)
        if meant and isinstance(meant.node, ast.ClassDef) and is_descriptor(meant.node):
            return "cached_property" if has_setter(meant.node) else "property"
    return None


def is_descriptor(node: ast.ClassDef) -> bool:
    """Return whether instances of a class compute what is read of another's attributes."""
    if any(last_name(base) in _PROPERTIES for base in node.bases):
        return True
    return any(isinstance(one, Function) and one.name == "__get__" for one in node.body)


def has_setter(node: ast.ClassDef) -> bool:
    """Return whether what a descriptor computes can be set: by `__set__`, or because it has none and is shadowed."""
    names = {one.name for one in node.body if isinstance(one, Function)}
    return "__set__" in names or not any(last_name(base) == "property" for base in node.bases)


def returned_function(node: Function) -> Function | None:
    """Return the inner function that a function returns; None where it returns something else."""
    inner = {one.name: one for one in node.body if isinstance(one, Function)}
    returned = [_unwrapped(one.value) for one in _own(node) if isinstance(one, ast.Return)]
    found = [inner.get(one.id) if isinstance(one, ast.Name) else None for one in returned]
    return found[0] if found and all(one is found[0] for one in found) else None


def _property(context: Context, path: str, node: Function, more: Sequence[Function], kind: str) -> str:
    found = set(decorators(context, node.decorator_list)) - _PROPERTIES
    setters = [one for one in more if any(last_name(d) == "setter" for d in one.decorator_list)]
    if setters or kind == "cached_property":
        found.add("setter")
    if kind == "abstractproperty":
        found.add("abstractmethod")
    if "abstractmethod" not in found and is_unimplemented(node):
        found.add("unimplemented")
    annotation = f": {context.speller().type(node.returns)}" if node.returns is not None else ""
    return f"{written(found & {'abstractmethod', 'deprecated', 'setter', 'unimplemented'})}property {path}{annotation}"


def decorators(context: Context, nodes: Sequence[ast.expr], *, of_class: bool = False) -> list[str]:
    """Return the decorators that change what a function or class is to others, as a line names them."""
    found = []
    for node in nodes:
        meant = context.meant(node)
        name = context.spelled(node)
        short = name.rpartition(".")[2] or last_name(node)
        if meant and meant.module and isinstance(meant.node, Function):
            plain = is_transparent(meant.node, called=isinstance(node, ast.Call))
            if not plain or (of_class and not marks_only(meant.node)):
                found.append(name)
        elif meant and isinstance(meant.node, ast.Assign | ast.AnnAssign) and meant.node.value is not None:
            found.append(_MARKERS.get(last_name(meant.node.value), name))
        elif short in _KEPT:
            found.append(short)
        elif short not in _DROPPED and short not in _PROPERTIES:
            found.append(name or "unknown")
    return found


def marks_only(node: Function) -> bool:
    """Return whether a decorator of classes gives them no attributes."""
    argument = node.args.args[0].arg if node.args.args else ""
    for one in ast.walk(node):
        if isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Store) and isinstance(one.value, ast.Name):
            if one.value.id == argument:
                return False
        elif isinstance(one, ast.Call) and last_name(one.func) == "setattr":
            return False
    return True


def _unwrapped(node: ast.expr | None) -> ast.expr | None:
    """Return what `cast(..., x)` and `update_wrapper(x, ...)` return."""
    while isinstance(node, ast.Call) and last_name(node.func) in ("cast", "update_wrapper") and node.args:
        node = node.args[-1] if last_name(node.func) == "cast" else node.args[0]
    return node


def is_transparent(node: Function, *, called: bool) -> bool:
    """Return whether a decorator leaves the parameters and the result of what it decorates as they are.

    It returns its argument itself, or an inner function that takes `*args, **kwargs` and calls the argument with
    just these. With `called`, it is what the function returns that decorates.
    """
    inner = {one.name: one for one in node.body if isinstance(one, Function)}
    returned = [_unwrapped(one.value) for one in _own(node) if isinstance(one, ast.Return)]
    if not returned:
        return False
    if called:
        made = [inner.get(one.id) if isinstance(one, ast.Name) else None for one in returned]
        return all(one is not None and is_transparent(one, called=False) for one in made)
    argument = node.args.args[0].arg if node.args.args else ""
    return all(
        isinstance(one, ast.Name) and (one.id == argument or _passes_on(inner.get(one.id), argument))
        for one in returned
    )


def _passes_on(wrapper: Function | None, argument: str) -> bool:
    if wrapper is None or wrapper.args.vararg is None or wrapper.args.kwarg is None:
        return False
    if wrapper.args.kwonlyargs or wrapper.args.posonlyargs or isinstance(wrapper, ast.AsyncFunctionDef):
        return False
    first = "".join(f"{one.arg}, " for one in wrapper.args.args)
    wanted = f"{argument}({first}*{wrapper.args.vararg.arg}, **{wrapper.args.kwarg.arg})"
    calls = [one for one in ast.walk(wrapper) if isinstance(one, ast.Call) and last_name(one.func) == argument]
    returned = [one.value for one in _own(wrapper) if isinstance(one, ast.Return)]
    names = {ast.unparse(t) for one in _own(wrapper) if isinstance(one, ast.Assign) and _is_call(one, wanted)
             for t in one.targets}  # fmt: skip
    plain = all(one is not None and (ast.unparse(one) == wanted or ast.unparse(one) in names) for one in returned)
    return bool(calls) and bool(returned) and plain and all(ast.unparse(one) == wanted for one in calls)


def _is_call(node: ast.Assign, wanted: str) -> bool:
    return ast.unparse(node.value) == wanted


def is_unimplemented(node: Function) -> bool:
    """Return whether a method does nothing but raise NotImplementedError."""
    body = [one for one in node.body if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))]
    if len(body) != 1 or not isinstance(body[0], ast.Raise) or body[0].exc is None:
        return False
    return last_name(body[0].exc) == "NotImplementedError"


def _own(node: Function) -> Iterator[ast.AST]:
    """Yield what a function itself consists of, without the functions and classes within it."""
    waiting: list[ast.AST] = list(node.body)
    while waiting:
        one = waiting.pop()
        yield one
        if not isinstance(one, Function | ast.Lambda | ast.ClassDef):
            waiting += ast.iter_child_nodes(one)


def spelled_parameters(speller: Speller, arguments: ast.arguments) -> Iterator[str]:
    """Yield parameters as a line has them, with `/` and `*` between; `**more: Unpack[Keys]` as its keys (PEP 692)."""
    more = arguments.kwarg
    unpacked = speller.unpacked(more.annotation) if more else None
    if unpacked is not None:
        shrunk = ast.arguments(**dict(ast.iter_fields(arguments)) | {"kwarg": None})
        yield from spelled_parameters(speller, shrunk)
        if unpacked and not (arguments.vararg or arguments.kwonlyargs):
            yield "*"
        yield from unpacked
        return
    places = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(places) - len(arguments.defaults)) + list(arguments.defaults)
    for index, (one, default) in enumerate(zip(places, defaults, strict=True)):
        if index == len(arguments.posonlyargs) > 0:
            yield "/"
        yield _parameter(speller, one, default)
    if arguments.posonlyargs and not arguments.args:
        yield "/"
    if arguments.vararg:
        yield f"*{_parameter(speller, arguments.vararg, None)}"
    elif arguments.kwonlyargs:
        yield "*"
    for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        yield _parameter(speller, one, default)
    if arguments.kwarg:
        yield f"**{_parameter(speller, arguments.kwarg, None)}"


def _parameter(speller: Speller, one: ast.arg, default: ast.expr | None) -> str:
    spelled = speller.type(one.annotation)
    if spelled and isinstance(default, ast.Constant) and default.value is None and "None" not in split_union(spelled):
        spelled = speller.optional(spelled)
    return f"{one.arg}{': ' * bool(spelled)}{spelled}{f' = {value(default)}' if default is not None else ''}"

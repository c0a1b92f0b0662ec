"""Entry points held against the code they name, by reading it: nothing is imported or run."""

from __future__ import annotations

import _ast as ast  # what `ast` makes trees of; importing that takes longer than reading ten plugins
import re
import warnings

from pluginkit.backends.python.wheel.syntax import is_for_another_python, syntax_error
from pluginkit.core.frozen import record, replace
from pluginkit.core.verdict import Factory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any

_REFERENCE = re.compile(r"(?P<module>\w+(?:\.\w+)*)\s*(?::\s*(?P<attr>\w+(?:\.\w+)*)\s*)?(?:\[[^\]]*\]\s*)?")
_MAX_SOURCE = 4 << 20
"""Bytes; a larger module is not parsed, and so not known."""
_DYNAMIC = {"globals", "vars", "exec"}
"""Names by whose use a module may bind others."""


@record
class Sources:
    """The importable files of one artifact."""

    paths: Mapping[str, str]
    """Import path to what `read` takes."""
    read: Callable[[str], bytes]
    requires_python: str = ""

    def module(self, dotted: str) -> str | None:
        """Return the import path of a module's source or extension; `dir/` for a namespace; None if not shipped."""
        base = dotted.replace(".", "/")
        for path in (f"{base}/__init__.py", f"{base}.py"):
            if path in self.paths:
                return path
        extensions = (f"{base}/__init__.", f"{base}.")
        for path in self.paths:
            if path.startswith(extensions) and path.endswith((".so", ".pyd")):
                return path
        return f"{base}/" if any(path.startswith(f"{base}/") for path in self.paths) else None


def spelled(reference: str) -> str:
    """Return an object reference as `module:attribute` or `module`, extras left out; of one that is none the text."""
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        return reference[:200]
    return f"{found['module']}:{found['attr']}" if found["attr"] else found["module"]


def read_factories(references: Iterable[tuple[str, str]], factory: str, sources: Sources) -> tuple[Factory, ...]:
    """Resolve entry points, given as (name, object reference), in the order given.

    `factory` is the contract's: looked up in the module where the reference names no attribute.
    """
    return tuple(_resolve(name, reference, factory, sources) for name, reference in references)


def _resolve(name: str, reference: str, factory: str, sources: Sources) -> Factory:
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        return Factory(name, spelled(reference), shipped=False, defined=False)
    module, attribute = found["module"], found["attr"] or ""
    path = sources.module(module)
    if path is None:
        return Factory(name, spelled(reference), shipped=False)
    first, _, rest = (attribute or factory).partition(".")
    defined, missing = _look_up(first, path, module, sources) if first else (True, ())
    made = Factory(name, spelled(reference), shipped=True, defined=defined, missing_arguments=() if rest else missing)
    return made if first and defined is not False else replace(made, unparsable=_unparsable(path, sources))


def _unparsable(path: str, sources: Sources) -> str:
    """Return `FILE:LINE:COLUMN: message` of a module that does not parse."""
    if not path.endswith(".py") or is_for_another_python(sources.requires_python):
        return ""
    source = sources.read(sources.paths[path])
    error = syntax_error(source) if len(source) <= _MAX_SOURCE else ""
    return f"{path}:{error}" if error else ""


def _look_up(name: str, path: str, module: str, sources: Sources) -> tuple[bool | None, tuple[str, ...]]:
    """Return whether the module at `path` binds `name`, and what calling it would miss."""
    if not path.endswith(".py"):
        return (None if sources.module(f"{module}.{name}") or not path.endswith("/") else False), ()
    source = sources.read(sources.paths[path])
    if len(source) > _MAX_SOURCE:
        return None, ()
    try:
        tree = _parse(source)
        bindings = dict(_bindings(tree.body))
        missing = _missing(bindings.get(name), bindings, depth=0)
    except (RecursionError, MemoryError):
        return None, ()
    except (SyntaxError, ValueError):
        return (None if is_for_another_python(sources.requires_python) else False), ()
    if name in bindings:
        return True, missing
    if "*" in bindings or "__getattr__" in bindings or sources.module(f"{module}.{name}") or _is_dynamic(tree):
        return None, ()
    return False, ()


def _parse(source: bytes) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree: Any = compile(source, "<unknown>", "exec", ast.PyCF_ONLY_AST)
    module: ast.Module = tree
    return module


def _bindings(body: list[ast.stmt]) -> Iterator[tuple[str, ast.AST | None]]:
    """Yield (name, what defines it) for all that a module's top level binds, blocks included.

    None stands for what only running it could tell; the name `*` for a star import.
    """
    bound: set[str] = set()
    waiting = list(reversed(body))
    while waiting:
        statement = waiting.pop()
        for name, node in _bound_by(statement):
            yield name, None if name in bound else node
            bound.add(name)
        for block in ("finalbody", "orelse", "handlers", "cases", "body"):
            if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                waiting.extend(reversed(getattr(statement, block, [])))


def _bound_by(statement: ast.AST) -> Iterator[tuple[str, ast.AST | None]]:
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name, statement
        case ast.Import(names=aliases):
            yield from ((alias.asname or alias.name.partition(".")[0], None) for alias in aliases)
        case ast.ImportFrom(names=aliases):
            yield from ((alias.asname or alias.name, None) for alias in aliases)
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from _targets(target, value)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield from _targets(target, value)
        case ast.For(target=target) | ast.AsyncFor(target=target):
            yield from _targets(target, None)
        case ast.With(items=items) | ast.AsyncWith(items=items):
            for item in items:
                yield from _targets(item.optional_vars, None)
        case _:
            if type(statement).__name__ == "TypeAlias":  # Python 3.12 and newer
                yield from _targets(getattr(statement, "name", None), None)


def _targets(target: ast.expr | None, value: ast.expr | None) -> Iterator[tuple[str, ast.AST | None]]:
    match target:
        case ast.Name(id=name):
            yield name, value
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            for part in parts:
                yield from _targets(part, None)
        case ast.Starred(value=inner):
            yield from _targets(inner, None)


def _is_dynamic(tree: ast.Module) -> bool:
    from ast import walk

    return any(isinstance(node, ast.Name) and node.id in _DYNAMIC for node in walk(tree))


def _missing(node: ast.AST | None, bindings: Mapping[str, ast.AST | None], depth: int) -> tuple[str, ...]:
    """Return the parameters without default of what `node` defines; nothing where that is not plain to see."""
    match node:
        case (
            ast.FunctionDef(decorator_list=[], args=arguments) | ast.AsyncFunctionDef(decorator_list=[], args=arguments)
        ):
            return _required(arguments)
        case ast.Lambda(args=arguments):
            return _required(arguments)
        case ast.Name(id=alias) if depth < 8:
            return _missing(bindings.get(alias), bindings, depth + 1)
        case ast.ClassDef():
            return _missing_in_class(node)
    return ()


def _missing_in_class(node: ast.ClassDef) -> tuple[str, ...]:
    methods = {item.name: item for item in node.body if isinstance(item, ast.FunctionDef)}
    if node.keywords or "__new__" in methods:
        return ()
    if "__init__" in methods:
        return () if methods["__init__"].decorator_list else _required(methods["__init__"].args, skip=1)
    if len(node.decorator_list) == 1 and not node.bases and _is_dataclass(node.decorator_list[0]):
        return tuple(name for name in map(_required_field, node.body) if name)
    return ()


def _required(arguments: ast.arguments, skip: int = 0) -> tuple[str, ...]:
    positional = [*arguments.posonlyargs, *arguments.args]
    without = positional[skip : len(positional) - len(arguments.defaults)]
    named = [arg for arg, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if default is None]
    return tuple(arg.arg for arg in (*without, *named))


def _is_dataclass(decorator: ast.expr) -> bool:
    if isinstance(decorator, ast.Call):
        return not any(keyword.arg in ("init", None) for keyword in decorator.keywords) and _is_dataclass(
            decorator.func
        )
    return _unparsed(decorator) in ("dataclass", "dataclasses.dataclass")


def _unparsed(node: ast.AST) -> str:
    from ast import unparse

    return unparse(node)


def _required_field(statement: ast.stmt) -> str:
    """Return the name of a dataclass field that has no default."""
    match statement:
        case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value):
            if re.search(r"\b(ClassVar|KW_ONLY)\b", _unparsed(annotation)):
                return ""
            if value is None:
                return name
            if isinstance(value, ast.Call) and _unparsed(value.func) in ("field", "dataclasses.field"):
                given = {keyword.arg for keyword in value.keywords}
                return name if given.isdisjoint(("default", "default_factory", "init", None)) else ""
    return ""

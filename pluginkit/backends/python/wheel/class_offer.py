"""Classes of an artifact as lines of a surface, with the classes that they derive from."""

from __future__ import annotations

import _ast as ast
import re

from pluginkit.backends.python.wheel.code import Function, Place, bindings, statements, walk
from pluginkit.backends.python.wheel.spelling import decorator, function_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pluginkit.backends.python.wheel.code import Code

_MOST_CLASSES = 60
_KEEP_MEMBERS = {"", "functools.total_ordering", "typing.runtime_checkable", "typing_extensions.runtime_checkable"}
"""Class decorators that neither add nor remove what the class says itself."""
_DATACLASS = "dataclasses.dataclass"
_PROPERTIES = {"builtins.property", "functools.cached_property", "abc.abstractproperty"}
_OPEN = {"__getattr__", "__getattribute__", "__class__"}
"""Members that make of an instance whatever they like."""
_WRITES = {"setattr", "vars", "delattr"}


class Classes:
    """The classes that were asked for, and those above them, as lines."""

    def __init__(self, code: Code) -> None:
        self._code = code
        self._found: dict[str, list[str]] = {}
        self._nodes: dict[str, ast.AST] = {}
        self._changed: dict[str, set[str]] = {}

    @property
    def lines(self) -> Iterator[str]:
        """All of them."""
        return (line for lines in self._found.values() for line in lines)

    def add(self, place: Place) -> str:
        """Add a class, and return its dotted path; empty where another class has that too."""
        node = self._nodes.setdefault(place.path, place.node)
        if place.path not in self._found and len(self._found) < _MOST_CLASSES and isinstance(node, ast.ClassDef):
            lines = self._found[place.path] = []
            lines += self._class(place, node)
        return place.path if node is place.node else ""

    def _class(self, place: Place, node: ast.ClassDef) -> Iterator[str]:
        members = dict(bindings(node.body))
        bases = [self._base(place.module, one) for one in node.bases]
        constructor = self._constructor(place, node, members)
        if constructor is None or self._is_open(place, node, members):
            bases.append("?")
        abstract = any(one.arg == "metaclass" for one in node.keywords)
        bases += ["metaclass=ABCMeta"] * abstract
        derived = f"({', '.join(bases)})" if bases else ""
        yield f"class {place.path}{derived}"
        assigned = set(_assigned(node))
        for name, value in members.items():
            if name in assigned or not isinstance(value, Function):
                yield f"{place.path}.{name}"
            else:
                yield self._method(Place(place.module, f"{node.name}.{name}", value), value)
        targets = [one.target for one in node.body if isinstance(one, ast.AnnAssign)]
        declared = {one.id for one in targets if isinstance(one, ast.Name)}
        yield from (f"{place.path}.{name}" for name in sorted((assigned | declared) - members.keys()))
        yield from filter(None, [constructor])

    def _method(self, place: Place, node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
        meant = {self._code.meaning(place.module, _called(one)) for one in node.decorator_list}
        if not meant & _PROPERTIES:
            return function_line(self._code, place)
        abstract = "@abstractmethod " if meant & {"abc.abstractmethod", "abc.abstractproperty"} else ""
        return f"{abstract}property {place.path}"

    def _base(self, module: str, node: ast.expr) -> str:
        while isinstance(node, ast.Subscript):
            node = node.value
        meant = self._code.meaning(module, node)
        if isinstance(meant, Place):
            meant = self.add(meant) if isinstance(meant.node, ast.ClassDef) else ""
        return meant or "?"

    def _constructor(self, place: Place, node: ast.ClassDef, members: Mapping[str, object]) -> str | None:
        """Return the line of a constructor that a decorator makes, empty where none does; None where it may do more."""
        meant = [(one, decorator(self._code, place.module, one)) for one in node.decorator_list]
        made = [(one, name) for one, name in meant if name not in _KEEP_MEMBERS]
        if not made:
            return ""
        ((one, name), *more) = made
        if more or name.partition("(")[0] != _DATACLASS:
            return None
        words = [word.arg for word in one.keywords] if isinstance(one, ast.Call) else []
        if "__init__" in members or "init" in words:
            return ""
        if node.bases or {"kw_only", None} & {*words}:
            return f"{place.path}.__init__"
        fields = [_field(self._code, place.module, field) for field in node.body]
        if None in fields:
            return f"{place.path}.__init__"
        return f"def {place.path}.__init__({', '.join(['self', *(one for one in fields if one)])})"

    def _is_open(self, place: Place, node: ast.ClassDef, members: Mapping[str, object]) -> bool:
        """Return whether its instances may have what the class does not show."""
        if members.keys() & _OPEN or self._is_changed(place.module, node.name):
            return True
        metaclasses = [self._code.meaning(place.module, one.value) for one in node.keywords if one.arg == "metaclass"]
        if any(one != "abc.ABCMeta" for one in metaclasses) or any(one.arg != "metaclass" for one in node.keywords):
            return True
        parsed = self._code.module(place.module)
        may_write = parsed is None or any(word.encode() in parsed.source for word in (*_WRITES, "__dict__"))
        return may_write and any(_writes(one) for one in walk(node))

    def _is_changed(self, module: str, name: str) -> bool:
        """Return whether a module changes a class after defining it, or hands it to somebody who may."""
        parsed = self._code.module(module)
        if parsed is None:
            return True
        if name.isascii() and not re.search(rf"\b{name}\s*[.,)]".encode(), parsed.source):
            return False  # the tree need not be walked
        if module not in self._changed:
            self._changed[module] = set(_changed(parsed.tree))
        return name in self._changed[module]


def _called(node: ast.expr) -> ast.expr:
    return node.func if isinstance(node, ast.Call) else node


def _writes(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute) and node.attr == "__dict__":
        return True
    return isinstance(node, ast.Name) and node.id in _WRITES


def _changed(tree: ast.Module) -> Iterator[str]:
    """Yield names whose attributes are set, and arguments of calls that stand alone."""
    for node in walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
                yield name
            case ast.Expr(value=ast.Call(args=arguments, keywords=words)):
                for one in (*arguments, *(word.value for word in words)):
                    if isinstance(one, ast.Name):
                        yield one.id


def _assigned(node: ast.ClassDef) -> Iterator[str]:
    """Yield the attributes that methods set on the instance."""
    for method in node.body:
        if not isinstance(method, Function) or not method.args.args:
            continue
        own = method.args.args[0].arg
        for one in statements(method.body, functions=True):
            for target in _targets(one):
                for part in target.elts if isinstance(target, ast.Tuple | ast.List) else (target,):
                    if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id == own:
                        yield part.attr


def _targets(node: ast.AST) -> Sequence[ast.AST]:
    """Return what a statement assigns to."""
    match node:
        case ast.Assign(targets=targets):
            return targets
        case ast.AnnAssign(target=target) | ast.AugAssign(target=target) | ast.For(target=target):
            return [target]
        case ast.With(items=items) | ast.AsyncWith(items=items):
            return [one.optional_vars for one in items if one.optional_vars]
    return ()


def _field(code: Code, module: str, statement: ast.stmt) -> str | None:
    """Return a dataclass field as a parameter; empty for what is none; None where that is not plain to see."""
    match statement:
        case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value):
            kind = code.meaning(module, annotation.value if isinstance(annotation, ast.Subscript) else annotation)
            if kind == "typing.ClassVar":
                return ""
            if kind in ("dataclasses.InitVar", "dataclasses.KW_ONLY") or isinstance(annotation, ast.Constant):
                return None
            if not isinstance(value, ast.Call):
                return name if value is None else f"{name} = ..."
            if code.meaning(module, value.func) != "dataclasses.field":
                return f"{name} = ..."
            given = {word.arg for word in value.keywords}
            if given & {"init", "kw_only", None}:
                return None
            return f"{name} = ..." if given & {"default", "default_factory"} else name
    return ""

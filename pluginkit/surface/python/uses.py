"""What a plugin's own code does with the APIs it is built for, read by `ast`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pluginkit.core.frozen import record
from pluginkit.surface.calls import Shape
from pluginkit.surface.python.conditions import decide
from pluginkit.surface.python.context import Function
from pluginkit.surface.python.modules import Module
from pluginkit.surface.python.names import Names
from pluginkit.surface.python.operators import operators
from pluginkit.surface.python.scopes import last_name
from pluginkit.surface.uses import Uses, canonical

_DYNAMIC = {"exec", "eval"}
_DOTTED = re.compile(r"[^\W\d]\w*(?:[.:][^\W\d]\w*)+")
_OF_FIELDS = {"asdict", "astuple", "evolve", "fields", "replace"}


@record
class Place:
    """Where a plugin uses a name."""

    line: str
    """The line of `Uses` that it made."""
    file: str
    number: int
    """Line in the file, from 1."""
    member: str = ""
    """Of the line of a class or a module, which of its members stands there; empty for all of it."""


@dataclass(slots=True)
class _Found:
    places: list[Place] = field(default_factory=list)
    file: str = ""

    def add(self, line: str, node: ast.AST, member: str = "") -> None:
        self.places.append(Place(line, self.file, getattr(node, "lineno", 1), member))

    def add_all(self, line: str, node: ast.AST, members: Mapping[str, ast.AST]) -> None:
        """Note the line of a class or a module, and where each of its members stands."""
        self.add(line, node)
        for name, one in members.items():
            self.add(line, one, name)


def read_uses(sources: Mapping[str, bytes], roots: Iterable[str], known: frozenset[str]) -> Uses:
    """Return what the Python files of a plugin do with the API modules `roots`.

    `sources` are POSIX paths beneath the import root, with their bytes; `known` are the names in the APIs'
    surfaces (see `known_names`): other attributes concern no API.
    """
    size = sum(data.count(b"\n") for data in sources.values())
    return Uses(canonical((place.line for place in read_places(sources, roots, known)), size))


def read_places(sources: Mapping[str, bytes], roots: Iterable[str], known: frozenset[str]) -> list[Place]:
    """Return each use with its place; see `read_uses`."""
    found = _Found()
    modules: dict[str, tuple[str, Module]] = {}
    for file, data in sorted(sources.items()):
        found.file = file
        if file.endswith((".so", ".pyd", ".pyc")):
            found.add("dynamic compiled", ast.Pass())
        elif file.endswith(".py"):
            name, is_package = _module_name(file)
            try:
                modules[name] = file, Module(name, ast.parse(data), is_package)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue  # what does not parse cannot be imported
    names = Names({name: module for name, (_, module) in modules.items()}, tuple(roots))
    for name, (file, module) in modules.items():
        found.file = file
        reader = _Reader(found, names, name, known)
        reader.module(module)
    return found.places


def _module_name(file: str) -> tuple[str, bool]:
    parts = file.removesuffix(".py").split("/")
    is_package = parts[-1] == "__init__" and len(parts) > 1
    return ".".join(parts[:-1] if is_package else parts), is_package


class _Reader:
    def __init__(self, found: _Found, names: Names, module: str, known: frozenset[str]) -> None:
        self._found, self._names, self._module, self._known = found, names, module, known
        self._annotations = True
        self._in_api_class = True
        """What `super()` means may be of an API."""
        self._super = ""
        """Path of the API's class that it means, where there is one."""
        self._strings: set[str] = set()

    def module(self, module: Module) -> None:
        if module.tree is None:
            return
        self._annotations = not any(
            isinstance(one, ast.ImportFrom)
            and one.module == "__future__"
            and any(a.name == "annotations" for a in one.names)
            for one in module.tree.body
        )
        self._strings = {
            one.value for one in ast.walk(module.tree) if isinstance(one, ast.Constant) and isinstance(one.value, str)
        }
        for path, node in self._names.imported(self._module):
            self._found.add(f"name {path}", node)
        callbacks = bool({"__call__", "Callable"} & self._known)
        top = [one for one in module.tree.body if isinstance(one, Function)]
        functions = {one.name: one for one in top if one.name in self._known or (callbacks and one.name[:1] != "_")}
        if functions:
            members = "; ".join(_signature(one) for _, one in sorted(functions.items()))
            line = f"module {self._module or '__init__'}: {members}"
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

    def _constant(self, node: ast.Constant) -> None:
        if not isinstance(node.value, str):
            return
        if node.value in self._known:
            self._found.add(f"text {node.value}", node)
        elif "." in node.value and self._names.is_within(node.value) and _DOTTED.fullmatch(node.value):
            self._found.add(f"path {node.value.replace(':', '.')}", node)

    def _named(self, node: ast.Attribute | ast.Name) -> None:
        verb = "get" if isinstance(node.ctx, ast.Load) else "set"
        path = self._names.path(self._module, node)
        if path:
            if verb == "get" or isinstance(node, ast.Attribute):
                self._found.add(f"{verb} {path}", node)
        elif isinstance(node, ast.Attribute):
            if not self._names.is_foreign(self._module, node.value):
                self._member(verb, node.attr, node)
            self._any(node.value)

    def _member(self, verb: str, name: str, node: ast.AST, detail: str = "") -> None:
        if name in self._known:
            fallback = "|" if name in self._names.guarded(self._module) else ""
            self._found.add(f"{verb} .{name}{fallback}{detail}", node)
        elif verb == "set" and isinstance(node, ast.Attribute):
            maker = self._names.maker(self._module, node.value)
            if maker:
                self._found.add(f"set {maker}.*", node)

    def _call(self, node: ast.Call, *, verb: str) -> None:
        for line in operators(node, self._known):
            self._found.add(line, node)
        function, shape = node.func, _shape(node)
        path = self._names.path(self._module, function) if isinstance(function, ast.Attribute | ast.Name) else ""
        if path:
            self._found.add(f"{verb} {path} {shape}", node)
        elif isinstance(function, ast.Attribute):
            is_super = isinstance(function.value, ast.Call) and last_name(function.value.func) == "super"
            if is_super and not self._in_api_class:
                pass  # of a class that has nothing to do with an API
            elif is_super and self._super:
                self._found.add(f"super {self._super}.{function.attr} {shape}", node)
            elif not self._names.is_foreign(self._module, function.value):
                self._member(verb, function.attr, node, f" {shape}")
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
                self._member(verb, "__call__", node, f" {shape}")
            elif function.id in ("attrgetter", "methodcaller"):
                self._taken(node)
        else:
            self._member(verb, "__call__", node, f" {shape}")
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
        """Handle a call of a function that takes classes or names; return whether its arguments are done with."""
        arguments = node.args
        if name in ("isinstance", "issubclass") and len(arguments) == 2:
            self._any(arguments[0])
            self._test(arguments[1])
            return True
        if name in ("getattr", "hasattr", "setattr", "delattr") and len(arguments) > 1:
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
        """Note code in strings: what of a module's strings names an API and parses is read, else names are computed."""
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
        path = self._names.path(self._module, first) if isinstance(first, ast.Attribute | ast.Name) else ""
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
            path = self._names.path(self._module, target) if isinstance(target, ast.Attribute | ast.Name) else ""
            self._found.add(f"get {path}.*" if path else "computed getattr", node)
        for one in node.args:
            self._any(one)

    def _test(self, node: ast.expr | None) -> None:
        for one in node.elts if isinstance(node, ast.Tuple) else [node]:
            path = self._names.path(self._module, one) if isinstance(one, ast.Attribute | ast.Name) else ""
            if path:
                self._found.add(f"test {path}", one or ast.Pass())
            elif isinstance(one, ast.Attribute | ast.Name):
                name = one.attr if isinstance(one, ast.Attribute) else one.id
                if name in self._known:
                    self._found.add(f"test .{name}", one)
            elif one is not None:
                self._any(one)

    def _subscript(self, node: ast.Subscript) -> None:
        path = self._names.path(self._module, node.value) if isinstance(node.value, ast.Attribute | ast.Name) else ""
        if path:
            self._annotated_item(node)
            self._any(node.slice)
        else:
            if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
                self._member("set" if isinstance(node.ctx, ast.Store | ast.Del) else "get", node.slice.value, node)
            self._children(node)

    def _annotation(self, node: ast.expr | None) -> None:
        """Note what an annotation names, where it is evaluated."""
        if node is None or not self._annotations:
            return
        for one in ast.walk(node):
            if isinstance(one, ast.Subscript):
                self._annotated_item(one)
            if isinstance(one, ast.Attribute | ast.Name) and (path := self._names.path(self._module, one)):
                self._found.add(f"name {path}", one)

    def _annotated_item(self, node: ast.Subscript) -> None:
        path = self._names.path(self._module, node.value) if isinstance(node.value, ast.Attribute | ast.Name) else ""
        if path:
            count = len(node.slice.elts) if isinstance(node.slice, ast.Tuple) else 1
            self._found.add(f"item {path} {count}", node)
            for line in operators(node, self._known):
                self._found.add(line, node)

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
            path = self._names.path(self._module, one) if isinstance(one, ast.Attribute | ast.Name) else ""
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
        found = {name: (text, one) for name, text, one in _members(node, self._known, everything=is_api)}
        members = {name: text for name, (text, _) in found.items()}
        if is_api or members:
            marks = [f"{word.arg}=" for word in node.keywords if word.arg]
            marks += ["@dataclass="] * any("dataclass" in ast.unparse(one) for one in node.decorator_list)
            spelled = [*filter(None, bases), *sorted(marks)]
            text = f": {'; '.join(text for _, text in sorted(members.items()))}" if members else ""
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


def _members(node: ast.ClassDef, known: frozenset[str], *, everything: bool) -> Iterator[tuple[str, str, ast.AST]]:
    """Yield the members that a class defines, each as a line of uses has it, and where."""

    def wanted(name: str) -> bool:
        return name in known or (everything and (not name.startswith("_") or name == "__init__"))

    for method in (one for one in ast.walk(node) if isinstance(one, Function)):
        for one in ast.walk(method):
            targets = (
                one.targets if isinstance(one, ast.Assign) else [one.target] if isinstance(one, ast.AnnAssign) else []
            )
            for target in targets:
                if isinstance(target, ast.Attribute) and _is_self(target) and wanted(target.attr):
                    yield target.attr, target.attr, target
    for statement in node.body:
        if isinstance(statement, Function) and wanted(statement.name):
            marks = {ast.unparse(one).rpartition(".")[2] for one in statement.decorator_list}
            plain = bool(marks & {"property", "cached_property", "setter"})
            yield statement.name, statement.name if plain else _signature(statement, marks), statement
        elif isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            for target in statement.targets if isinstance(statement, ast.Assign) else [statement.target]:
                if isinstance(target, ast.Name) and wanted(target.id):
                    yield target.id, target.id, target
        elif isinstance(statement, ast.ClassDef) and wanted(statement.name):
            yield statement.name, statement.name, statement


def _signature(node: Function, marks: Iterable[str] = ()) -> str:
    """Return a function as a line of uses has it; a static method takes a `self` so that all are alike."""
    given = node.args
    places = [*given.posonlyargs, *given.args]
    optional = len(places) - len(given.defaults)
    spelled = ["self"] if "staticmethod" in marks else []
    for index, one in enumerate(places):
        spelled.append(one.arg + "=" * (index >= optional))
        if index + 1 == len(given.posonlyargs):
            spelled.append("/")
    if given.vararg:
        spelled.append(f"*{given.vararg.arg}")
    elif given.kwonlyargs:
        spelled.append("*")
    spelled += [
        f"{one.arg}{'=' * (default is not None)}"
        for one, default in zip(given.kwonlyargs, given.kw_defaults, strict=True)
    ]
    spelled += [f"**{given.kwarg.arg}"] if given.kwarg else []
    word = "async " if isinstance(node, ast.AsyncFunctionDef) else ""
    return f"{word}{node.name}({', '.join(spelled)})"


def _shape(node: ast.Call) -> Shape:
    star = any(isinstance(one, ast.Starred) for one in node.args)
    given = [(str(index), one) for index, one in enumerate(node.args)]
    words = [(word.arg, word.value) for word in node.keywords if word.arg]
    spread = [word.value for word in node.keywords if word.arg is None]
    if spread and all(isinstance(one, ast.Dict) and all(map(_is_text, one.keys)) for one in spread):
        for one in spread:
            words += [(key.value, value) for key, value in zip(one.keys, one.values, strict=True)]  # type: ignore[attr-defined]
        spread = []
    given += words
    return Shape(
        sum(not isinstance(one, ast.Starred) for one in node.args),
        tuple(sorted(name for name, _ in words)),
        star,
        bool(spread),
        tuple(sorted((argument, kind) for argument, one in given if (kind := _literal(one)))),
    )


def _is_text(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _literal(node: ast.expr) -> str:
    """Return the type of a literal; empty for anything else."""
    if isinstance(node, ast.Constant):
        return "None" if node.value is None else type(node.value).__name__
    kinds = {ast.List: "list", ast.Dict: "dict", ast.Set: "set", ast.Tuple: "tuple", ast.JoinedStr: "str"}
    return kinds.get(type(node), "")


def _is_self(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")


def known_names(surfaces: Iterable[Sequence[str]]) -> frozenset[str]:
    """Return every identifier that the lines of surfaces contain."""
    found = (name for lines in surfaces for line in lines for name in re.findall(r"[^\W\d]\w*", line))
    return frozenset(found) | {"__eq__", "__hash__", "__iter__", "__lt__", "__le__", "__gt__", "__ge__"}

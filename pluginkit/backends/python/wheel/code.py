"""The modules of an artifact as syntax trees, and what the names in them mean. Nothing is imported or run."""

from __future__ import annotations

import _ast as ast  # what `ast` makes trees of; importing that takes longer than reading ten plugins
import builtins

from pluginkit.backends.python.wheel.syntax import MAX_TOKENS, UNREADABLE, parse, tokens
from pluginkit.core.frozen import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Bindings = Mapping[str, "ast.AST | Imported | None"]

Function = ast.FunctionDef | ast.AsyncFunctionDef

MAX_SOURCE = 4 << 20
"""Bytes; a larger module is not parsed, and so not known."""
_FARTHEST = 30
"""Names followed one after the other: imports may go round in circles."""
_BLOCKS = ("finalbody", "orelse", "handlers", "cases", "body")


class Sources:
    """The importable files of one artifact."""

    def __init__(self, paths: Mapping[str, str], read: Callable[[str], bytes], requires_python: str = "") -> None:
        """Take import paths, each with what `read` takes."""
        self.paths, self.read, self.requires_python = paths, read, requires_python
        self._others: Mapping[str, str] | None = None

    def module(self, dotted: str) -> str | None:
        """Return the import path of a module's source or extension; `dir/` for a namespace; None if not shipped."""
        base = dotted.replace(".", "/")
        for path in (f"{base}/__init__.py", f"{base}.py"):
            if path in self.paths:
                return path
        if self._others is None:
            self._others = self._other_forms()
        return self._others.get(base)

    def _other_forms(self) -> Mapping[str, str]:
        """Return by what it would be imported as each extension module, and `dir/` for each directory."""
        found: dict[str, str] = {}
        for path in self.paths:
            directory, _, file = path.rpartition("/")
            if file.endswith((".so", ".pyd")):
                stem = file.partition(".")[0]
                found.setdefault(directory if stem == "__init__" else f"{directory}/{stem}".lstrip("/"), path)
        for path in self.paths:
            above = path.rpartition("/")[0]
            while above and above not in found:
                found[above] = f"{above}/"
                above = above.rpartition("/")[0]
        return found


@record
class Imported:
    """What an import statement binds a name to."""

    module: str
    name: str
    """Empty for the module itself."""
    level: int = 0
    """Dots before the module's name."""


@record
class Parsed:
    """One module."""

    name: str
    path: str
    source: bytes
    tree: ast.Module
    bindings: Bindings
    """What each name of its top level is bound to; None for what only running it could tell."""


@record
class Place:
    """A definition in the artifact."""

    module: str
    name: str
    node: ast.AST

    @property
    def path(self) -> str:
        """Dotted."""
        return f"{self.module}.{self.name}"


class Code:
    """The modules of one artifact, each parsed when it is first asked for."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self._parsed: dict[str, Parsed | None] = {}
        self._left = MAX_TOKENS
        self._tops = {path.partition("/")[0].partition(".")[0] for path in sources.paths}

    def parse(self, module: str, path: str) -> Parsed | None:
        """Return a module by its import path, None for one that is too large, or with others before it.

        Raises SyntaxError, ValueError, RecursionError or MemoryError for one that cannot be parsed.
        """
        if module not in self._parsed:
            source = self.sources.read(self.sources.paths[path])
            self._left -= tokens(source)
            if len(source) > MAX_SOURCE or self._left < 0:
                self._parsed[module] = None
            else:
                tree = parse(source)
                self._parsed[module] = Parsed(module, path, source, tree, dict(bindings(tree.body)))
        return self._parsed[module]

    def module(self, dotted: str) -> Parsed | None:
        """Return a module of the artifact; None for any other, and where it cannot be parsed."""
        if dotted in self._parsed or dotted.partition(".")[0] not in self._tops:
            return self._parsed.get(dotted)
        path = self.sources.module(dotted)
        try:
            return self.parse(dotted, path) if path and path.endswith(".py") else None
        except UNREADABLE:
            self._parsed[dotted] = None
            return None

    def meaning(self, module: str, node: ast.AST | None, local: Bindings | None = None, depth: int = 0) -> Place | str:
        """Return what a name, or an attribute of one, is in a module: the artifact's own definition, or a dotted path.

        `local` are the names of the function it stands in. Empty where only running it could tell.
        """
        if depth > _FARTHEST:
            return ""
        match node:
            case ast.Attribute(value=value, attr=attr):
                base = self.meaning(module, value, local, depth + 1)
                return self._attribute(base, attr, depth + 1) if isinstance(base, str) and base else ""
            case ast.Name(id=name) if local is not None and name in local:
                return self._bound(module, name, local[name], local, depth + 1)
            case ast.Name(id=name):
                return self.named(module, name, depth + 1)
        return ""

    def named(self, module: str, name: str, depth: int = 0) -> Place | str:
        """Return what a module of the artifact binds a name to, as `meaning` does."""
        found = self.module(module)
        if found is None or depth > _FARTHEST:
            return ""
        if name in found.bindings:
            return self._bound(module, name, found.bindings[name], None, depth)
        if found.path.endswith("/__init__.py") and self.sources.module(f"{module}.{name}"):
            return f"{module}.{name}"
        if "*" in found.bindings or "__getattr__" in found.bindings or not hasattr(builtins, name):
            return ""
        return f"builtins.{name}"

    def _bound(
        self, module: str, name: str, node: ast.AST | Imported | None, local: Bindings | None, depth: int
    ) -> Place | str:
        if isinstance(node, Imported):
            return self._imported(module, node, depth)
        if isinstance(node, ast.Name) and node.id == name:
            return ""
        if isinstance(node, ast.Name | ast.Attribute):
            return self.meaning(module, node, local, depth + 1)
        return Place(module, name, node) if node is not None else ""

    def _imported(self, module: str, found: Imported, depth: int) -> Place | str:
        source = self.absolute(module, found)
        return self._attribute(source, found.name, depth + 1) if found.name else source

    def absolute(self, module: str, found: Imported) -> str:
        """Return the dotted name of the module that an import in `module` names."""
        if not found.level:
            return found.module
        parsed = self.module(module)
        parts = module.split(".")
        is_package = parsed is not None and parsed.path.endswith("/__init__.py")
        base = parts[: len(parts) - found.level + is_package]
        return ".".join([*base, *([found.module] if found.module else [])])

    def _attribute(self, base: str, name: str, depth: int) -> Place | str:
        return self.named(base, name, depth) if self.module(base) else f"{base}.{name}"


def walk(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and all beneath it, as `ast.walk` does."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting += children(one)


def children(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes directly beneath one."""
    for name in node._fields:
        value = getattr(node, name, None)
        if isinstance(value, ast.AST):
            yield value
        elif isinstance(value, list):
            yield from (one for one in value if isinstance(one, ast.AST))


def statements(body: Sequence[ast.AST], *, functions: bool = False) -> Iterator[ast.AST]:
    """Yield each statement in a body and in its blocks, with `functions` those of inner functions too.

    Expressions, which are most of a tree, are left out.
    """
    waiting = list(reversed(body))
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, ast.ClassDef) or (isinstance(node, Function) and not functions):
            continue
        for name in _BLOCKS:
            waiting += reversed(getattr(node, name, ()))


def bindings(body: Sequence[ast.stmt]) -> Iterator[tuple[str, ast.AST | Imported | None]]:
    """Yield (name, what defines it) for all that the top level of a module, class or function binds, blocks included.

    None stands for what only running it could tell; the name `*` for a star import.
    """
    bound: set[str] = set()
    waiting = list(reversed(body))
    while waiting:
        statement = waiting.pop()
        for name, node in _bound_by(statement):
            yield name, None if name in bound else node
            bound.add(name)
        for block in _BLOCKS:
            if not isinstance(statement, Function | ast.ClassDef):
                waiting.extend(reversed(getattr(statement, block, [])))


def _bound_by(statement: ast.AST) -> Iterator[tuple[str, ast.AST | Imported | None]]:
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name, statement
        case ast.Import(names=aliases):
            for alias in aliases:
                top = alias.name.partition(".")[0]
                yield alias.asname or top, Imported(alias.name if alias.asname else top, "")
        case ast.ImportFrom(module=module, names=aliases, level=level):
            for alias in aliases:
                yield alias.asname or alias.name, Imported(module or "", alias.name, level or 0)
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

"""The public surface of a Python API, read from its files by `ast`; nothing of it is imported.

One declaration a line, sorted by the name it declares:

    module acme_api
    acme_api.API_VERSION: str = 'v3'
    import acme_api.Request from acme_api.model.Request
    class acme_api.Plugin(Protocol)
    property acme_api.Plugin.name: str
    @abstractmethod def acme_api.Plugin.handle(self, request: Request) -> Response
    @dataclass(frozen=True) class acme_api.model.Request
    def acme_api.model.Request.__init__(self, id: str, tags: tuple[str, ...] = ()) -> None
    field acme_api.model.Request.tags: tuple[str, ...] = ()
    type acme_api.Handler = Callable[[Request], Response]
    if sys.platform == 'win32': def acme_api.registry()
    unknown acme_api.plugins: globals()

`import` lines are further names of what another line, or another distribution, declares. `field` is an
annotated attribute from which a class makes its constructor. `@internal` stands before what can be imported, or met
through another declaration, and is not public (PEP 8, `__all__`). `unknown` says what only running it could tell.
`pluginkit.surface.compare` compares these lines.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path

from pluginkit.surface.python.bindings import Binding, Import, Scope, last_name
from pluginkit.surface.python.classes import class_lines
from pluginkit.surface.python.context import Context, Function
from pluginkit.surface.python.functions import functions
from pluginkit.surface.python.modules import Module, load
from pluginkit.surface.python.resolve import Resolver, Target
from pluginkit.surface.python.scopes import Scopes
from pluginkit.surface.python.spelling import is_standard
from pluginkit.surface.python.values import assigned
from pluginkit.surface.signature import declaration

_SKIPPED = {"__all__", "__doc__", "__dir__", "__path__", "__file__", "__builtins__"}
_INTERNAL = "@internal "


def surface(search_path: Path, modules: Sequence[str]) -> tuple[str, ...]:
    """Return the surface of `modules` (dotted names) found in the directory `search_path`.

    Public is what PEP 8 and `__all__` say, and what an `__init__.py` without `__all__` imports from its own
    package. A compiled module without a stub is the one line `module NAME (compiled)`.
    Raises PluginkitError for a module that is absent or does not parse.
    """
    return _Surface(load(search_path, modules), frozenset(modules)).lines()


class _Surface:
    def __init__(self, modules: dict[str, Module], roots: frozenset[str]) -> None:
        self._modules, self._roots = modules, roots
        self._resolver = Resolver(Scopes(modules))
        self._names: dict[str, list[tuple[bool, str]]] = {}
        self._noted: dict[str, Target] = {}
        self._public: list[tuple[str, Target, bool]] = []
        self._counts: dict[str, int] = {}

    def lines(self) -> tuple[str, ...]:
        found: set[tuple[str, str]] = set()
        for name, module in self._modules.items():
            if self._is_public_module(name):
                found.add((name, f"module {name}{' (compiled)' if module.tree is None else ''}"))
                found.update(self._module(name, module))
            elif module.tree is not None and (private := self._private(name, self._resolver.scopes.of(name))):
                found.add((f"{name}.", f"private {name}: {', '.join(private)}"))
        self._count()
        for path, target, internal in self._public:
            self._names.setdefault(target.path, []).append((internal, path))
        for path, target, internal in self._public:
            found.update(self._declared(path, target, internal=internal))
        while waiting := [target for path, target in self._noted.items() if path not in self._names]:
            for target in waiting:
                self._names[target.path] = [(True, target.path)]
                found.update(self._declared(target.path, target, internal=True))
        return tuple(line for _, line in sorted(found))

    def _is_public_module(self, name: str) -> bool:
        root = min((one for one in self._roots if name == one or name.startswith(f"{one}.")), key=len, default="")
        return not any(part.startswith("_") for part in name[len(root) :].split("."))

    def _module(self, name: str, module: Module) -> Iterator[tuple[str, str]]:
        if module.tree is None:
            return
        scope = self._resolver.scopes.of(name)
        yield from ((name, f"unknown {name}: {reason}") for reason in sorted(set(scope.unknown)))
        self._collect(name, name, scope, frozenset())
        for lazy in sorted(_served(module.tree)):
            if lazy not in scope.names:
                yield f"{name}.{lazy}", f"@lazy {name}.{lazy}"
        if private := self._private(name, scope):
            yield f"{name}.", f"private {name}: {', '.join(private)}"
        exports = set(scope.exports or ())
        if scope.exports is not None and exports != self._by_default(name):
            yield f"{name}.__all__", f"{name}.__all__ = {', '.join(sorted(exports))}"

    def _private(self, module: str, scope: Scope) -> list[str]:
        """Return what else is bound in a module: nobody is meant to use it, and it is there."""
        names = {path.rpartition(".")[2] for path, _, _ in self._public if path.rpartition(".")[0] == module}
        left = [(name, bindings) for name, bindings in scope.names.items() if name not in {*names, *_SKIPPED}]
        return sorted(name for name, bindings in left if not all(map(_is_of_python, bindings)))

    def _by_default(self, module: str) -> set[str]:
        """Return what the lines of a module say that a star import binds."""
        own = [(path.rpartition("."), internal) for path, _, internal in self._public]
        return {name for (owner, _, name), internal in own if owner == module and not internal and name[:1] != "_"}

    def _collect(self, shown: str, name: str, scope: Scope, above: frozenset[str]) -> None:
        """Gather the names of a module, under the name by which others know it."""
        if name in above:
            return
        for own, bindings in scope.names.items():
            internal = self._is_internal(scope, own, bindings)
            if internal is None:
                continue
            target = self._resolver.lookup(name, own)
            path = f"{shown}.{own}"
            if target is None or self._is_by_chance(scope, own, bindings, target):
                continue
            if target.module and not target.name:
                if not self._is_public_module(target.module) and not internal:
                    self._collect(path, target.module, self._resolver.scopes.of(target.module), above | {name})
                elif target.module != path:
                    self._public.append((path, target, internal))
            else:
                self._public.append((path, target, internal))

    def _is_by_chance(self, scope: Scope, name: str, bindings: Sequence[Binding], target: Target) -> bool:
        """Return whether a name of the standard library came along with a star import."""
        if target.module or not is_standard(target.name) or name in (scope.exports or ()):
            return False
        return all(isinstance(one.node, Import) and one.node.module in self._modules for one in bindings)

    def _is_internal(self, scope: Scope, name: str, bindings: Sequence[Binding]) -> bool | None:
        """Return whether a name can be imported without being public; None where it is no part of the surface."""
        if name in _SKIPPED:
            return None
        if scope.exports is not None and name in scope.exports:
            return False
        dunder = name.startswith("__") and name.endswith("__")
        if name.startswith("_") and not dunder:
            return None
        imported = [one.node for one in bindings if isinstance(one.node, Import)]
        hidden = scope.exports is not None and name != "__getattr__"
        if len(imported) < len(bindings):
            return hidden
        if any(one.explicit for one in imported):
            return hidden
        first = imported[0]
        if first.module.partition(".")[0] != scope.module.name.partition(".")[0]:
            return None if is_standard(first.module) or not first.name else True
        return hidden or not scope.module.is_package

    def _count(self) -> None:
        """Count how many classes and aliases have each name: one that is not unique is spelled with its path."""
        for name in self._modules:
            for own, bindings in self._resolver.scopes.of(name).names.items():
                if any(not isinstance(one.node, Import | Function) for one in bindings):
                    self._counts[own] = self._counts.get(own, 0) + 1

    def _shown(self, target: Target) -> str:
        """Return how annotations name a declaration; it becomes part of the surface."""
        if target.name:
            self._noted.setdefault(target.path, target)
        primary = self._primary(target)
        short = primary.rpartition(".")[2]
        return short if self._counts.get(target.name, 0) <= 1 else primary

    def _primary(self, target: Target) -> str:
        """Return the name that carries a declaration: where it is defined if that is public, else the shortest."""
        names = self._names.get(target.path)
        if not names:
            return target.path
        best = min(names, key=lambda one: (one[0], one[1] != target.path, one[1].count("."), one[1]))
        return best[1]

    def _is_public(self, target: Target) -> bool:
        return any(not internal for internal, _ in self._names.get(target.path, ()))

    def _declared(self, path: str, target: Target, *, internal: bool) -> Iterator[tuple[str, str]]:
        prefix = _INTERNAL if internal else ""
        if not target.module:
            yield path, f"{prefix}import {path} from {target.name}"
        elif not target.name:
            yield path, f"{prefix}import {path} from {target.module}"
        elif path != self._primary(target):
            yield path, f"{prefix}import {path} from {self._primary(target)}"
        else:
            context = Context(self._resolver, self._shown, self._is_public, target.module)
            for binding in target.bindings:
                condition = f"if {binding.condition}: " if binding.condition else ""
                for line in _lines(context, path, binding):
                    yield declaration(line).name, f"{condition}{prefix}{line}"


def _served(tree: ast.Module) -> set[str]:
    """Return the names that a module's `__getattr__` makes when asked for them (PEP 562), as far as it lists them."""
    found: set[str] = set()
    tables = {
        last_name(target): one.value for one in tree.body if isinstance(one, ast.Assign) for target in one.targets
    }
    for node in tree.body:
        if not isinstance(node, Function) or node.name != "__getattr__" or not node.args.args:
            continue
        for one in ast.walk(node):
            if isinstance(one, ast.Compare) and last_name(one.left) == node.args.args[0].arg:
                for side in one.comparators:
                    found |= _strings(tables.get(last_name(side), side))
            elif isinstance(one, ast.Subscript | ast.Call) and last_name(one) in ("get", *tables):
                table = one.func.value if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) else one
                found |= _strings(tables.get(last_name(table), ast.Pass()))
    return found


def _strings(node: ast.AST) -> set[str]:
    """Return the identifiers among a string, the items of a display, or the keys of a dictionary."""
    items = node.keys if isinstance(node, ast.Dict) else getattr(node, "elts", [node])
    found = {one.value for one in items if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    return {one for one in found if one.isidentifier()}


def _is_of_python(binding: Binding) -> bool:
    """Return whether a name is imported from the standard library."""
    return isinstance(binding.node, Import) and is_standard(binding.node.module)


def _lines(context: Context, path: str, binding: Binding) -> Iterator[str]:
    node = binding.node
    if isinstance(node, Function):
        yield from functions(context, path, binding)
    elif isinstance(node, ast.ClassDef):
        yield from class_lines(context, path, node)
    elif isinstance(node, Import):
        yield f"import {path} from {'.'.join(part for part in (node.module, node.name) if part)}"
    else:
        yield from assigned(context, path, binding, {})

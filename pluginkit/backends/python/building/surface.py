"""The public surface of a Python API, read by griffe from its files; nothing of it is imported.

One declaration a line, sorted by the name it declares:

    module acme_api
    acme_api.API_VERSION: str = 'v3'
    import acme_api.Request from acme_api.model.Request
    class acme_api.Plugin(Protocol)
    property acme_api.Plugin.name: str
    @abstractmethod def acme_api.Plugin.handle(self, request: Request) -> Response
    @dataclass(frozen=True) class acme_api.model.Request
    field acme_api.model.Request.tags: tuple[str, ...] = ()

`import` lines are further names of what another line, or another distribution, declares. `field` is an
annotated attribute from which a class makes its constructor. `pluginkit.surface.diff` compares these lines.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pluginkit.backends.python.building import griffe_tree

if TYPE_CHECKING:
    import griffe

_LONGEST_VALUE = 160
"""Characters; a longer value stands as its digest, so that its change still shows."""
_DECORATORS = (
    "abstractmethod",
    "asynccontextmanager",
    "classmethod",
    "contextmanager",
    "final",
    "overload",
    "runtime_checkable",
    "staticmethod",
)
_FIELD_BASES = {"BaseModel", "NamedTuple", "Struct", "TypedDict"}
_FIELD_DECORATORS = {"attrs", "dataclass", "define", "frozen", "mutable", "s"}
_HIDDEN = {"__all__", "__doc__", "__slots__"}


def surface(search_path: Path, modules: Sequence[str]) -> tuple[str, ...]:
    """Return the public surface of `modules` (dotted names) found in the directory `search_path`.

    Public is what PEP 8 and `__all__` say, and what an `__init__.py` without `__all__` imports from its own
    package. A compiled module without a stub is the one line `module NAME (compiled)`.
    Raises PluginkitError for a module that is absent or does not parse.
    """
    declared: dict[str, griffe.Object] = {}
    lines: set[tuple[str, str]] = set()
    for module in griffe_tree.load(search_path, modules):
        if isinstance(module, str):
            lines.add((module, f"module {module} (compiled)"))
            continue
        for name, target in griffe_tree.public(module):
            if isinstance(target, str):
                lines.add((name, f"import {name} from {target}"))
            else:
                declared[name] = target
    primary = _primary(declared)
    for name, target in declared.items():
        first = primary[target.canonical_path]
        if name == first:
            lines.update(_declare(name, target, primary))
        else:
            lines.add((name, f"import {name} from {first}"))
    return tuple(line for _, line in sorted(lines))


def _primary(declared: dict[str, griffe.Object]) -> dict[str, str]:
    """Choose for each object the name that carries its declaration: where it is defined, else the shortest."""
    names: dict[str, list[str]] = {}
    for name, target in declared.items():
        names.setdefault(target.canonical_path, []).append(name)
    return {
        path: path if path in found else min(found, key=lambda name: (name.count("."), name))
        for path, found in names.items()
    }


def _declare(name: str, target: griffe.Object, primary: dict[str, str]) -> Iterator[tuple[str, str]]:
    found: Any = target
    if found.is_class:
        yield from _class(name, found, primary)
    elif found.is_function:
        yield from ((name, line) for line in _function(name, found))
    elif found.is_attribute and (meant := _private_meaning(found)):
        yield from _declare(name, meant, primary)
    elif found.is_attribute:
        yield name, _attribute(name, found, is_field=False)
    elif found.is_type_alias:
        yield name, f"type {name}{_generic(found)} = {_value(found.value)}"
    elif found.is_module:
        yield name, f"module {name}"


def _private_meaning(target: Any) -> griffe.Object | None:
    """Return the private function or class of the same module that an attribute is another name of."""
    name = _text(target.value) if target.value is not None else ""
    found = target.parent.members.get(name) if name.startswith("_") and target.parent.is_module else None
    return found if found and not found.is_alias and (found.is_function or found.is_class) else None


def _class(name: str, target: griffe.Class, primary: dict[str, str]) -> Iterator[tuple[str, str]]:
    bases = [_text(base) for base in target.bases]
    bases += [f"{key}={_text(value)}" for key, value in target.keywords.items()]
    arguments = f"({', '.join(bases)})" if bases else ""
    yield name, f"{_decorators(target.decorators)}class {name}{_generic(target)}{arguments}"
    fields = not _FIELD_BASES.isdisjoint(_last(base) for base in bases) or any(
        _last(decorator.callable_path) in _FIELD_DECORATORS for decorator in target.decorators
    )
    for member, found in _members(target, primary).items():
        path = f"{name}.{member}"
        if found.is_class:
            yield from _class(path, found, primary)
        elif found.is_function:
            yield from ((path, line) for line in _function(path, found))
        elif found.is_attribute:
            yield path, _attribute(path, found, is_field=fields)


def _members(target: griffe.Class, primary: dict[str, str]) -> dict[str, Any]:
    """Return the members that others use or implement, with those that come from bases which no line declares."""
    try:
        hidden = [base for base in target.mro() if base.canonical_path not in primary]
    except ValueError:
        hidden = []
    found: dict[str, Any] = {}
    for owner in (*reversed(hidden), target):
        for name, member in owner.members.items():
            if not member.is_alias and name not in _HIDDEN and (not member.is_private or _to_implement(owner, member)):
                found[name] = member
    return found


def _to_implement(owner: griffe.Class, member: Any) -> bool:
    """Return whether a class is none without the member, whatever it is called."""
    decorators = [_last(one.callable_path) for one in getattr(member, "decorators", ())]
    is_protocol = any(_last(_text(base)) == "Protocol" for base in owner.bases)
    return is_protocol or "abstractmethod" in member.labels or "abstractmethod" in decorators


def _function(name: str, target: griffe.Function) -> Iterator[str]:
    for one in target.overloads or (target,):
        yield _def(name, one)


def _def(name: str, target: griffe.Function) -> str:
    word = "async def" if "async" in target.labels else "def"
    returns = f" -> {_text(target.returns)}" if target.returns is not None else ""
    parameters = ", ".join(_parameters(target.parameters))
    return f"{_decorators(target.decorators)}{word} {name}{_generic(target)}({parameters}){returns}"


def _parameters(parameters: griffe.Parameters) -> Iterator[str]:
    before = ""
    for parameter in parameters:
        kind = parameter.kind.value if parameter.kind else "positional or keyword"
        if before == "positional-only" != kind:
            yield "/"
        if kind == "keyword-only" and before not in ("keyword-only", "variadic positional"):
            yield "*"
        stars = {"variadic positional": "*", "variadic keyword": "**"}.get(kind, "")
        annotation = f": {_text(parameter.annotation)}" if parameter.annotation is not None else ""
        default = f" = {_value(parameter.default)}" if parameter.default is not None and not stars else ""
        yield f"{stars}{parameter.name}{annotation}{default}"
        before = kind
    if before == "positional-only":
        yield "/"


def _attribute(name: str, target: griffe.Attribute, *, is_field: bool) -> str:
    annotation = f": {_text(target.annotation)}" if target.annotation is not None else ""
    if "property" in target.labels:
        abstract = "@abstractmethod " if "abstractmethod" in target.labels else ""
        setter = "@setter " if "writable" in target.labels else ""
        return f"{abstract}{setter}property {name}{annotation}"
    own = "instance-attribute" not in target.labels or "class-attribute" in target.labels
    shown = target.value is not None and own and not name.rpartition(".")[2].startswith("__")
    value = f" = {_value(target.value)}" if shown else ""
    taken = is_field and annotation and "instance-attribute" in target.labels  # not a ClassVar
    return f"{'field ' if taken else ''}{name}{annotation}{value}"


def _decorators(decorators: Sequence[griffe.Decorator]) -> str:
    found = set()
    for decorator in decorators:
        name = _last(decorator.callable_path)
        if name in _FIELD_DECORATORS:
            options = _text(decorator.value).partition("(")[2]
            found.add(f"@{name}({options}" if options not in ("", ")") else f"@{name}")
        elif name in _DECORATORS:
            found.add(f"@{name}")
    return "".join(f"{decorator} " for decorator in sorted(found))


def _generic(target: Any) -> str:
    parameters = getattr(target, "type_parameters", None)
    return f"[{', '.join(_text(parameter) for parameter in parameters)}]" if parameters else ""


def _value(value: Any) -> str:
    text = _text(value)
    if len(text) > _LONGEST_VALUE:
        return f"<{len(text)} characters, sha256 {hashlib.sha256(text.encode()).hexdigest()[:16]}>"
    return text


def _text(value: Any) -> str:
    """Return an expression on one line: blanks collapsed, whatever does not print escaped."""
    text = re.sub(r"\s+", " ", str(value)).strip()
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)


def _last(name: str) -> str:
    return name.partition("[")[0].rpartition(".")[2]

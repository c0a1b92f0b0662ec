"""Classes as lines: what they derive from, how they are constructed, and every member that others meet."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from pluginkit.surface.python.context import Context, Function
from pluginkit.surface.python.fields import Kind, constructor, fields_of, key_type, kind_of, options_of
from pluginkit.surface.python.functions import decorators, functions, is_unimplemented, written
from pluginkit.surface.python.resolve import Target
from pluginkit.surface.python.scopes import Binding, class_bindings, last_name
from pluginkit.surface.python.spelling import source
from pluginkit.surface.python.statements import statements
from pluginkit.surface.python.values import assigned, plain

Ancestry = Sequence[tuple[Context, ast.ClassDef]]

_OPTIONED = {"attrs", "dataclass", "define", "frozen", "mutable", "s"}
_HIDDEN = {"__all__", "__annotations__", "__doc__", "__module__", "__qualname__", "__test__", "model_config"}
_ENUMS = {"Enum", "Flag", "IntEnum", "IntFlag", "StrEnum"}
_MOST_ANCESTORS = 200


def class_lines(context: Context, path: str, node: ast.ClassDef) -> Iterator[str]:
    """Yield the line of a class and those of its members; bases that nobody can import count as parts of it."""
    ancestry = ancestors(context, node)
    kind = kind_of(context, node, ancestry)
    bases = [*_bases(context, node, 0), *_keywords(kind, ancestry, node)]
    derived = f"({', '.join(bases)})" if bases else ""
    yield f"{written(_decorators(context, node))}class {path}{derived}"
    hidden = [one for one in ancestry[1:] if not one[0].is_public(_target(*one))]
    parts = [*reversed(hidden), (context, node)]
    found: dict[str, list[str]] = {}
    demanded = {
        method.name
        for _, one in ancestry[1:]
        for method in one.body
        if isinstance(method, Function) and _demands(method)
    }
    for where, one in parts:
        found |= dict(_members(where, path, one, kind, demanded, total=_total(one)))
    if kind and "__init__" not in found and (made := constructor(path, kind, fields_of(kind, ancestry))):
        yield made
    for lines in found.values():
        yield from lines


def ancestors(context: Context, node: ast.ClassDef) -> Ancestry:
    """Return a class and those it derives from among the modules at hand, each where it is declared, itself first."""
    found: list[tuple[Context, ast.ClassDef]] = []
    waiting = [(context, node)]
    while waiting and len(found) < _MOST_ANCESTORS:
        where, one = waiting.pop(0)
        found = [pair for pair in found if pair[1] is not one]
        found.append((where, one))
        above = []
        for base in one.bases:
            meant = where.meant(base)
            if meant and isinstance(meant.node, ast.ClassDef) and meant.node is not one:
                above.append((where.within(meant.module), meant.node))
        waiting = [*above, *waiting]
    return found


def _target(context: Context, node: ast.ClassDef) -> Target:
    return Target(context.module, node.name, (Binding(node),))


def _decorators(context: Context, node: ast.ClassDef) -> set[str]:
    found = set(decorators(context, node.decorator_list, of_class=True))
    for one in node.decorator_list:
        name = last_name(one)
        if name in _OPTIONED and not _is_own(context, one):
            found.discard(context.spelled(one))
            found.discard(name)
            found.add(f"{name}{_options(one)}")
    return found


def _options(node: ast.expr) -> str:
    given = node.keywords if isinstance(node, ast.Call) else []
    words = [f"{word.arg}={source(word.value)}" for word in given if word.arg]
    text = ", ".join(words)
    return f"({text})" if text and not set(text) & set("()") else ""


def _is_own(context: Context, node: ast.expr) -> bool:
    meant = context.meant(node)
    return bool(meant and meant.module)


def _bases(context: Context, node: ast.ClassDef, depth: int) -> Iterator[str]:
    """Yield what a class derives from; in place of a base that nobody can import, what that derives from."""
    for base in node.bases:
        if isinstance(base, ast.Call) and last_name(base.func) == "with_metaclass":
            yield from (context.speller().type(one) for one in base.args[1:] if last_name(one) != "object")
            continue
        meant = context.meant(base)
        if meant and isinstance(meant.node, ast.ClassDef) and not context.is_public(meant) and depth < _MOST_ANCESTORS:
            yield from _bases(context.within(meant.module), meant.node, depth + 1)
        elif (text := context.speller().type(base)) != "object":
            yield text


def _keywords(kind: Kind | None, ancestry: Ancestry, node: ast.ClassDef) -> Iterator[str]:
    own = {word.arg: source(word.value) for word in node.keywords if word.arg}
    made = [base for base in node.bases if isinstance(base, ast.Call) and last_name(base.func) == "with_metaclass"]
    if made and made[0].args:
        own["metaclass"] = source(made[0].args[0])
    hidden = {"total"} if kind and kind.form == "dict" else set()
    found = options_of(ancestry) if kind and kind.form == "model" else own
    for context, one in ancestry[1:]:  # the metaclass of a base that nobody can import
        if not context.is_public(_target(context, one)):
            found |= {word.arg: source(word.value) for word in one.keywords if word.arg == "metaclass"} | found
    yield from (f"{name}={text}" for name, text in sorted(found.items()) if name not in hidden)


def _total(node: ast.ClassDef) -> bool:
    return not any(word.arg == "total" and source(word.value) == "False" for word in node.keywords)


def _members(
    context: Context, path: str, node: ast.ClassDef, kind: Kind | None, demanded: set[str], *, total: bool
) -> Iterator[tuple[str, list[str]]]:
    """Yield each member that others use or implement, with its lines."""
    names = class_bindings(node.body)
    numbers = _automatic(node, names)
    is_protocol = any(last_name(base) == "Protocol" for base in node.bases)
    for name, bindings in names.items():
        own = f"{path}.{name}"
        lines: list[str] = []
        for binding in bindings:
            if isinstance(binding.node, Function):
                made = list(functions(context, own, binding, method=True))
                real = is_protocol and not _is_stub(binding.node)
                lines += [f"@concrete {line}" for line in made] if real else made
            elif isinstance(binding.node, ast.ClassDef):
                lines += class_lines(context, own, binding.node)
            elif isinstance(binding.node, ast.Assign | ast.AnnAssign):
                found = list(_attribute(context, own, binding, kind, names, total=total))
                if name in numbers:
                    found = [f"{own} = {numbers[name]}"]
                bare = isinstance(binding.node, ast.AnnAssign) and binding.node.value is None
                declared = bare and kind is None and _declares_only(node, name)
                lines += [f"@declared {line}" for line in found] if declared else found
        if lines and (name in demanded or _is_met(name, lines, is_protocol=is_protocol)):
            yield name, _conditioned(lines, bindings)
    for name, line in _instance_attributes(context, path, node):
        if name not in names and not name.startswith("_"):
            yield name, [line]


def _declares_only(node: ast.ClassDef, name: str) -> bool:
    """Return whether no method of a class gives its instances an attribute that its body merely annotates."""
    methods = (one for one in node.body if isinstance(one, Function))
    targets = (target.attr for method in methods for target, *_ in _assignments(method))
    return name not in set(targets)


def _demands(method: Function) -> bool:
    """Return whether a method is there for subclasses to define it."""
    marks = {last_name(one) for one in method.decorator_list}
    return bool(marks & {"abstractmethod", "abstractproperty"}) or is_unimplemented(method)


def _is_stub(node: Function) -> bool:
    """Return whether a method of a Protocol has no body of its own."""
    return all(
        isinstance(one, ast.Pass | ast.Raise) or (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))
        for one in node.body
    )


def _automatic(node: ast.ClassDef, names: dict[str, list[Binding]]) -> dict[str, str]:
    """Return the values of the members of an enumeration that `auto()` gives them."""
    kind = next((last_name(base) for base in node.bases if last_name(base) in _ENUMS), "")
    found: dict[str, str] = {}
    last = 0
    for name, bindings in names.items():
        given = bindings[-1].node.value if isinstance(bindings[-1].node, ast.Assign) and kind else None
        if isinstance(given, ast.Constant) and isinstance(given.value, int):
            last = given.value
        elif isinstance(given, ast.Call) and last_name(given.func) == "auto":
            last = (1 << last.bit_length()) if "Flag" in kind else last + 1
            found[name] = repr(name.lower()) if kind == "StrEnum" else str(last)
    return found


def _is_met(name: str, lines: Sequence[str], *, is_protocol: bool) -> bool:
    if name in _HIDDEN:
        return False
    if name == "_missing_":
        return True
    if not name.startswith("_") or (name.startswith("__") and name.endswith("__")):
        return True
    return is_protocol or any("@abstractmethod " in line or "@unimplemented " in line for line in lines)


def _conditioned(lines: list[str], bindings: Sequence[Binding]) -> list[str]:
    if len(bindings) == 1 and bindings[0].condition:
        return [f"if {bindings[0].condition}: {line}" for line in lines]
    return lines


def _attribute(
    context: Context, path: str, binding: Binding, kind: Kind | None, names: dict[str, list[Binding]], *, total: bool
) -> Iterator[str]:
    node = binding.node
    if kind is None or not isinstance(node, ast.AnnAssign):
        if (
            kind
            and kind.form == "attrs"
            and isinstance(node, ast.Assign)
            and last_name(node.value) in ("ib", "attrib", "field")
        ):
            yield f"field {path}"
        else:
            yield from assigned(context, path, binding, names)
        return
    annotation = context.speller().type(node.annotation)
    if annotation.startswith("InitVar[") or annotation == "KW_ONLY":
        return
    if annotation == "ClassVar" or annotation.startswith("ClassVar["):
        inner = annotation.removeprefix("ClassVar").removeprefix("[").removesuffix("]")
        yield f"{path}{f': {inner}' if inner else ''}{f' = {source(node.value)}' if node.value is not None else ''}"
    elif kind.form == "dict":
        yield f"field {path}: {key_type(annotation, total=total)}"
    else:
        yield f"field {plain(context, path, node.annotation, node.value)}"


def _instance_attributes(context: Context, path: str, node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    """Yield the attributes that methods give an instance, each with its line, those of the constructor first."""
    seen: set[str] = set()
    for method in sorted(
        (one for one in node.body if isinstance(one, Function)), key=lambda one: one.name != "__init__"
    ):
        own = method.args.args[0].arg if method.args.args else ""
        static = any(last_name(one) in ("classmethod", "staticmethod") for one in method.decorator_list)
        if not own or static:
            continue
        for target, annotation, given in _assignments(method):
            name = target.attr
            if not (isinstance(target.value, ast.Name) and target.value.id == own) or name in seen:
                continue
            seen.add(name)
            spelled = f": {context.speller().type(annotation)}" if annotation is not None else _inferred(context, given)
            yield name, f"{path}.{name}{spelled}"


def _assignments(method: Function) -> Iterator[tuple[ast.Attribute, ast.expr | None, ast.expr | None]]:
    for one in statements(method.body):
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Attribute):
            yield one.target, one.annotation, one.value
        elif isinstance(one, ast.Assign):
            for target in one.targets:
                for part in target.elts if isinstance(target, ast.Tuple) else [target]:
                    if isinstance(part, ast.Attribute):
                        yield part, None, one.value


def _inferred(context: Context, given: ast.expr | None) -> str:
    """Return the annotation of what a class of the modules at hand makes."""
    meant = context.meant(given) if isinstance(given, ast.Call) else None
    if meant and meant.module and isinstance(meant.node, ast.ClassDef):
        return f": {context.shown(meant)}"
    return ""

"""Classes whose constructor comes from fields: dataclasses, attrs, named tuples, typed dictionaries, pydantic."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pluginkit.surface.python.bindings import last_name
from pluginkit.surface.python.context import Context, Function
from pluginkit.surface.python.spelling import source, value

_DATACLASSES = {"dataclass", "attrs", "define", "frozen", "mutable", "s"}
_BASES = {"BaseModel": "model", "BaseSettings": "model", "NamedTuple": "tuple", "TypedDict": "dict", "Struct": "struct"}
_FIELD_MAKERS = {"field", "Field", "ib", "attrib", "PrivateAttr", "mapped_column", "relationship"}
_DEFAULTS = ("default", "default_factory", "factory")


@dataclass(frozen=True, slots=True)
class Field:
    """One field, as the constructor takes it."""

    name: str
    """As the constructor calls its parameter."""
    annotation: str
    default: str = ""
    """Source of its default; empty where it has to be given."""
    keyword: bool = False
    in_constructor: bool = True


@dataclass(frozen=True, slots=True)
class Kind:
    """Where the constructor of a class comes from."""

    form: str
    """`dataclass`, `attrs`, `transform`, `model`, `struct`, `tuple` or `dict`."""
    options: Mapping[str, str]
    """What its decorator or its class statement says, as source."""


def kind_of(context: Context, node: ast.ClassDef, ancestry: Sequence[tuple[Context, ast.ClassDef]]) -> Kind | None:
    """Return where the constructor of a class comes from; None if not from fields. `ancestry` begins with the class."""
    decorated = _decorated(context, node)
    if decorated:
        return decorated
    for where, one in ancestry:
        for base in one.bases:
            form = _BASES.get(last_name(base))
            if form and not _is_own(where, base):
                return Kind(form, options_of(ancestry))
    for where, one in ancestry[1:]:
        marks = [last_name(decorator) for decorator in one.decorator_list]
        metaclass = next((word.value for word in one.keywords if word.arg == "metaclass"), None)
        meant = where.meant(metaclass) if metaclass is not None else None
        if meant and isinstance(meant.node, ast.ClassDef):
            marks += [last_name(decorator) for decorator in meant.node.decorator_list]
        if "dataclass_transform" in marks:
            return Kind("transform", options_of(ancestry))
    return None


def _decorated(context: Context, node: ast.ClassDef) -> Kind | None:
    for decorator in node.decorator_list:
        name = last_name(decorator)
        words = decorator.keywords if isinstance(decorator, ast.Call) else []
        options = {word.arg: source(word.value) for word in words if word.arg}
        meant = context.meant(decorator)
        if meant and meant.module:
            marks = meant.node.decorator_list if isinstance(meant.node, Function) else []
            if any(last_name(one) == "dataclass_transform" for one in marks):
                return Kind("transform", options)
            if isinstance(meant.node, Function) and (made := _made_inside(meant.node)):
                return Kind("dataclass", made)
        elif name in _DATACLASSES:
            return Kind("dataclass" if name == "dataclass" else "attrs", options)
    return None


def _made_inside(node: Function) -> dict[str, str] | None:
    """Return the options with which a decorator of the modules at hand calls `dataclass`; None where it does not."""
    for one in ast.walk(node):
        if isinstance(one, ast.Call):
            maker = one.func.func if isinstance(one.func, ast.Call) else one.func
            words = one.func.keywords if isinstance(one.func, ast.Call) else one.keywords
            if last_name(maker) == "dataclass":
                return {word.arg: source(word.value) for word in words if word.arg}
    return None


def _is_own(context: Context, base: ast.expr) -> bool:
    meant = context.meant(base)
    return bool(meant and meant.module)


def options_of(ancestry: Sequence[tuple[Context, ast.ClassDef]]) -> dict[str, str]:
    """Return the keywords of a class statement and the `model_config` of pydantic, those of bases included."""
    found: dict[str, str] = {}
    for _, node in reversed(ancestry):
        found |= {word.arg: source(word.value) for word in node.keywords if word.arg}
        for statement in node.body:
            if isinstance(statement, ast.Assign) and last_name(statement.targets[0]) == "model_config":
                found |= _config(statement.value)
    return found


def _config(node: ast.expr) -> dict[str, str]:
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return {str(key.value): source(given) for key, given in pairs if isinstance(key, ast.Constant)}
    if isinstance(node, ast.Call):
        return {word.arg: source(word.value) for word in node.keywords if word.arg}
    return {}


def fields_of(kind: Kind, ancestry: Sequence[tuple[Context, ast.ClassDef]]) -> list[Field]:
    """Return the fields of a class and of its bases, in the order of the constructor."""
    found: dict[str, Field] = {}
    for context, node in reversed(ancestry):
        own = _decorated(context, node) or kind
        if kind.form in ("dataclass", "attrs") and not _decorated(context, node):
            continue  # annotations in a base that is not a dataclass are not fields
        keyword = own.options.get("kw_only") == "True" or kind.form == "model"
        for statement in node.body:
            if isinstance(statement, ast.AnnAssign) and last_name(statement.annotation) == "KW_ONLY":
                keyword = True
            elif one := _field(context, kind, statement, keyword=keyword):
                name, made = one
                found[name] = made
    return list(found.values())


def _field(context: Context, kind: Kind, node: ast.stmt, *, keyword: bool) -> tuple[str, Field] | None:
    if isinstance(node, ast.Assign) and kind.form == "attrs" and last_name(node.value) in ("ib", "attrib", "field"):
        name, annotation = last_name(node.targets[0]), ""
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        name, annotation = node.target.id, context.speller().type(node.annotation)
    else:
        return None
    if annotation.startswith(("ClassVar[", "ClassVar")) or (kind.form == "model" and name.startswith("_")):
        return None
    annotation = annotation.removeprefix("InitVar[").removesuffix("]") if "InitVar[" in annotation else annotation
    made = Field(name.lstrip("_") if kind.form == "attrs" else name, annotation, keyword=keyword)
    return name, made if node.value is None else _given(made, node.value)


def _given(made: Field, node: ast.expr) -> Field:
    """Return a field with its default, or with the options passed to `field()` and the like."""
    if not isinstance(node, ast.Call) or last_name(node.func) not in _FIELD_MAKERS:
        return replace(made, default=value(node))
    options = {word.arg: word.value for word in node.keywords}
    default = next((value(options[name]) + "()" * ("factory" in name) for name in _DEFAULTS if name in options), "")
    if (
        not default
        and node.args
        and last_name(node.func) in ("Field", "ib", "attrib")
        and source(node.args[0]) != "..."
    ):
        default = value(node.args[0])
    if (
        source(options["default"]) in ("...", "attrs.NOTHING", "attr.NOTHING", "NOTHING")
        if "default" in options
        else False
    ):
        default = ""
    alias = options.get("alias", options.get("validation_alias"))
    return replace(
        made,
        name=str(alias.value) if isinstance(alias, ast.Constant) else made.name,
        default=default,
        keyword=made.keyword or ("kw_only" in options and source(options["kw_only"]) == "True"),
        in_constructor=not ("init" in options and source(options["init"]) == "False"),
    )


def constructor(path: str, kind: Kind, fields: Sequence[Field]) -> str | None:
    """Return the line of the constructor that fields make; None where they make none."""
    if kind.form == "dict" or kind.options.get("init") == "False":
        return None
    taken = [one for one in fields if one.in_constructor]
    places, named = [one for one in taken if not one.keyword], [one for one in taken if one.keyword]
    spelled = [_spelled(one) for one in places]
    spelled += ["*", *map(_spelled, named)] if named else []
    if kind.form == "tuple":
        return f"def {path}.__new__({', '.join(['cls', *spelled])})"
    if kind.form == "model" and kind.options.get("extra", "'ignore'") != "'forbid'":
        spelled.append("**data")
    return f"def {path}.__init__({', '.join(['self', *spelled])}) -> None"


def _spelled(one: Field) -> str:
    annotation = f": {one.annotation}" if one.annotation else ""
    return f"{one.name}{annotation}{f' = {one.default}' if one.default else ''}"


def key_type(text: str, *, total: bool) -> str:
    """Return the type of a TypedDict's key, `NotRequired[...]` where the key may be left out (PEP 655)."""
    if text.startswith("Required["):
        return text[len("Required[") : -1]
    return text if total or text.startswith("NotRequired[") else f"NotRequired[{text}]"

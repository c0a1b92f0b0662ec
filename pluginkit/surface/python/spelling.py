"""Annotations and values on one line, each in one spelling however the source has it.

`Optional[X]` is `X | None`, `List` is `list`, quotes, aliases of imports, `Annotated` and the order of a union are
left out; type variables are `T`, `T2`, ... in the order in which a declaration names them (PEP 484, 585, 604).
"""

from __future__ import annotations

import ast
import hashlib
import re
import sys
from collections.abc import Callable

from pluginkit.surface.python.resolve import Resolver, Target
from pluginkit.surface.python.scopes import last_name
from pluginkit.surface.spelled import external, split_union

LONGEST_VALUE = 160
"""Characters; a longer value stands as its digest, so that its change still shows."""
_TYPE_VARIABLES = {"TypeVar", "ParamSpec", "TypeVarTuple"}
_DEEPEST = 40
"""Types within each other, aliases followed."""


class Speller:
    """Spells what one declaration says; type variables are numbered within it."""

    def __init__(self, resolver: Resolver, shown: Callable[[Target], str], module: str) -> None:
        self._resolver, self._shown, self._module = resolver, shown, module
        self._variables: dict[str, str] = {}

    def type(self, node: ast.expr | None, depth: int = 0) -> str:
        """Return an annotation in its one spelling; empty for none."""
        if node is None:
            return ""
        if depth > _DEEPEST:
            return "..."
        if isinstance(node, ast.Constant):
            return self._constant(node, depth)
        if isinstance(node, ast.Name | ast.Attribute):
            return self._named(node, depth)
        if isinstance(node, ast.Subscript):
            return self._subscript(node, depth)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            return _union([self.type(node.left, depth + 1), self.type(node.right, depth + 1)])
        if isinstance(node, ast.List | ast.Tuple):
            items = ", ".join(self.type(item, depth + 1) for item in node.elts)
            return f"[{items}]" if isinstance(node, ast.List) else items
        if isinstance(node, ast.Starred):
            return f"*{self.type(node.value, depth + 1)}"
        return source(node)

    def optional(self, text: str) -> str:
        """Return a type with None in it: what `name: X = None` means."""
        return text if text in ("Any", "object") else _union([text, "None"])

    def unpacked(self, node: ast.expr | None) -> list[str] | None:
        """Return the parameters that `Unpack[Keys]` stands for; None for any other annotation."""
        if not isinstance(node, ast.Subscript) or last_name(node.value) != "Unpack":
            return None
        meant = self._resolver.expression(self._module, node.slice)
        if meant is None or not isinstance(meant.node, ast.ClassDef):
            return None
        total = not any(word.arg == "total" and source(word.value) == "False" for word in meant.node.keywords)
        found = []
        for one in meant.node.body:
            if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name):
                annotation = self.type(one.annotation)
                optional = annotation.startswith("NotRequired[") or not (total or annotation.startswith("Required["))
                inner = annotation[annotation.find("[") + 1 : -1] if "Required[" in annotation else annotation
                found.append(f"{one.target.id}: {inner}{' = ...' if optional else ''}")
        return found

    def _constant(self, node: ast.Constant, depth: int) -> str:
        if isinstance(node.value, str):
            try:
                return self.type(ast.parse(node.value.strip(), mode="eval").body, depth + 1)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                return one_line(node.value)
        return "..." if node.value is ... else str(node.value)

    def _named(self, node: ast.Name | ast.Attribute, depth: int) -> str:
        meant = self._resolver.expression(self._module, node)
        if meant is None:
            return ast.unparse(node)
        if not meant.module:
            return external(meant.name)
        value = meant.node
        if isinstance(value, ast.Assign | ast.AnnAssign) and value.value is not None:
            maker = last_name(value.value) if isinstance(value.value, ast.Call) else ""
            if maker in _TYPE_VARIABLES:
                return self._variable(meant)
            if not maker and meant.name.startswith("_"):  # a private alias: what it means
                return Speller(self._resolver, self._shown, meant.module).type(value.value, depth + 1)
        return self._shown(meant)

    def _variable(self, meant: Target) -> str:
        number = len(self._variables) + 1
        return self._variables.setdefault(meant.path, "T" if number == 1 else f"T{number}")

    def _subscript(self, node: ast.Subscript, depth: int) -> str:
        head = self.type(node.value, depth + 1)
        items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if head == "Literal":
            return f"Literal[{', '.join(sorted({source(item) for item in items}))}]"
        if head == "Annotated":
            return self.type(items[0], depth + 1)
        spelled = [self.type(item, depth + 1) for item in items]
        if head == "Union":
            return _union(spelled)
        if head == "Optional":
            return _union([*spelled, "None"])
        return f"{head}[{', '.join(spelled)}]"


def is_standard(dotted: str) -> bool:
    """Return whether a dotted name is of the standard library."""
    return dotted.partition(".")[0] in {*sys.stdlib_module_names, "typing_extensions"}


def _union(members: list[str]) -> str:
    """Return a union in its one order: sorted, each member once, None at its end."""
    flat = {part for member in members for part in split_union(member)}
    return " | ".join([*sorted(flat - {"None"}), *(["None"] if "None" in flat else [])])


def value(node: ast.expr) -> str:
    """Return a value on one line; a long one as its digest."""
    text = source(node)
    if len(text) > LONGEST_VALUE:
        return f"<{len(text)} characters, sha256 {hashlib.sha256(text.encode()).hexdigest()[:16]}>"
    return text


def source(node: ast.AST) -> str:
    """Return an expression as its source, on one line."""
    try:
        return one_line(ast.unparse(node))
    except RecursionError:
        return "..."


def one_line(text: str) -> str:
    """Return a text with its blanks collapsed, and whatever does not print escaped."""
    text = re.sub(r"\s+", " ", text).strip()
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)

"""What a name may be bound to, and the names of one module."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field

from pluginkit.surface.python.modules import Module


@dataclass(frozen=True, slots=True)
class Import:
    """A name that comes from another module."""

    module: str
    """Absolute dotted name."""
    name: str = ""
    """Empty for the module itself."""
    explicit: bool = False
    """Whether it is written `import name as name`, which re-exports it (PEP 484)."""


@dataclass(frozen=True, slots=True)
class Binding:
    """One of the things that a name may be bound to."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign | Import
    condition: str = ""
    """Python source of the condition it is bound under; empty where there is none, or it cannot be written down."""
    more: tuple[ast.FunctionDef | ast.AsyncFunctionDef, ...] = ()
    """Overloads before it, or setters after it."""


Bindings = dict[str, list[Binding]]


@dataclass(slots=True)
class Scope:
    """The names of one module."""

    module: Module
    names: Bindings = field(default_factory=dict)
    exports: list[str] | None = None
    """`__all__`; None where there is none, or where it is computed."""
    typing: Bindings = field(default_factory=dict)
    """Names bound only for type checkers."""
    unknown: list[str] = field(default_factory=list)
    """What binds names that only running the module could tell."""
    complete: bool = False

    def star_names(self) -> Sequence[str]:
        """Return what `from module import *` binds."""
        if self.exports is not None:
            return self.exports
        return [name for name in self.names if not name.startswith("_")]


def last_name(node: ast.expr) -> str:
    """Return the last part of a dotted name, of what is called or subscripted too; empty for anything else."""
    if isinstance(node, ast.Call):
        return last_name(node.func)
    if isinstance(node, ast.Subscript):
        return last_name(node.value)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""

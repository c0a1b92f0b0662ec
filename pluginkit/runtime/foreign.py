"""What is read of a plugin's objects without running its code.

An attribute of a stranger's object may be a property that raises, exits or never returns; a class can have a metaclass
that lies; a string can be of a class with methods of its own. Here the interpreter's own slots are asked instead.
"""

from __future__ import annotations

from types import ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, TypeGuard

_name, _qualname = type.__dict__["__name__"].__get__, type.__dict__["__qualname__"].__get__
_module, _mro = type.__dict__["__module__"].__get__, type.__dict__["__mro__"].__get__
_traceback = BaseException.__dict__["__traceback__"].__get__
_namespace = vars(ModuleType)["__dict__"].__get__


def is_class(value: object) -> TypeGuard[type]:
    """Return whether it is a class; `isinstance` would ask a stranger's `__class__`."""
    return issubclass(type(value), type)


def is_module(value: object) -> TypeGuard[ModuleType]:
    """Return whether it is a module, or of a class derived from that of modules."""
    return issubclass(type(value), ModuleType)


def plain(value: object) -> str:
    """Return a string as one of Python's own class; empty for anything else."""
    return str.__str__(value) if issubclass(type(value), str) else ""


def name_of(cls: type) -> str:
    """Return the name of a class."""
    return plain(_name(cls))


def qualified_name_of(cls: type) -> str:
    """Return the qualified name of a class."""
    return plain(_qualname(cls))


def module_of(cls: type) -> str:
    """Return the name of the module that a class says it is from; empty where that is not a name."""
    try:
        found = _module(cls)
    except AttributeError:  # it was deleted
        return ""
    return found if type(found) is str else plain(found)


def bases_of(cls: type) -> tuple[type, ...]:
    """Return a class and those it is derived from, in the order in which Python looks for attributes."""
    found: tuple[type, ...] = _mro(cls)
    return found


def traceback_of(error: BaseException) -> TracebackType | None:
    """Return where an exception was raised."""
    found: TracebackType | None = _traceback(error)
    return found


def namespace_of(module: object) -> dict[str, Any]:
    """Return the names of a module itself; none for an object that stands in its place."""
    if not is_module(module):
        return {}
    found: dict[str, Any] = _namespace(module)
    return found

"""What a plugin must be, once it runs: of the host's own API, with all its members, and what its stamp says."""

from __future__ import annotations

import sys
from types import ModuleType

from pluginkit.core.frozen import record
from pluginkit.core.verdict import Finding
from pluginkit.runtime.plan import Accepted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from typing import Any, TypeGuard

IDENTITY = (
    "a class is the object that its module made, not its name: isinstance() tells two copies apart, and values of one "
    "are strange to the other"
)


class PluginFailureError(Exception):
    """A plugin did not start; `finding` says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


@record
class Module:
    """A module of the API as the host imported it."""

    module: ModuleType
    classes: Mapping[str, type]
    """Those that it defines, by name."""


@record
class Shared:
    """The API as the host imported it: what plugins must see too."""

    api: type
    modules: Mapping[str, Module]
    """The API's modules that were imported before any plugin."""


def shared(api: type, names: Iterable[str]) -> Shared:
    """Return the host's copy of the API: of the packages `names` what is imported by now."""
    prefixes = tuple(f"{name}." for name in (*names, api.__module__))
    imported = [(name, module) for name, module in list(sys.modules.items()) if f"{name}.".startswith(prefixes)]
    return Shared(api, {name: Module(module, _defined(module)) for name, module in imported})


def _defined(module: ModuleType) -> dict[str, type]:
    found = list(vars(module).items())
    return {name: one for name, one in found if _is_class(one) and one.__module__ == module.__name__}


def hold(one: Accepted, own: Shared, module: ModuleType, made: object) -> None:
    """Raise PluginFailureError unless the plugin is what the API and its stamp say."""
    refuse_other_copies(one, own, type(made).__mro__)
    missing = _missing(made, own.api, as_class=one.kind == "class")
    if missing is not None:
        what = f"which is no {own.api.__qualname__}" + (f": it lacks {', '.join(missing)}" if missing else "")
        message = f"{one.reference} gave {_kind(made)}, {what}"
        hint = f"define what {own.api.__module__}.{own.api.__qualname__} asks for"
        raise PluginFailureError(Finding("PK502", "error", one.path, message, hint, {"found": _kind(made)}))
    declared = _declared(made, module, "capabilities")
    if declared is not None and one.api_versions and {*declared} != {*one.capabilities}:
        raise PluginFailureError(_contradiction(one, "PK105", "capabilities", declared, one.capabilities))
    version = _declared(made, module, "api_version")
    if version is not None and one.api_versions and version not in one.api_versions:
        raise PluginFailureError(_contradiction(one, "PK302", "API version", (str(version),), one.api_versions))


def _contradiction(
    one: Accepted, code: str, what: str, declared: Collection[object], stamped: Collection[str]
) -> Finding:
    found, expected = (", ".join(sorted(map(str, names))) or "none" for names in (declared, stamped))
    message = f"declares other {what} as it runs than its stamp does"
    if code == "PK302":
        message = f"declares another {what} as it runs than its stamp does"
    hint = "declare the same in its code and in its pyproject.toml, and rebuild it"
    return Finding(code, "error", one.path, message, hint, {"found": found, "expected": expected})


def _declared(made: object, module: ModuleType, name: str) -> Any:
    """Return what the plugin, or its module in capitals, declares by that name; None where it declares nothing."""
    value = getattr(made, name, None)
    if value is None:
        value = getattr(module, name.upper(), None)
    return value() if callable(value) else value


def _missing(made: object, api: type, *, as_class: bool) -> tuple[str, ...] | None:
    """Return what `made` lacks to be an `api`, None where it is one; the members of a Protocol, or the base class.

    With `as_class` it is a class that the host makes instances of.
    """
    if getattr(api, "_is_protocol", False):
        lacking = tuple(name for name in sorted(_members(api)) if not hasattr(made, name))
        return lacking or None
    if as_class:
        return None if _is_class(made) and issubclass(made, api) else ()
    return None if isinstance(made, api) else ()


def _members(api: type) -> Iterator[str]:
    """Yield the members of a Protocol (PEP 544)."""
    import typing

    if hasattr(typing, "get_protocol_members"):  # Python 3.13
        yield from typing.get_protocol_members(api)
        return
    left_out = {*getattr(typing, "EXCLUDED_ATTRIBUTES", ()), "__hash__"}
    for base in api.__mro__:
        if getattr(base, "_is_protocol", False) and base.__module__ != "typing":
            names = {*vars(base), *vars(base).get("__annotations__", {})} - left_out
            yield from (name for name in names if not name.startswith("_abc_"))


def _kind(made: object) -> str:
    return f"the module {made.__name__}" if isinstance(made, ModuleType) else f"a {type(made).__qualname__}"


def refuse_other_copies(one: Accepted, own: Shared, values: Iterable[object]) -> None:
    """Raise PluginFailureError for a class of the API that is not the host's, and put the host's API back."""
    classes = [value for value in values if _is_class(value)]
    strange = [f"{cls.__module__}.{cls.__qualname__}" for cls in classes if _is_other_copy(cls, own)]
    strange += _put_back(own)
    if not strange:
        return
    message = f"it uses another copy of {strange[0]} than the host: {IDENTITY}"
    hint = "import the API as usual: no reload, no copy, no other name or path for it"
    raise PluginFailureError(Finding("PK304", "error", one.path, message, hint, {"found": strange[0]}))


def _is_class(value: object) -> TypeGuard[type]:
    """Return whether it is a class; `isinstance` would ask a stranger's `__class__`."""
    return issubclass(type(value), type)


def _is_other_copy(cls: type, own: Shared) -> bool:
    known = own.modules.get(cls.__module__)
    return known is not None and known.classes.get(cls.__qualname__, cls) is not cls


def _put_back(own: Shared) -> list[str]:
    """Undo what a plugin replaced of the API, for the host and all other plugins; return the names of that."""
    replaced = []
    for name, known in own.modules.items():
        if sys.modules.get(name) is not known.module:
            sys.modules[name] = known.module
            replaced.append(name)
        present = vars(known.module)
        changed = {key: cls for key, cls in known.classes.items() if present.get(key) is not cls}
        present.update(changed)
        replaced += [f"{name}.{key}" for key in changed]
    return replaced

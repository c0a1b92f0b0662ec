"""What a plugin must be, once it runs: of the host's own API, with all its members, and what its stamp says."""

from __future__ import annotations

import sys
from itertools import islice
from types import ModuleType

from pluginkit.core.frozen import record
from pluginkit.core.safe import safe
from pluginkit.core.verdict import Finding
from pluginkit.runtime.foreign import bases_of, is_class, is_module, module_of, namespace_of, plain, qualified_name_of
from pluginkit.runtime.plan import Accepted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

IDENTITY = (
    "a class is the object that its module made, not its name: isinstance() tells two copies apart, and values of one "
    "are strange to the other"
)
_MOST = 1000
"""Names that a plugin declares, of which more are not looked at: there may be no end."""
_LONGEST = 4096
"""Characters of each."""


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
    found = list(namespace_of(module).items())
    own = plain(namespace_of(module).get("__name__"))
    return {name: one for name, one in found if is_class(one) and module_of(one) == own}


def differing(one: Accepted, own: Shared, module: object, made: object) -> Finding | None:
    """Return in what a plugin is other than the API and its stamp say; None where it is as they do."""
    wrong = other_copy(one, own, bases_of(type(made)))
    if wrong:
        return wrong
    missing = _missing(made, own.api, as_class=one.kind == "class")
    if missing is not None:
        kind = _kind(made)
        what = f"which is no {own.api.__qualname__}" + (f": it lacks {', '.join(missing)}" if missing else "")
        hint = f"define what {own.api.__module__}.{own.api.__qualname__} asks for"
        return Finding("PK502", "error", one.path, f"{one.reference} gave {kind}, {what}", hint, {"found": kind})
    declared = _declared(made, module, "capabilities")
    if declared is not None and one.api_versions:
        names = [_shown(name) for name in islice(iter(declared), _MOST)]
        if {*names} != {*one.capabilities}:
            return _contradiction(one, "PK105", "capabilities", names, one.capabilities)
    version = _declared(made, module, "api_version")
    if version is not None and one.api_versions and _shown(version) not in one.api_versions:
        return _contradiction(one, "PK302", "API version", (_shown(version),), one.api_versions)
    return None


def _contradiction(one: Accepted, code: str, what: str, declared: Iterable[str], stamped: Iterable[str]) -> Finding:
    found, expected = (safe(", ".join(sorted(names))) or "none" for names in (declared, stamped))
    message = f"declares other {what} as it runs than its stamp does"
    if code == "PK302":
        message = f"declares another {what} as it runs than its stamp does"
    hint = "declare the same in its code and in its pyproject.toml, and rebuild it"
    return Finding(code, "error", one.path, message, hint, {"found": found, "expected": expected})


def _shown(value: object) -> str:
    """Return a value as text; of a class of strings, what the string says."""
    return (plain(value) or plain(str(value)))[:_LONGEST]


def _declared(made: object, module: object, name: str) -> Any:
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
        return None if is_class(made) and issubclass(made, api) else ()
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
    if is_module(made):
        return f"the module {safe(plain(namespace_of(made).get('__name__')))}"
    return f"a {safe(qualified_name_of(type(made)))}"


def other_copy(one: Accepted, own: Shared, values: Iterable[object]) -> Finding | None:
    """Return what speaks against a class of the API that is not the host's, and put the host's API back."""
    classes = [value for value in values if is_class(value)]
    strange = [f"{module_of(cls)}.{qualified_name_of(cls)}" for cls in classes if _is_other_copy(cls, own)]
    strange += put_back(own)
    if not strange:
        return None
    message = f"it uses another copy of {strange[0]} than the host: {IDENTITY}"
    hint = "import the API as usual: no reload, no copy, no other name or path for it"
    return Finding("PK304", "error", one.path, message, hint, {"found": strange[0]})


def _is_other_copy(cls: type, own: Shared) -> bool:
    known = own.modules.get(module_of(cls))
    return known is not None and known.classes.get(qualified_name_of(cls), cls) is not cls


def put_back(own: Shared) -> list[str]:
    """Undo what a plugin replaced of the API, for the host and all other plugins; return the names of that."""
    replaced = []
    for name, known in own.modules.items():
        if sys.modules.get(name) is not known.module:
            sys.modules[name] = known.module
            replaced.append(name)
        present = namespace_of(known.module)
        changed = {key: cls for key, cls in known.classes.items() if present.get(key) is not cls}
        present.update(changed)
        replaced += [f"{name}.{key}" for key in changed]
    return replaced

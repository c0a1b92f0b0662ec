"""A verified plugin -> what its factory returns: imported, made, held against the API, initialised.

Whatever its own code does wrong becomes a finding: an exception, an exit, a thing that is not a plugin.
"""

from __future__ import annotations

import os
import sys
import time
from importlib import import_module

from pluginkit.core.frozen import EMPTY, record, replace
from pluginkit.core.safe import safe
from pluginkit.core.verdict import Finding
from pluginkit.runtime.conformance import Shared, differing, other_copy, put_back
from pluginkit.runtime.foreign import is_module, namespace_of, plain
from pluginkit.runtime.guard import Guard, PluginFailureError
from pluginkit.runtime.plan import Accepted
from pluginkit.runtime.portions import PATHS, add_portions, remove_portions
from pluginkit.runtime.report import Result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from pluginkit.runtime.guard import Step

_LONGEST = 4096
"""Bytes of a path on Linux; whatever is longer is none."""


def load(
    one: Accepted, own: Shared, given: Mapping[str, object] | None, guard: Guard
) -> tuple[Result, Callable[[object], object] | None]:
    """Import a plugin, call its factory, and compare the result with the API; return also its `init`, if it has one.

    `given` are the values of the arguments that the contract names; with None a factory that has any is not called.
    """
    begun = time.perf_counter()
    try:
        entered, warned = guard.run(one.path, _package(one), lambda step: _entered(one, own, given, step))
        if entered.wrong:
            raise PluginFailureError(entered.wrong, *warned)
    except PluginFailureError as failure:
        put_back(own)
        return replace(_failed(one, failure), milliseconds=_since(begun)), None
    result = Result(
        one.name,
        one.path,
        "loaded",
        (*warned, *one.findings),
        entered.made,
        one.capabilities,
        development=one.development,
        milliseconds=_since(begun),
        judged_by=one.judged_by,
        api=own.api,
    )
    return result, entered.init


def init(
    result: Result, call: Callable[[object], object], one: Accepted, own: Shared, host: object, guard: Guard
) -> Result:
    """Call the `init` of a loaded plugin with the host, and return what became of it."""

    def initialise(step: Step) -> None:
        step.doing = "init"
        call(host)

    begun = time.perf_counter()
    try:
        _, warned = guard.run(one.path, _package(one), initialise)
        wrong = other_copy(one, own, ())
        if wrong:
            raise PluginFailureError(wrong, *warned)
        if warned:
            result = replace(result, findings=(*result.findings, *warned))
    except PluginFailureError as failure:
        put_back(own)
        result = _failed(one, failure)
    return replace(result, milliseconds=result.milliseconds + _since(begun))


def _failed(one: Accepted, failure: PluginFailureError) -> Result:
    findings = (*failure.findings, *one.findings)
    return Result(one.name, one.path, "failed", findings, development=one.development, judged_by=one.judged_by)


def _since(begun: float) -> int:
    return round((time.perf_counter() - begun) * 1000)


def _package(one: Accepted) -> str:
    """Return the top-level package of its entry point."""
    return one.reference.partition(":")[0].partition(".")[0]


@record
class _Entered:
    """What a plugin's code gave."""

    made: object = None
    init: Callable[[object], object] | None = None
    wrong: Finding | None = None


def _entered(one: Accepted, own: Shared, given: Mapping[str, object] | None, step: Step) -> _Entered:
    """Return what the factory made, and what speaks against it. Raises whatever the plugin raises."""
    module = _imported(one)
    step.doing = "looking at its module"
    wrong = _elsewhere(one, module) or other_copy(one, own, list(namespace_of(module).values()))
    if wrong or (given is None and one.arguments):
        return _Entered(wrong=wrong)
    step.doing = f"calling {one.reference}"
    made: Any = _made(one, module, given or EMPTY)
    step.doing = "looking at what it made"
    wrong = differing(one, own, module, made)
    if wrong:
        return _Entered(wrong=wrong)
    step.doing = "looking for init"
    init = getattr(made, "init", None)
    return _Entered(made, init if callable(init) else None)


def _imported(one: Accepted) -> object:
    """Import the module of its entry point, from the directory that was verified and from no other."""
    path = sys.path  # the plugin may put another in its place
    added = one.root not in path and not one.development
    if added:
        path.append(one.root)
    portions = add_portions(one.root) if added else []
    module: object = None
    try:
        module = import_module(one.reference.partition(":")[0])
        return module
    finally:
        if module is None and added and one.root in path:
            path.remove(one.root)
            remove_portions(portions)


def _elsewhere(one: Accepted, module: object) -> Finding | None:
    """Return what speaks against a module that is not from the directory that was verified."""
    origin = _origin(module)
    if _is_inside(origin, one.root):
        return None
    name = one.reference.partition(":")[0]
    found = safe(origin)
    message = f"{name} was imported from {found or 'nowhere'}, not from what was verified ({one.root})"
    hint = "something else has a module of that name: rename one of them, or remove the other"
    return Finding("PK503", "error", one.path, message, hint, {"found": found, "expected": one.root})


def _origin(module: Any) -> str:
    """Return the file of a module, or the first directory of a package without one; empty where it has neither."""
    names = namespace_of(module)
    file = names.get("__file__") if is_module(module) else getattr(module, "__file__", None)
    path = names.get("__path__")
    if file is None and type(path) in PATHS:
        file = next(iter(path), None)  # type: ignore[arg-type]
    found = plain(file)
    return found if len(found) <= _LONGEST else ""


def _is_inside(path: str, root: str) -> bool:
    if path.startswith(root + os.sep):
        return True
    return os.path.realpath(path).startswith(os.path.realpath(root) + os.sep)


def _made(one: Accepted, module: object, given: Mapping[str, object]) -> object:
    """Return the plugin: what the factory returns, or where the contract has none, the entry point itself."""
    attribute = one.reference.partition(":")[2] or one.factory
    found: Any = module
    for name in filter(None, attribute.split(".")):
        found = getattr(found, name)
    if one.kind != "factory":
        return found
    by_place = [given[name] for name in one.arguments if not name.endswith("=")]
    by_name = [name.removesuffix("=") for name in one.arguments if name.endswith("=")]
    return found(*by_place, **{name: given[name] for name in by_name})

"""A verified plugin -> what its factory returns: imported, made, held against the API, initialised.

Whatever its own code does wrong becomes a finding: an exception, an exit, a thing that is not a plugin.
"""

from __future__ import annotations

import os
import sys
import time
from importlib import import_module
from types import ModuleType

from pluginkit.core.frozen import EMPTY, replace
from pluginkit.core.verdict import Finding
from pluginkit.runtime.conformance import PluginFailureError, Shared, hold, refuse_other_copies
from pluginkit.runtime.plan import Accepted
from pluginkit.runtime.portions import add_portions, remove_portions
from pluginkit.runtime.report import Result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeVar

    T = TypeVar("T")


def load(one: Accepted, own: Shared, given: Mapping[str, object] | None = EMPTY) -> Result:
    """Import a plugin, call its factory, and compare the result with the API. KeyboardInterrupt is let through.

    `given` are the values of the arguments that the contract names; with None a factory that has any is not called.
    """
    made: object = None
    begun = time.perf_counter()
    try:
        module = _guarded(one, "importing it", lambda: _imported(one))
        _guarded(one, "looking at its module", lambda: refuse_other_copies(one, own, vars(module).values()))
        if given is not None or not one.arguments:
            made = _guarded(one, f"calling {one.reference}", lambda: _made(one, module, given or EMPTY))
            _guarded(one, "looking at what it made", lambda: hold(one, own, module, made))
    except PluginFailureError as failure:
        return replace(_failed(one, failure.finding), milliseconds=_since(begun))
    return Result(
        one.name,
        one.path,
        "loaded",
        one.findings,
        made,
        one.capabilities,
        development=one.development,
        milliseconds=_since(begun),
        judged_by=one.judged_by,
        api=own.api,
    )


def init(result: Result, one: Accepted, host: object) -> Result:
    """Call `init(host)` of a loaded plugin that has it, and return what became of it."""
    begun = time.perf_counter()
    try:
        initialise = _guarded(one, "looking for init", lambda: getattr(result.plugin, "init", None))
        if callable(initialise):
            _guarded(one, "init", lambda: initialise(host))
    except PluginFailureError as failure:
        result = _failed(one, failure.finding)
    return replace(result, milliseconds=result.milliseconds + _since(begun))


def _failed(one: Accepted, finding: Finding) -> Result:
    return Result(
        one.name, one.path, "failed", (finding, *one.findings), development=one.development, judged_by=one.judged_by
    )


def _since(begun: float) -> int:
    return round((time.perf_counter() - begun) * 1000)


def _guarded(one: Accepted, doing: str, call: Callable[[], T]) -> T:
    """Call what runs a plugin's code; whatever it raises becomes a PluginFailureError."""
    try:
        return call()
    except (KeyboardInterrupt, PluginFailureError):
        raise
    except SystemExit as error:
        message = f"{doing} asked the process to exit: {_text(error)}"
        hint = "raise an exception instead: the host goes on without the plugin then"
        raise PluginFailureError(Finding("PK507", "error", one.path, message, hint, _place(error))) from None
    except BaseException as error:
        message = f"{doing} failed: {_text(error)}"
        hint = "the error is in the plugin: mend it there, or remove the plugin"
        raise PluginFailureError(Finding("PK508", "error", one.path, message, hint, _place(error))) from error


def _text(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"[:500]
    except BaseException:  # an exception of the plugin's own making
        return "an exception that cannot be read"


def _place(error: BaseException) -> dict[str, str]:
    """Return where the plugin's code was when it raised."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return {"at": f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"} if trace else {}


def _imported(one: Accepted) -> ModuleType:
    """Import the module of its entry point, from the directory that was verified and from no other."""
    added = one.root not in sys.path and not one.development
    if added:
        sys.path.append(one.root)
    portions = add_portions(one.root) if added else []
    try:
        module = import_module(one.reference.partition(":")[0])
    except BaseException:
        if added:
            sys.path.remove(one.root)
        remove_portions(portions)
        raise
    origin = getattr(module, "__file__", None) or next(iter(getattr(module, "__path__", ())), "")
    if not _is_inside(origin, one.root):
        message = f"{module.__name__} was imported from {origin or 'nowhere'}, not from what was verified ({one.root})"
        hint = "something else has a module of that name: rename one of them, or remove the other"
        raise PluginFailureError(
            Finding("PK503", "error", one.path, message, hint, {"found": origin, "expected": one.root})
        )
    return module


def _is_inside(path: str, root: str) -> bool:
    if path.startswith(root + os.sep):
        return True
    return os.path.realpath(path).startswith(os.path.realpath(root) + os.sep)


def _made(one: Accepted, module: ModuleType, given: Mapping[str, object]) -> object:
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

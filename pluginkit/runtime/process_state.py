"""What a process has only once, and the loader needs to go on: put back when a plugin's code replaced it.

Builtins, the lists that imports go by, the modules that are there, tracing, the recursion limit. Not put back is what
plugins may have good reason to set: environment, working directory, signal handlers, warnings, streams.

What a plugin replaces is replaced for this module too: it calls nothing by a name that can be looked up anew.
"""

from __future__ import annotations

import builtins
import sys
from operator import is_
from types import FunctionType

from pluginkit.runtime.foreign import is_class, module_of, plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_NAMESPACE = vars(builtins)
_LISTS = ("path", "meta_path", "path_hooks")
_all, _any, _dict, _getattr, _len, _list, _map, _set, _setattr, _tuple, _type = (
    all,
    any,
    dict,
    getattr,
    len,
    list,
    map,
    set,
    setattr,
    tuple,
    type,
)
_sys: Any = vars(sys)
_settrace, _setprofile, _gettrace, _getprofile = sys.settrace, sys.setprofile, sys.gettrace, sys.getprofile
_getlimit, _setlimit = sys.getrecursionlimit, sys.setrecursionlimit


class ProcessState:
    """All that, as it was when this was made; what plugins add to it may stay."""

    def __init__(self) -> None:
        self._builtins, self._values = dict(_NAMESPACE), tuple(_NAMESPACE.values())
        self._modules, self._imported = sys.modules, dict(sys.modules)
        self._hooks = (sys.gettrace(), sys.getprofile())
        self._limit = sys.getrecursionlimit()
        self._lists = [(name, _sys[name], list(_sys[name])) for name in _LISTS]

    def put_back(self) -> list[str]:
        """Put back what was replaced or is gone, and return what that was: `builtins.open`, `sys.path`."""
        found: list[str] = []
        hooks = (_gettrace(), _getprofile())
        if hooks[0] is not self._hooks[0] or hooks[1] is not self._hooks[1]:
            _settrace(self._hooks[0])
            _setprofile(self._hooks[1])
            found += ["sys.settrace" if hooks[0] is not self._hooks[0] else "sys.setprofile"]
        if not _all(_map(is_, _NAMESPACE.values(), self._values)) or _len(_NAMESPACE) != _len(self._values):
            found += self._put_back_builtins()
        if _getlimit() < self._limit:
            _setlimit(self._limit)
            found += ["sys.setrecursionlimit"]
        if _sys.get("modules") is not self._modules or _len(self._modules) < _len(self._imported):
            found += self._put_back_modules()
        for name, known, entries in self._lists:
            if _sys.get(name) is not known or not _has(known, entries):
                found += [f"sys.{name}"] if _put_back_list(name, known, entries) else []
        return found

    def keep(self) -> None:
        """Let what a plugin added to the lists be among what must stay."""
        for _, known, entries in self._lists:
            if len(known) != len(entries):
                entries[:] = known

    def _put_back_builtins(self) -> list[str]:
        found = [name for name, value in self._builtins.items() if _NAMESPACE.get(name, self) is not value]
        _NAMESPACE.update(self._builtins)
        self._builtins, self._values = _dict(_NAMESPACE), _tuple(_NAMESPACE.values())
        return [f"builtins.{name}" for name in found]

    def _put_back_modules(self) -> list[str]:
        present = _sys.get("modules")
        if present is not self._modules:
            if _type(present) is _dict:
                self._modules.update(present)
            _sys["modules"] = self._modules
        missing = {name: one for name, one in self._imported.items() if name not in self._modules}
        self._modules.update(missing)
        return ["sys.modules"] if missing or present is not self._modules else []

    def remove(self, package: str) -> None:
        """Take out what modules of a package added to what Python asks for each import: the package is not used."""
        for _, known, entries in self._lists:
            kept = [one for one in known if _any(one is each for each in entries) or _origin(one) != package]
            if len(kept) != len(known):
                known[:] = kept


def _has(known: Sequence[object], entries: Sequence[object]) -> bool:
    """Return whether a list begins with these very entries, as it does where nothing was taken out or put before."""
    return _len(known) >= _len(entries) and _all(_map(is_, entries, known))


def _put_back_list(name: str, known: list[Any], entries: Sequence[Any]) -> bool:
    """Make a list of `sys` again the object that it was, with all that was in it; return whether something was gone."""
    present = _sys.get(name)
    if present is not known:
        if _type(present) is _list:
            known[:] = present
        _sys[name] = known
    missing = [one for one in entries if not _any(one is each for each in known)]
    known.extend(missing)
    return _any((missing, present is not known and _type(present) is not _list))


def _origin(one: object) -> str:
    """Return the top-level package that an object's code is from."""
    if _type(one) is FunctionType:
        return plain(one.__module__).partition(".")[0]
    return module_of(one if is_class(one) else type(one)).partition(".")[0]

"""One thing altered in the code that decides: a rule switched off or inverted, or a line that reads otherwise."""

import importlib
import inspect
import sys
from collections.abc import Callable, Iterable, Sequence
from types import ModuleType
from typing import Any

from pluginkit.core.frozen import replace
from pluginkit.core.verdict import Finding, Verdict
from pluginkit.rules.rule import Case, Check, Problem
from pluginkit.runtime.plan import Accepted
from pluginkit.runtime.report import Result

_TUPLES = ("RULES", "_UNREADABLE_RULES", "_VENDORED_RULES", "_WITHHELD_RULES", "_UNSIGNED_RULES", "_RELEASE_RULES")


def alter(kind: str, *what: str) -> None:
    """Alter this process: `off CODE`, `inverted CODE`, or `text MODULE OLD NEW`."""
    {"off": _off, "inverted": _inverted, "text": _text}[kind](*what)


def _off(code: str) -> None:
    """Let nothing find it: no rule, nothing that is said of ignores, and not the loader as it runs a plugin."""
    _exchange(code, lambda check: lambda case: ())
    ignores, load = map(importlib.import_module, ("pluginkit.rules.ignores", "pluginkit.runtime.load"))
    warned, failed = ignores._warned, load._failed

    def quiet(*arguments: Any) -> Sequence[Verdict]:
        verdicts: Sequence[Verdict] = warned(*arguments)
        return tuple(replace(one, findings=tuple(f for f in one.findings if f.code != code)) for one in verdicts)

    def content(one: Accepted, finding: Finding) -> Result:
        result: Result = failed(one, finding)
        return replace(result, status="loaded", findings=one.findings) if finding.code == code else result

    _rebind(ignores, {"_warned": quiet} if code.startswith("PK7") else {})
    _rebind(load, {"_failed": content})


def _inverted(code: str) -> None:
    """Let a rule find something where it finds nothing wrong with a plugin, and nothing elsewhere."""
    _exchange(code, _opposite)


def _opposite(check: Check) -> Check:
    def opposite(case: Case) -> Iterable[Problem]:
        if not case.is_plugin or [*check(case)]:
            return ()
        return [Problem("nothing is wrong", "do nothing")]

    return opposite


def _exchange(code: str, other: Callable[[Check], Check]) -> None:
    judge = importlib.import_module("pluginkit.rules.judge")
    for name in _TUPLES:
        rules = [replace(one, check=other(one.check)) if one.code == code else one for one in getattr(judge, name)]
        setattr(judge, name, tuple(rules))


def _text(module: str, old: str, new: str) -> None:
    """Run a module's source anew where it reads otherwise, and let all others use what that makes."""
    found = importlib.import_module(module)
    source = inspect.getsource(found)
    assert source.count(old) == 1, f"{module} has {source.count(old)} times: {old}"
    fresh: dict[str, Any] = {**vars(found)}
    exec(compile(source.replace(old, new), found.__file__ or module, "exec"), fresh)
    made = {name: value for name, value in fresh.items() if value is not vars(found).get(name)}
    _rebind(found, {name: value for name, value in made.items() if not name.startswith("__")})
    for value in made.values():  # functions that were made look names up where they were made
        if inspect.isfunction(value):
            value.__globals__.update(vars(found))


def _rebind(module: ModuleType, fresh: dict[str, Any]) -> None:
    """Put values in place of a module's own, there and wherever they were imported."""
    before = {name: vars(module)[name] for name in fresh if name in vars(module)}
    for other in [one for name, one in sys.modules.items() if name.startswith("pluginkit.") and one]:
        for name, value in before.items():
            if vars(other).get(name) is value:
                setattr(other, name, fresh[name])

"""One thing altered in the code that decides: a rule switched off or inverted, or a line that reads otherwise."""

import importlib
import inspect
from collections.abc import Iterable

from pluginkit.core.frozen import replace
from pluginkit.rules import judge
from pluginkit.rules.rule import Case, Check, Problem, Rule

_TUPLES = ("RULES", "_UNREADABLE_RULES", "_UNVERIFIED_RULES")


def alter(kind: str, *what: str) -> None:
    """Alter this process: `off CODE`, `inverted CODE`, or `text MODULE OLD NEW`."""
    {"off": _off, "inverted": _inverted, "text": _text}[kind](*what)


def _off(code: str) -> None:
    _exchange(code, lambda check: lambda case: ())


def _inverted(code: str) -> None:
    _exchange(code, _opposite)


def _opposite(check: Check) -> Check:
    def inverted(case: Case) -> Iterable[Problem]:
        if not case.is_plugin or [*check(case)]:
            return ()
        return [Problem("nothing is wrong", "do nothing")]

    return inverted


def _exchange(code: str, other: object) -> None:
    for name in _TUPLES:
        rules: tuple[Rule, ...] = getattr(judge, name)
        setattr(
            judge, name, tuple(replace(rule, check=other(rule.check)) if rule.code == code else rule for rule in rules)
        )


def _text(module: str, old: str, new: str) -> None:
    """Run a module's source anew, in the same namespace, where it reads otherwise."""
    found = importlib.import_module(module)
    source = inspect.getsource(found)
    assert source.count(old) == 1, f"{module} has {source.count(old)} times: {old}"
    exec(compile(source.replace(old, new), found.__file__ or module, "exec"), vars(found))

"""Conditions around declarations: decided where every supported Python agrees, else kept as text until comparison."""

from __future__ import annotations

import _ast as ast  # a loader compares surfaces: importing `ast` takes longer than that
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Order = Callable[[Any, Any], bool]

_VERSIONS = tuple((3, minor) for minor in range(9, 31))
"""Versions of Python that must agree on a condition on `sys.version_info` before it is decided."""
_ORDER: dict[type, Order] = {
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
    ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b,
}


def decide(test: ast.expr) -> bool | None:
    """Return the value that a condition always has; None where that depends on where the code runs."""
    found = {evaluate(test, version, None) for version in _VERSIONS}
    return found.pop() if len(found) == 1 else None


def holds(text: str) -> bool:
    """Return whether a kept condition holds in the running Python; one that cannot be evaluated counts as true."""
    from ast import parse

    try:
        test = parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return True
    return evaluate(test, sys.version_info[:2], sys.platform) is not False


def evaluate(test: ast.expr, version: tuple[int, ...], platform: str | None) -> bool | None:
    """Return the value of a condition under a Python `version` on a `platform`; None where it is not known."""
    if isinstance(test, ast.Constant):
        return bool(test.value)
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = evaluate(test.operand, version, platform)
        return None if inner is None else not inner
    if isinstance(test, ast.BoolOp):
        return _both(test, version, platform)
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        return _compared(test, version, platform)
    if isinstance(test, ast.Call) and isinstance(test.func, ast.Attribute) and test.func.attr == "startswith":
        if _dotted(test.func.value) == "sys.platform" and platform and test.args:
            return isinstance(test.args[0], ast.Constant) and platform.startswith(str(test.args[0].value))
        return None
    return False if _dotted(test).rpartition(".")[2] == "TYPE_CHECKING" else None


def _both(test: ast.BoolOp, version: tuple[int, ...], platform: str | None) -> bool | None:
    found = [evaluate(value, version, platform) for value in test.values]
    decisive = isinstance(test.op, ast.Or)
    if decisive in found:
        return decisive
    return None if None in found else not decisive


def _compared(test: ast.Compare, version: tuple[int, ...], platform: str | None) -> bool | None:
    left, right, order = test.left, test.comparators[0], _ORDER.get(type(test.ops[0]))
    if order is None:
        return None
    text = _dotted(left)
    if text.endswith("version_info") and isinstance(right, ast.Tuple):
        wanted = tuple(item.value for item in right.elts if isinstance(item, ast.Constant))
        if all(type(one) is int for one in wanted):
            return bool(order((*version, *((99,) * (len(wanted) > len(version)))), wanted))
    if isinstance(left, ast.Subscript) and _dotted(left.value).endswith("version_info"):
        return _subscripted(left, right, order, version)
    if text == "sys.platform" and platform and isinstance(right, ast.Constant):
        return bool(order(platform, str(right.value))) if isinstance(test.ops[0], ast.Eq | ast.NotEq) else None
    return None


def _subscripted(left: ast.Subscript, right: ast.expr, order: Order, version: tuple[int, ...]) -> bool | None:
    if isinstance(left.slice, ast.Constant) and left.slice.value == 0 and isinstance(right, ast.Constant):
        return bool(order(version[0], right.value)) if type(right.value) is int else None
    return None


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""

"""Canonical JSON: one spelling for one value, so that equal stamps are equal bytes.

Follows RFC 8785 (JCS) for the values stamps and releases use: objects, arrays, strings, booleans and
integers of at most 53 bits. Floating-point numbers and null have no place in them and are refused.
"""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


MAX_INTEGER = 2**53 - 1


def canonical_json(value: Any) -> bytes:
    """Return `value` (dict, list, tuple, str, bool or int, nested) as RFC 8785 bytes.

    Raises TypeError for any other type, ValueError for integers past 53 bits and lone surrogates.
    """
    if _check(value):
        return _SORTING.encode(value).encode("utf-8")
    return _ORDERED.encode(_ordered(value)).encode("utf-8")


_SORTING = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)
_ORDERED = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def _check(value: Any) -> bool:
    """Refuse what has no canonical form; return whether all keys are ASCII, which Python sorts as RFC 8785 does."""
    if isinstance(value, str):
        return True
    alike = True
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise TypeError(f"no canonical form for a key of type {type(key).__name__}")
            alike &= (type(item) is str or _check(item)) and key.isascii()
    elif isinstance(value, list | tuple):
        for item in value:
            alike &= type(item) is str or _check(item)
    elif not isinstance(value, int):
        raise TypeError(f"no canonical form for {type(value).__name__}")
    elif abs(value) > MAX_INTEGER:
        raise ValueError(f"integer {value} does not fit 53 bits")
    return alike


def _ordered(value: Any) -> Any:
    """Sort keys as RFC 8785 does: by UTF-16 code units."""
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in sorted(value, key=lambda key: key.encode("utf-16-be"))}
    return [_ordered(item) for item in value] if isinstance(value, list | tuple) else value

"""Canonical JSON: one spelling for one value, so that equal stamps are equal bytes.

Follows RFC 8785 (JCS) for the values stamps and releases use: objects, arrays, strings, booleans and
integers of at most 53 bits. Floating-point numbers and null have no place in them and are refused.
"""

import json
from typing import Any

MAX_INTEGER = 2**53 - 1


def canonical_json(value: Any) -> bytes:
    """Return `value` (dict, list, tuple, str, bool or int, nested) as RFC 8785 bytes.

    Raises TypeError for any other type, ValueError for integers past 53 bits and lone surrogates.
    """
    text = json.dumps(_ordered(value), ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8")


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in sorted(value, key=_utf16)}
    if isinstance(value, list | tuple):
        return [_ordered(item) for item in value]
    if isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise ValueError(f"integer {value} does not fit 53 bits")
        return value
    if isinstance(value, str):
        return value
    raise TypeError(f"no canonical form for {type(value).__name__}")


def _utf16(key: Any) -> bytes:
    if not isinstance(key, str):
        raise TypeError(f"no canonical form for a key of type {type(key).__name__}")
    return key.encode("utf-16-be")

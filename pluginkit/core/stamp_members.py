"""Members of a stamp, taken out of its JSON with the one type that each may have; StampError for any other."""

from __future__ import annotations

from pluginkit.core.digest import is_sha256

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_LONGEST_NAME = 31
"""Characters of a language's name."""


class StampError(ValueError):
    """Bytes that are not a valid stamp; `code` is the rule that refuses them."""

    def __init__(self, message: str, code: str = "PK202") -> None:
        super().__init__(message)
        self.code = code


def read_text(value: Mapping[str, Any], key: str) -> str:
    """Return a member that is a string."""
    text = value.get(key)
    if not isinstance(text, str):
        raise StampError(f"the stamp's {key!r} is not a string")
    return text


def read_one_of(value: Mapping[str, Any], key: str, allowed: tuple[str, ...]) -> str:
    """Return a member that is one of the strings `allowed`."""
    text = read_text(value, key)
    if text not in allowed:
        raise StampError(f"the stamp's {key!r} is {text[:80]!r}, expected one of {', '.join(allowed)}")
    return text


def read_language(value: Mapping[str, Any]) -> str:
    """Return the member `language`: a lower-case letter, then lower-case letters and digits."""
    text = read_text(value, "language")
    if not (text.isascii() and text.isalnum() and text.islower() and text[0].isalpha() and len(text) <= _LONGEST_NAME):
        raise StampError(f"the stamp's 'language' is {text[:80]!r}, which is not the name of a language")
    return text


def read_digest(value: Mapping[str, Any], key: str) -> str:
    """Return a member that is a sha256."""
    text = read_text(value, key)
    if not is_sha256(text):
        raise StampError(f"the stamp's {key!r} is {text[:80]!r}, expected sha256: and 64 lower-case hex digits")
    return text


def read_table(value: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return a member that is an object."""
    table = value.get(key)
    if not isinstance(table, dict):
        raise StampError(f"the stamp's {key!r} is not an object")
    return table


def read_list(value: Mapping[str, Any], key: str, kind: type) -> list[Any]:
    """Return a member that is an array of one type."""
    items = value.get(key)
    if not isinstance(items, list) or not all(type(item) is kind for item in items):
        raise StampError(f"the stamp's {key!r} is not an array of {kind.__name__}")
    return items

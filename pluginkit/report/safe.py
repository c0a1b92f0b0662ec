"""Text from artifacts, made fit for a terminal and for the log of a CI system: it is written by strangers."""

import re

_MOST = 500
"""Characters of one value that are shown."""
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
"""Categories of controls, format characters (bidi overrides, zero width), surrogates and odd line ends."""
_COMMAND = r"^\s*::|##(?=\w*\[)"
"""How a command begins in a line of a log: GitHub's runner skips leading blanks before `::`, and finds `##[` anywhere
(actions/runner, ActionCommand.cs), as Azure's does `##vso[`."""


def safe(value: str, most: int = _MOST) -> str:
    """Return `value` on one line, with what does not show or moves the cursor escaped, at most `most` characters.

    So is what a CI system would obey, were the value to begin a line of its log.
    """
    text = value if len(value) <= most else value[:most] + "..."
    if "::" in text or "##" in text:
        text = re.sub(_COMMAND, lambda found: "".join(map(_escaped, found[0])), text)
    if text.isascii() and text.isprintable():
        return text
    import unicodedata

    return "".join(_escaped(char) if unicodedata.category(char) in _UNSEEN else char for char in text)


def whole(value: str) -> str:
    """Return `value` with lone surrogates spelled out: no encoding has them, and strict readers of JSON refuse them."""
    return value.encode("utf-8", "backslashreplace").decode("utf-8")


def _escaped(char: str) -> str:
    point = ord(char)
    if point < 0x100:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"

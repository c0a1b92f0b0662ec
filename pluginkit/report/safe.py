"""Text from artifacts, made fit for a terminal: it is written by strangers."""

_MOST = 500
"""Characters of one value that are shown."""
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
"""Categories of controls, format characters (bidi overrides, zero width), surrogates and odd line ends."""


def safe(value: str, most: int = _MOST) -> str:
    """Return `value` on one line, with what does not show or moves the cursor escaped, at most `most` characters."""
    text = value if len(value) <= most else value[:most] + "..."
    if text.isascii() and text.isprintable():
        return text
    import unicodedata

    return "".join(_escaped(char) if unicodedata.category(char) in _UNSEEN else char for char in text)


def _escaped(char: str) -> str:
    point = ord(char)
    if point < 0x100:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"

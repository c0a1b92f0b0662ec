"""Text from artifacts, made fit for a terminal and for the log of a CI system: it is written by strangers.

It imports nothing: a host calls it when a plugin has failed, which may have left behind what answers imports.
"""

from __future__ import annotations

_MOST = 500
"""Characters of one value that are shown."""
_SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
"""They show, if as nothing (category Zs); Python calls them unprintable, together with what moves the cursor."""


def safe(value: str, most: int = _MOST) -> str:
    """Return `value` on one line, with what does not show or moves the cursor escaped, at most `most` characters.

    Escaped are controls, format characters (bidi overrides, zero width), surrogates and odd line ends. So is what a CI
    system would obey, were the value to begin a line of its log.
    """
    text = value if len(value) <= most else value[:most] + "..."
    if "::" in text or "##" in text:
        text = _disarmed(text)
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in _SPACES else _escaped(char) for char in text)


def whole(value: str) -> str:
    """Return `value` with lone surrogates spelled out: no encoding has them, and strict readers of JSON refuse them."""
    return value.encode("utf-8", "backslashreplace").decode("utf-8")


def _disarmed(text: str) -> str:
    """Escape how a command begins in a line of a log.

    GitHub's runner skips leading blanks before `::`, and finds `##[` anywhere (actions/runner, ActionCommand.cs), as
    Azure's does `##vso[`.
    """
    begin = len(text) - len(text.lstrip())
    begin = begin + 2 if text.startswith("::", begin) else 0
    parts, at, found = [*map(_escaped, text[:begin])], begin, text.find("##", begin)
    while found >= 0:
        if _is_named(text, found + 2):
            parts += [text[at:found], *map(_escaped, "##")]
            at = found + 2
        found = text.find("##", max(found + 1, at))
    return "".join((*parts, text[at:]))


def _is_named(text: str, at: int) -> bool:
    """Return whether a word, or none, and a bracket follow."""
    while at < len(text) and (text[at].isalnum() or text[at] == "_"):
        at += 1
    return text.startswith("[", at)


def _escaped(char: str) -> str:
    point = ord(char)
    if point < 0x100:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"

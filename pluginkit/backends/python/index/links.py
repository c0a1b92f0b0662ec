"""The tags `a` and `base` of a page of HTML, in time linear in its size: `html.parser` takes minutes for some 80 kB."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping

_LONGEST = 8 << 10
"""Characters of an attribute's value; what has more has none."""
_OPENING = re.compile(r"<(?:(!--)|(a|base|script|style|textarea|title)(?=[\s/>]))", re.IGNORECASE)
_COMMENT_END = re.compile(r"--!?>")
_ATTRIBUTE = re.compile(r"""[\s/]*+([^\s/>=][^\s/>=]*+)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s>"'][^\s>]*+)))?""")
_TAG_END = re.compile(r"[\s/]*+>")


def tags(text: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield the name of each such tag, in lower case, and its attributes; the first of a name counts.

    What is in comments, scripts and the like is left out, and so is all that follows one that does not end.
    """
    at = 0
    while found := _OPENING.search(text, at):
        comment, name = found.group(1), (found.group(2) or "").lower()
        if comment:
            end = _COMMENT_END.search(text, found.end() - 2)
        elif name in ("a", "base"):
            attributes, at = _attributes(text, found.end())
            if at < 0:
                return
            yield name, attributes
            continue
        else:
            end = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(text, found.end())
        if end is None:
            return
        at = end.end()


def _attributes(text: str, at: int) -> tuple[Mapping[str, str], int]:
    """Return the attributes that begin there, and where their tag ends; less than 0 where it does not end."""
    attributes: dict[str, str] = {}
    while not (end := _TAG_END.match(text, at)):
        found = _ATTRIBUTE.match(text, at)
        if found is None:
            return attributes, -1
        value = next((one for one in found.groups()[1:] if one is not None), "")
        attributes.setdefault(found[1].lower(), _unescaped(value))
        at = found.end()
    return attributes, end.end()


def _unescaped(value: str) -> str:
    if len(value) > _LONGEST:
        return ""
    try:
        return html.unescape(value)
    except ValueError:  # a number of more digits than Python reads
        return ""

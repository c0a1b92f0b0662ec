"""A table of plugins by hosts, as wide as a terminal is."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from pluginkit.core.frozen import record
from pluginkit.report.color import BOLD, paint

_GAP = "  "
_CUT = ".."
_LEAST = 8
"""Columns of names, however narrow the terminal."""


@record
class Text:
    """What stands in a cell."""

    long: str
    short: str
    color: str
    """SGR code; may be empty."""


@record
class Layout:
    """How a table was made to fit."""

    lines: tuple[str, ...]
    numbered: bool
    """Heads are numbers, counted from 1: what they stand for has to be told."""
    short: bool
    """Cells have their short form."""


def grid(
    names: Sequence[str], heads: Sequence[str], rows: Sequence[Sequence[Text]], columns: int, *, color: bool
) -> Layout:
    """Return the first form of the table that is not wider than `columns`.

    Heads are given up for numbers, long cells for short ones, then the middle of long names; and where even that is too
    wide the table is folded into several.
    """
    numbers = [str(number) for number in range(1, len(heads) + 1)]
    most = max(columns // 3, _LEAST)
    clipped = [clip(name, most) for name in names]
    forms = [(names, heads, False), (names, heads, True), (names, numbers, False), (names, numbers, True)]
    for shown, titles, short in (*forms, (clipped, numbers, True)):
        widths = _widths(titles, rows, short)
        if _width(shown) + sum(len(_GAP) + size for size in widths) <= columns:
            lines = _lines(shown, titles, rows, range(len(heads)), widths, short, color)
            return Layout(tuple(lines), titles is numbers, short)
    return Layout(tuple(_folded(clipped, numbers, rows, columns, color)), numbered=True, short=True)


def _folded(
    names: Sequence[str], heads: Sequence[str], rows: Sequence[Sequence[Text]], columns: int, color: bool
) -> Iterator[str]:
    """Yield tables of as many columns each as there is room for."""
    first = _width(names)
    room = max(columns - first - len(_GAP), _LEAST)
    widths = [min(size, room) for size in _widths(heads, rows, short=True)]
    start = 0
    while start < len(heads):
        end, left = start + 1, room - widths[start]
        while end < len(heads) and left >= len(_GAP) + widths[end]:
            left -= len(_GAP) + widths[end]
            end += 1
        yield from ([""] if start else [])
        yield from _lines(names, heads, rows, range(start, end), widths, True, color)
        start = end


def _lines(
    names: Sequence[str],
    heads: Sequence[str],
    rows: Sequence[Sequence[Text]],
    shown: range,
    widths: Sequence[int],
    short: bool,
    color: bool,
) -> Iterator[str]:
    first = _width(names)
    titles = [(heads[column], BOLD, widths[column]) for column in shown]
    yield _line("", first, titles, color)
    for name, row in zip(names, rows, strict=True):
        cells = [
            (row[column].short if short else row[column].long, row[column].color, widths[column]) for column in shown
        ]
        yield _line(name, first, cells, color)


def _line(name: str, first: int, cells: Sequence[tuple[str, str, int]], color: bool) -> str:
    parts = [padded(name, first)]
    for text, code, size in cells:
        kept = clip(text, size)
        parts.append(paint(kept, code, color=color and bool(code)) + " " * (size - width(kept)))
    return _GAP.join(parts).rstrip()


def _widths(heads: Sequence[str], rows: Sequence[Sequence[Text]], short: bool) -> list[int]:
    cells = [[one.short if short else one.long for one in row] for row in rows]
    return [_width([head, *(row[column] for row in cells)]) for column, head in enumerate(heads)]


def _width(texts: Sequence[str]) -> int:
    return max(map(width, set(texts)), default=0)


def width(text: str) -> int:
    """Return how many columns a text takes: two for East Asian wide characters, none for combining ones."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else not unicodedata.combining(char) for char in text)


def padded(text: str, size: int) -> str:
    """Return a text with blanks up to a width."""
    return text + " " * (size - width(text))


def clip(text: str, size: int) -> str:
    """Return a text without its middle where it is too wide."""
    if width(text) <= size:
        return text
    if size <= len(_CUT):
        return _CUT[:size]
    begin, end = _taken(text, (size - len(_CUT) + 1) // 2), _taken(text[::-1], (size - len(_CUT)) // 2)[::-1]
    return f"{begin}{_CUT}{end}"


def _taken(text: str, size: int) -> str:
    kept = 0
    for index, char in enumerate(text):
        kept += width(char)
        if kept > size:
            return text[:index]
    return text

"""A file of which only parts are fetched, as the bytes of an archive that is read piece by piece."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from pluginkit.core.frozen import record

BUDGET = 60 << 10
"""Bytes that are fetched of one file at most."""
FIRST = 16 << 10
"""Bytes of the first part, which is the end: directory, metadata and stamp of a wheel lie there."""
_LEAST = 2 << 10
"""Bytes that are fetched at once at least."""
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


class BudgetError(Exception):
    """More of a file would have to be fetched than is meant to be."""


class ChangedError(Exception):
    """A server gave other parts than it was asked for: the file changed meanwhile, or it does not mean what it says."""


@record
class Excerpt:
    """Parts of a file."""

    size: int
    """Of the whole file, in bytes."""
    parts: tuple[tuple[int, bytes], ...]
    """Offsets and bytes."""


class Parts:
    """Implements what `wheel.pieces` has for whole files; missing bytes are fetched, within the budget."""

    longest_comment = 64
    """Bytes behind an end record that are looked at: a part of a file is read from its end."""

    def __init__(self, excerpt: Excerpt, fetch: Callable[[int, int], bytes] | None) -> None:
        """Begin with some parts; `fetch(start, stop)` returns just those bytes; without it no more are read."""
        self.size = excerpt.size
        self._parts, self._fetch = list(excerpt.parts), fetch
        self._fetched = sum(len(data) for _, data in excerpt.parts)

    @property
    def excerpt(self) -> Excerpt:
        """All parts there are by now."""
        return Excerpt(self.size, tuple(self._parts))

    @property
    def whole(self) -> bytes | None:
        """The whole file, where one part is that."""
        return next((data for start, data in self._parts if start == 0 and len(data) == self.size), None)

    def known(self, start: int, stop: int) -> bytes | None:
        """Return bytes that are here; None where they are not."""
        for begin, data in self._parts:
            if begin <= start and min(stop, self.size) <= begin + len(data):
                return data[start - begin : stop - begin]
        return None

    def header(self, start: int, stop: int) -> bytes:
        """Return bytes, fetched where they are not here. Raises BudgetError."""
        found = self.known(start, stop)
        return self._more(start, stop) if found is None else found

    body = header

    def _more(self, start: int, stop: int) -> bytes:
        end = min(max(stop, start + _LEAST), self.size)
        if self._fetch is None or self._fetched + end - start > BUDGET:
            raise BudgetError
        data = self._fetch(start, end)
        self._parts.append((start, data))
        self._fetched += len(data)
        return data[: stop - start]


def range_of(content_range: str, length: int) -> tuple[int, int]:
    """Return where a part begins and how large the whole is, by a `Content-Range` header (RFC 9110).

    `length` is the number of bytes that came. Raises ChangedError where the two do not agree.
    """
    found = _CONTENT_RANGE.fullmatch(content_range.strip())
    if not found:
        raise ChangedError(f"a part of a file without a Content-Range: {content_range[:80]!r}")
    start, last, size = map(int, found.groups())
    if last - start + 1 != length or last >= size:
        raise ChangedError(f"Content-Range says {content_range[:80]}, and {length} bytes came")
    return start, size


def spelled(excerpt: Excerpt) -> tuple[int, Sequence[tuple[int, bytes]]]:
    """Return an excerpt as plain data."""
    return excerpt.size, excerpt.parts

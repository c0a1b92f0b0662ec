"""Wheels on a server: as many parts of each as it takes to judge it, or why none can be had."""

from __future__ import annotations

from typing import Protocol

from pluginkit.backends.python.index.parts import FIRST, BudgetError, ChangedError, Excerpt, Parts, range_of
from pluginkit.backends.python.index.reading import inspect_parts
from pluginkit.backends.web import Answer, get
from pluginkit.core.errors import PluginkitError
from pluginkit.core.frozen import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.core.trust import Trust
    from pluginkit.core.verdict import Evidence

_PARTIAL = 206
_WHOLE = "the server gives no parts of files; --download fetches it whole"
_TOO_MUCH = "more than 60 kB of it would have to be fetched; --download fetches it whole"


@record
class Part:
    """What was learned of a wheel on a server."""

    evidence: Evidence | None
    unread: str = ""
    """Why there is none."""
    unchecked: tuple[str, ...] = ()
    excerpt: Excerpt | None = None
    """What was fetched of it."""


class Source(Protocol):
    """Where parts of one file are to be had."""

    trouble: str
    """Why there are none, once `begin` returned None."""

    def begin(self) -> Parts | None:
        """Return the end of the file; None where the server gives no parts."""
        ...

    def fetch(self, start: int, stop: int) -> bytes:
        """Return just those bytes. Raises ChangedError where they cannot be of the same file."""
        ...


def inspect_remote(
    source: Source, file: str, subject: str, trust: Trust | None, excerpt: Excerpt | None = None
) -> Part:
    """Read a wheel in parts, beginning with an `excerpt` that was fetched before. Raises nothing."""
    try:
        parts = Parts(excerpt, source.fetch) if excerpt else source.begin()
        if parts is None:
            return Part(None, source.trouble)
        evidence, unchecked = inspect_parts(parts, file, subject, trust)
        return Part(evidence, "", unchecked, parts.excerpt)
    except BudgetError:
        return Part(None, _TOO_MUCH)
    except (PluginkitError, ChangedError) as error:
        return Part(None, getattr(error, "message", str(error)))


class OnServer:
    """One file at a URL."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._size, self._mark = 0, ""
        self.trouble = ""

    def begin(self) -> Parts | None:
        """Return the end of the file; None where the server gives none."""
        answer = self._asked(f"bytes=-{FIRST}", FIRST)
        if answer.status != _PARTIAL:
            self.trouble = _WHOLE if answer.status == 200 else f"the server answers {answer.status}"
            return None
        start, self._size = range_of(answer.headers.get("Content-Range", ""), len(answer.body))
        if start + len(answer.body) != self._size:
            raise ChangedError("the server gave another part than the end that it was asked for")
        mark = answer.headers.get("ETag", "")
        self._mark = mark if not mark.startswith("W/") else ""
        return Parts(Excerpt(self._size, ((start, answer.body),)), self.fetch)

    def fetch(self, start: int, stop: int) -> bytes:
        """Return just those bytes. Raises ChangedError where they cannot be of the same file."""
        answer = self._asked(f"bytes={start}-{stop - 1}", stop - start)
        if answer.status != _PARTIAL:
            raise ChangedError(f"the server gave a part of it before, and now answers {answer.status}")
        begin, size = range_of(answer.headers.get("Content-Range", ""), len(answer.body))
        if begin != start or len(answer.body) != stop - start or (self._size and size != self._size):
            raise ChangedError("the file changed while it was read")
        return answer.body

    def _asked(self, wanted: str, most: int) -> Answer:
        headers = {"Range": wanted, "Accept-Encoding": "identity", **({"If-Range": self._mark} if self._mark else {})}
        return get(self._url, headers, most=most, wanted=(_PARTIAL,))

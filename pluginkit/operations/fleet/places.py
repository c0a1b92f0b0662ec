"""What a PLACE stands for: something on this machine, something on a server, or a file that lists places."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pluginkit.core.errors import PluginkitError
from pluginkit.core.urls import SERVERS, without_credentials
from pluginkit.operations.fleet.candidates import Candidate
from pluginkit.operations.fleet.local import candidates_at
from pluginkit.operations.fleet.remote import Remote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.core.trust import Trust

_STORES = ("s3://", "gs://", "az://")
_LISTS = (".txt", ".list")
"""Endings of files that list places."""
_MOST = 8 << 20
"""Bytes of a file that lists places."""
_DEEPEST = 4
"""Lists within lists."""


def candidates_of(place: str, remote: Remote, trust: Trust | None, depth: int = 0) -> Iterator[Candidate]:
    """Yield the artifacts at a PLACE. Raises PluginkitError where it is not one, or cannot be had."""
    if not place:
        raise PluginkitError("a PLACE is empty", hint="name a directory, an artifact or a URL")
    if place.startswith(SERVERS):
        yield from remote.candidates_at(place)
    elif place.startswith(_STORES):
        from pluginkit.operations.fleet.stores import candidates_in
        from pluginkit.store.objects import Objects

        yield from candidates_in(Objects(place), whole=remote.whole)
    elif "://" in place and not place.startswith("file://"):
        raise PluginkitError(
            f"{without_credentials(place)}: not a kind of place that plugins can be looked for at",
            hint=f"name a path, or a URL that begins with {', '.join((*SERVERS, *_STORES))}",
        )
    else:
        path = Path(place.removeprefix("file://"))
        if path.is_file() and path.suffix in (".html", ".htm"):
            yield from remote.page(_text(path), "text/html", path.resolve().as_uri())
        elif path.is_file() and path.suffix in _LISTS:
            yield from _listed(path, remote, trust, depth)
        else:
            yield from candidates_at(path, trust)


def places_in(place: str, depth: int = 0) -> Iterator[str]:
    """Yield the places that a PLACE stands for: those that a file lists, each other just itself."""
    path = Path(place)
    if "://" in place or path.suffix not in _LISTS or not path.is_file():
        yield place
    elif depth < _DEEPEST:
        for _, where in _lines(path):
            yield from places_in(where, depth + 1)


def _listed(path: Path, remote: Remote, trust: Trust | None, depth: int) -> Iterator[Candidate]:
    """Yield what the lines of a file name."""
    if depth == _DEEPEST:
        raise PluginkitError(f"{path}: lists of places that name each other")
    for number, where in _lines(path):
        try:
            yield from candidates_of(where, remote, trust, depth + 1)
        except PluginkitError as error:
            raise PluginkitError(f"{path}:{number}: {error.message}", hint=error.hint) from None


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield numbers of lines and what they name: paths, relative to the file, and URLs; `#` begins a comment."""
    try:
        lines = _text(path).decode("utf-8").splitlines()
    except UnicodeDecodeError:
        raise PluginkitError(
            f"{path}: neither an artifact nor a text", hint="a list of places is UTF-8, one path or URL a line"
        ) from None
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if text and not text.startswith("#"):
            yield number, text if "://" in text else str(path.parent / text)


def _text(path: Path) -> bytes:
    if path.stat().st_size > _MOST:
        raise PluginkitError(f"{path}: has more than {_MOST >> 20} MiB, and is not a list of places")
    return path.read_bytes()

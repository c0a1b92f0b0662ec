"""Artifacts in an object store: wheels are read in parts, all else is fetched whole."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from pluginkit.backends.python.index.parts import FIRST, Excerpt, Parts
from pluginkit.core.errors import PluginkitError
from pluginkit.operations.fleet.candidates import Candidate
from pluginkit.operations.fleet.local import language_of, name_of
from pluginkit.operations.fleet.remote import InParts, Whole, is_artifact
from pluginkit.store.objects import Objects, StoredObject

TYPE_CHECKING = False
if TYPE_CHECKING:
    pass


def candidates_in(objects: Objects, *, whole: bool = False) -> Iterator[Candidate]:
    """Yield the artifacts in a store, in the order of their paths. Raises PluginkitError where it cannot be asked."""
    for one in sorted(objects.listed(), key=lambda found: found.path):
        if not is_artifact(one.path):
            continue
        subject, file = f"{objects.url}/{one.path}", one.path.rpartition("/")[2]
        identity = f"{one.mark} {one.size}" if one.mark else ""
        language = language_of(file)
        if whole or language != "python":
            found = Whole(partial(_fetch, objects, one.path), file, subject, "", f"{subject} {identity}")
            yield Candidate(subject, identity, name_of(file), language, found.read, found.prepare)
        else:
            parts = InParts(_InStore(objects, one), file, subject, "", f"{subject} {identity}" if identity else "")
            yield Candidate(subject, identity, name_of(file), language, parts.read, parts.prepare)


class _InStore:
    """Implements `index.wheels.Source` for one object."""

    def __init__(self, objects: Objects, one: StoredObject) -> None:
        self._objects, self._one = objects, one
        self.trouble = ""

    def begin(self) -> Parts | None:
        """Return the end of the object."""
        start = max(self._one.size - FIRST, 0)
        try:
            data = self.fetch(start, self._one.size)
        except PluginkitError as error:
            self.trouble = error.message
            return None
        return Parts(Excerpt(self._one.size, ((start, data),)), self.fetch)

    def fetch(self, start: int, stop: int) -> bytes:
        """Return just those bytes."""
        return self._objects.part(self._one.path, start, stop)


def _fetch(objects: Objects, path: str, target: Path) -> None:
    """Write an object to a file. Raises PluginkitError."""
    data = objects.whole(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)

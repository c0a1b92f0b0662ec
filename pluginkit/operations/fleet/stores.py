"""Artifacts in an object store: wheels are read in parts, all else is fetched whole."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from pluginkit.backends.python.index.parts import FIRST, Excerpt, Parts
from pluginkit.core.digest import sha256
from pluginkit.core.errors import PluginkitError
from pluginkit.core.files import write_atomic
from pluginkit.core.frozen import replace
from pluginkit.operations.fleet.candidates import Candidate, Reading
from pluginkit.operations.fleet.local import language_of, name_of
from pluginkit.operations.fleet.remote import InParts, is_artifact
from pluginkit.stages.verify import read_artifacts
from pluginkit.store.directory import cache_directory
from pluginkit.store.objects import Objects, StoredObject

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.core.trust import Trust


def candidates_in(objects: Objects, *, whole: bool = False) -> Iterator[Candidate]:
    """Yield the artifacts in a store, in the order of their paths. Raises PluginkitError where it cannot be asked."""
    for one in sorted(objects.listed(), key=lambda found: found.path):
        if not is_artifact(one.path):
            continue
        subject, file = f"{objects.url}/{one.path}", one.path.rpartition("/")[2]
        identity = f"{one.mark} {one.size}" if one.mark else ""
        language = language_of(file)
        if whole or language != "python":
            yield Candidate(subject, identity, name_of(file), language, partial(_whole, objects, one, subject))
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


def _whole(objects: Objects, one: StoredObject, subject: str, trust: Trust | None) -> Reading:
    """Read an object that is fetched to the cache."""
    try:
        data = objects.whole(one.path)
    except PluginkitError as error:
        return Reading(None, unread=error.message)
    digest = sha256(data)
    place = cache_directory() / "fleet" / "files" / digest.removeprefix("sha256:") / Path(one.path).name
    if not place.is_file():
        place.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(place, data)
    (found,) = read_artifacts(place, trust=trust)
    return Reading(replace(found, subject=subject), digest)

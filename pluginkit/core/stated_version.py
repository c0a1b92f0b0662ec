"""The places where the sources of an API state its version, and how they are written anew."""

from __future__ import annotations

from pluginkit.core.frozen import record
from pluginkit.core.versions import agrees

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


@record
class StatedVersion:
    """A version as it is written in a file of the workspace."""

    path: str
    """Of the file, POSIX, relative to the root of the workspace."""
    line: int
    """From 1."""
    start: int
    """Characters before the version in the file, read as UTF-8 with its line ends as they are."""
    text: str
    """The version, without quotes."""
    decides: bool = False
    """The build takes the version from here; other places repeat it, perhaps only its first parts."""

    @property
    def place(self) -> str:
        """`path:line`."""
        return f"{self.path}:{self.line}"


@record
class StatedVersions:
    """All places where the version of one member is written."""

    places: tuple[StatedVersion, ...] = ()
    """Those that decide first."""
    hint: str = ""
    """What to do where none of them decides."""

    @property
    def deciding(self) -> StatedVersion | None:
        """The place from which the build takes the version, if it is a file of the workspace."""
        return next((one for one in self.places if one.decides), None)


def disagreeing(places: Iterable[StatedVersion], whole: str) -> tuple[StatedVersion, ...]:
    """Return the places that state another version than `whole`."""
    return tuple(one for one in places if not agrees(one.text, whole))


def rewritten(text: str, places: Iterable[tuple[StatedVersion, str]]) -> str:
    """Return the text of a file with other versions in these places of it."""
    for one, new in sorted(places, key=lambda pair: -pair[0].start):
        text = text[: one.start] + new + text[one.start + len(one.text) :]
    return text

"""One artifact that may be a release of a plugin: where it is, what tells its bytes apart, and how it is read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pluginkit.core.frozen import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.core.trust import Trust
    from pluginkit.core.verdict import Evidence


@record
class Reading:
    """What was read of an artifact."""

    evidence: Evidence | None
    """None where it could not be read; what is wrong with its bytes is a defect of the evidence."""
    digest: str = ""
    """`sha256:...` of its bytes, where they were read or its index says; else empty."""
    unread: str = ""
    """Why it could not be read."""
    unchecked: tuple[str, ...] = ()
    """Codes of the rules that what was read does not let anyone check."""
    place: Path | None = None
    """Where its bytes are, as `verify` would be told; None where they are not on this machine."""


@record
class Candidate:
    """An artifact that was found and not read yet."""

    subject: str
    """As reports call it: a path as given, or a URL without credentials."""
    identity: str
    """Changes whenever its bytes do: what `incremental.file_stat` says of a file, or the digest that an index states.
    Empty where nothing but reading it would tell."""
    name: str
    """Of its distribution or plugin, as its file name says; may be empty."""
    language: str
    read: Callable[[Trust | None], Reading]
    """Reads it; with a trust nothing is parsed of one that none of its keys signed."""
    prepare: Callable[[], None] | None = None
    """Fetches what `read` will need; may be called from any thread. None where it is on this machine."""

"""What is signed of an artifact and by whom, read from it and written into it; how, differs by language."""

from __future__ import annotations

from pluginkit.backends.language import LANGUAGES, resolve
from pluginkit.core.errors import PluginkitError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Protocol

    class Signatures(Protocol):
        """Reads and writes the envelope in the artifacts of one language; a module with these functions."""

        def envelope(self, path: Path) -> tuple[bytes, bytes | None]:
            """Return the stamp of an artifact, as bytes, and the envelope beside it; None: nobody signed it.

            Raises PluginkitError for an artifact that cannot be read, or that has no stamp.
            """
            ...

        def holds(self, path: Path) -> bool:
            """Return whether an artifact has a place for an envelope; who signs its release vouches for any other."""
            ...

        def with_envelope(self, source: Path, target: Path, envelope: bytes | None) -> None:
            """Write the artifact `source` anew as `target`, another file, with this envelope in place of its own.

            With None it is what was built before anybody signed it, byte for byte. Raises PluginkitError for an
            artifact that cannot be read, has no stamp, or is of a format that keeps its signature elsewhere.
            """
            ...


def signatures_of(path: Path) -> Signatures:
    """Return who reads and writes the envelope of an artifact, by the ending of its name; a host may have none.

    Raises PluginkitError for a file that is not an artifact of any language.
    """
    by_name = [one for one in LANGUAGES.values() if path.suffix in one.suffixes]
    bare = [one for one in LANGUAGES.values() if one.has_bare_hosts and path.suffix in ("", ".exe")]
    for one in by_name or bare:
        if one.signatures:
            found: Signatures = resolve(one.signatures)
            return found
    raise PluginkitError(f"{path}: not a kind of artifact that can be signed")

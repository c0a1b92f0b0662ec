"""Where the artifacts of a release came from, as far as this user's cache knows."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from pluginkit.backends.signatures import signatures_of
from pluginkit.core import files
from pluginkit.core.errors import PluginkitError
from pluginkit.core.release import NAME, read_release
from pluginkit.store.cache import local_cache, provenance_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.core.model import Artifact
    from pluginkit.core.provenance import Provenance
    from pluginkit.core.verdict import Evidence

_DEEP = 3
"""Directories that a file of a release lies in at most: the release, a target, and a kind."""


def provenance(evidences: Iterable[Evidence]) -> Mapping[str, Provenance]:
    """Return, by subject, where artifacts came from that lie in a release; those that nothing is known of are left out.

    A file that is not what its release says came from nowhere that is known.
    """
    try:
        local = local_cache()
    except PluginkitError:  # no home directory, and so no cache
        return {}
    releases: dict[Path, Mapping[str, Artifact]] = {}
    found = {}
    for one in evidences:
        artifact = _artifact(Path(one.subject), releases)
        known = provenance_of(local, _as_built(Path(one.subject), artifact, one)) if artifact else None
        if known:
            found[one.subject] = known
    return found


def _as_built(path: Path, artifact: Artifact, evidence: Evidence) -> Artifact:
    """Return what an artifact was before anybody signed it: the cache keeps no other."""
    if evidence.signed is None or evidence.signed.envelope is None:
        return artifact
    with tempfile.TemporaryDirectory(prefix="pluginkit-") as scratch:
        bare = Path(scratch, path.name)
        try:
            signatures_of(path).with_envelope(path, bare, None)
        except PluginkitError:
            return artifact
        return replace(artifact, sha256=files.digest(bare), size=bare.stat().st_size)


def _artifact(path: Path, releases: dict[Path, Mapping[str, Artifact]]) -> Artifact | None:
    for directory in list(path.absolute().parents)[:_DEEP]:
        if directory not in releases:
            releases[directory] = _artifacts(directory)
        found = releases[directory].get(path.absolute().relative_to(directory).as_posix())
        if found:
            return found if path.is_file() and files.digest(path) == found.sha256 else None
    return None


def _artifacts(directory: Path) -> Mapping[str, Artifact]:
    if not (directory / NAME).is_file():
        return {}
    try:
        return {one.file: one for one in read_release(directory).artifacts}
    except PluginkitError:
        return {}

"""What builds keep for each other: artifacts by the digest of all that went into them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pluginkit.core.canonical import canonical_json
from pluginkit.core.digest import SHA256, fields_digest
from pluginkit.core.model import Artifact
from pluginkit.core.pitfall import Pitfall
from pluginkit.store.blobs import Blobs, LocalBlobs
from pluginkit.store.directory import cache_directory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_DOMAIN = "pluginkit action v1"


class Cache:
    """Finished artifacts, and what there is to say of them, by the `inputs` of their stamps."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs

    def find(self, name: str, inputs: str) -> Artifact | None:
        """Return the artifact of a member that was made from those inputs; its bytes may turn out to be gone."""
        found = self._read(name, inputs)
        return found[0] if found else None

    def pitfalls(self, name: str, inputs: str) -> Sequence[Pitfall]:
        """Return what that artifact does while it is loaded."""
        found = self._read(name, inputs)
        return found[1] if found else ()

    def fetch(self, artifact: Artifact, target: Path) -> bool:
        """Write the artifact's bytes to `target`; False where the cache does not have just those."""
        if self._blobs.get(artifact.sha256, target, mode=0o755 if artifact.file.startswith("bin/") else 0o644):
            return True
        self._blobs.drop(_key(artifact.name, artifact.inputs))
        return False

    def keep(self, artifact: Artifact, source: Path, pitfalls: Iterable[Pitfall]) -> None:
        """Keep an artifact, which lies at `source`."""
        values = {name: getattr(artifact, name) for name in _FIELDS}
        warned = [[one.file, one.line, one.call, one.kind] for one in pitfalls]
        self._blobs.put(artifact.sha256, source)
        self._blobs.write(_key(artifact.name, artifact.inputs), canonical_json({**values, "pitfalls": warned}))

    def is_approved(self, release: Iterable[Artifact], by: str) -> bool:
        """Tell whether just these artifacts were held against each other and accepted without a word."""
        return self._blobs.read(_approval(release, by)) == b"accepted"

    def approve(self, release: Iterable[Artifact], by: str) -> None:
        """Remember that they were; `by` says whose rules they were held against."""
        self._blobs.write(_approval(release, by), b"accepted")

    def _read(self, name: str, inputs: str) -> tuple[Artifact, tuple[Pitfall, ...]] | None:
        data = self._blobs.read(_key(name, inputs))
        try:
            values = json.loads(data or b"null")
            if not values or (values["name"], values["inputs"]) != (name, inputs):
                return None
            return _artifact(values), tuple(Pitfall(*one) for one in values["pitfalls"])
        except (KeyError, TypeError, ValueError, RecursionError):  # of another version
            return None


_FIELDS = ("name", "kind", "file", "sha256", "size", "inputs")


def artifact_cache() -> tuple[Cache, LocalBlobs]:
    """Return the user's cache of artifacts, and where it keeps them."""
    blobs = LocalBlobs(cache_directory() / "artifacts")
    return Cache(blobs), blobs


def _artifact(values: Mapping[str, Any]) -> Artifact:
    found = Artifact(**{name: values[name] for name in _FIELDS})
    if not SHA256.fullmatch(f"sha256:{found.sha256}") or type(found.size) is not int:
        raise ValueError("no artifact")
    if found.file.startswith("/") or ".." in found.file.split("/") or "\0" in found.file:
        raise ValueError("no file of a release")
    return found


def _key(name: str, inputs: str) -> str:
    return fields_digest(_DOMAIN, [os.fsencode(name), inputs.encode()]).removeprefix("sha256:")


def _approval(release: Iterable[Artifact], by: str) -> str:
    parts = sorted(f"{artifact.file}\0{artifact.sha256}" for artifact in release)
    return fields_digest("pluginkit approval v1", [by.encode(), *map(os.fsencode, parts)]).removeprefix("sha256:")

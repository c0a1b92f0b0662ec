"""What builds keep for each other: artifacts by the digest of all that went into them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from pluginkit.core.canonical import canonical_json
from pluginkit.core.digest import fields_digest, is_sha256
from pluginkit.core.model import Artifact, CacheEntry
from pluginkit.core.provenance import Provenance, built_here, fetched_from, from_json, to_json
from pluginkit.core.side_effect import SideEffect
from pluginkit.store.blobs import Blobs
from pluginkit.store.directory import cache_directory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pluginkit.store.remote import RemoteCache

_AT_ONCE = 16
"""Requests to another machine: each waits for the network far longer than it works."""
_DOMAIN = "pluginkit action v1"


class Cache:
    """Finished artifacts by the `inputs` of their stamps: on this machine, and on one that several share."""

    def __init__(self, local: Blobs, remote: RemoteCache | None = None, *, reads: bool = True) -> None:
        """Keep artifacts in these caches; one that does not read (`reads`) finds nothing and replaces what it keeps."""
        self._local, self.remote, self._reads = local, remote, reads

    def find(self, wanted: Mapping[str, str]) -> Mapping[str, CacheEntry]:
        """Return what is known to be made from those inputs, by key; bytes may turn out to be gone."""
        if not self._reads:
            return {}
        found = {key: kept for key, inputs in wanted.items() if (kept := _parsed(self._local, key, inputs))}
        if self.remote is None or len(found) == len(wanted):
            return found
        elsewhere = partial(self._find_elsewhere, self.remote)
        missing = [(key, inputs) for key, inputs in wanted.items() if key not in found]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for kept in filter(None, pool.map(elsewhere, missing)):
                found[kept.artifact.key] = kept
        return found

    def fetch(self, kept: CacheEntry, target: Path) -> bool:
        """Write the artifact's bytes to `target`; False where no cache has just those."""
        artifact = kept.artifact
        mode = 0o755 if artifact.is_executable else 0o644
        if self._local.get(artifact.sha256, target, mode=mode):
            return True
        if self.remote and self.remote.get(artifact.sha256, target, mode=mode):
            self._local.put(artifact.sha256, target)
            if _parsed(self._local, artifact.key, artifact.inputs) != kept:  # another machine built it for this one
                self._record(kept, fetched_from(self.remote.url))
            return True
        self._local.drop(action_key(artifact.key, artifact.inputs))
        return False

    def hold(self, artifact: Artifact, source: Path) -> None:
        """Keep the bytes of an artifact, which lies at `source`; `keep` is what makes them found."""
        self._local.put(artifact.sha256, source, anew=not self._reads)

    def keep(self, kept: CacheEntry, source: Path) -> None:
        """Keep an artifact, which lies at `source`, for later builds on this machine."""
        self.hold(kept.artifact, source)
        self._record(kept, built_here())

    def share(self, kept: Iterable[CacheEntry], directory: Path) -> None:
        """Keep artifacts in a release's `directory` for other machines too, where there is a cache for them."""
        if self.remote:
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                list(pool.map(partial(_share, self.remote, directory), kept))

    def is_approved(self, release: Iterable[Artifact], by: str) -> bool:
        """Return whether exactly these artifacts were compared with each other on this machine, without a finding."""
        return self._reads and self._local.read(_approval(release, by)) == b"accepted"

    def approve(self, release: Iterable[Artifact], by: str) -> None:
        """Remember that they were; `by` says whose rules they were held against."""
        self._local.write(_approval(release, by), b"accepted")

    def _find_elsewhere(self, remote: RemoteCache, wanted: tuple[str, str]) -> CacheEntry | None:
        kept = _parsed(remote, *wanted)
        if kept:
            self._record(kept, fetched_from(remote.url))
        return kept

    def _record(self, kept: CacheEntry, provenance: Provenance) -> None:
        data = _encoded(kept, {"provenance": to_json(provenance)})
        self._local.write(action_key(kept.artifact.key, kept.artifact.inputs), data)


def _share(remote: RemoteCache, directory: Path, kept: CacheEntry) -> None:
    from pluginkit.store.action_result import Output

    artifact = kept.artifact
    output = Output(artifact.file, artifact.sha256, artifact.size, artifact.is_executable)
    remote.put(artifact.sha256, directory / artifact.file)  # first, so that no record leads nowhere
    remote.write(action_key(artifact.key, artifact.inputs), to_bytes(kept), [output])


def to_bytes(kept: CacheEntry) -> bytes:
    """Return a record of an artifact."""
    return _encoded(kept, {})


def _encoded(kept: CacheEntry, more: Mapping[str, Any]) -> bytes:
    values = {name: getattr(kept.artifact, name) for name in _FIELDS}
    side_effects = [[getattr(one, name) for name in _SAID] for one in kept.side_effects]
    return canonical_json({**values, "side_effects": side_effects, **more})


def from_bytes(data: bytes) -> CacheEntry:
    """Return what a record says. Raises ValueError for one that is none, or of another version."""
    try:
        values = json.loads(data)
        found = Artifact(**{name: values[name] for name in _FIELDS})
        side_effects = tuple(SideEffect(*map(_scalar, one)) for one in values["side_effects"])
    except (KeyError, TypeError, RecursionError):
        raise ValueError("no record of an artifact") from None
    if not is_sha256(f"sha256:{found.sha256}") or type(found.size) is not int:
        raise ValueError("no artifact")
    if found.file.startswith("/") or ".." in found.file.split("/") or "\0" in found.file:
        raise ValueError("no file of a release")
    return CacheEntry(found, side_effects)


def provenance_of(local: Blobs, artifact: Artifact) -> Provenance | None:
    """Return where an artifact came from; None where the local cache does not know just this one."""
    data = local.read(action_key(artifact.key, artifact.inputs))
    kept = _parsed(local, artifact.key, artifact.inputs) if data else None
    return provenance_in(data) if data and kept and kept.artifact.sha256 == artifact.sha256 else None


def provenance_in(data: bytes) -> Provenance | None:
    """Return where the artifact of a record in the local cache came from; None for other records."""
    try:
        values = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return from_json(values.get("provenance")) if isinstance(values, dict) else None


def local_cache() -> Blobs:
    """Return where this user's artifacts are kept."""
    top = cache_directory()
    return Blobs(top / "artifacts", top)


_FIELDS = ("name", "kind", "file", "sha256", "size", "inputs")
_SAID = ("file", "line", "call", "kind")


def _parsed(store: Blobs | RemoteCache, key: str, inputs: str) -> CacheEntry | None:
    data = store.read(action_key(key, inputs))
    try:
        kept = from_bytes(data) if data else None
    except ValueError:
        return None
    return kept if kept and (kept.artifact.key, kept.artifact.inputs) == (key, inputs) else None


def _scalar(value: Any) -> Any:
    if not isinstance(value, str | int):
        raise TypeError
    return value


def action_key(key: str, inputs: str) -> str:
    """Return the key (64 hex digits) of an artifact that was made from those inputs."""
    return fields_digest(_DOMAIN, [os.fsencode(key), inputs.encode()]).removeprefix("sha256:")


def _approval(release: Iterable[Artifact], by: str) -> str:
    parts = sorted(f"{artifact.file}\0{artifact.sha256}\0{artifact.inputs}" for artifact in release)
    return fields_digest("pluginkit approval v2", [by.encode(), *map(os.fsencode, parts)]).removeprefix("sha256:")

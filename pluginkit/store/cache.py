"""What builds keep for each other: artifacts by the digest of all that went into them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

from pluginkit.core.canonical import canonical_json
from pluginkit.core.digest import fields_digest
from pluginkit.core.model import Artifact, CacheEntry
from pluginkit.core.provenance import Provenance, built_here, fetched_from, from_json, to_json
from pluginkit.store.artifact_record import fields, from_bytes
from pluginkit.store.blobs import Blobs
from pluginkit.store.directory import cache_directory
from pluginkit.store.signed_record import joined, parted, signed_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pluginkit.core.dsse import Signature
    from pluginkit.store.remote import RemoteCache

_AT_ONCE = 16
"""Requests to another machine: each waits for the network far longer than it works."""
_DOMAIN = "pluginkit action v1"


class Cache:
    """Finished artifacts by the `inputs` of their stamps: on this machine, and on one that several share."""

    def __init__(
        self,
        local: Blobs,
        remote: RemoteCache | None = None,
        *,
        reads: bool = True,
        trusted: Sequence[str] | None = None,
        shares_unsigned: bool = True,
    ) -> None:
        """Keep artifacts in these caches; one that does not read (`reads`) finds nothing, and replaces what there is.

        With `trusted`, ids of keys, only what was built on this machine is found, and what one of these keys signed:
        that the signature is right is for the caller to check, who can read stamps.
        """
        self._local, self.remote, self._reads = local, remote, reads
        self._trusted, self._shares_unsigned = trusted, shares_unsigned

    def find(self, wanted: Mapping[str, str]) -> Mapping[str, CacheEntry]:
        """Return what is known to be made from those inputs, by key; bytes may turn out to be gone."""
        if not self._reads:
            return {}
        found = {key: kept for key, inputs in wanted.items() if (kept := self._find_here(key, inputs))}
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
        if self.remote and self.remote.get(artifact.sha256, target, mode=mode, size=artifact.size):
            self._local.put(artifact.sha256, target)
            if kept.signature:
                self._record_signed(kept, kept.signature)
            elif _parsed(self._local, artifact.key, artifact.inputs) != kept:  # another machine built it for this one
                self._record(kept, fetched_from(self.remote.url))
            return True
        self.forget(kept)
        return False

    def forget(self, kept: CacheEntry) -> None:
        """Forget on this machine that there is an artifact, since there is not, or it is not what it should be."""
        artifact, signature = kept.artifact, kept.signature
        plain = action_key(artifact.key, artifact.inputs)
        self._local.drop(signed_key(artifact.key, artifact.inputs, signature.keyid) if signature else plain)

    def hold(self, artifact: Artifact, source: Path) -> None:
        """Keep the bytes of an artifact, which lies at `source`; `keep` is what makes them found."""
        if self._reads:
            self._local.put(artifact.sha256, source)

    def keep(self, kept: CacheEntry, source: Path) -> None:
        """Keep an artifact, which lies at `source`, for later builds on this machine.

        A cache that does not read replaces what it has of the same inputs, and keeps nothing else.
        """
        artifact = kept.artifact
        if self._reads or self._local.read(action_key(artifact.key, artifact.inputs)) is not None:
            self._local.put(artifact.sha256, source, anew=not self._reads)
            self._record(kept, built_here())

    def share(self, kept: Iterable[CacheEntry], directory: Path) -> None:
        """Keep artifacts in a release's `directory` for other machines too, where there is a cache for them."""
        if self.remote:
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                list(pool.map(partial(_share, self.remote, directory, self._shares_unsigned), kept))

    def takes(self, kept: CacheEntry) -> bool:
        """Return whether what another machine made counts, as far as its record tells."""
        return self._trusted is None or (kept.signature is not None and kept.signature.keyid in self._trusted)

    def is_built_here(self, artifact: Artifact) -> bool:
        """Return whether just this artifact, without a signature, is known to have been built on this machine."""
        known = provenance_of(self._local, artifact) if self._reads else None
        return known is not None and not known.url

    def is_approved(self, release: Iterable[Artifact], by: str) -> bool:
        """Return whether exactly these artifacts were compared with each other on this machine, without a finding."""
        return self._reads and self._local.read(_approval(release, by)) == b"accepted"

    def approve(self, release: Iterable[Artifact], by: str) -> None:
        """Remember that they were; `by` says whose rules they were held against."""
        self._local.write(_approval(release, by), b"accepted")

    def _find_here(self, key: str, inputs: str) -> CacheEntry | None:
        kept = _parsed(self._local, key, inputs)
        if self._trusted is None or (kept and self.is_built_here(kept.artifact)):
            return kept
        return _signed(self._local, key, inputs, self._trusted)

    def _find_elsewhere(self, remote: RemoteCache, wanted: tuple[str, str]) -> CacheEntry | None:
        if self._trusted is not None:
            return _signed(remote, *wanted, self._trusted)
        kept = _parsed(remote, *wanted)
        if kept:
            self._record(kept, fetched_from(remote.url))
        return kept

    def _record_signed(self, kept: CacheEntry, signature: Signature) -> None:
        place = signed_key(kept.artifact.key, kept.artifact.inputs, signature.keyid)
        self._local.write(place, joined(to_bytes(kept), signature))

    def _record(self, kept: CacheEntry, provenance: Provenance) -> None:
        data = _encoded(kept, {"provenance": to_json(provenance)})
        self._local.write(action_key(kept.artifact.key, kept.artifact.inputs), data)


def _share(remote: RemoteCache, directory: Path, unsigned: bool, kept: CacheEntry) -> None:
    from pluginkit.store.action_result import Output

    artifact, signature = kept.artifact, kept.signature
    if not (unsigned or signature):
        return
    output = Output(artifact.file, artifact.sha256, artifact.size, artifact.is_executable)
    remote.put(artifact.sha256, directory / artifact.file)  # first, so that no record leads nowhere
    if unsigned:
        remote.write(action_key(artifact.key, artifact.inputs), to_bytes(kept), [output])
    if signature:
        place = signed_key(artifact.key, artifact.inputs, signature.keyid)
        remote.write(place, joined(to_bytes(kept), signature), [output])


def to_bytes(kept: CacheEntry) -> bytes:
    """Return a record of an artifact."""
    return _encoded(kept, {})


def encoded(kept: CacheEntry) -> bytes:
    """Return a record of an artifact, with its signature where it has one."""
    return joined(to_bytes(kept), kept.signature) if kept.signature else to_bytes(kept)


def decoded(data: bytes) -> CacheEntry:
    """Return what `encoded` wrote. Raises ValueError for anything else."""
    try:
        record, signature = parted(data)
    except ValueError:
        return from_bytes(data)
    return replace(from_bytes(record), signature=signature)


def _encoded(kept: CacheEntry, more: Mapping[str, Any]) -> bytes:
    return canonical_json({**fields(kept), **more})


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


def _parsed(store: Blobs | RemoteCache, key: str, inputs: str) -> CacheEntry | None:
    data = store.read(action_key(key, inputs))
    if data is None:
        return None
    return _believed(store, key, inputs, lambda: from_bytes(data))


def _signed(store: Blobs | RemoteCache, key: str, inputs: str, trusted: Sequence[str]) -> CacheEntry | None:
    """Return what a store has of an artifact that one of the keys seems to have signed."""
    for keyid in trusted:
        data = store.read(signed_key(key, inputs, keyid))
        kept = _believed(store, key, inputs, partial(_signed_by, keyid, data)) if data is not None else None
        if kept:
            return kept
    return None


def _signed_by(keyid: str, data: bytes) -> CacheEntry:
    record, signature = parted(data)
    if signature.keyid != keyid:
        raise ValueError("it is signed by another key")
    return replace(from_bytes(record), signature=signature)


def _believed(store: Blobs | RemoteCache, key: str, inputs: str, read: Callable[[], CacheEntry]) -> CacheEntry | None:
    """Return what a record says of an artifact; where it cannot be right nothing, and a shared cache is left alone."""
    try:
        kept = read()
        if (kept.artifact.key, kept.artifact.inputs) != (key, inputs):
            raise ValueError("it is another artifact's")
    except ValueError as error:
        if not isinstance(store, Blobs):
            store.distrust(f"its record of {key} cannot be right: {error}")
        return None
    return kept


def action_key(key: str, inputs: str) -> str:
    """Return the key (64 hex digits) of an artifact that was made from those inputs."""
    return fields_digest(_DOMAIN, [os.fsencode(key), inputs.encode()]).removeprefix("sha256:")


def _approval(release: Iterable[Artifact], by: str) -> str:
    parts = sorted(f"{artifact.file}\0{artifact.sha256}\0{artifact.inputs}" for artifact in release)
    return fields_digest("pluginkit approval v2", [by.encode(), *map(os.fsencode, parts)]).removeprefix("sha256:")

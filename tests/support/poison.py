"""Artifacts that are whole, stamped and of the right inputs, and made from other code: what no digest can tell."""

import hashlib
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

from wheels import record, wheel

import pluginkit.core.frozen as frozen
from pluginkit.backends.python.wheel.stamper import stamp_wheel
from pluginkit.core.model import CacheEntry
from pluginkit.core.stamp import parse_stamp
from pluginkit.store.blobs import Blobs
from pluginkit.store.cache import action_key, from_bytes, to_bytes
from pluginkit.store.remote import RemoteCache

EVIL = b"\nprint('evil')\n"


def poisoned(path: Path) -> bytes:
    """Return a wheel with more code in its first module, and a stamp that fits it and says the same inputs."""
    with ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    told = parse_stamp(next(files.pop(name) for name in list(files) if name.endswith("pluginkit.json")))
    module = next(name for name in files if name.endswith("__init__.py"))
    bare = wheel(record({**files, module: files[module] + EVIL}))
    return stamp_wheel(bare, path.name, lambda facts: frozen.replace(told, payload=facts.payload))


def poison(cache: Blobs | RemoteCache, kept: CacheEntry, data: bytes, scratch: Path) -> None:
    """File `data` in a cache as the artifact of the inputs that `kept` has."""
    digest = hashlib.sha256(data).hexdigest()
    artifact = replace(kept.artifact, sha256=digest, size=len(data))
    scratch.write_bytes(data)
    cache.put(digest, scratch)
    cache.write(action_key(artifact.key, artifact.inputs), to_bytes(CacheEntry(artifact, kept.side_effects)))


def kept_in(cache: Blobs, name: str) -> CacheEntry:
    """Return what a local cache has of the member `name`."""
    found = [from_bytes(data) for data in cache.records() if data != b"accepted"]
    return next(one for one in found if one.artifact.name == name)

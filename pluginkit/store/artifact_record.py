"""What a cache says of an artifact, read strictly: whoever reaches a shared cache may have written it."""

from __future__ import annotations

import json

from pluginkit.core.digest import is_sha256
from pluginkit.core.model import Artifact, CacheEntry
from pluginkit.core.names import normalize
from pluginkit.core.release import FILE_OF_RELEASE
from pluginkit.core.side_effect import KINDS, SideEffect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAX_SIZE = 4 << 30
"""Bytes of an artifact."""
_MAX_RECORD = 1 << 20
"""Bytes; what there is to say of an artifact takes far fewer."""
_MAX_SIDE_EFFECTS, _MAX_TEXT = 5000, 4096
_KINDS = ("api", "host", "plugin")
_FIELDS = {"name": str, "kind": str, "file": str, "sha256": str, "size": int, "inputs": str}


def fields(kept: CacheEntry) -> dict[str, Any]:
    """Return the members of the record of an artifact."""
    said = [[one.file, one.line, one.call, one.kind] for one in kept.side_effects]
    return {**{name: getattr(kept.artifact, name) for name in _FIELDS}, "side_effects": said}


def from_bytes(data: bytes) -> CacheEntry:
    """Return what a record says; members that are not known do not matter.

    Raises ValueError, which says why, for one that no build writes: of another type, size or spelling.
    """
    if len(data) > _MAX_RECORD:
        raise ValueError("it is too long")
    try:
        values = json.loads(data)
    except (ValueError, RecursionError):
        raise ValueError("it is not JSON") from None
    if not isinstance(values, dict):
        raise ValueError("it is not an object")
    for name, kind in _FIELDS.items():
        if type(values.get(name)) is not kind:
            raise ValueError(f"its {name!r} is missing or of another type")
    found = Artifact(**{name: values[name] for name in _FIELDS})
    if found.kind not in _KINDS:
        raise ValueError("its kind is not known")
    if not is_sha256(f"sha256:{found.sha256}") or not is_sha256(found.inputs):
        raise ValueError("it has a digest of another form")
    if not 0 < found.size <= MAX_SIZE:
        raise ValueError(f"an artifact cannot have {found.size:.6g} bytes")
    if not FILE_OF_RELEASE.fullmatch(found.file) or _named(found.file) != normalize(found.name):
        raise ValueError("its file is not one of that artifact")
    return CacheEntry(found, _side_effects(values.get("side_effects")))


def _named(file: str) -> str:
    """Return whose artifact a file of a release is, by its name: a wheel's first part, or all but a suffix."""
    last = file.rpartition("/")[2]
    return normalize(last.partition("-")[0] if last.endswith(".whl") else last.partition(".")[0])


def _side_effects(values: object) -> tuple[SideEffect, ...]:
    if not isinstance(values, list) or len(values) > _MAX_SIDE_EFFECTS:
        raise ValueError("its side effects are missing, or too many")
    return tuple(map(_side_effect, values))


def _side_effect(value: object) -> SideEffect:
    if not isinstance(value, list) or list(map(type, value)) != [str, int, str, str]:
        raise ValueError("one of its side effects is of another type")
    file, line, call, kind = value
    if kind not in KINDS or not 0 <= line <= 1 << 31 or max(len(file), len(call)) > _MAX_TEXT:
        raise ValueError("one of its side effects is of another kind")
    return SideEffect(file, line, call, kind)

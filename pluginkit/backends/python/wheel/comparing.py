"""Two wheels of one project -> the first file inside that is not the same. Nothing of them is run."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZipFile, ZipInfo

from pluginkit.backends.python.file_names import STAMP_FILE
from pluginkit.backends.python.wheel.archive import Archive, ArchiveError, read_archive
from pluginkit.core.difference import Difference, first_difference
from pluginkit.core.frozen import replace

_DERIVED = ("RECORD", STAMP_FILE)
"""Files of the metadata that follow from the others, and are named where nothing else differs."""
_OTHERS = 12


def compare(released: bytes, rebuilt: bytes) -> Difference | None:
    """Return where two wheels begin to differ, by the order of their files' names; None where they are equal.

    What follows from the rest, as RECORD does, comes last.
    """
    if released == rebuilt:
        return None
    try:
        found = _inside(read_archive(released), read_archive(rebuilt))
        return (
            found if found and not found.derived else _modes(released, rebuilt) or found or _around(released, rebuilt)
        )
    except ArchiveError as error:
        return Difference("", "the archive", str(error), "")


def _inside(old: Archive, new: Archive) -> Difference | None:
    names = sorted(old.entries.keys() | new.entries.keys(), key=lambda name: (_is_derived(name), name))
    differing = [name for name in names if _bytes(old, name) != _bytes(new, name)]
    if not differing:
        return None
    name, others = differing[0], tuple(one for one in differing[1:] if not _is_derived(one))
    before, after = _bytes(old, name), _bytes(new, name)
    if before is None or after is None:
        here, there = "a file", "no such file"
        found = Difference(name, "", here, there) if after is None else Difference(name, "", there, here)
    else:
        found = first_difference(name, before, after)
    return replace(found, derived=_is_derived(name), others=others[:_OTHERS])


def _bytes(archive: Archive, name: str) -> bytes | None:
    return archive.read(name) if name in archive.entries else None


def _is_derived(name: str) -> bool:
    directory, _, file = name.rpartition("/")
    return directory.endswith(".dist-info") and file in _DERIVED


def _modes(released: bytes, rebuilt: bytes) -> Difference | None:
    old, new = ({one.filename: one.external_attr >> 16 for one in _listed(data)} for data in (released, rebuilt))
    for name in old:
        if old[name] != new[name]:
            return Difference(name, "its mode", f"{old[name]:o}", f"{new[name]:o}", cause="file modes")
    return None


def _around(released: bytes, rebuilt: bytes) -> Difference:
    """Return what differs where all files and their modes are equal: their order or times, or how they are packed."""
    found = first_difference("", released, rebuilt)
    return Difference("", f"the archive's headers, {found.at}", found.released, found.rebuilt)


def _listed(data: bytes) -> list[ZipInfo]:
    with ZipFile(BytesIO(data)) as archive:
        return archive.infolist()

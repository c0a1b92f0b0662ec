"""RECORD of an installed distribution: what was installed with it (PyPA, recording installed projects)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_LONGEST_ROW = 128 << 10
"""Characters; what Python's csv takes for one field."""


def rows(data: bytes) -> list[list[str]]:
    """Return the rows of a RECORD: path, hash and, mostly, size. It is CSV, and hardly ever more than commas and lines.

    Raises ValueError for bytes that are none.
    """
    text = data.decode("utf-8")
    if '"' not in text and "\r" not in text:
        lines = text.split("\n")
        if len(text) > _LONGEST_ROW and max(map(len, lines)) > _LONGEST_ROW:
            raise ValueError("a row is too long")
        found = [line.split(",") for line in lines]
    else:
        found = _quoted(text)
    return [row for row in found if len(row) > 1]


def _quoted(text: str) -> list[list[str]]:
    import csv
    import io

    try:
        return list(csv.reader(io.StringIO(text)))
    except csv.Error as error:
        raise ValueError(str(error)) from None


def importable(listed: Iterable[Sequence[str]]) -> list[tuple[str, str]]:
    """Return (import path, recorded hash) of the rows for importable files: no metadata, scripts or bytecode."""
    return [(path, recorded) for path, recorded, *_ in listed if _is_importable(path.split("/"))]


def elsewhere(listed: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """Return what the rows list outside of the import root, as paths beneath the environment, sorted.

    How many directories lie between the two is not looked at, and `Scripts` is the `bin` of Windows.
    """
    paths = (row[0].split("/") for row in listed if ".." in row[0] or row[0].startswith("/"))
    outside = ([part for part in parts if part not in ("", ".")] for parts in paths if ".." in parts or not parts[0])
    found = {_beneath(parts) for parts in outside if "__pycache__" not in parts}
    return tuple(sorted(found - {""}))


def _beneath(parts: Sequence[str]) -> str:
    climbed = len(parts) - parts[::-1].index("..") if ".." in parts else 0
    path = "/".join(parts[climbed:])
    return f"bin/{path[8:]}" if path.startswith("Scripts/") else path


def _is_importable(parts: Sequence[str]) -> bool:
    outside = not parts[0] or parts[0].endswith(".dist-info") or ".." in parts
    return not outside and "__pycache__" not in parts

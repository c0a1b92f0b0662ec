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


def _is_importable(parts: Sequence[str]) -> bool:
    outside = not parts[0] or parts[0].endswith(".dist-info") or ".." in parts
    return not outside and "__pycache__" not in parts

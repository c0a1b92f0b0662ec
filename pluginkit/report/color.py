"""Whether a stream wants colour."""

from __future__ import annotations

from collections.abc import Mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO


BOLD, DIM, RED, GREEN, YELLOW, CYAN = "1", "2", "31", "32", "33", "36"


def wants_color(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Return whether to colour what is written to `stream`.

    `NO_COLOR` (no-color.org), when not empty, forbids it; `FORCE_COLOR`, when not empty and not `0`, demands it;
    else a terminal gets it unless `TERM` is `dumb`.
    """
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return stream.isatty() and environ.get("TERM") != "dumb"


def paint(text: str, *codes: str, color: bool) -> str:
    """Return `text` between ANSI codes (SGR), or as it is."""
    return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if color and text else text

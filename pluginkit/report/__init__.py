"""Verdicts and evidence as text or JSON; nothing here decides, prints or exits."""

from __future__ import annotations

from collections.abc import Sequence

from pluginkit.core.verdict import Verdict
from pluginkit.report.text import render_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Format(Protocol):
        """Renders verdicts, ending in a newline; `color` where the format knows colours."""

        def __call__(self, verdicts: Sequence[Verdict], *, color: bool) -> str:
            """Return the report."""
            ...


def _json(verdicts: Sequence[Verdict], *, color: bool) -> str:
    from pluginkit.report.json import render_json

    return render_json(verdicts)


FORMATS: dict[str, Format] = {"text": render_text, "json": _json}
"""What `--output-format` chooses from."""

__all__ = ["FORMATS", "render_text"]

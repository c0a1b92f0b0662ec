"""What strangers wrote, as text of a page."""

from __future__ import annotations

import html
import json
from typing import Any

from pluginkit.report.safe import safe


def text(value: str, most: int = 500) -> str:
    """Return a value as text or the value of an attribute, with what does not show spelled out."""
    return html.escape(safe(value, most))


def script_data(value: Any) -> str:
    """Return a value as JSON that may stand in a `<script>`: nothing in it ends that, or begins a comment."""
    found = json.dumps(value, separators=(",", ":"))
    return found.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")

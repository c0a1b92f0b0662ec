"""Where an artifact lies, as a reader elsewhere would say it."""

import os
from pathlib import Path
from urllib.parse import quote_from_bytes


def relative(subject: str, base: str) -> str:
    """Return the path `subject`, relative to the absolute path `base` where it lies beneath, with `/` between."""
    if not (base and subject):
        return subject
    path = Path(subject)
    return (path.relative_to(base) if path.is_relative_to(base) else path).as_posix()


def uri(path: str) -> str:
    """Return a path as a URI reference (RFC 3986) of its own bytes; an absolute one as `file:`."""
    try:
        data = os.fsencode(path)
    except UnicodeEncodeError:  # no file has such a name
        data = path.encode("utf-8", "backslashreplace")
    quoted = quote_from_bytes(data)
    return f"file://{quoted}" if quoted.startswith("/") else quoted

"""How results are said."""

from __future__ import annotations

import sys
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.core.model import Lock

_LONG = 2000
"""Characters of one line."""


def sealed(made: Lock) -> str:
    """Return what a lock seals, in a few words."""
    apis = ", ".join(api.label for api in made.apis)
    if made.language == "go":
        return f"{apis}; {made.toolchain['go']} {made.toolchain['goos']}/{made.toolchain['goarch']}"
    packages = count(len(made.packages), "third-party package")
    return f"{apis}; {packages}, {count(len(made.environments), 'build environment')}"


def complain(text: str) -> None:
    """Print what went wrong: names of strangers' files are in it, and what strangers' backends said."""
    from pluginkit.report.safe import safe

    print("\n".join(safe(line.expandtabs(), _LONG) for line in text.split("\n")), file=sys.stderr)


def count(number: int, noun: str) -> str:
    """Return a number of things."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def shown(path: Path) -> str:
    """Return the path as a reader in this directory would write it."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)

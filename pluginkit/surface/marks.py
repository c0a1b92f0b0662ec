"""Marks of what is deprecated in the lines of a surface; imports nothing heavy, since every verdict asks."""

from collections.abc import Sequence

DEPRECATED = " //deprecated"
"""How a line of Go ends whose declaration is deprecated."""
PYTHON_DEPRECATED = "@deprecated"
"""How the decorator in a line of Python begins."""


def declares_deprecated(surface: Sequence[str]) -> bool:
    """Return whether an API declares anything deprecated."""
    return any(PYTHON_DEPRECATED in line or line.endswith(DEPRECATED) for line in surface)

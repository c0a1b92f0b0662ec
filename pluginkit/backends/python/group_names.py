"""Whose an entry-point group is, by how it is called."""

from collections.abc import Collection

from pluginkit.core.names import normalize

SCRIPTS = ("console_scripts", "gui_scripts", "distutils.", "setuptools.", "egg_info.")
"""How groups begin that no host of plugins looks up."""
TOOLS = {"pytest11": "pytest", "hatch": "hatchling", "babel.": "babel", "mypy": "mypy"}
"""How groups of development tools begin, and whose they are."""


def called_after(group: str, names: Collection[str]) -> str:
    """Return which of these distributions a group is called after, as `llm`, `mkdocs.plugins` and `pytest11` are.

    `names` are in normal form; empty where it is none of them.
    """
    known = next((name for start, name in TOOLS.items() if group.startswith(start)), "")
    spelled = f"{normalize(group)}-"
    alike = [name for name in names if spelled.startswith(f"{name}-") or name == known]
    return max(sorted(alike), key=len, default="")

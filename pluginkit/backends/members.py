"""Which backend reads a member of which language."""

from collections.abc import Callable
from pathlib import Path

from pluginkit.backends.python.project import is_project
from pluginkit.backends.python.project import read_member as read_python_member
from pluginkit.core.errors import PluginkitError
from pluginkit.core.model import Member

READERS: dict[str, Callable[[Path, str, str], Member]] = {"python": read_python_member}

PROJECTS: dict[str, Callable[[Path], bool]] = {"python": is_project}
"""What a pattern of the configuration may match."""


def read_member(language: str) -> Callable[[Path, str, str], Member]:
    """Return the reader `(root, path, kind) -> Member` of that language, or raise PluginkitError."""
    if language not in READERS:
        raise PluginkitError(
            f"workspaces in {language} cannot be read yet", hint="this version builds Python workspaces"
        )
    return READERS[language]

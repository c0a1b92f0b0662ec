"""Whose signatures a host's call asks for: what it gives, and what the file says that it names."""

from __future__ import annotations

import os

from pluginkit.core.errors import PluginkitError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.core.trust import Trust


def named(given: Trust | str | os.PathLike[str] | None) -> Trust | tuple[str, bytes] | None:
    """Return a trust as it was given; of a file its path and bytes, which an earlier start may have parsed.

    Raises PluginkitError for a file that cannot be read.
    """
    if not isinstance(given, (str, os.PathLike)):
        return given
    path = os.path.abspath(given)
    try:
        with open(path, "rb") as file:
            return path, file.read()
    except OSError as error:
        raise PluginkitError(f"{path}: {error.strerror}", hint="name a trust.toml") from None


def parsed(given: Trust | tuple[str, bytes] | None) -> Trust | None:
    """Return what `named` made, with a file's bytes parsed. Raises PluginkitError for what is not a trust."""
    if not isinstance(given, tuple):
        return given
    from pluginkit.core.toml import parse_toml
    from pluginkit.core.trust import read_trust

    path, data = given
    return read_trust(parse_toml(data, path))

"""What a trial is asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pluginkit.core.frozen import record

Progress = Callable[[str], None]
"""Hears what is done next."""


@record
class TrialOptions:
    """What `pluginkit test` takes, and callers from Python."""

    start: Path = Path()
    plugins: tuple[str, ...] = ()
    """Names; none: all of the workspace."""
    api: str = ""
    """DIR or git:REV with another copy of the API."""
    host: str = ""
    """A workspace or git:REV with another host and its APIs."""
    repositories: Path | None = None
    """A file that lists other repositories, whose plugins are tried instead: a directory or git URL a line."""
    compile_only: bool = False
    seconds: float = 300.0
    """For the tests of one plugin."""
    jobs: int = 0
    """Plugins at a time; 0: one for each processor."""

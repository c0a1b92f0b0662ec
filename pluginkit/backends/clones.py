"""Repositories from elsewhere: the last commit of each, without its history."""

from __future__ import annotations

import os
import re
from pathlib import Path

from pluginkit.backends.process import find_program, run_bytes
from pluginkit.core.errors import PluginkitError
from pluginkit.core.urls import without_credentials

_PATIENCE = 600
"""Seconds that a clone may take."""
_URL = re.compile(r"[\w+.-]+://|[\w.-]+@[\w.-]+:")


def is_url(text: str) -> bool:
    """Return whether a text is what git takes for a repository elsewhere: a URL, or `user@host:path`."""
    return _URL.match(text) is not None


def clone(url: str, target: Path) -> None:
    """Clone a repository to a new directory, by the user's own settings of git. Raises PluginkitError."""
    git = find_program("git")
    if git is None:
        raise PluginkitError("no git found", hint="install git, or list directories instead of URLs")
    settings = ("-c", "protocol.ext.allow=never", "-c", f"core.hooksPath={os.devnull}")
    command = [git, *settings, "clone", "--quiet", "--depth=1", "--no-tags", "--template=", "--", url, str(target)]
    agent = {name: os.environ[name] for name in ("SSH_AUTH_SOCK",) if name in os.environ}
    extra = {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", **agent}
    status, _, said = run_bytes(command, extra=extra, seconds=_PATIENCE)
    if status != 0:
        reason = said.strip().replace(url, without_credentials(url)).rpartition("fatal: ")[2]
        raise PluginkitError(f"{without_credentials(url)} cannot be cloned: {reason or f'exit status {status}'}")

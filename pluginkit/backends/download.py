"""Files from a URL (http, https or file), each whole and with the bytes that were expected, or not at all."""

from __future__ import annotations

import hashlib
import shutil
from http.client import HTTPException
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

from pluginkit import __version__
from pluginkit.core.errors import PluginkitError

_SECONDS = 60.0


def download(url: str, target: Path, *, sha256: str = "") -> str:
    """Write what is at a URL to `target`, and return its sha256 in hex. Proxies are those of the environment.

    Raises PluginkitError where it cannot be had, and where it has another digest than the one expected.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        asked = Request(url, headers={"User-Agent": f"pluginkit/{__version__}"})  # noqa: S310 - the caller's scheme
        with urlopen(asked, timeout=_SECONDS) as answer, target.open("wb") as file:  # noqa: S310
            shutil.copyfileobj(answer, file)
    except (OSError, HTTPException, ValueError) as error:
        reason = error.reason if type(error) is URLError else error  # "<urlopen error ...>" says nothing more
        raise PluginkitError(f"cannot fetch {url}: {reason}") from None
    with target.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if sha256 and found != sha256:
        raise PluginkitError(f"{url} has other bytes than its release names: sha256 {found}, expected {sha256}")
    return found

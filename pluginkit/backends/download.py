"""Files from a URL (http, https or file), each whole and with the bytes that were expected, or not at all."""

from __future__ import annotations

import hashlib
import threading
from http.client import HTTPException
from pathlib import Path
from time import monotonic
from urllib.error import HTTPError, URLError

from pluginkit.backends.web import opened
from pluginkit.core.errors import PluginkitError
from pluginkit.core.urls import shown
from pluginkit.store.patience import Limits

LIMITS = Limits(request=60.0, command=300.0)
"""`command` is what all files of one release may take."""
_SILENCE = 30.0
"""Seconds without a byte."""
_PIECE = 64 << 10


def download(
    url: str, target: Path, *, sha256: str = "", most: int = LIMITS.most, seconds: float = LIMITS.request
) -> str:
    """Write what is at a URL to `target`, and return its sha256 in hex. Proxies are those of the environment.

    Raises PluginkitError where it cannot be had, has more than `most` bytes, takes more than those seconds (and a
    second more for each `LIMITS.rate` bytes that came), and where it has another digest than the one expected.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    transfer = _Transfer(url, target, most)
    thread = threading.Thread(target=transfer.run, name="download", daemon=True)  # nobody waits for it at the end
    begun = monotonic()
    thread.start()
    while thread.is_alive():
        left = begun + seconds + transfer.moved / LIMITS.rate - monotonic()
        if left <= 0:
            transfer.given_up = True
            raise PluginkitError(f"cannot fetch {shown(url)}: it was not there after {monotonic() - begun:.0f} s")
        thread.join(left)
    if transfer.error:
        raise PluginkitError(f"cannot fetch {shown(url)}: {transfer.error}")
    found = transfer.digest.hexdigest()
    if sha256 and found != sha256:
        raise PluginkitError(f"{shown(url)} has other bytes than its release names: sha256 {found}, expected {sha256}")
    return found


class _Transfer:
    """One file on its way, in a thread of its own: no part of it, not even a name server, can keep the caller."""

    def __init__(self, url: str, target: Path, most: int) -> None:
        self._url, self._target, self._most = url, target, most
        self.digest, self.moved, self.error = hashlib.sha256(), 0, ""
        self.given_up = False

    def run(self) -> None:
        """Fetch it; `error` says why that failed."""
        try:
            self._fetch()
        except (OSError, HTTPException, ValueError) as error:
            reason = error.reason if type(error) is URLError else error  # "<urlopen error ...>" says nothing more
            self.error = str(reason) or type(reason).__name__
            if isinstance(error, HTTPError):
                error.close()

    def _fetch(self) -> None:
        with opened(self._url, {}, timeout=_SILENCE) as answer, self._target.open("wb") as file:
            if int(answer.headers.get("Content-Length") or 0) > self._most:
                raise ValueError(f"it has more than {self._most} bytes")
            while not self.given_up and (piece := answer.read1(_PIECE)):
                self.moved += len(piece)
                if self.moved > self._most:
                    raise ValueError(f"it has more than {self._most} bytes")
                self.digest.update(piece)
                file.write(piece)
            if getattr(answer, "length", 0):
                raise ValueError("it was cut short")

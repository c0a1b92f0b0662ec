"""What web servers answer: whole pages, and parts of files, each with an end in bytes and seconds."""

from __future__ import annotations

import base64
import netrc
import time
from collections.abc import Mapping
from email.message import Message
from functools import cache
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urlsplit, urlunsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener, getproxies

from pluginkit import __version__
from pluginkit.core.errors import PluginkitError
from pluginkit.core.frozen import record
from pluginkit.core.urls import SERVERS, origin, without_credentials

_SILENCE = 20.0
"""Seconds without a byte."""
_LONGEST = 60.0
"""Seconds that one answer may take."""
_AGAIN = (429, 500, 502, 503, 504)
"""Statuses after which it is worth asking once more."""
_MOST_PATIENCE = 5.0
"""Seconds to wait before that, whatever the server says."""


@record
class Answer:
    """What a server answered."""

    status: int
    headers: Message
    body: bytes
    """Empty where the status is not one of those that were wanted: then it was not read."""
    url: str
    """Where it came from in the end, after redirects."""


def get(url: str, headers: Mapping[str, str], *, most: int, wanted: tuple[int, ...] = (200,)) -> Answer:
    """Return what is at a URL; of an answer of another status than those `wanted` only the headers are read.

    Proxies are those of the environment; user and password are those of the URL, else of the user's netrc. A server
    that is busy is asked once more. Raises PluginkitError where it cannot be fetched, or has more than `most` bytes.
    """
    for attempt in (1, 2):
        try:
            answer = _asked(url, headers, most, wanted)
        except (OSError, HTTPException, ValueError) as error:
            reason = error.reason if type(error) is URLError else error
            trouble = str(reason) or type(reason).__name__
            if attempt == 2 or isinstance(error, ValueError):
                raise PluginkitError(f"cannot fetch {without_credentials(url)}: {trouble}") from None
            continue
        if answer.status not in _AGAIN or attempt == 2:
            return answer
        after = answer.headers.get("Retry-After", "")
        time.sleep(min(float(after), _MOST_PATIENCE) if after.isdigit() else 0.5)
    raise AssertionError("unreachable")


def _asked(url: str, headers: Mapping[str, str], most: int, wanted: tuple[int, ...]) -> Answer:
    if not url.startswith(SERVERS):
        raise ValueError("not a URL of a web server")
    try:
        answer: Any = opened(url, headers, timeout=_SILENCE)
    except HTTPError as error:
        answer = error
    with answer:
        status, end = answer.status, time.monotonic() + _LONGEST
        if status not in wanted:
            return Answer(status, answer.headers, b"", answer.url)
        if int(answer.headers.get("Content-Length") or 0) > most:
            raise ValueError(f"it has more than {most} bytes")
        body = bytearray()
        while piece := answer.read1(1 << 16):
            body += piece
            if len(body) > most:
                raise ValueError(f"it has more than {most} bytes")
            if time.monotonic() > end:
                raise ValueError(f"it was not there after {_LONGEST:.0f} s")
        if getattr(answer, "length", 0):
            raise OSError("it was cut short")
        return Answer(status, answer.headers, bytes(body), answer.url)


def opened(url: str, headers: Mapping[str, str], *, timeout: float) -> Any:
    """Return what `urlopen` does, asked with the user and password of a URL, else of the user's netrc.

    No other server that it redirects to gets them. `timeout` is in seconds without a byte.
    """
    bare, authorization = _authorized(url)
    asked = Request(bare, headers={"User-Agent": f"pluginkit/{__version__}", **authorization, **headers})  # noqa: S310
    return _opener(tuple(getproxies().items())).open(asked, timeout=timeout)


@cache
def _opener(_proxies: object) -> OpenerDirector:
    """Return what opens URLs with the proxies of the environment, which are these."""
    return build_opener(_Redirects)


class _Redirects(HTTPRedirectHandler):
    """Follows redirects to web servers; the standard library's sends passwords along, to whoever that is."""

    def redirect_request(self, req: Request, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Request | None:
        """Return what to ask instead."""
        if not newurl.startswith(SERVERS):
            fp.close()
            raise ValueError("it redirects to what is not a web server")
        found = super().redirect_request(req, fp, code, msg, headers, newurl)
        if found and origin(newurl) != origin(req.full_url):
            found.remove_header("Authorization")
        return found


def _authorized(url: str) -> tuple[str, dict[str, str]]:
    """Return a URL without user and password, and the header that has them instead (RFC 7617)."""
    parts = urlsplit(url)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    if not user and parts.hostname:
        user, password = _from_netrc(parts.hostname)
    if not user:
        return bare, {}
    token = base64.b64encode(f"{user}:{password}".encode()).decode()
    return bare, {"Authorization": f"Basic {token}"}


def _from_netrc(host: str) -> tuple[str, str]:
    try:
        found = netrc.netrc().authenticators(host)
    except (OSError, netrc.NetrcParseError):
        return "", ""
    return (found[0] or "", found[2] or "") if found else ("", "")

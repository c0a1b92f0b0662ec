"""Pages of a simple index (PEP 503, PEP 691), and pages with links to files (`--find-links`): read as data."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from pluginkit.backends.inspectors import suffixes
from pluginkit.core.errors import PluginkitError
from pluginkit.core.frozen import record
from pluginkit.core.names import normalize
from pluginkit.core.urls import without_credentials

ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
MAX_SIZE = 64 << 20
"""Bytes of one page."""
_SHA256 = re.compile(r"[0-9a-f]{64}")


@record
class Link:
    """One file that a page names."""

    url: str
    file: str
    """Its name."""
    sha256: str = ""
    """Of its bytes, in hex; empty where the page does not say."""
    yanked: bool = False
    """The index advises against it (PEP 592)."""


@record
class Page:
    """One page."""

    files: tuple[Link, ...] = ()
    """Those that may be artifacts."""
    projects: tuple[tuple[str, str], ...] = ()
    """Of the root of an index: (normal name, URL)."""


def read_page(data: bytes, content_type: str, url: str) -> Page:
    """Return what a page from `url` names. Raises PluginkitError for what is not a page."""
    if "json" in content_type.partition(";")[0]:
        return _json(data, url)
    parser = _Links(url)
    try:
        parser.feed(data.decode("utf-8", "replace"))
        parser.close()
    except (AssertionError, RecursionError):  # what html.parser raises for malformed declarations
        raise PluginkitError(f"{without_credentials(url)}: not a page of HTML that can be read") from None
    return Page(tuple(parser.files), tuple(parser.projects))


def _json(data: bytes, url: str) -> Page:
    try:
        value = json.loads(data)
        files = tuple(_file(one, url) for one in value.get("files") or () if _is_artifact(one["filename"]))
        names = [str(one["name"]) for one in value.get("projects") or ()]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise PluginkitError(f"{without_credentials(url)}: not a page of a simple index (PEP 691)") from None
    base = url if urlsplit(url).path.endswith("/") else f"{url}/"
    return Page(files, tuple((normalize(name), urljoin(base, f"{normalize(name)}/")) for name in names))


def _file(one: Mapping[str, Any], url: str) -> Link:
    digest = str((one.get("hashes") or {}).get("sha256", ""))
    return Link(urljoin(url, str(one["url"])), str(one["filename"]), _checked(digest), bool(one.get("yanked")))


class _Links(HTMLParser):
    """Collects the links of a page."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._base = url
        self.files: list[Link] = []
        self.projects: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        """Take a link, and the base that links are relative to."""
        found = dict(attrs)
        href = found.get("href")
        if not href:
            return
        if tag == "base":
            self._base = urljoin(self._base, href)
        elif tag == "a":
            self._link(href, found)

    def _link(self, href: str, found: Mapping[str, str | None]) -> None:
        try:
            url, _, fragment = urljoin(self._base, href.strip()).partition("#")
            path = urlsplit(url).path
        except ValueError:
            return
        name = unquote(path.rstrip("/").rpartition("/")[2])
        if path.endswith("/"):
            if name and url.startswith(self._base.partition("#")[0].rpartition("/")[0]) and not href.startswith(".."):
                self.projects.append((normalize(name), url))
        elif _is_artifact(name):
            digest = fragment.removeprefix("sha256=") if fragment.startswith("sha256=") else ""
            self.files.append(Link(url, name, _checked(digest), "data-yanked" in found))


def _is_artifact(name: str) -> bool:
    return name.endswith(suffixes())


def _checked(digest: str) -> str:
    return digest if _SHA256.fullmatch(digest) else ""

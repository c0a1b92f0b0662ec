"""Pages of a simple index (PEP 503, PEP 691), and pages with links to files (`--find-links`): read as data."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from pluginkit.backends.inspectors import suffixes
from pluginkit.backends.python.index.links import tags
from pluginkit.core.errors import PluginkitError
from pluginkit.core.frozen import record
from pluginkit.core.names import normalize
from pluginkit.core.urls import without_credentials

ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
MAX_SIZE = 64 << 20
"""Bytes of one page."""
_LONGEST = 200
"""Bytes of a file's name."""
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
    return _html(data.decode("utf-8", "replace"), url)


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


def _html(text: str, url: str) -> Page:
    base = url
    files, projects = list[Link](), list[tuple[str, str]]()
    for tag, attributes in tags(text):
        try:
            target, _, fragment = urljoin(base, attributes.get("href", "").strip()).partition("#")
            path = urlsplit(target).path
        except ValueError:
            continue
        name = unquote(path.rstrip("/").rpartition("/")[2])
        if not attributes.get("href"):
            continue
        if tag == "base":
            base = target
        elif path.endswith("/"):
            if name and target.startswith(base.rpartition("/")[0]) and not attributes["href"].startswith(".."):
                projects.append((normalize(name), target))
        elif _is_artifact(name):
            digest = fragment.removeprefix("sha256=") if fragment.startswith("sha256=") else ""
            files.append(Link(target, name, _checked(digest), "data-yanked" in attributes))
    return Page(tuple(files), tuple(projects))


def _is_artifact(name: str) -> bool:
    """Return whether a file of that name can be one: it is written beneath the cache under it."""
    return (
        name.endswith(suffixes())
        and len(name.encode("utf-8", "surrogatepass")) <= _LONGEST
        and not any(one in name for one in "/\\\0")
    )


def _checked(digest: str) -> str:
    return digest if _SHA256.fullmatch(digest) else ""

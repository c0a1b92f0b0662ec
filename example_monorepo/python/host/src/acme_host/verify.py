"""Tell whether a plugin was built against this host's API, without importing any of it.

A plugin is built against one copy of the API, and its stamp says which: `pluginkit.json` in its `.dist-info`,
written by `pluginkit build`. It has to be the copy that is installed beside this host.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, distribution
from pathlib import Path

import acme_pluginapi

HOST = "acme-host"
API = "acme-pluginapi"
STAMP = "pluginkit.json"


@dataclass(frozen=True, slots=True)
class Api:
    """One copy of the API, as stamps record it."""

    name: str
    version: str
    digest: str
    """Over the files that can be imported, in the form of Go's dirhash (`h1:`)."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a plugin says of itself."""

    apis: tuple[Api, ...]
    capabilities: tuple[str, ...]


class RefusedError(Exception):
    """A plugin must not run here; `code` is the rule that says so (`pluginkit explain CODE`)."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def verify(plugin: Distribution, api: Api) -> Stamp | None:
    """Return the stamp of a plugin that fits `api`; raise RefusedError for any other.

    Editable installs have no stamp: None is returned when the host is editable as well.
    """
    text = plugin.read_text(STAMP)
    if text is None:
        if _is_editable(plugin) and _is_editable(distribution(HOST)):
            return None
        raise RefusedError("PK201", "it has no stamp: install the wheel that `pluginkit build` makes of it")
    stamp = _parse(text)
    if not stamp.apis:
        raise RefusedError("PK301", f"it was built against no API, this host has {api.name}")
    for built in stamp.apis:
        _compare(built, api)
    if missing := [name for name in _required() if name not in stamp.capabilities]:
        raise RefusedError("PK504", f"it lacks capabilities that this host requires: {', '.join(missing)}")
    return stamp


def installed_api() -> Api:
    """Return this host's copy of the API, with the digest of its files as they are now."""
    owner, name = distribution(API), normalize(API)
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {name}@{owner.version}/{file}\n"
        for file, path in sorted(_importable(owner))
    ]
    total = hashlib.sha256("".join(lines).encode()).digest()
    return Api(name, owner.version, "h1:" + base64.b64encode(total).decode())


def normalize(name: str) -> str:
    """Return the normal form of a distribution name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _parse(text: str) -> Stamp:
    try:
        stamp = json.loads(text)
        if stamp["schema"] != 1:
            raise RefusedError("PK203", f"its stamp has schema {stamp['schema']!r}, this host reads schema 1")
        apis = tuple(Api(api["name"], api["version"], api["digest"]) for api in stamp["apis"])
        return Stamp(apis, tuple(stamp["capabilities"]))
    except (KeyError, TypeError, ValueError, RecursionError):
        raise RefusedError("PK202", "its stamp is malformed: rebuild it with `pluginkit build`") from None


def _compare(built: Api, own: Api) -> None:
    if built.name != own.name:
        raise RefusedError("PK301", f"it was built against {built.name}, this host has {own.name}")
    if built.version != own.version:
        found = f"it was built against {own.name} {built.version}, this host has {own.version}"
        raise RefusedError("PK302", f"{found}: rebuild it with `pluginkit build`")
    if built.digest != own.digest:
        found = f"it was built against another copy of {own.name} {own.version}"
        digests = f"found {built.digest}, expected {own.digest}"
        raise RefusedError("PK303", f"{found} ({digests}): rebuild it with `pluginkit build`")


def _required() -> tuple[str, ...]:
    """Capabilities the host was built to require; none in development, when it has no stamp."""
    text = distribution(HOST).read_text(STAMP)
    return tuple(json.loads(text)["contract"]["required"]) if text else ()


def _importable(owner: Distribution) -> Iterator[tuple[str, Path]]:
    if _is_editable(owner):
        package = Path(acme_pluginapi.__file__).parent
        files = [(path.relative_to(package.parent).as_posix(), path) for path in package.rglob("*") if path.is_file()]
    else:
        files = [(file.as_posix(), Path(file.locate())) for file in owner.files or ()]
    for name, path in files:
        top, *inner = name.split("/")
        if top not in ("", "..") and not top.endswith(".dist-info") and "__pycache__" not in inner:
            yield name, path


def _is_editable(owner: Distribution) -> bool:
    origin = json.loads(owner.read_text("direct_url.json") or "{}")
    return bool(origin.get("dir_info", {}).get("editable"))

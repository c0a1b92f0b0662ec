"""Where the host of a plugin's repository is: a path, or the URL of a release, of which the host's side is fetched."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from time import monotonic

from pluginkit.backends.language import LANGUAGES
from pluginkit.backends.readers import publications
from pluginkit.core import files
from pluginkit.core.config import configuration, find_root
from pluginkit.core.errors import PluginkitError
from pluginkit.core.model import Artifact, Workspace
from pluginkit.core.ours import is_ours
from pluginkit.core.release import MAX_SIZE, NAME, read_release
from pluginkit.core.urls import SERVERS, shown
from pluginkit.core.verdict import Host, HostSide
from pluginkit.operations.targets import host_sides
from pluginkit.store.directory import cache_directory
from pluginkit.store.pruning import remove

_SCHEMES = (*SERVERS, "file://")
_PROCESSORS = {"x86_64": "amd64", "aarch64": "arm64"}
_KINDS = ("host", "api")
"""What plugins are judged by; the rest of a release is not fetched."""


def host_of(named: str | None, directory: Path) -> Path:
    """Return where the host is that was named, else the one that the configuration around `directory` names.

    Raises PluginkitError where neither names one, and where a release cannot be fetched.
    """
    if named:
        return local(named)
    root = find_root(directory)
    told = configuration(root).values.get("host") if root else None
    if not root or not isinstance(told, str):
        raise PluginkitError(
            "no host is named",
            hint="name one with --host, or as `host` in the configuration of the plugin's repository",
        )
    return local(told, root)


def with_host(workspace: Workspace) -> Workspace:
    """Return a workspace with the host read that its configuration names, if it names one and was given none."""
    if workspace.within is not None or not workspace.host:
        return workspace
    return replace(workspace, within=side_at(local(workspace.host, workspace.root)).host)


def side_at(place: Path, note: Callable[[str], None] = lambda text: None) -> HostSide:
    """Read the one host at a place; of a release for several targets the one for this machine.

    Raises PluginkitError where there is none, or more than one.
    """
    try:
        sides = host_sides([place], (), {}, note, unstamped=True)
    except PluginkitError:
        found = bounds_of(place)  # in an environment without a stamp the plugins say which APIs they are for
        if found is None:
            raise
        return HostSide(found)
    if len(sides) > 1:
        sides = [side for side in sides if side.host.binary is None or _runs_here(side.host.binary.platform)] or sides
    if len(sides) > 1:
        names = ", ".join(side.host.name for side in sides)
        raise PluginkitError(f"{place}: several hosts: {names}", hint="name the file of one of them")
    return sides[0]


def _runs_here(platform: str) -> bool:
    """Return whether a release's target (`linux/amd64`) is this machine's platform."""
    here = os.uname() if hasattr(os, "uname") else None
    return here is not None and platform == f"{here.sysname.lower()}/{_PROCESSORS.get(here.machine, here.machine)}"


def bounds_of(place: Path) -> Host | None:
    """Return what an environment says of its Python and what is installed, as a host without APIs; else None."""
    readers = filter(None, map(publications, LANGUAGES))
    return next(filter(None, (reader.bounds(place) for reader in readers)), None)


def local(place: str, base: Path = Path()) -> Path:
    """Return the path of a host: of a release.json its directory, of a URL where it was fetched to."""
    if place.startswith(_SCHEMES):
        return _fetched(place)
    path = Path(place) if base in (Path(), Path.cwd()) else Path(os.path.normpath(base / place))
    return path.parent if path.name == NAME else path


def _fetched(url: str) -> Path:
    """Return the directory with the release at the URL of its release.json, as far as plugins are judged by it.

    It is kept in the user's cache under the digest of that file, which names each artifact by its own.
    """
    from pluginkit.backends.download import LIMITS, download

    if not url.endswith(f"/{NAME}"):
        raise PluginkitError(f"{shown(url)}: not the URL of a release", hint=f"it ends in /{NAME}")
    kept = cache_directory() / "hosts"
    files.make_directory(kept)
    with tempfile.TemporaryDirectory(dir=kept) as scratch:
        fresh = Path(scratch, "release")
        until = monotonic() + LIMITS.command
        digest = download(url, fresh / NAME, most=MAX_SIZE)
        wanted = [one for one in read_release(fresh).artifacts if one.kind in _KINDS]
        if not _has(kept / digest, wanted):
            for one in wanted:
                source, most = url.removesuffix(NAME) + one.file, min(one.size, LIMITS.most)
                seconds = min(LIMITS.request, until - monotonic())
                download(source, fresh / one.file, sha256=one.sha256, most=most, seconds=seconds)
            remove(kept / digest)
            fresh.rename(kept / digest)
    return kept / digest


def _has(place: Path, wanted: Iterable[Artifact]) -> bool:
    """Return whether just these artifacts lie at a place in the cache, and nobody else can have written them."""
    try:
        return is_ours(str(place), str(cache_directory())) and all(
            files.digest(place / one.file) == one.sha256 for one in wanted
        )
    except OSError:
        return False

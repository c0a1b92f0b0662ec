"""Where plugins come from: wheels in a directory, and installed distributions by their entry points. All by reading."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping

from pluginkit.core.errors import PluginkitError
from pluginkit.core.frozen import record
from pluginkit.core.names import normalize
from pluginkit.core.verdict import Evidence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path


_SUFFIX = ".dist-info"


@record
class Distribution:
    """One that is installed."""

    name: str
    """Normalized (PEP 503)."""
    version: str
    root: str
    """The directory its modules are imported from."""
    directory: str
    """Name of its `.dist-info` directory."""

    @property
    def label(self) -> str:
        """What reports call it."""
        return f"{self.name} {self.version} ({self.root})"

    @property
    def path(self) -> str:
        """Where its `.dist-info` directory is."""
        return os.path.join(self.root, self.directory)

    def read(self, name: str) -> bytes:
        """Return the bytes of a file in its `.dist-info` directory; none where there is no such file."""
        try:
            with open(os.path.join(self.path, name), "rb") as file:
                return file.read()
        except OSError:
            return b""


def import_roots() -> list[str]:
    """Return the directories of `sys.path`, absolute, each once; the current directory stands for an empty entry."""
    return list(dict.fromkeys(os.path.abspath(entry) for entry in sys.path if isinstance(entry, str)))


def distributions(roots: Iterable[str]) -> Mapping[str, Distribution]:
    """Return the distributions by name; of two copies the first on the path, as imports find it."""
    found: dict[str, Distribution] = {}
    for root in roots:
        for directory in listed(root):
            stem, _, version = directory.removesuffix(_SUFFIX).rpartition("-")
            name = normalize(stem)
            if stem and name not in found:
                found[name] = Distribution(name, version, root, directory)
    return found


def listed(root: str) -> list[str]:
    """Return the names of the `.dist-info` directories in one import root, sorted; none where it cannot be listed."""
    try:
        return sorted(name for name in os.listdir(root) if name.endswith(_SUFFIX))
    except OSError:
        return []


def in_group(found: Mapping[str, Distribution], group: str) -> Iterator[tuple[Distribution, list[tuple[str, str]]]]:
    """Yield the distributions with entry points in a group, and these as (name, object reference).

    One whose `entry_points.txt` cannot be read has none to call; what is wrong with it is found as it is verified.
    """
    from pluginkit.backends.python.wheel.distinfo import DistInfoError, read_entry_points
    from pluginkit.backends.python.wheel.factories import spelled

    mark = f"[{group}]".encode()
    for one in found.values():
        data = one.read("entry_points.txt")
        if mark not in data:
            continue
        try:
            points = [
                (name, spelled(reference)) for owner, name, reference in read_entry_points(data) if owner == group
            ]
        except DistInfoError:
            points = []
        yield one, points


@record
class Candidate:
    """A plugin that was found, and what it says of itself."""

    evidence: Evidence
    entries: tuple[tuple[str, str], ...]
    """(name, object reference) of its entry points in the host's group."""
    wheel: bytes | None = None
    """All bytes of a wheel, as they were read; None of a distribution that is installed."""
    root: str = ""
    """Where an installed distribution is imported from."""
    directory: str = ""
    """Name of its `.dist-info` directory."""
    source: str = ""
    """Where an editable install points to."""
    digest: str = ""
    """Of the wheel's bytes, or of all that an installed distribution's stamp covers."""


def discover_wheels(directory: str) -> Iterator[Candidate]:
    """Yield the wheels of a directory, by name, read once. Raises PluginkitError for a directory that is none.

    What a release only brings along, such as the wheel of pluginkit itself, is passed over.
    """
    try:
        names = sorted(name for name in os.listdir(directory) if name.endswith(".whl"))
    except OSError as error:
        reason = error.strerror or str(error)
        raise PluginkitError(f"{directory}: {reason}", hint="name the directory of the plugins' wheels") from None
    from pathlib import Path

    from pluginkit.core.release import vendored

    added = vendored(Path(directory)) if names else {}
    for name in names:
        if name not in added:
            yield read_wheel(Path(directory, name))


def read_wheel(path: Path) -> Candidate:
    """Read one wheel; whatever is wrong with it becomes a defect."""
    from hashlib import sha256

    from pluginkit.backends.python.wheel.reader import inspect_bytes, read_bytes

    data = read_bytes(path, str(path))
    if isinstance(data, Evidence):
        return Candidate(data, ())
    evidence = inspect_bytes(data, path.name, str(path))
    entries = tuple((factory.name, factory.reference) for factory in evidence.factories)
    return Candidate(evidence, entries, data, digest="sha256:" + sha256(data).hexdigest())


def discover_installed(found: Mapping[str, Distribution], group: str) -> Iterator[Candidate]:
    """Yield the distributions among `found` that have entry points in `group`."""
    from pluginkit.backends.python.installed import inspect_installed

    for one, entries in in_group(found, group):
        evidence = inspect_installed(one.path, one.label)
        yield Candidate(
            evidence,
            tuple(entries),
            root=one.root,
            directory=one.directory,
            source="" if evidence.stamp else source_of(one),
            digest=evidence.payload and f"{evidence.payload} {evidence.content}",
        )


def source_of(one: Distribution) -> str:
    """Return the directory that an editable install points to (PEP 610); empty for any other."""
    data = one.read("direct_url.json")
    if b"editable" not in data:
        return ""
    import json
    from urllib.parse import urlsplit
    from urllib.request import url2pathname

    try:
        origin = json.loads(data)
        editable, url = origin["dir_info"]["editable"], urlsplit(origin["url"])
    except (ValueError, KeyError, TypeError):
        return ""
    return os.path.realpath(url2pathname(url.path)) if editable is True and url.scheme == "file" else ""

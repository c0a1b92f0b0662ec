"""Where plugins come from: wheels in a directory, and installed distributions by their entry points. All by reading."""

from __future__ import annotations

import os

from pluginkit.backends.python.distributions import Distribution, in_group, mentions
from pluginkit.backends.python.file_names import STAMP_FILE
from pluginkit.core.errors import PluginkitError
from pluginkit.core.frozen import record
from pluginkit.core.verdict import Evidence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from pluginkit.core.trust import Trust


@record
class Candidate:
    """A plugin that was found, and what it says of itself."""

    evidence: Evidence
    entries: tuple[tuple[str, str], ...]
    """(name, object reference) of its entry points in the host's group."""
    wheel: bytes | None = None
    """All bytes of a wheel, as they were read; None of a distribution that is installed."""
    installed: Distribution | None = None
    """None of a wheel."""
    source: str = ""
    """Where an editable install points to."""
    digest: str = ""
    """Of the wheel's bytes, or of all that an installed distribution's stamp covers."""


def wheel_names(directory: str) -> tuple[str, ...]:
    """Return the file names of the wheels in a directory, sorted. Raises OSError."""
    return tuple(sorted(name for name in os.listdir(directory) if name.endswith(".whl")))


def discover_wheels(directory: str, trust: Trust | None = None) -> Iterator[Candidate]:
    """Yield the wheels of a directory, by name, read once. Raises PluginkitError for a path that is not a directory.

    What a release only brings along, such as the wheel of pluginkit itself, is passed over. With a `trust` nothing is
    parsed of what none of its keys signed.
    """
    try:
        names = wheel_names(directory)
    except OSError as error:
        reason = error.strerror or str(error)
        raise PluginkitError(f"{directory}: {reason}", hint="name the directory of the plugins' wheels") from None
    from pathlib import Path

    from pluginkit.core.release import vendored

    try:
        added = vendored(Path(directory)) if names else {}
    except PluginkitError:  # damaged: then all of its wheels are held to be plugins
        added = {}
    for name in names:
        one = read_wheel(Path(directory, name), trust)
        if one.evidence.stamp or one.evidence.signed or name not in added:
            yield one


def read_wheel(path: Path, trust: Trust | None = None) -> Candidate:
    """Read one wheel; whatever is wrong with it becomes a defect."""
    from hashlib import sha256

    from pluginkit.backends.python.wheel.reader import inspect_bytes, read_bytes

    data = read_bytes(path, str(path))
    if isinstance(data, Evidence):
        return Candidate(data, ())
    evidence = inspect_bytes(data, path.name, str(path), trust)
    entries = tuple((factory.name, factory.reference) for factory in evidence.factories)
    return Candidate(evidence, entries, data, digest="sha256:" + sha256(data).hexdigest())


def discover_installed(
    found: Sequence[Distribution], groups: Sequence[str], trust: Trust | None = None, workspace: str = ""
) -> Iterator[Candidate]:
    """Yield the distributions that have entry points in one of `groups`, or by their stamp should have.

    Where there are some in several groups, those in the group that the stamp names are the plugin's. With a `trust`
    nothing is parsed of what none of its keys signed, unless it is developed in the `workspace`.
    """
    from pluginkit.backends.python.installed import inspect_distribution

    for one in found:
        registers = any(mentions(one, group) for group in groups)
        if not registers and b'"kind":"plugin"' not in one.read(STAMP_FILE):
            continue
        is_developed = not one.has_stamp and is_inside(source_of(one), workspace)
        evidence = inspect_distribution(one, one.label, None if is_developed else trust)
        if evidence.withheld:
            yield Candidate(evidence, (), installed=one)
            continue
        entries = {group: points for group in groups if (points := in_group(one, group)) is not None}
        own = evidence.stamp.contract.group if evidence.stamp else ""
        if not entries and own not in groups:
            continue
        yield Candidate(
            evidence,
            tuple(entries.get(own) or next(iter(entries.values()), ())),
            installed=one,
            source="" if evidence.stamp else source_of(one),
            digest=evidence.payload and f"{evidence.payload} {evidence.content}",
        )


def is_inside(source: str, workspace: str) -> bool:
    """Return whether sources lie in a workspace, if there are any, and one."""
    return bool(workspace) and f"{source}/".startswith(f"{workspace}/")


def source_of(one: Distribution) -> str:
    """Return the directory of sources that an editable install points to (PEP 610), or in which its metadata lies.

    Empty for any other.
    """
    if not one.metadata.endswith(".dist-info"):
        installed = {"site-packages", "dist-packages"} & {*one.root.split(os.sep)}
        return "" if installed or not one.files else os.path.realpath(one.root)
    data = one.read("direct_url.json")
    if b"editable" not in data:
        return ""
    import json
    from urllib.parse import urlsplit
    from urllib.request import url2pathname

    try:
        origin = json.loads(data)
        editable, url = origin["dir_info"]["editable"], urlsplit(origin["url"])
        path = os.path.realpath(url2pathname(url.path))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return ""
    return path if editable is True and url.scheme == "file" else ""


def owners(found: Iterable[Distribution], path: str) -> Iterator[Distribution]:
    """Yield the distributions that a file comes from, the likeliest first: by RECORD, then by where sources lie."""
    sources = []
    for one in found:
        inside = os.path.relpath(path, os.path.realpath(one.root)).replace(os.sep, "/")
        row = f"\n{inside},".encode("utf-8", "surrogateescape")
        if not inside.startswith("../") and row in b"\n" + one.read("RECORD"):
            yield one
        source = source_of(one)
        if source and path.startswith(source + os.sep):
            sources.append((len(source), one))
    yield from (one for _, one in sorted(sources, key=lambda pair: -pair[0]))

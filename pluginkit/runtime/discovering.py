"""Where plugins come from: wheels in a directory, and installed distributions by their entry points. All by reading."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from pluginkit.core.errors import PluginkitError
from pluginkit.core.record import record
from pluginkit.core.verdict import Evidence
from pluginkit.runtime.distributions import Distribution, in_group

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path


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
    """Yield the wheels of a directory, by name, read once. Raises PluginkitError for a directory that is none."""
    try:
        names = sorted(name for name in os.listdir(directory) if name.endswith(".whl"))
    except OSError as error:
        reason = error.strerror or str(error)
        raise PluginkitError(f"{directory}: {reason}", hint="name the directory of the plugins' wheels") from None
    from pathlib import Path

    for name in names:
        yield read_wheel(Path(directory, name))


def read_wheel(path: Path) -> Candidate:
    """Read one wheel; whatever is wrong with it becomes a defect."""
    from hashlib import sha256

    from pluginkit.backends.python.wheel.reading import inspect_bytes, read_bytes

    data = read_bytes(path, str(path))
    if isinstance(data, Evidence):
        return Candidate(data, ())
    evidence = inspect_bytes(data, path.name, str(path))
    entries = tuple((factory.name, factory.reference) for factory in evidence.factories)
    return Candidate(evidence, entries, data, digest="sha256:" + sha256(data).hexdigest())


def discover_installed(found: Mapping[str, Distribution], group: str) -> Iterator[Candidate]:
    """Yield the distributions among `found` that have entry points in `group`."""
    from pluginkit.backends.python.installed import inspect_installed
    from pluginkit.runtime.hosting import source_of

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

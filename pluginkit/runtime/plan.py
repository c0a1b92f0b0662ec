"""What may be loaded, and what must not: the outcome of verifying, plain enough to be remembered."""

from __future__ import annotations

from pluginkit.core.frozen import record
from pluginkit.core.verdict import Finding
from pluginkit.runtime.report import Result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pluginkit.core.trust import Trust


@record
class Asked:
    """What a host asks for."""

    directory: str = ""
    group: str = ""
    requires: tuple[str, ...] = ()
    policy: str = ""
    strict: bool = False
    name: str = ""
    trust: Trust | tuple[str, bytes] | None = None
    """Whose signatures plugins need, or the path and the bytes of a trust.toml; None: as the host was built to ask."""


@record
class Accepted:
    """A plugin that may be loaded: one entry point of an artifact that was verified."""

    name: str
    reference: str
    """Object reference of its entry point, `package.module:attribute` or `package.module`."""
    path: str
    """How reports call the artifact."""
    root: str
    """The directory its modules must come from."""
    digest: str = ""
    """Of what was verified; empty in development."""
    factory: str = ""
    """Name of the factory in the contract; empty where entry points name the attribute themselves."""
    kind: str = ""
    """By the contract: `factory` for what is called, and its result is the plugin; `class`; empty for anything else."""
    arguments: tuple[str, ...] = ()
    """What the factory is called with: `name` by position, `name=` by name."""
    capabilities: tuple[str, ...] = ()
    """By its stamp."""
    api_versions: tuple[str, ...] = ()
    """Of the APIs it was built against; empty in development."""
    development: bool = False
    implements: str = ""
    """The class of the API that it must be an instance of, `module:name`; empty: the first one the host gives."""
    judged_by: str = ""
    """Where the host has several APIs, the one that it is judged by, with its version."""
    findings: tuple[Finding, ...] = ()
    """Warnings."""


@record
class Watched:
    """Files that were verified, as they were then."""

    root: str
    files: tuple[str, ...]
    """Paths beneath `root`."""
    stats: tuple[str, ...]
    """The signature of each, as `incremental.file_stat` makes them."""
    listings: tuple[tuple[str, ...], ...] = ()
    """Of each directory beneath `root` its path and what lies in it."""
    plugin: str = ""
    """How reports call the artifact, if these are what is imported of it."""
    private: bool = False
    """Nobody else writes there."""


@record
class Plan:
    """What one host makes of all that was found."""

    host: str
    stamped: bool
    modules: tuple[str, ...]
    """The API's packages."""
    accepted: tuple[Accepted, ...]
    """By name."""
    refused: tuple[Result, ...]
    watched: tuple[Watched, ...] = ()
    """All that the verdict rests on."""
    until: str = ""
    """Last day (ISO 8601) on which it is sure to hold; empty: for good."""
    lasting: bool = True
    """False where it may have been made in the middle of an installation."""


def spelled(api: type) -> str:
    """Return how a class is called in what is remembered: `module:name`."""
    return f"{api.__module__}:{api.__qualname__}"


def class_of(one: Accepted, apis: Sequence[type]) -> type:
    """Return the class among `apis` that a plugin must be an instance of."""
    return next((api for api in apis if spelled(api) == one.implements), apis[0])

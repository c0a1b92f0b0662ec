"""What `pluginkit diff` comes to: two copies of each API compared, and what of that breaks which plugin. Plain data."""

from __future__ import annotations

from pluginkit.core.frozen import record
from pluginkit.surface.change import Change

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    Kind = Literal["equal", "bytes", "changed", "added", "removed"]
    Status = Literal["breaks", "unknown", "rebuild", "unaffected"]

TITLES = {
    "implementers": "breaks implementers",
    "callers": "breaks callers",
    "unknown": "unknown",
    "typing": "typing",
    "added": "added",
    "implementation": "implementation",
}
"""What people read for each severity."""


@record
class Place:
    """A line of a plugin that mentions what changed."""

    file: str
    """Path of the file, as a reader in the working directory would write it; in a wheel, its import path."""
    line: int
    """Counted from 1."""


@record
class Concern:
    """One change that breaks a plugin, and where the plugin mentions it."""

    api: str
    """Name of the API."""
    change: Change
    unknown: bool
    """It may break the plugin; reading cannot tell."""
    places: tuple[Place, ...]


@record
class Advice:
    """Something that a plugin uses, and that the newer copy of an API declares deprecated."""

    api: str
    """Name of the API."""
    name: str
    """Dotted name of what is deprecated."""
    message: str
    """What the API says of it; empty where that is not known."""
    places: tuple[Place, ...]


@record
class PluginOutcome:
    """What the changes of all APIs mean for one plugin."""

    name: str
    subject: str
    """Where it lies."""
    status: Status
    """`breaks`, `unknown` (it may break), `rebuild` (Go: unchanged sources do), or `unaffected`."""
    concerns: tuple[Concern, ...] = ()
    notes: tuple[str, ...] = ()
    """What a reader should know of how that was found, a sentence each."""
    deprecated: tuple[Advice, ...] = ()
    """What it should no longer use; that breaks nothing yet."""


@record
class ApiOutcome:
    """One API on both sides."""

    name: str
    old: str
    """Version; empty where it is not known, or where that side does not have the API."""
    new: str
    kind: Kind
    """`equal` bytes; other `bytes` under an equal surface; `changed`; or on the new side alone, or the old: `added`,
    `removed`."""
    changes: tuple[Change, ...]
    """Worst first."""
    step: str
    """`major`, `minor`, `patch`, or `none` where nothing differs."""
    needed: str
    """Smallest version after `old` that is enough; empty where none can be named."""
    enough: bool | None
    """Whether `new` is enough; None where the versions do not say."""
    place: str = ""
    """A file of its sources on the new side, or what that side is called."""

    def of(self, severity: str) -> tuple[Change, ...]:
        """Return the changes of one severity."""
        return tuple(one for one in self.changes if one.severity == severity)


@record
class Comparison:
    """Two sides compared."""

    old: str
    """What the old side is called."""
    new: str
    apis: tuple[ApiOutcome, ...]
    """By name."""
    plugins: tuple[PluginOutcome, ...] = ()
    """In the order in which they were named."""

    @property
    def step(self) -> str:
        """The largest step that any API asks for."""
        steps = {one.step for one in self.apis}
        return next((step for step in ("major", "minor", "patch") if step in steps), "none")

    @property
    def broken(self) -> tuple[PluginOutcome, ...]:
        """The plugins that break, or may."""
        return tuple(one for one in self.plugins if one.status in ("breaks", "unknown"))

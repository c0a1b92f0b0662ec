"""What the upgrade of a host takes of each plugin that works with it now: `pluginkit fleet --upgrade-to`. No I/O."""

from __future__ import annotations

from pluginkit.core.frozen import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from pluginkit.core.fleet import Fleet, PluginRelease
    from pluginkit.core.verdict import Finding

    Takes = Literal["keeps", "newer", "rebuild", "edit", "host", "unknown", "unused"]

STATUSES: tuple[Takes, ...] = ("edit", "unknown", "host", "rebuild", "newer", "keeps", "unused")
"""What an upgrade can take of a plugin, the worst first: its sources need an `edit`; that is `unknown`; the next `host`
has to change, or where it runs; a `rebuild` of unchanged sources is enough; a `newer` release, or another one, fits;
the one in use `keeps` working; the plugin is `unused`: no release that could be in use works with the host now."""
BROKEN: tuple[Takes, ...] = ("edit", "unknown", "host", "rebuild")
"""For these there is no release to install."""


@record
class UpgradeBreak:
    """A change of an API that breaks a plugin, or may."""

    api: str
    """Name of the API."""
    change: str
    """In one line, as in `class Plugin: handle(self, req) -> handle(self, request)`."""
    reason: str = ""
    """Why it breaks, where the line does not say it."""
    unknown: bool = False
    """Reading cannot tell whether it does."""
    places: tuple[str, ...] = ()
    """`file:line` in the plugin; empty where its sources are not at hand."""


@record
class UpgradePlugin:
    """One plugin."""

    name: str
    language: str
    takes: Takes
    now: int | None = None
    """Row of the release in use, which is the newest that fits the host now; None: there is none."""
    next: int | None = None
    """Row of the release to install for the next host; None: none fits."""
    causes: tuple[Finding, ...] = ()
    """What keeps the release in use from fitting the next host: its errors. Of an unused one, the host of now."""
    breaks: tuple[UpgradeBreak, ...] = ()
    """The changes of APIs that concern it, worst first; only of one that no release fits."""
    notes: tuple[str, ...] = ()
    """What a reader should know of how that was found, a sentence each."""


@record
class UpgradeApi:
    """An API of the two hosts."""

    name: str
    now: str
    """Version; empty where that host does not have it, or where it has no version."""
    next: str


@record
class Upgrade:
    """From the host of now to the next."""

    fleet: Fleet
    """Its first host is that of now, and its second the next."""
    plugins: tuple[UpgradePlugin, ...]
    """Those of the hosts' language, by name."""
    apis: tuple[UpgradeApi, ...] = ()
    """By name."""
    notes: tuple[str, ...] = ()

    def of(self, takes: Takes) -> tuple[UpgradePlugin, ...]:
        """Return the plugins of which the upgrade takes that."""
        return tuple(one for one in self.plugins if one.takes == takes)

    @property
    def required(self) -> tuple[UpgradePlugin, ...]:
        """The plugins that work with the host now: all of them have to work with the next."""
        return tuple(one for one in self.plugins if one.takes != "unused")

    @property
    def broken(self) -> tuple[UpgradePlugin, ...]:
        """The required plugins that no release fits the next host."""
        return tuple(one for one in self.plugins if one.takes in BROKEN)

    def release(self, row: int | None) -> PluginRelease | None:
        """Return the release of a row."""
        return None if row is None else self.fleet.releases[row]


@record
class Installable:
    """A release of a plugin that a plan installs."""

    name: str
    """Of its distribution, or of the plugin."""
    version: str
    place: str
    """Path or URL of its file."""
    sha256: str
    """64 hex digits, of its bytes."""
    size: int = 0
    """Bytes; 0: not known."""

    @property
    def is_remote(self) -> bool:
        """Whether `place` is a URL."""
        return "://" in self.place


@record
class InstallPlan:
    """The set to install for the next host, as `--plan` writes it."""

    text: str
    left_out: tuple[str, ...] = ()
    """What it does not install, and why, a sentence each."""

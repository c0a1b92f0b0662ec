"""Many plugins in many releases, and what many hosts make of each: the table of `pluginkit fleet`. No I/O."""

from __future__ import annotations

from pluginkit.core.frozen import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.core.verdict import Finding


@record
class ApiVersion:
    """One copy of an API, without its surface."""

    name: str
    version: str
    digest: str

    @property
    def label(self) -> str:
        """Name and version."""
        return f"{self.name} {self.version}".rstrip()


@record
class FleetHost:
    """A column: a host."""

    label: str
    """As it was named; of a release for several targets, or a place with several hosts, with what tells them apart."""
    name: str
    language: str
    apis: tuple[ApiVersion, ...]
    platform: str = ""
    """Go: `linux/amd64`; empty where that is not known, and of Python."""


@record
class PluginRelease:
    """A row: one release of one plugin, which is one artifact."""

    subject: str
    """Its path or URL, without credentials; of an installed one the environment and its name."""
    name: str
    language: str
    version: str
    """Empty where its stamp states none, as Go's do."""
    apis: tuple[ApiVersion, ...] = ()
    """What it was built against."""
    platform: str = ""
    digest: str = ""
    """`sha256:...` of its bytes, where they were read or its index says; else empty."""
    number: int = 0
    """The number of the release it was built for, as its configuration counts them; 0: none."""
    unread: str = ""
    """Why nothing of it was read; empty where something was."""
    unchecked: tuple[str, ...] = ()
    """Codes of the rules that what was read of it does not let anyone check; empty where all of it was read."""


@record
class Fit:
    """A cell: what one host makes of one release of a plugin, judged as `pluginkit verify RELEASE --host HOST` does."""

    findings: tuple[Finding, ...]
    ignored: tuple[Finding, ...] = ()
    until: str = ""
    """Last day (ISO 8601) on which that holds for certain; empty: for good."""

    @property
    def accepted(self) -> bool:
        """True where nothing refuses it."""
        return not self.codes

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes that refuse it, each once, as found."""
        return tuple(dict.fromkeys(one.code for one in self.findings if one.severity == "error"))


@record
class FleetPlugin:
    """The rows of one plugin."""

    name: str
    language: str
    rows: tuple[int, ...]
    """Indices of its releases, the newest first."""


@record
class Fleet:
    """The whole table."""

    hosts: tuple[FleetHost, ...]
    releases: tuple[PluginRelease, ...]
    """Those of one plugin together, the newest first; plugins by name."""
    fits: tuple[tuple[Fit | None, ...], ...]
    """By release and host; None where the release was not read."""
    left_out: int = 0
    """Artifacts that were read and are not plugins: hosts, APIs, and packages that no host would load."""
    notes: tuple[str, ...] = ()
    """What a reader has to know of how it came about."""

    @property
    def plugins(self) -> tuple[FleetPlugin, ...]:
        """The plugins, in the order of their releases."""
        rows: dict[tuple[str, str], list[int]] = {}
        for index, one in enumerate(self.releases):
            rows.setdefault((one.language, one.name), []).append(index)
        return tuple(FleetPlugin(name, language, tuple(found)) for (language, name), found in rows.items())

    def speaks(self, row: int, column: int) -> bool:
        """Return whether a release and a host are of one language: otherwise there is nothing to mend."""
        return self.releases[row].language == self.hosts[column].language

    def newest(self, plugin: FleetPlugin, column: int) -> int | None:
        """Return the row of the newest release that fits a host; None where none does."""
        return next((row for row in plugin.rows if (fit := self.fits[row][column]) and fit.accepted), None)

    def lacks(self, plugin: FleetPlugin) -> tuple[int, ...]:
        """Return the columns of the hosts of its language that no release of a plugin fits."""
        columns = range(len(self.hosts))
        mine = (column for column in columns if self.speaks(plugin.rows[0], column))
        return tuple(column for column in mine if self.newest(plugin, column) is None)

    @property
    def complete(self) -> bool:
        """True where every plugin has a release for every host of its language."""
        return not any(map(self.lacks, self.plugins))

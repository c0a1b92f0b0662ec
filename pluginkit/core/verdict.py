"""What is read of an artifact, what a host offers, and what is concluded. Plain, frozen, no I/O."""

from __future__ import annotations

from pluginkit.core.frozen import EMPTY, record
from pluginkit.core.modes import PLUGIN, shares_memory
from pluginkit.core.target import platform_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal

    from pluginkit.core.api import Api, Contract, Ignore
    from pluginkit.core.gobinary import GoBinary
    from pluginkit.core.linking import Loader
    from pluginkit.core.ownership import Init, Owner
    from pluginkit.core.side_effect import SideEffect
    from pluginkit.core.signatures import Signed
    from pluginkit.core.stamp import Stamp
    from pluginkit.core.trust import Trust

    Severity = Literal["error", "warning"]


@record
class Defect:
    """Something wrong that only reading the bytes could tell; the rule of that code reports it."""

    code: str
    message: str
    found: str = ""
    expected: str = ""
    hint: str = ""
    """What to do next, where the cause says more than the code. `{rebuild}` stands for the command that builds it."""


@record
class Factory:
    """One entry point of a plugin, resolved by reading, never by importing."""

    name: str
    reference: str
    """Object reference, `package.module:attribute` or `package.module`."""
    shipped: bool
    """The artifact itself holds the module."""
    defined: bool | None = None
    """The module binds the factory; None where only running it could tell."""
    lines: tuple[str, ...] = ()
    """Python: what it is and what calling it makes, as lines of a surface, itself first; none where it is not plain."""
    extras: tuple[str, ...] = ()
    """Extras that the reference names in brackets, in their normal form."""
    unparsable: str = ""
    """`FILE:LINE:COLUMN: message` of a module that does not parse."""


@record
class Import:
    """A module that code of an artifact imports, and that is not there."""

    module: str
    """Dotted."""
    file: str
    """Import path of the importing module."""
    line: int
    """Counted from 1; 0 where it is an entry point, and no import."""


@record
class LeftOut:
    """The source of a module that the build backend left out."""

    source: str
    """POSIX path relative to the workspace."""
    hint: str
    """How the backend can be told to take it along."""


@record
class Evidence:
    """What an artifact says of itself, read without running any of it."""

    subject: str
    """How reports call it: its path as given."""
    language: str = "python"
    name: str = ""
    version: str = ""
    defects: tuple[Defect, ...] = ()
    stamp: Stamp | None = None
    payload: str = ""
    """Digest of the artifact without its stamp, recomputed from its bytes."""
    content: str = ""
    """Content digest of its importable files, as an API of its name and version would have it."""
    files: tuple[str, ...] = ()
    """POSIX paths as they would lie beneath the import root, stamps and records left out."""
    placed: tuple[str, ...] = ()
    """Python: POSIX paths beneath the environment of what else it installs: scripts in `bin`, data files, headers."""
    inits: Mapping[str, Init] = EMPTY
    """Python: directory of each package to what its `__init__.py` is to others with modules there."""
    site: str = ""
    """Python: where it is imported from, together with all that have the same; empty: from a directory of its own."""
    installed: bool = False
    """It is in that place now. A release is only put into one, by those who install it."""
    factories: tuple[Factory, ...] = ()
    """Entry points in the group its stamp names."""
    requires: tuple[str, ...] = ()
    requires_python: str = ""
    tags: tuple[str, ...] = ()
    """Compatibility tags (PEP 425), expanded."""
    binary: GoBinary | None = None
    """Go: what the linker and the build information say."""
    mode: str = PLUGIN
    """How hosts run a plugin that is such a file: one of `core.modes.MODES`."""
    side_effects: tuple[SideEffect, ...] = ()
    """What of its sources runs while it is loaded and should not; known to the build alone."""
    absent: tuple[Import, ...] = ()
    """Python: modules of its own packages that it lacks, and that importing it is certain to import."""
    foreign: tuple[Import, ...] = ()
    """Python: the first import of each module of other distributions that loading it runs; known to the build alone."""
    left_out: Mapping[str, LeftOut] = EMPTY
    """Python: by dotted name, modules that it lacks though there are sources of them; known to the build alone."""
    leftovers: tuple[str, ...] = ()
    """Python: where metadata of its name lies that others left behind."""
    unverified: bool = False
    """An API installed without a stamp, as third-party ones are: only its content is held against the host's."""
    vendored: bool = False
    """A release contains it without having built it. It is not a plugin, and only its sha256 is checked."""

    signed: Signed | None = None
    """Its stamp and the envelope beside it, as bytes; None where it has no stamp."""
    listed: bool = False
    """A program without a place for an envelope, in a release: who signed the `release.json` vouches for its bytes."""
    withheld: bool = False
    """Nothing of it was parsed, since its signature is not what the trust it was read for asks."""
    release: int | None = None
    """Of a `release.json`, which is judged like an artifact: its number, 0 where it has none; None of anything else."""

    @property
    def is_release(self) -> bool:
        """True of the evidence of a `release.json`."""
        return self.signed is not None and self.signed.is_release

    @property
    def shares_memory(self) -> bool:
        """False of a plugin that has a process of its own, or none: only its stamp has to fit the host."""
        return shares_memory(self.mode)

    @property
    def readable(self) -> bool:
        """False when its bytes cannot be trusted to mean one thing: further findings would be guesses."""
        return not self.withheld and not any(defect.code in ("PK101", "PK102") for defect in self.defects)


@record
class Host:
    """What plugins are held against: a host artifact, a release, an environment or a workspace."""

    label: str
    name: str
    apis: tuple[Api, ...]
    contract: Contract
    lock: str = ""
    toolchain: Mapping[str, str] = EMPTY
    pins: Mapping[str, str] | None = None
    """Distribution name to version of all that the host's side installs, empty where unknown; None where all is."""
    requires_python: str = ""
    python: str = ""
    """Exact version of an installed environment's interpreter."""
    tags: tuple[str, ...] = ()
    """Compatibility tags the host accepts, or those of its own artifact; empty where unknown."""
    language: str = "python"
    binary: GoBinary | None = None
    """Go: the host's own binary; None where only its lock is known."""
    linked: tuple[str, ...] = ()
    """Go: names of the plugins that are part of it."""
    ignores: tuple[Ignore, ...] = ()
    """Findings that this host ignores, as its stamp lists them."""
    trust: Trust | None = None
    """Whose signatures it accepts; None: it asks for none."""
    loader: Loader | None = None
    """Go: what the dynamic loader of the host's machine finds; None where only the binaries are compared."""
    owned: Mapping[str, tuple[Owner, ...]] | None = None
    """Python: top-level name of what is imported to others that have files there; None where only `pins` tells."""

    @property
    def platform(self) -> str:
        """Go: what it runs on, as in `linux/amd64`; empty where that is not known."""
        return self.binary.platform if self.binary else platform_of(self.toolchain)

    def api(self, name: str) -> Api | None:
        """Return the host's copy of that API."""
        return next((api for api in self.apis if api.name == name), None)


@record
class HostSide:
    """A host, and what lies on its side: a changed copy of the API there spoils every verdict."""

    host: Host
    evidences: tuple[Evidence, ...] = ()


@record
class Finding:
    """One thing wrong with one artifact, and how to mend it."""

    code: str
    severity: Severity
    subject: str
    message: str
    hint: str
    facts: Mapping[str, str | tuple[str, ...]] = EMPTY
    """What was `found`, what was `expected`, and further details by name."""


@record
class Verdict:
    """What one host makes of a set of artifacts."""

    host: str
    """Label of the host; empty where artifacts were only checked in themselves."""
    subjects: tuple[str, ...]
    findings: tuple[Finding, ...]
    ignored: tuple[Finding, ...] = ()
    """What the host ignores, or what is not new."""
    until: str = ""
    """Last day (ISO 8601) on which it holds for certain: then an ignore ends. Empty: it holds for good."""
    judged_by: Mapping[str, str] = EMPTY
    """Where the host has several APIs: subject of each plugin to the one that it is judged by, with its version."""

    @property
    def accepted(self) -> bool:
        """True when nothing was refused; warnings refuse nothing."""
        return not any(finding.severity == "error" for finding in self.findings)

    @property
    def refused(self) -> tuple[str, ...]:
        """The subjects with an error, in the order they were given."""
        bad = {finding.subject for finding in self.findings if finding.severity == "error"}
        return tuple(subject for subject in self.subjects if subject in bad)

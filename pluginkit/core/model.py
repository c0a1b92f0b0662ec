"""What a monorepo is made of, and what a build makes of it. Plain, frozen, no I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pluginkit.core.api import Api, Contract, Ignore
from pluginkit.core.lock import BuildEnvironment, Lock
from pluginkit.core.materials import Materials
from pluginkit.core.modes import LINKED, PLUGIN, Limits, is_run
from pluginkit.core.side_effect import SideEffect
from pluginkit.core.target import keyed, target_of

if TYPE_CHECKING:
    from pluginkit.core.dsse import Signature
    from pluginkit.core.linked import Linked
    from pluginkit.core.trust import Trust
    from pluginkit.core.verdict import Host


@dataclass(frozen=True, slots=True)
class Member:
    """One host, API or plugin of the workspace, as its own files declare it."""

    name: str
    """Python: normal form of the distribution name (PEP 503). Go: the directory's name; of an API the import path."""
    kind: str
    """`host`, `api` or `plugin`. A host whose own package is the API has the kind `host`."""
    path: str
    """Directory relative to the workspace root, POSIX; `.` for the root itself."""
    version: str = ""
    """Empty where the build backend computes it."""
    requires: tuple[str, ...] = ()
    """Requirements (PEP 508) as declared."""
    extras: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """(extra, its requirements), sorted."""
    requires_python: str = ""
    build_requires: tuple[str, ...] = ()
    """`[build-system] requires`."""
    build_backend: str = ""
    """`[build-system] build-backend`, a PEP 517 object reference."""
    backend_path: tuple[str, ...] = ()
    dynamic: tuple[str, ...] = ()
    """`[project] dynamic`: what only the build backend knows."""
    entry_points: tuple[tuple[str, str, str], ...] = ()
    """(group, name, object reference)."""
    capabilities: tuple[str, ...] = ()
    exact: bool = True
    """Nothing in its declaration lets an artifact of it depend on more than its sources and the lock."""
    reads: tuple[str, ...] = ()
    """Files, and patterns of such, that its build backend reads by their names; relative to `path`."""
    mode: str = PLUGIN
    """Of a plugin: how hosts run it, one of `core.modes.MODES`."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """The monorepo: its members and what the configuration says of them."""

    root: Path
    language: str
    apis: tuple[str, ...]
    """Names of the shared APIs: members, or locked dependencies."""
    members: tuple[Member, ...]
    contract: Contract = field(default_factory=Contract)
    settings: Mapping[str, str] = field(default_factory=dict)
    """What its language's own table says: for Go `tags`, `ldflags` and `cgo`."""
    visited: tuple[str, ...] = ()
    """Directories in which members were looked for, relative to the root."""
    ignores: tuple[Ignore, ...] = ()
    """Findings that its hosts ignore."""
    versioning: str = "semver"
    """The scheme of its APIs' versions (see `core.versions`)."""
    roles: Mapping[str, str] = field(default_factory=dict)
    """Dotted name of an interface to who implements it, `plugins` or `host`, where its API does not show it."""
    host: str = ""
    """Path or URL of the host elsewhere that its plugins are for; empty where the configuration names none."""
    within: "Host | None" = None
    """That host, once it was read: its versions bound what the lock pins."""
    trust: "Trust | None" = None
    """Whose signatures its hosts accept; None: they ask for none."""
    release: int = 0
    """The number of its next release; 0: it counts none."""
    limits: Mapping[str, Limits] = field(default_factory=dict)
    """By name of a plugin, what the configuration grants it where it shares no memory with the host."""
    mode: str = ""
    """The mode that was asked for instead of what the configuration says; empty: none was."""

    @property
    def linked(self) -> tuple[Member, ...]:
        """The plugins that are part of its hosts."""
        return tuple(one for one in self.members if one.kind == "plugin" and one.mode == LINKED)

    def member(self, name: str) -> Member | None:
        """Return the member of that name, if there is one."""
        return next((member for member in self.members if member.name == name), None)


@dataclass(frozen=True, slots=True)
class BuildStep:
    """One artifact to build, and everything its stamp will say but for the payload."""

    member: Member
    root: Path
    """Python: the member's directory; Go: the workspace's."""
    apis: tuple[Api, ...]
    environment: BuildEnvironment | None
    toolchain: Mapping[str, str]
    inputs: str
    """Digest of all that goes into the artifact: sources, APIs, what the lock seals for all, toolchain."""
    exact: bool = True
    """`inputs` cover all that the artifact depends on, so that equal ones need no second build."""
    materials: Materials | None = None
    """What `inputs` are the digest of, but for the sources and the lock."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """File, relative to `root`, to digest, as they were when the step was planned."""
    places: tuple[str, ...] = ()
    """Directories, relative to `root`, in which sources were looked for."""
    listing: Mapping[str, Any] = field(default_factory=dict)
    """Go: what `go list -json` says of the main package."""
    nameable: Mapping[str, str] = field(default_factory=dict)
    """Go: name to import path of the packages whose types the contract may name."""
    contract: Contract | None = None
    """What its stamp says that the host asks; None: what the workspace does."""
    sealed: str = ""
    """What its stamp has as its lock (`core.lockfile.sealed_digest`), of its target where there are several."""
    target: str = ""
    """Where there are several: which one it is for."""
    linked: "tuple[Linked, ...]" = ()
    """Of a host: the plugins that it is built with."""
    parts: "tuple[BuildStep, ...]" = ()
    """Go, of a host: how those plugins would be built by themselves."""
    loader: Mapping[str, Any] = field(default_factory=dict)
    """Go, of a host whose plugins are not all shared objects: the package that runs them, as `go list -json` has it."""

    @property
    def key(self) -> str:
        """What it makes, among all that a plan makes."""
        return keyed(self.target, self.member.name)


@dataclass(frozen=True, slots=True)
class Artifact:
    """One built file of a release."""

    name: str
    """Distribution name of the member it was built from."""
    kind: str
    """That of the member; `toolkit` or `package` of a wheel that was not built here and goes with the release."""
    file: str
    """POSIX path in the release."""
    sha256: str
    """64 hex digits."""
    size: int
    """Bytes."""
    inputs: str

    @property
    def key(self) -> str:
        """What it is, among all of a release: that of the step which makes it."""
        return keyed(target_of(self.file), self.name)

    @property
    def is_executable(self) -> bool:
        """Whether its file is one that is run."""
        return is_run(self.file)


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """An artifact that need not be made again, and what there is to say of it."""

    artifact: Artifact
    side_effects: tuple[SideEffect, ...] = ()
    """What it does while it is loaded."""
    signature: "Signature | None" = None
    """Of its stamp, by whoever vouches for it; None: nobody does, or it was built here."""


@dataclass(frozen=True, slots=True)
class BuildPlan:
    """What to build, in order: APIs first."""

    workspace: Workspace
    lock: Lock
    lock_digest: str
    """Of the file's bytes."""
    steps: tuple[BuildStep, ...]
    carried: tuple[Artifact, ...] = ()
    """Artifacts of the current release that stay as they are."""
    settled: tuple[BuildStep, ...] = ()
    """How those are built that need not be, because their inputs are known."""
    fetched: tuple[CacheEntry, ...] = ()
    """What the cache has of the same inputs."""
    replaced: tuple[Artifact, ...] = ()
    """Artifacts of the current release that are built anew."""
    current: Path | None = None
    """Where that release lies."""
    same_lock: bool = False
    """The current release was made by this very lock."""
    targets: tuple[str, ...] = ("",)
    """What it is for: targets by their names, of one target the empty name."""
    anew: bool = False
    """Everything is built, whatever the current release and the caches have."""

    @property
    def keys(self) -> Mapping[str, Member]:
        """The member of each artifact that there may be, targets one after the other; what is linked has none."""
        apart = [one for one in self.workspace.members if one.kind != "plugin" or one.mode != LINKED]
        return {keyed(target, member.name): member for target in self.targets for member in apart}

    @property
    def is_whole(self) -> bool:
        """Whether it is for all targets that the lock seals."""
        return len(self.targets) == max(len(self.lock.targets), 1)


@dataclass(frozen=True, slots=True)
class Release:
    """The complete set of artifacts that one build made."""

    directory: Path
    lock_digest: str
    artifacts: tuple[Artifact, ...]
    packages: tuple[tuple[str, str, str], ...] = ()
    """(name, version, marker) of the third-party packages that go with it."""
    number: int = 0
    """Which release it is, as the configuration counts them; 0: it counts none."""
    pylock: str = ""
    """Digest of the file beside it that installers of Python read; empty: it names none."""

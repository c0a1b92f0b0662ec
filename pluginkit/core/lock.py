"""What a lock pins. Plain, frozen, no I/O."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from pluginkit.core.api import Api
from pluginkit.core.target import Target, platform_of


@dataclass(frozen=True, slots=True)
class Package:
    """One pinned third-party package."""

    name: str
    version: str
    hashes: tuple[str, ...]
    """`sha256:<hex>` of every file that may be installed for it."""
    marker: str = ""
    """Environment marker (PEP 508) under which it is wanted."""
    path: str = ""
    """Of a wheel that lies in the workspace: where, relative to the root, POSIX. Empty: it comes from an index."""


@dataclass(frozen=True, slots=True)
class BuildEnvironment:
    """The pinned closure of one distinct `[build-system] requires`."""

    requires: tuple[str, ...]
    packages: tuple[Package, ...]


@dataclass(frozen=True, slots=True)
class LockedMember:
    """What the lock was resolved from; compared with the members to tell a stale lock."""

    name: str
    kind: str
    path: str
    requires: tuple[str, ...] = ()
    """Requirements, computed by the build backend where they are dynamic."""
    requires_python: str = ""
    build_requires: tuple[str, ...] = ()
    extras: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """(name, requirements), sorted, of those that members ask for, as the member's own files declare them."""


@dataclass(frozen=True, slots=True)
class Lock:
    """`pluginkit.lock`: every pin of a workspace, with hashes and without any URL."""

    language: str
    apis: tuple[Api, ...]
    members: tuple[LockedMember, ...] = ()
    packages: tuple[Package, ...] = ()
    environments: tuple[BuildEnvironment, ...] = ()
    toolchain: Mapping[str, str] = field(default_factory=dict)
    """What compiles: for Go its version, platform and flags; for Python nothing beyond `environments`.

    Where it seals several targets, what these have in common."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Go: POSIX path of each file that pins dependencies (`go.mod`, `go.sum`, ...) to its sha256."""
    toolkit: Package | None = None
    """The pluginkit to build with, by its version; by its hash too where its wheel lies in the workspace."""
    release: int = 0
    """The number of the next release; 0: it counts none."""
    targets: tuple[Target, ...] = ()
    """Go: the platforms, where they are several; `apis` are those of the first."""
    target: str = ""
    """Which of them this is the lock of, by its directory in a release; never in a file."""

    @property
    def platforms(self) -> tuple[str, ...]:
        """What it seals for, as in `linux/amd64`; empty for a language whose artifacts say that themselves."""
        one = platform_of(self.toolchain)
        return tuple(target.platform for target in self.targets) or ((one,) if one else ())

    def views(self, names: Collection[str] = ()) -> "tuple[Lock, ...]":
        """Return the lock of each target by itself, or of those of these names; a lock of one target is its own."""
        if not self.targets:
            return (self,)
        return tuple(
            replace(self, apis=one.apis, toolchain=one.toolchain, targets=(), target=one.name)
            for one in self.targets
            if not names or one.name in names
        )

    def api(self, name: str) -> Api | None:
        """Return the sealed API of that name, if there is one."""
        return next((api for api in self.apis if api.name == name), None)

    @property
    def vendored(self) -> tuple[Package, ...]:
        """Packages, the toolkit among them, whose wheels lie in the workspace."""
        toolkit = (self.toolkit,) if self.toolkit else ()
        return tuple(package for package in (*toolkit, *self.packages) if package.path)

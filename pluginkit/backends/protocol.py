"""What a language has to bring: Members and an Inspector, which only read, and a Builder, which needs its toolchain.

They are apart so that verifying can never reach a toolchain. `backends.language` names them all.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pluginkit.core.api import Api, Contract
    from pluginkit.core.lock import Lock
    from pluginkit.core.model import Artifact, BuildPlan, BuildStep, Member, Workspace
    from pluginkit.core.side_effect import SideEffect
    from pluginkit.core.stated_version import StatedVersions
    from pluginkit.core.toml import Table
    from pluginkit.core.trust import Trust
    from pluginkit.core.verdict import Evidence, Host
    from pluginkit.surface.comparison import Place
    from pluginkit.surface.uses import Uses


class Members(Protocol):
    """Reads what a workspace is made of, from files alone."""

    def is_project(self, directory: Path) -> bool:
        """Return whether a pattern of the configuration may mean this directory."""
        ...

    def read_member(self, root: Path, path: str, kind: str) -> Member:
        """Read the member in `root/path`. Raises PluginkitError where there is none."""
        ...

    def check_plugin_name(self, name: str) -> None:
        """Raise PluginkitError for a plugin name that is fine elsewhere and not in this language."""
        ...

    def template_answers(self, name: str, module: str, mode: str = "") -> Mapping[str, str]:
        """Return what the language's template has to know beside the name of a new workspace and its plugins.

        `module` is what `--module` says, and `mode` what `--mode` does, empty where they were not given. Raises
        PluginkitError for a name, a module path or a mode that this language cannot use.
        """
        ...

    def dependency_name(self, name: str) -> str:
        """Return the name under which the lock seals an API that is not a directory of the workspace."""
        ...

    def read_settings(self, table: Table) -> Mapping[str, str]:
        """Take the language's own table out of the configuration; empty where it has none."""
        ...

    def read_pins(self, root: Path) -> Mapping[str, str]:
        """Return the files of a root that pin dependencies, by POSIX path, each with its `sha256:` digest."""
        ...

    def projects(self, root: Path) -> Mapping[str, str]:
        """Return what the tree has sources of, members or not: name to directory."""
        ...

    def stated_versions(self, root: Path, member: Member) -> StatedVersions:
        """Return where the files of a member state its version; what cannot be read states none."""
        ...

    def described(self, lock: Lock) -> str:
        """Return in a few words what a lock pins beside the APIs."""
        ...


class Builder(Protocol):
    """Seals a workspace's pins and turns a plan into artifacts."""

    def prewarms(self, lock: Lock) -> str:
        """Return what a build by this lock should begin before it knows more, as `Language.prewarm` takes it."""
        ...

    def lock(self, workspace: Workspace, previous: Lock | None, *, upgrade: bool, static: bool = False) -> Lock:
        """Resolve and digest everything the lock seals; keep the pins of `previous` unless `upgrade`.

        With `static` nothing of the workspace, nor of what it needs, is run or built: what cannot be known without is
        refused with a PluginkitError that names the member.
        """
        ...

    def steps(self, workspace: Workspace, lock: Lock, sealed: str, members: Sequence[Member]) -> tuple[BuildStep, ...]:
        """Return how to build each of `members`, with the digest of all that goes into it."""
        ...

    def surroundings(self, workspace: Workspace, lock: Lock) -> Sequence[Path]:
        """Return the files beyond the members' sources that decide what `steps` returns, whether they exist or not."""
        ...

    def stale(self, workspace: Workspace, lock: Lock) -> str:
        """Return why `lock` no longer describes the APIs' bytes, or nothing. May build; writes nothing."""
        ...

    def apis(self, workspace: Workspace, lock: Lock) -> tuple[Api, ...]:
        """Return the APIs of the workspace that are its members, as they are now; `lock` says what to build them with.

        Raises StaleLockError where it does not.
        """
        ...

    def build(
        self, plan: BuildPlan, out: Path, *, jobs: int, report: Callable[[Artifact], None]
    ) -> Mapping[str, Sequence[SideEffect]]:
        """Build every step of `plan` as a stamped artifact in `out`, calling `report` for each.

        Returns, by member, what plugins do while they are loaded and should not. Raises StaleLockError
        when an API's bytes are not those the lock sealed, and PluginkitError
        naming every member that failed.
        """
        ...

    def finish(self, plan: BuildPlan, out: Path, artifacts: Sequence[Artifact]) -> None:
        """Add what an installer of that language wants beside the artifacts."""
        ...


class Inspector(Protocol):
    """Reads artifacts and hosts without running, importing or loading anything of them."""

    def artifacts(self, place: Path) -> Sequence[Path]:
        """Return the artifacts in a directory, in the order in which a host loads them."""
        ...

    def inspect(self, files: Sequence[tuple[Path, str]], trust: Trust | None = None) -> Sequence[Evidence]:
        """Read artifacts, each a path and what reports call it; what is wrong becomes a defect, never an exception.

        With a `trust` nothing is parsed of those that none of its keys signed (see `Evidence.withheld`).
        """
        ...

    def installed(self, place: Path, trust: Trust | None = None) -> Sequence[Evidence]:
        """Read the distributions of an installed environment, as `inspect` does; empty when `place` is none."""
        ...

    def hosts(self, place: Path, evidences: Sequence[Evidence]) -> Iterable[Host]:
        """Return the hosts among `evidences`, which were read at `place`: a file, a release or an environment."""
        ...


@dataclass(frozen=True, slots=True)
class Located:
    """An API found among plain sources, not read yet."""

    name: str
    """Of its distribution where a manifest names it, else of its package; Go: the import path."""
    version: str
    """Empty where the files do not state it."""
    root: Path
    """The directory that its modules are imported from; Go: the module's."""
    modules: tuple[str, ...]
    """Dotted import packages; Go: its package clause."""
    places: tuple[Path, ...]
    """The files and directories that it consists of."""


@dataclass(frozen=True, slots=True)
class ApiCopy:
    """One copy of an API, as far as it can be known where it was found."""

    name: str
    version: str
    """Empty where it is not known."""
    language: str
    modules: tuple[str, ...]
    surface: tuple[str, ...]
    """One declaration a line, sorted."""
    files: tuple[tuple[str, str], ...] = ()
    """(import path, sha256 in hex), sorted; empty where only a stamp or a lock is known."""
    digest: str = ""
    """Content digest, `h1:...`; empty where `files` say it."""
    place: str = ""
    """The file that a reader of its sources opens first; empty where it was not read from sources that stay."""


@dataclass(frozen=True, slots=True)
class Code:
    """The sources of a plugin, read and not run."""

    name: str
    subject: str
    """Where they lie."""
    uses: Callable[[ApiCopy], Uses | None]
    """Returns what they use of an API; None where that cannot be told."""
    find: Callable[[ApiCopy, Sequence[str]], Sequence[Place]]
    """Returns where uses of an API, as a `Break` names them in `mentions`, are in the sources, in their order."""


class SourceReader(Protocol):
    """Reads APIs and plugins from plain sources. Nothing of them is compiled, imported or run; no backend is either."""

    def keeps(self, name: str) -> bool:
        """Return whether a file of that name has a say in what `locate` finds or in a surface."""
        ...

    def locate(self, place: Path) -> Sequence[Located]:
        """Return the APIs in a directory or file; empty where it holds none of this language."""
        ...

    def read(self, found: Sequence[Located]) -> Sequence[ApiCopy]:
        """Read APIs that `locate` found at one place. Raises PluginkitError for sources that do not parse."""
        ...

    def plugins(self, place: Path) -> Sequence[Code]:
        """Return the plugins in a directory or file; empty where it holds no sources of this language."""
        ...


class Publications(Protocol):
    """Reads APIs and plugins from what was published or installed, where artifacts contain their sources."""

    def api(self, artifact: Path) -> ApiCopy:
        """Read the API that an artifact contains. Raises PluginkitError where it contains none."""
        ...

    def installed(self, place: Path, names: Iterable[str]) -> Sequence[ApiCopy]:
        """Read those of the APIs named that are installed in an environment."""
        ...

    def fetch(self, name: str, version: str, lock: Lock | None, root: Path | None) -> ApiCopy:
        """Download one version of an API and read it; held to the hashes of `lock` where that pins it.

        Nothing of it is built or run. Raises PluginkitError where it cannot be had without building it.
        """
        ...

    def code(self, place: Path, evidence: Evidence) -> Code | None:
        """Return the sources in an artifact that was read at `place`; None where it contains none."""
        ...

    def host(self, place: Path, plugins: Mapping[Path, Sequence[Evidence]]) -> Host | None:
        """Return what a host that pluginkit did not build offers of the APIs that plugins are for, by its own files.

        `plugins` are by the place at which they were read. None where `place` has none of these APIs.
        """
        ...

    def bounds(self, place: Path) -> Host | None:
        """Return what an environment has installed, as a host without APIs; None where `place` is not one."""
        ...

    def unstamped(self, place: Path, evidence: Evidence, contract: Contract) -> Evidence:
        """Return the evidence of a plugin without a stamp with what a host's contract asks about."""
        ...


@dataclass(frozen=True, slots=True)
class Vendored:
    """A file that was not built here and goes with a release."""

    name: str
    """Of the distribution, in normal form."""
    kind: str
    """`toolkit` or `package`."""
    file: str
    inputs: str
    """Digest of what decides its bytes."""
    read: Callable[[], bytes]
    """Returns its bytes; raises PluginkitError where they are not those that were locked."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A configuration as `pluginkit init` proposes it."""

    table: str
    """The keys of `[tool.pluginkit]`, as TOML."""
    notes: tuple[str, ...]
    """What was found, for a reader who decides."""


def toml_string(text: str) -> str:
    """Return a TOML string."""
    return json.dumps(text, ensure_ascii=False)


def toml_array(items: Iterable[str]) -> str:
    """Return a TOML array of strings."""
    return "[" + ", ".join(toml_string(item) for item in items) + "]"

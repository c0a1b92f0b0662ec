"""What running plugins' own tests takes; each language has its own way to an environment and its own test runner."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Protocol, runtime_checkable

from pluginkit.backends.language import language, resolve
from pluginkit.core.digest import fields_digest, sha256
from pluginkit.core.errors import PluginkitError
from pluginkit.core.frozen import record
from pluginkit.core.lock import Lock
from pluginkit.core.model import Member, Workspace
from pluginkit.core.trial import Ran


@record
class Bench:
    """A tree in which tests can be run."""

    workspace: Workspace
    """A copy that tests may write to."""


class Tester(Protocol):
    """Runs the tests of plugins in a copy of their workspace."""

    def digest(self, workspace: Workspace, lock: Lock, member: Member) -> str:
        """Return `sha256:...` of all in a workspace that decides how a plugin's tests end: what is known unchanged."""
        ...

    def barred(self, workspace: Workspace) -> Mapping[str, str]:
        """Return by name the plugins whose requirements exclude a version that a copy has of an API, and which.

        In the copy these requirements are widened, so that the others can be locked and built.
        """
        ...

    def bench(self, workspace: Workspace, members: tuple[Member, ...]) -> Bench:
        """Make a copy of a workspace ready to run the tests of these plugins.

        `workspace` is that copy, with an API or host replaced where a change is tried. Where the language installs its
        artifacts, its release was built there. Raises PluginkitError where it cannot be made.
        """
        ...

    def run(self, bench: Bench, member: Member, *, seconds: float, compile_only: bool = False) -> Ran:
        """Run the tests of one plugin, which are ended after so many seconds. May be called from several threads."""
        ...


@runtime_checkable
class OutsideTester(Tester, Protocol):
    """Runs the tests of plugins that require an API of another workspace, too."""

    version: str
    """What else decides how tests end: of the interpreter or the toolchain."""

    def lone(self, root: Path, names: Collection[str]) -> Workspace | None:
        """Return a project without a configuration of ours as a workspace of one plugin, if it requires such names."""
        ...

    def beside(self, root: Path, members: tuple[Member, ...], apis: Mapping[str, Path]) -> Bench:
        """Make a copy of a repository ready to run the tests of plugins, with these sources of what they require."""
        ...


def tester(name: str) -> Tester:
    """Return what runs the tests of plugins in a language. Raises PluginkitError where it has none."""
    reference = language(name).tester
    if not reference:
        raise PluginkitError(f"the tests of plugins written in {name} cannot be run")
    found: Tester = resolve(reference)()
    return found


def sources_digest(tree: Mapping[str, str], workspace: Workspace, member: Member) -> str:
    """Return `sha256:...` over a plugin's files and all that lie in no other plugin's directory.

    `tree` has the digests of the files of the workspace by their paths, as `file_digests` returns them.
    """
    others = tuple(f"{one.path}/" for one in workspace.members if one.kind == "plugin" and one.name != member.name)
    return _joined({path: digest for path, digest in tree.items() if not (others and path.startswith(others))})


def files_digest(root: Path, paths: Iterable[str]) -> str:
    """Return `sha256:...` over the names and bytes of files beneath a root; a link counts as where it leads."""
    return _joined(file_digests(root, paths))


def file_digests(root: Path, paths: Iterable[str]) -> Mapping[str, str]:
    """Return the sha256 of files by their paths beneath a root; a link counts as where it leads."""
    return {path: sha256((root / path).read_bytes()) for path in sorted(paths) if (root / path).is_file()}


def _joined(digests: Mapping[str, str]) -> str:
    parts = [part.encode("utf-8", "surrogateescape") for pair in digests.items() for part in pair]
    return fields_digest("pluginkit files v2", parts)

"""Plugins of other repositories, tried with the APIs and hosts of this workspace."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from pluginkit.backends.clones import clone, is_url
from pluginkit.backends.testing import OutsideTester, tester
from pluginkit.core.errors import PluginkitError
from pluginkit.core.frozen import record
from pluginkit.core.model import Member, Workspace
from pluginkit.core.trial import Trial
from pluginkit.core.urls import without_credentials
from pluginkit.operations.targets import is_workspace
from pluginkit.operations.testing.changes import Change, different
from pluginkit.operations.testing.grounds import Ground, OutsideGround, WorkspaceGround, WorkspaceOfApis
from pluginkit.operations.testing.options import Progress, TrialOptions
from pluginkit.operations.testing.trying import Trying
from pluginkit.stages.discover import discover


@record
class Repository:
    """One line of the file that lists repositories."""

    label: str
    """As it is written there, without credentials."""
    place: str
    """A directory, or the URL to clone."""

    @property
    def name(self) -> str:
        """What its row is called where its plugins are not known."""
        return self.label.rstrip("/").rpartition("/")[2].removesuffix(".git") or self.label


def listed(file: Path) -> tuple[Repository, ...]:
    """Return the repositories that a file lists, directories relative to it. Raises PluginkitError."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise PluginkitError(f"{file} cannot be read: {getattr(error, 'strerror', None) or 'not UTF-8'}") from None
    named = [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]
    if not named:
        raise PluginkitError(f"{file}: no repository in it", hint="write a directory or a git URL in each line")
    return tuple(
        Repository(without_credentials(text), text) if is_url(text) else Repository(text, str(file.parent / text))
        for text in named
    )


class Repositories:
    """Tries one repository after the other; what is wrong with one is said in a row of its own."""

    def __init__(
        self, workspace: Workspace, change: Change, options: TrialOptions, scratch: Path, progress: Progress
    ) -> None:
        self._workspace, self._options, self._progress, self._scratch = workspace, options, progress, scratch
        self._apis = WorkspaceOfApis(workspace, change, scratch / "apis")
        self.notes: list[str] = []

    def trials(self, repositories: Collection[Repository]) -> Iterator[Trial]:
        """Yield the trials of all plugins that are wanted."""
        for count, one in enumerate(repositories):
            scratch = self._scratch / f"repository-{count}"
            scratch.mkdir()
            try:
                yield from self._one(one, scratch)
            except PluginkitError as error:
                yield Trial(one.name, self._workspace.language, one.label, error=error.message)

    def _one(self, repository: Repository, scratch: Path) -> tuple[Trial, ...]:
        self._progress(repository.label)
        root = self._fetched(repository, scratch / "clone")
        workspace, ground = self._ground(root, scratch)
        trying = Trying(ground, self._options, lambda text: self._progress(f"{repository.label}: {text}"))
        plugins = [one for one in workspace.members if one.kind == "plugin"]
        found = trying.trials([one for one in plugins if self._is_wanted(one)], repository.label)
        self.notes += trying.notes
        return found

    def _fetched(self, repository: Repository, target: Path) -> Path:
        if is_url(repository.place):
            clone(repository.place, target)
            return target
        place = Path(repository.place)
        if not place.is_dir():
            raise PluginkitError(f"{repository.label}: no such directory")
        return place.resolve()

    def _ground(self, root: Path, scratch: Path) -> tuple[Workspace, Ground]:
        """Return the plugins of a repository and how they are tried: by its own members, or with ours beside."""
        runs = tester(self._workspace.language)
        outside = runs if isinstance(runs, OutsideTester) else None
        lone = outside.lone(root, self._apis.names) if outside and not is_workspace(root) else None
        workspace = discover(root) if is_workspace(root) else lone
        if workspace is None or workspace.language != self._workspace.language:
            raise PluginkitError(f"no plugin in it that requires {' or '.join(self._apis.names)}")
        shared = {one.name: one.path for one in workspace.members if one.name in self._apis.names}
        if shared or outside is None:
            return workspace, WorkspaceGround(workspace, self._change(workspace, shared), scratch)
        return workspace, OutsideGround(workspace, outside, self._apis, scratch)

    def _change(self, workspace: Workspace, shared: dict[str, str]) -> Change:
        """Return the change as it is for a workspace with copies of our members."""
        if not shared:
            raise PluginkitError(f"it has no copy of {' or '.join(self._apis.names)} among its members")
        before, after = (
            different(workspace, {path: self._apis.sources(side)[name] for name, path in shared.items()})
            for side in ("before", "after")
        )
        return Change("", before, after)

    def _is_wanted(self, member: Member) -> bool:
        return not self._options.plugins or member.name in self._options.plugins

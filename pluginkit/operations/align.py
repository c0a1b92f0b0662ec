"""A plugin's repository and a host -> edits that bring it in step, proven on a copy before any of them is written."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from pluginkit.backends.alignment import Aligned, Task
from pluginkit.backends.builders import aligner
from pluginkit.backends.language import LANGUAGES
from pluginkit.core import frozen
from pluginkit.core.config import DIST, find_root
from pluginkit.core.errors import PluginkitError
from pluginkit.core.files import write_atomic
from pluginkit.core.frozen import record
from pluginkit.core.modes import PLUGIN
from pluginkit.core.target import target_of
from pluginkit.core.verdict import HostSide, Verdict
from pluginkit.operations.host_places import side_at
from pluginkit.operations.targets import host_sides
from pluginkit.rules import judge
from pluginkit.stages.discover import discover
from pluginkit.stages.verify import read_artifacts, with_contract, with_loaders

_UNSTAMPED = (
    "a host that pluginkit built may refuse a plugin without a stamp, and `go build` gives it none: `pluginkit init` "
    "writes the configuration with which `pluginkit build` does"
)
_UNSIGNED = "the host asks for signatures: sign the plugin once it is built here, with a key that the host trusts"
Note = Callable[[str], None]
"""Hears of what a host is compared by, where it has no stamp."""


@record
class Alignment:
    """What came of it."""

    root: Path
    """The directory that the paths of changed files are relative to."""
    host: str
    """What reports call the host."""
    aligned: Aligned
    written: bool = False

    @property
    def proven(self) -> bool:
        """True when the plugins, built with these edits, fit the host."""
        return self.aligned.proven


def align(
    directory: Path,
    host: Path,
    packages: Sequence[str] = (),
    *,
    source: Path | None = None,
    write: bool = False,
    note: Note = lambda text: None,
) -> Alignment:
    """Bring the plugin's repository in `directory` in step with a host, on a copy; with `write` also there.

    The host is a binary, a wheel, a release or an environment; `source` is a checkout of a Go host. `packages` say
    which plugins of a repository with several, in the words of its language. Nothing is written but what was built,
    accepted by the host's verdict, and seen to load where that can be tried. Raises PluginkitError where it cannot be
    tried at all.
    """
    side = side_at(host, note)
    root, language = _repository(directory)
    configured = find_root(root)
    with tempfile.TemporaryDirectory(prefix="pluginkit-align-") as scratch:
        task = Task(
            root=root,
            place=host,
            source=source.resolve() if source else None,
            host=side.host,
            scratch=Path(scratch).resolve(),
            packages=packages or _members(configured, host),
            judge=partial(_judge, side, host, note, unstamped=configured is None),
            build=partial(_build, side) if configured else None,
        )
        found = aligner(language)(task)
    if side.host.lock and configured is None and found.proven:
        found = frozen.replace(found, notes=(*found.notes, _UNSTAMPED))
    if side.host.trust and found.proven:
        found = frozen.replace(found, notes=(*found.notes, _UNSIGNED))
    if write and found.proven:
        _write(found)
    return Alignment(found.root or root, str(host), found, written=write and found.proven)


def _repository(directory: Path) -> tuple[Path, str]:
    """Return where the plugin's repository is, and its language."""
    if not directory.is_dir():
        raise PluginkitError(f"{directory}: no such directory")
    root = directory.resolve()
    configured = find_root(root)
    if configured is not None:
        return configured, discover(configured).language
    for above in (root, *root.parents):
        for one in LANGUAGES.values():
            if any((above / name).is_file() for name in (*one.root_files, one.manifest) if name):
                return root, one.name
    raise PluginkitError(
        f"{directory}: neither a Go module nor a Python project",
        hint="name the directory of its go.mod or pyproject.toml",
    )


def _members(configured: Path | None, host: Path) -> Sequence[str]:
    """Return the directories of the plugins that a configuration names and that a host opens into its process.

    Raises PluginkitError where it names others alone.
    """
    members = discover(configured).members if configured else ()
    plugins = [member for member in members if member.kind == "plugin"]
    opened = [member for member in plugins if member.mode == PLUGIN]
    if plugins and not opened:
        modes = ", ".join(sorted({member.mode for member in plugins}))
        raise PluginkitError(
            f"nothing to bring in step: no plugin here is opened into its host's process (mode {modes})",
            hint=f"`pluginkit build`, then `pluginkit verify dist --host {shlex.quote(str(host))}`",
        )
    return [f"./{member.path}" for member in opened]


def _judge(side: HostSide, host: Path, note: Note, artifacts: Sequence[Path], *, unstamped: bool) -> Verdict:
    """Return what the host makes of artifacts; those of a repository without a configuration have no stamp.

    Nobody has signed them yet, so that is not asked for.
    """
    read = {path: read_artifacts(path, unstamped=unstamped) for path in artifacts}
    known = bool(side.host.binary or side.host.apis)
    sides = with_loaders([side]) if known else host_sides([host], artifacts, read, note, unstamped=True)
    if unstamped:
        read = {path: with_contract(path, found, sides) for path, found in read.items()}
    sides = [frozen.replace(one, host=frozen.replace(one.host, trust=None)) for one in sides]
    named = [frozen.replace(one, subject=path.name) for path, found in read.items() for one in found]
    (verdict,) = judge(named, sides)
    return verdict


def _build(side: HostSide, copy: Path) -> Sequence[Path]:
    """Lock a workspace within a host and build its plugins; return their artifacts."""
    from pluginkit.operations.build import Refused, build
    from pluginkit.operations.lock import lock_workspace
    from pluginkit.operations.options import BuildOptions
    from pluginkit.operations.reporter import Silent

    lock_workspace(replace(discover(copy), within=side.host))
    made = build(BuildOptions(start=copy, locked=True), Silent())
    if isinstance(made, Refused):
        findings = [finding for verdict in made.verdicts for finding in verdict.findings]
        raise PluginkitError("\n".join(f"{one.code} {one.subject}: {one.message}" for one in findings))
    platform = side.host.binary.platform if side.host.binary else ""
    mine = ("", platform.replace("/", "_"))
    return [
        copy / DIST / one.file for one in made.release.artifacts if one.kind == "plugin" and target_of(one.file) in mine
    ]


def _write(found: Aligned) -> None:
    """Write the changes. Raises PluginkitError where a file is not what it was when it was copied."""
    for name, (before, _) in found.changes.items():
        path = found.place(name)
        if (path.read_bytes() if path.is_file() else None) != before:
            raise PluginkitError(
                f"{path} changed meanwhile, so nothing was written", hint="run `pluginkit align` again"
            )
    for name, (_, now) in found.changes.items():
        if now is None:
            found.place(name).unlink()
        else:
            found.place(name).parent.mkdir(parents=True, exist_ok=True)
            write_atomic(found.place(name), now)

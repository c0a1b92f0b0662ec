"""A finished build is held against its own hosts before it becomes the release."""

from collections.abc import Mapping, Sequence, Set
from pathlib import Path

from pluginkit import __version__
from pluginkit.backends.inspectors import SUFFIXES
from pluginkit.cli.printing import RefusedError, print_verdicts
from pluginkit.core.config import DIST
from pluginkit.core.model import Artifact, BuildPlan
from pluginkit.core.pitfall import Pitfall
from pluginkit.core.record import replace
from pluginkit.core.verdict import Evidence
from pluginkit.stages.verify import hosts_among, read_artifacts, verify
from pluginkit.store.cache import Cache

BY = f"pluginkit {__version__}"


def approve(
    plan: BuildPlan,
    cache: Cache | None,
    directory: Path,
    artifacts: Sequence[Artifact],
    pitfalls: Mapping[str, Sequence[Pitfall]],
) -> None:
    """Refuse what a host among the artifacts in `directory` would refuse; print what it is warned of.

    Just the same artifacts, accepted without a word by the same rules, are not read again. Raises RefusedError.
    """
    quiet = not any(pitfalls.values())
    if cache and plan.fetched and quiet and cache.is_approved(artifacts, BY):
        return
    read = _read(plan, directory)
    evidences = [replace(one, pitfalls=tuple(pitfalls.get(one.name, ()))) for one in read]
    for verdict in verify(evidences, hosts_among(directory, evidences), alone=True):
        if not verdict.accepted:
            raise RefusedError(verdict)
        if verdict.findings:
            print_verdicts([verdict], "text")
            quiet = False
    if cache and quiet and not plan.carried:
        cache.approve(artifacts, BY)


def _read(plan: BuildPlan, directory: Path) -> Sequence[Evidence]:
    """Read the artifacts; but not the plugins carried over, where nothing that they are held against changed.

    They were accepted by these hosts, under this lock, when the release before was built.
    """
    carried = {artifact.file: artifact.kind for artifact in plan.carried}
    files = [path.relative_to(directory).as_posix() for path in sorted(directory.rglob("*")) if path.is_file()]
    fresh = [file for file in files if file not in carried and file.endswith(tuple(SUFFIXES))]
    plugins_only = all(step.member.kind == "plugin" for step in plan.steps)
    if not plugins_only or not fresh or sorted(artifact.file for artifact in plan.replaced) != fresh:
        return read_artifacts(directory, Path(DIST))
    made = _read_each(directory, fresh)
    hosts = _read_each(directory, [file for file, kind in carried.items() if kind != "plugin"])
    before = _read_each(plan.workspace.root / DIST, fresh)
    known = {path for host in hosts if host.binary for path in host.binary.packages}
    if [_shared(one, known) for one in made] != [_shared(one, known) for one in before]:
        return read_artifacts(directory, Path(DIST))
    return [*hosts, *made]


def _read_each(directory: Path, files: Sequence[str]) -> list[Evidence]:
    return [replace(one, subject=f"{DIST}/{file}") for file in files for one in read_artifacts(directory / file)]


def _shared(one: Evidence, known: Set[str]) -> object:
    """Return what of a plugin matters to the plugins beside it: its names, and packages that no host has."""
    binary = one.binary
    packages = binary.packages.items() if binary else ()
    beside = {path: digest for path, digest in packages if binary and path not in known and path != binary.plugin_path}
    return one.name, binary and binary.plugin_path, sorted(factory.name for factory in one.factories), beside

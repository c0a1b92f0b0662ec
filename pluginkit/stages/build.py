"""BuildPlan -> Release: built beside the target, then switched to in one rename."""

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from pluginkit.backends.builders import builder
from pluginkit.backends.sources import still
from pluginkit.core import release as release_file
from pluginkit.core.config import DIST
from pluginkit.core.errors import PluginkitError
from pluginkit.core.files import sync_directory
from pluginkit.core.model import Artifact, BuildPlan, Release, Workspace
from pluginkit.core.pitfall import Pitfall

STORE = ".pluginkit"

Pitfalls = Mapping[str, Sequence[Pitfall]]
"""By member."""


def current_release(workspace: Workspace, untouched: Set[str] = frozenset()) -> Release | None:
    """Return the release that `dist` points to, without artifacts that were edited since; None where there is none.

    Those of the members `untouched` are known not to have been.
    """
    dist = workspace.root / DIST
    try:
        found = release_file.read_release(dist) if (dist / release_file.NAME).is_file() else None
    except PluginkitError:  # damaged: what is built now takes its place
        return None
    if found is None:
        return None
    return replace(
        found, artifacts=tuple(one for one in found.artifacts if one.name in untouched or _intact(dist, one))
    )


def build(
    plan: BuildPlan,
    *,
    jobs: int,
    report: Callable[[Artifact], None] = lambda artifact: None,
    approve: Callable[[Path, Pitfalls], None] = lambda directory, pitfalls: None,
) -> Release:
    """Build `plan` and let `dist` point to the result; until then `dist` is the release before.

    `report` is called for each artifact as it is made, from worker threads; `approve` for the finished
    directory and the pitfalls found in plugins that were built: what it raises keeps the release from being
    published. Raises what the language's Builder raises, and PluginkitError when a source was edited meanwhile
    or `dist` is not ours to replace.
    """
    root = plan.workspace.root
    dist = root / DIST
    if dist.exists() and not dist.is_symlink():
        raise PluginkitError(f"{dist} is in the way: it is not a link to a release", hint="move or remove it")
    store = _store(root)
    with _only_build(store):
        if not plan.steps and _is_current(plan):
            return Release(dist, plan.lock_digest, plan.carried)
        scratch = Path(tempfile.mkdtemp(prefix=".building-", dir=store / "releases"))
        try:
            artifacts, pitfalls = _fill(plan, scratch, jobs, report)
            approve(scratch, pitfalls)
            place = _publish(scratch, store / "releases")
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        _switch(dist, place)
        _forget_old(store / "releases", keep=place)
    return Release(dist, plan.lock_digest, artifacts)


def _fill(
    plan: BuildPlan, out: Path, jobs: int, report: Callable[[Artifact], None]
) -> tuple[tuple[Artifact, ...], Pitfalls]:
    made: list[Artifact] = list(plan.carried)

    def collect(artifact: Artifact) -> None:
        made.append(artifact)
        report(artifact)

    backend = builder(plan.workspace.language)
    pitfalls = backend.build(plan, out, jobs=jobs, report=collect)
    shutil.rmtree(out / ".work", ignore_errors=True)
    for step in plan.steps:
        if not still(step.root, step.sources):
            raise PluginkitError(f"{step.member.path} was edited during the build", hint="build again")
    current = Path(os.path.realpath(plan.workspace.root / DIST))
    for artifact in plan.carried:
        _carry(current / artifact.file, out / artifact.file, artifact)
    artifacts = tuple(sorted(made, key=lambda artifact: artifact.file))
    backend.finish(plan, out, artifacts)
    statement = release_file.to_bytes(plan.lock_digest, artifacts, plan.lock.packages)
    (out / release_file.NAME).write_bytes(statement)
    return artifacts, pitfalls


def _is_current(plan: BuildPlan) -> bool:
    """Tell whether the release that `dist` points to is just what `plan` would make."""
    current = current_release(plan.workspace)
    wanted = release_file.to_bytes(plan.lock_digest, plan.carried, plan.lock.packages)
    return current is not None and (current.directory / release_file.NAME).read_bytes() == wanted


def _intact(dist: Path, artifact: Artifact) -> bool:
    path = dist / artifact.file
    try:
        return path.stat().st_size == artifact.size and hashlib.sha256(path.read_bytes()).hexdigest() == artifact.sha256
    except OSError:
        return False


def _carry(source: Path, target: Path, artifact: Artifact) -> None:
    """Let an artifact stand in two releases, as one file; or as two where the file system has no hard links."""
    try:
        os.link(source, target)
    except OSError:
        target.parent.mkdir(exist_ok=True)
        data = source.read_bytes() if source.is_file() else b""
        if hashlib.sha256(data).hexdigest() != artifact.sha256:
            raise PluginkitError(f"{source} is not the file the last build made", hint="build again") from None
        target.write_bytes(data)


def _publish(scratch: Path, releases: Path) -> Path:
    """Rename a finished directory to its digest; a whole one already there is kept, a damaged one avoided."""
    for path in _files(scratch):
        if path.stat().st_nlink > 1:  # carried over: it was synced when it was made
            continue
        path.chmod(0o755 if path.parent.name == "bin" else 0o644)
        with path.open("rb") as file:
            os.fsync(file.fileno())
    for directory in (*(path for path in scratch.iterdir() if path.is_dir()), scratch):
        directory.chmod(0o755)
        sync_directory(directory)
    digest = hashlib.sha256((scratch / release_file.NAME).read_bytes()).hexdigest()[:32]
    for number in range(1000):
        place = releases / (f"{digest}.{number}" if number else digest)
        if not place.exists():
            scratch.rename(place)
            sync_directory(releases)
            return place
        if _same_files(scratch, place):
            return place
    raise PluginkitError(f"{releases} is full of damaged releases", hint="remove it")


def _same_files(one: Path, other: Path) -> bool:
    names = [path.relative_to(one) for path in _files(one)]
    if names != [path.relative_to(other) for path in _files(other)]:
        return False
    return all((one / name).read_bytes() == (other / name).read_bytes() for name in names)


def _files(directory: Path) -> list[Path]:
    return sorted(path for path in directory.rglob("*") if not path.is_dir())


def _switch(dist: Path, place: Path) -> None:
    fresh = dist.with_name(f".{DIST}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(os.path.relpath(place, dist.parent))
    fresh.replace(dist)
    sync_directory(dist.parent)


def _forget_old(releases: Path, keep: Path) -> None:
    """Keep the release just made and the one before; nobody else builds here while we hold the lock."""
    finished = [path for path in releases.iterdir() if not path.name.startswith(".") and path != keep]
    finished.sort(key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for path in (*finished[1:], *releases.glob(".building-*")):
        shutil.rmtree(path, ignore_errors=True)


def _store(root: Path) -> Path:
    store = root / STORE
    (store / "releases").mkdir(parents=True, exist_ok=True)
    ignore = store / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")
    return store


@contextmanager
def _only_build(store: Path) -> Iterator[None]:
    """Hold the workspace's build lock; the kernel releases it when the process dies, however it dies."""
    with (store / "build.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield

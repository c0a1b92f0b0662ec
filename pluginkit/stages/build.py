"""BuildPlan, Cache -> Release: built beside the target, then switched to in one rename."""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from pluginkit.backends.builders import builder, vendored
from pluginkit.backends.protocol import Vendored
from pluginkit.backends.signing import UNSIGNED, Signing
from pluginkit.backends.sources import still
from pluginkit.core import files
from pluginkit.core import release as release_file
from pluginkit.core.config import DIST
from pluginkit.core.errors import PluginkitError
from pluginkit.core.model import Artifact, BuildPlan, BuildStep, CacheEntry, Release, Workspace
from pluginkit.core.side_effect import SideEffect
from pluginkit.incremental.file_stat import TICK, now
from pluginkit.store.cache import Cache
from pluginkit.store.releases import Releases, at_once, carry

SideEffects = Mapping[str, Sequence[SideEffect]]
"""By key."""


class MissingError(PluginkitError):
    """The cache turned out not to have what the plan counted on."""


class ForgedError(MissingError):
    """What the cache had was not signed by a key that is trusted."""


def current_release(
    workspace: Workspace, untouched: Set[str] = frozenset(), last: Path | None = None
) -> Release | None:
    """Return the release that `dist` points to, without artifacts that were edited since; None where there is none.

    Those of the keys `untouched` are known not to have been. Where `dist` was deleted, it is the `last` that was.
    """
    dist = workspace.root / DIST
    if last and not os.path.lexists(dist):
        dist = last
    try:
        found = release_file.read_release(dist) if (dist / release_file.NAME).is_file() else None
    except PluginkitError:  # damaged: what is built now takes its place
        return None
    if found is None:
        return None
    return replace(found, artifacts=tuple(one for one in found.artifacts if one.key in untouched or _intact(dist, one)))


def build(
    plan: BuildPlan,
    cache: Cache | None = None,
    *,
    jobs: int,
    report: Callable[[Artifact], None] = lambda artifact: None,
    approve: Callable[[Path, Sequence[Artifact], SideEffects], None] = lambda directory, artifacts, side_effects: None,
    signing: Signing = UNSIGNED,
) -> Release:
    """Build `plan` and let `dist` point to the result; until then `dist` is the previous release.

    `report` is called for each artifact as it is made, from worker threads; `approve` for the finished
    directory, its artifacts, and the side effects found in new plugins: what it raises keeps the release from
    being published. The `cache` keeps what was made in either case, without a signature, and shares it once it is
    approved. `signing` says who signs the stamps, and then the release: what is judged is what is published, and what
    is refused leaves no signature behind. Raises what the language's Builder raises, and PluginkitError when a source
    was edited meanwhile or `dist` is not ours to replace; and MissingError, after which the same is to be planned
    without a cache.
    """
    releases = Releases(plan.workspace.root)
    with releases.only_build():
        more = vendored(plan)
        if not plan.steps and not plan.fetched and (current := _is_current(plan, more, signing)):
            return Release(releases.dist, plan.lock_digest, current)
        began = now(f"{plan.workspace.root}/")
        with releases.filling() as scratch, _apart(releases, scratch, signing) as unsigned:
            made, side_effects = _fill(plan, unsigned, cache, jobs, report, signing)
            kept = _keep(cache, plan, unsigned, made, side_effects, began) if cache else ()
            fresh = [*made, *(kept.artifact for kept in plan.fetched)]
            signed = fresh if unsigned == scratch else _signed(plan, fresh, unsigned, scratch, signing)
            added = [_add(one, scratch) for one in more]
            found = (*signed, *_carry(plan, scratch, signing), *added)
            artifacts = tuple(sorted(found, key=lambda artifact: artifact.file))
            _finish(plan, scratch, artifacts, signing)
            approve(scratch, artifacts, side_effects)
            if cache:
                cache.share(_vouched(plan, kept, unsigned, signing), unsigned)
            releases.publish(scratch)
    return Release(releases.dist, plan.lock_digest, artifacts)


@contextmanager
def _apart(releases: Releases, scratch: Path, signing: Signing) -> Iterator[Path]:
    """Yield where artifacts are made: where the release is filled, or apart from it until they are signed."""
    if signing.key is None:
        yield scratch
        return
    with releases.filling() as apart:
        yield apart


def _vouched(plan: BuildPlan, kept: Iterable[CacheEntry], out: Path, signing: Signing) -> list[CacheEntry]:
    """Return what is to be shared, with the key's signature of each stamp."""
    language = plan.workspace.language
    return [replace(one, signature=signing.signature(out / one.artifact.file, language)) for one in kept]


def _signed(
    plan: BuildPlan, artifacts: Iterable[Artifact], source: Path, target: Path, signing: Signing
) -> list[Artifact]:
    """Write artifacts in `source` signed into `target`; return what they are there."""
    found = []
    for artifact in artifacts:
        place = target / artifact.file
        files.make_directory(place.parent)
        if signing.write(source / artifact.file, place, plan.workspace.language):
            found.append(replace(artifact, sha256=files.digest(place), size=place.stat().st_size))
        else:
            carry(source / artifact.file, place, artifact)
            found.append(artifact)
    return found


def _carry(plan: BuildPlan, out: Path, signing: Signing) -> Iterator[Artifact]:
    """Take from the previous release what stays; what is signed otherwise is signed anew. Yields what they are then."""
    current = Path(os.path.realpath(plan.current or plan.workspace.root / DIST))
    for directory in {(out / artifact.file).parent for artifact in plan.carried}:
        files.make_directory(directory)
    for artifact in plan.carried:
        if _is_signed(plan, current, artifact, signing):
            carry(current / artifact.file, out / artifact.file, artifact)
            yield artifact
        else:
            yield from _signed(plan, [artifact], current, out, signing)


def _is_signed(plan: BuildPlan, current: Path, artifact: Artifact, signing: Signing) -> bool:
    """Return whether an artifact of the previous release is signed as it is to be."""
    return artifact.key in signing.known or signing.has(current / artifact.file, plan.workspace.language)


def contribute(
    plan: BuildPlan,
    cache: Cache,
    *,
    jobs: int,
    report: Callable[[Artifact], None] = lambda artifact: None,
    signing: Signing = UNSIGNED,
) -> Sequence[CacheEntry]:
    """Build what `plan` says into the caches and nowhere else; return what is in them of it.

    `dist` stays as it is. Raises what `build` raises.
    """
    releases = Releases(plan.workspace.root)
    with releases.only_build(), releases.filling() as scratch:
        began = now(f"{plan.workspace.root}/")
        made, side_effects = _fill(plan, scratch, cache, jobs, report, signing)
        new = _vouched(plan, _keep(cache, plan, scratch, made, side_effects, began), scratch, signing)
        kept = [*new, *(one if one.signature else _vouched(plan, [one], scratch, signing)[0] for one in plan.fetched)]
        cache.share(kept, scratch)
    return kept


@contextmanager
def rebuilt(
    plan: BuildPlan, *, jobs: int, report: Callable[[Artifact], None] = lambda artifact: None
) -> Iterator[tuple[Path, Sequence[Artifact]]]:
    """Build what `plan` says from its sources; yield the artifacts and the directory they lie in, which then goes.

    `dist` and the caches stay as they are. Raises what `build` raises.
    """
    releases = Releases(plan.workspace.root)
    with releases.only_build(), releases.filling() as scratch:
        made, _ = _fill(plan, scratch, None, jobs, report, UNSIGNED)
        yield scratch, made


def _keep(
    cache: Cache, plan: BuildPlan, out: Path, made: Sequence[Artifact], side_effects: SideEffects, began: int
) -> Sequence[CacheEntry]:
    """Keep what depends on nothing but its inputs, none of which was written to while it was made; return that."""
    keys = {step.key for step in plan.steps if step.exact and _untouched(step, began)}
    kept = [CacheEntry(one, tuple(side_effects.get(one.key, ()))) for one in made if one.key in keys]
    for one in kept:
        cache.keep(one, out / one.artifact.file)
    return kept


def _fill(
    plan: BuildPlan, out: Path, cache: Cache | None, jobs: int, report: Callable[[Artifact], None], signing: Signing
) -> tuple[Sequence[Artifact], SideEffects]:
    """Take from the cache what it has, and build the rest; return that.

    The cache gets the bytes of an artifact while the next ones are made, and in the end is told what they are.
    """
    made: list[Artifact] = []
    exact = {step.key for step in plan.steps if step.exact}

    def collect(artifact: Artifact) -> None:
        made.append(artifact)
        if cache and artifact.key in exact:
            cache.hold(artifact, out / artifact.file)
        report(artifact)

    side_effects = _fetch(plan, out, cache, signing) if cache and plan.fetched else {}
    found = builder(plan.workspace.language).build(plan, out, jobs=jobs, report=collect)
    with suppress(FileNotFoundError):
        shutil.rmtree(out / ".work")  # what cannot be removed would be published
    for step in plan.steps:
        if not still(step.root, step.sources):
            raise PluginkitError(f"{step.member.path} was edited during the build", hint="build again")
    return made, {**side_effects, **found}


def _fetch(plan: BuildPlan, out: Path, cache: Cache, signing: Signing) -> SideEffects:
    """Write what the cache has; raise MissingError where that turns out to be something else."""
    missing: list[str] = []
    forged: list[str] = []

    def fetch(kept: CacheEntry) -> None:
        place, artifact = out / kept.artifact.file, kept.artifact
        if not cache.fetch(kept, place):
            missing.append(artifact.key)
        elif kept.signature and not signing.vouched(place, artifact.name, plan.workspace.language, kept.signature):
            cache.forget(kept)
            forged.append(artifact.key)

    for directory in {(out / kept.artifact.file).parent for kept in plan.fetched}:
        files.make_directory(directory)
    at_once(fetch, plan.fetched)
    if forged:
        names = ", ".join(sorted(forged))
        raise ForgedError(f"what the shared cache has as {names} is not signed by a key that is trusted: built here")
    if missing:
        raise MissingError(f"the cache has no good copy of {', '.join(sorted(missing))}", hint="build again")
    return {kept.artifact.key: kept.side_effects for kept in plan.fetched}


def _finish(plan: BuildPlan, out: Path, artifacts: Sequence[Artifact], signing: Signing) -> None:
    builder(plan.workspace.language).finish(plan, out, artifacts)
    statement = _statement(plan, artifacts, out)
    files.create(out / release_file.NAME, statement)
    if envelope := signing.of_release(statement):
        files.create(out / release_file.SIGNATURE, envelope)


def _statement(plan: BuildPlan, artifacts: Sequence[Artifact], directory: Path) -> bytes:
    """Return the `release.json` of a release in a directory."""
    pylock = release_file.pylock_digest(directory)
    return release_file.to_bytes(plan.lock_digest, artifacts, plan.lock.packages, plan.lock.release, pylock)


def _add(one: Vendored, out: Path) -> Artifact:
    """Write what was not built here into a release."""
    data = one.read()
    files.make_directory((out / one.file).parent)
    files.create(out / one.file, data)
    return Artifact(one.name, one.kind, one.file, hashlib.sha256(data).hexdigest(), len(data), one.inputs)


def _untouched(step: BuildStep, since: int) -> bool:
    """Return whether no source of a step was written to since: what was changed and put back is what it was, too."""
    try:
        return all((step.root / name).stat().st_ctime_ns < since - TICK for name in step.sources)
    except OSError:
        return False


def _is_current(plan: BuildPlan, more: Sequence[Vendored], signing: Signing) -> tuple[Artifact, ...]:
    """Return the artifacts of the release that `dist` points to if it is just what `plan` would make; else nothing."""
    current = current_release(plan.workspace, {artifact.key for artifact in plan.carried})
    if current is None:
        return ()
    wanted = {(one.name, one.kind, one.file, one.inputs) for one in more}
    added = [one for one in current.artifacts if (one.name, one.kind, one.file, one.inputs) in wanted]
    artifacts = (*plan.carried, *added)
    statement = _statement(plan, artifacts, current.directory)
    signed = release_file.read_signed(current.directory)
    if len(added) != len(wanted) or signed.payload != statement or not signing.accepts(statement, signed.envelope):
        return ()
    place = Path(os.path.realpath(current.directory))
    if not all(_is_signed(plan, place, artifact, signing) for artifact in plan.carried):
        return ()
    found = {path.relative_to(place).as_posix() for path in place.rglob("*") if not path.is_dir()}
    named = {*(artifact.file for artifact in artifacts), release_file.NAME, release_file.SIGNATURE, release_file.PYLOCK}
    named.add(release_file.BUNDLE)
    return artifacts if found <= named else ()


def _intact(dist: Path, artifact: Artifact) -> bool:
    path = dist / artifact.file
    try:
        return path.stat().st_size == artifact.size and files.digest(path) == artifact.sha256
    except OSError:
        return False

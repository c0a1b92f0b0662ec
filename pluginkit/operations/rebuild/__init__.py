"""A release and a checkout -> whether the checkout gives its bytes again; if not, where they differ and why."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from pluginkit import __version__
from pluginkit.backends.language import language, resolve
from pluginkit.backends.signatures import signatures_of
from pluginkit.core.config import DIST
from pluginkit.core.difference import Difference
from pluginkit.core.digest import sha256
from pluginkit.core.errors import PluginkitError, StaleLockError
from pluginkit.core.files import digest
from pluginkit.core.lock import Lock
from pluginkit.core.lockfile import NAME as LOCK
from pluginkit.core.lockfile import read_lock
from pluginkit.core.model import Artifact, Release, Workspace
from pluginkit.core.release import NAME, VENDORED, read_release
from pluginkit.core.verdict import Finding, Verdict
from pluginkit.operations.rebuild.attempt import Attempt, attempt
from pluginkit.operations.rebuild.inputs import CHECK_OUT, Facts, cause
from pluginkit.operations.rebuild.place import Place
from pluginkit.operations.rebuild.reason import UNKNOWN, Reason
from pluginkit.operations.rebuild.search import Search
from pluginkit.operations.targets import is_workspace
from pluginkit.stages.discover import discover
from pluginkit.stages.verify import read_artifacts

_CODE = "PK604"
_LOOK = "leave out --quick to look for the reason"
Progress = Callable[[str], None]


def rebuild(release: Path, directory: Path, *, quick: bool = False, progress: Progress = lambda name: None) -> Verdict:
    """Build the checkout in `directory` in a fresh place, and compare the artifacts with those of a release.

    `release` is a directory with a release, its release.json, or a workspace, which stands for its last release. This
    runs the build: build backends of the checkout, compilers. Where artifacts differ though their inputs are equal,
    they are built a few more times, with one thing changed at a time, to find out why, unless that shall be `quick`.
    `progress` hears of each artifact that is made. Findings are PK604. Raises PluginkitError where the checkout cannot
    be built, or the release is not what its release.json says.
    """
    released = _released(release)
    workspace = discover(directory)
    lock, data = read_lock(workspace.root / LOCK)
    if lock.toolkit and lock.toolkit.version != __version__:
        raise PluginkitError(
            f"{LOCK} is sealed for pluginkit {lock.toolkit.version}, and {__version__} is running",
            hint=f'`pip install "pluginkit-toolchain[build]=={lock.toolkit.version}"`, then rebuild with that',
        )
    other_lock = tuple(_other_lock(released, sha256(data), workspace))
    subjects = tuple(str(released.directory / one.file) for one in released.artifacts)
    try:
        with tempfile.TemporaryDirectory(prefix="pluginkit-rebuild-") as scratch:
            found = _compared(released, workspace, lock, Path(scratch).resolve(), quick, progress)
    except StaleLockError as error:
        found = (_finding(released, NAME, f"not reproduced: {error.message}", CHECK_OUT),)
    findings = (*other_lock, *found)
    about = [one.subject for one in findings if one.subject not in subjects]
    return Verdict("", (*dict.fromkeys(about), *subjects), findings)


def _released(place: Path) -> Release:
    """Read a release whose files are those that it names."""
    directory = place.parent if place.name == NAME else place / DIST if is_workspace(place) else place
    found = read_release(directory)
    for one in found.artifacts:
        path = directory / one.file
        if not path.is_file():
            raise PluginkitError(f"{path}: no such file", hint="fetch the whole release")
        if path.stat().st_size != one.size or digest(path) != one.sha256:
            raise PluginkitError(
                f"{path} is not the file that {NAME} names", hint="fetch the release again from where it was made"
            )
    return found


def _other_lock(released: Release, found: str, workspace: Workspace) -> Iterator[Finding]:
    if found != released.lock_digest:
        facts = {"released": released.lock_digest, "rebuilt": found}
        yield _finding(released, NAME, f"built by another {LOCK} than {workspace.root / LOCK}", CHECK_OUT, facts)


def _compared(
    released: Release, workspace: Workspace, lock: Lock, scratch: Path, quick: bool, progress: Progress
) -> tuple[Finding, ...]:
    place = Place(workspace, lock, scratch)
    made = attempt(place.copy(), released, progress=progress)
    compare = resolve(language(workspace.language).compare)
    differences: dict[str, Difference] = {}
    for one in released.artifacts:
        if one.file in made.files and (found := compare(_unsigned(released, one, scratch), made.files[one.file])):
            differences[one.file] = found
    new = {one.file: one for one in made.release.artifacts}
    same_inputs = {file: one for file, one in differences.items() if _inputs(released, file) == new[file].inputs}
    why = Search(place, released, made, progress).reasons(same_inputs, quick=quick)
    found = [*_missing(released, made)]
    found += [_built_from(released, made, file, one) for file, one in differences.items() if file not in same_inputs]
    found += [_differs(released, file, one, why.get(file), quick) for file, one in same_inputs.items()]
    return tuple(found)


def _differs(released: Release, file: str, one: Difference, reason: Reason | None, quick: bool) -> Finding:
    """Return what is said of an artifact of the same inputs with other bytes."""
    reason = reason or (None if quick else UNKNOWN)
    facts = _facts(one) | ({"reason": str(reason)} if reason else {})
    message = f"not reproduced: {one.inside or 'the file'}, {one.at}".removesuffix(", ")
    return _finding(released, file, message, reason.hint if reason else _LOOK, facts)


def _missing(released: Release, made: Attempt) -> Iterator[Finding]:
    names = {one.file for one in released.artifacts}
    for file in sorted(names - made.files.keys()):
        yield _finding(released, file, "not reproduced: the checkout makes no such file", CHECK_OUT)
    more = tuple(sorted(made.files.keys() - names))
    if more:
        message = "not reproduced: the checkout makes more than the release has"
        yield _finding(released, NAME, message, CHECK_OUT, {"rebuilt": more})


def _built_from(released: Release, made: Attempt, file: str, difference: Difference) -> Finding:
    """Return what is said of an artifact whose inputs are others."""
    artifact = next(one for one in released.artifacts if one.file == file)
    evidence = read_artifacts(released.directory / file)[0]
    found = cause(evidence.stamp, made.steps.get(artifact.key), difference)
    return _finding(released, file, f"not reproduced: built from {found.what}", found.hint, found.facts)


def _inputs(released: Release, file: str) -> str:
    return next(one.inputs for one in released.artifacts if one.file == file)


def _unsigned(released: Release, artifact: Artifact, scratch: Path) -> bytes:
    """Return the bytes of an artifact before somebody signed it."""
    path = released.directory / artifact.file
    if artifact.kind not in VENDORED and (signatures := signatures_of(path)).envelope(path)[1] is not None:
        target = scratch / "unsigned" / path.name
        target.parent.mkdir(exist_ok=True)
        signatures.with_envelope(path, target, None)
        path = target
    return path.read_bytes()


def _facts(one: Difference) -> dict[str, str | tuple[str, ...]]:
    facts: dict[str, str | tuple[str, ...]] = {"released": one.released.strip(), "rebuilt": one.rebuilt.strip()}
    more: Mapping[str, tuple[str, ...]] = {"also": one.others, "packages": one.packages}
    return {name: value for name, value in facts.items() if value} | {name: one for name, one in more.items() if one}


def _finding(released: Release, file: str, message: str, hint: str, facts: Facts | None = None) -> Finding:
    return Finding(_CODE, "error", str(released.directory / file), message, hint, facts or {})

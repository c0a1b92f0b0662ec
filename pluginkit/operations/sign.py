"""Add a signature to an artifact, or to a release that was built before."""

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pluginkit.backends.signatures import signatures_of
from pluginkit.core import files, release
from pluginkit.core.canonical import canonical_json
from pluginkit.core.config import DIST
from pluginkit.core.dsse import MAX_SIGNATURES, STAMP, STATEMENT, Envelope, EnvelopeError, parse_envelope
from pluginkit.core.errors import PluginkitError
from pluginkit.core.model import Artifact, Release
from pluginkit.core.private_key import PrivateKey
from pluginkit.core.release import VENDORED, read_release, read_signed
from pluginkit.core.signatures import sign as add_signature
from pluginkit.operations.targets import is_workspace
from pluginkit.rules import judge
from pluginkit.stages.verify import read_artifacts

_DEEP = 3
"""Directories that a file of a release lies in at most: the release, a target, and a kind."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What was signed."""

    place: Path
    """The artifact or the envelope that was written; of a new release its directory."""
    signers: int
    """How many keys have signed it by now."""
    changed: bool
    """The key had not signed it before."""


def sign(target: Path, key: PrivateKey, out: Path | None = None) -> Signature:
    """Add the signature of `key` to a stamped artifact, or to a release, in place.

    Of a release that is `release.sig.json` alone. With `out` a release is left as it is, and a new one is made in that
    directory, in which the key has signed each stamp beside those that did before, and is the first to sign the
    release. A workspace stands for its last release. Raises PluginkitError for what is damaged, has no stamp, or has an
    envelope of something else: nothing is written then.
    """
    if target.is_dir():
        place = target / DIST if is_workspace(target) else target
        return _sign_anew(place.resolve(), key, out) if out else _countersign(place.resolve(), key)
    if out is not None:
        raise PluginkitError(f"{target} is not a release", hint="leave out --out: an artifact is signed in place")
    return _sign_artifact(target, key)


def _sign_artifact(path: Path, key: PrivateKey) -> Signature:
    if not path.is_file():
        raise PluginkitError(f"{path}: no such file")
    _refuse_part_of_release(path)
    _refuse_damaged(path)
    path = path.resolve()
    fresh = files.beside(path)
    try:
        before, made = _resigned(path, fresh, key)
        if before == made:
            return Signature(path, len(made.signatures), changed=False)
        files.sync(fresh)
        files.rename(fresh, path)
        files.sync(path.parent)
    finally:
        files.discard(fresh)
    return Signature(path, len(made.signatures), changed=True)


def _resigned(source: Path, target: Path, key: PrivateKey) -> tuple[Envelope | None, Envelope]:
    """Write an artifact with one more signature; return its envelope as it was, and as it is now."""
    reader = signatures_of(source)
    stamp, envelope = reader.envelope(source)
    before = _parsed(envelope, source)
    made = _with_signature(stamp, STAMP, key, before, source)
    reader.with_envelope(source, target, made.to_bytes())
    return before, made


def _countersign(directory: Path, key: PrivateKey) -> Signature:
    _intact(directory)
    signed, path = read_signed(directory), directory / release.SIGNATURE
    before = _parsed(signed.envelope, path)
    made = _with_signature(signed.payload, STATEMENT, key, before, path)
    if made != before:
        files.write_atomic(path, made.to_bytes())
    return Signature(path, len(made.signatures), changed=made != before)


def _sign_anew(directory: Path, key: PrivateKey, out: Path) -> Signature:
    if os.path.lexists(out):
        raise PluginkitError(f"{out} exists", hint="name a directory that does not: a whole release is written there")
    found = _intact(directory)
    files.make_directory(out.absolute().parent)
    scratch = Path(tempfile.mkdtemp(prefix=".signing-", dir=out.absolute().parent))
    try:
        artifacts = {one.file: _copied(one, directory, scratch, key) for one in found.artifacts}
        _copy_lock(directory, scratch, found, artifacts)
        statement = _statement((directory / release.NAME).read_bytes(), artifacts, release.pylock_digest(scratch))
        files.create(scratch / release.NAME, statement)
        files.create(scratch / release.SIGNATURE, add_signature(statement, STATEMENT, key.private).to_bytes())
        for path in scratch.rglob("*"):
            files.sync(path)
        scratch.chmod(0o755)
        files.rename(scratch, out.absolute())
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return Signature(out, 1, changed=True)


def _copied(one: Artifact, directory: Path, scratch: Path, key: PrivateKey) -> Artifact:
    source, target = directory / one.file, scratch / one.file
    files.make_directory(target.parent)
    if one.kind in VENDORED or not signatures_of(source).holds(source):
        files.create(target, source.read_bytes())
        return one
    _resigned(source, target, key)
    target.chmod(0o755 if one.is_executable else 0o644)
    return replace(one, sha256=files.digest(target), size=target.stat().st_size)


def _copy_lock(directory: Path, scratch: Path, found: Release, artifacts: Mapping[str, Artifact]) -> None:
    """Write what installers of Python read, with the digests of the wheels as they are now."""
    source = directory / release.PYLOCK
    if source.is_file():
        from pluginkit.backends.python.pylock_entries import with_artifacts  # of a release of wheels alone

        text = with_artifacts(source.read_text(encoding="utf-8"), found.artifacts, artifacts)
        files.create(scratch / release.PYLOCK, text.encode())


def _statement(data: bytes, artifacts: Mapping[str, Artifact], pylock: str) -> bytes:
    """Return `release.json` with other digests and sizes, and all else that it says."""
    value: dict[str, Any] = json.loads(data)
    for subject in value["subject"]:
        subject["digest"] = {"sha256": artifacts[subject["name"]].sha256}
        value["predicate"]["artifacts"][subject["name"]]["size"] = artifacts[subject["name"]].size
    if pylock:
        value["predicate"] |= {"minor": release.MINOR, "pylock": pylock}
    return canonical_json(value)


def _intact(directory: Path) -> Release:
    """Return the release in a directory. Raises PluginkitError unless it is whole, unchanged, and all there is."""
    found = read_release(directory)
    for one in found.artifacts:
        path = directory / one.file
        if not path.is_file() or files.digest(path) != one.sha256:
            raise PluginkitError(
                f"{path} is not the file that {release.NAME} names", hint="build the release again: `pluginkit build`"
            )
    named = {*(one.file for one in found.artifacts), release.NAME, release.SIGNATURE, release.BUNDLE, release.PYLOCK}
    more = {path.relative_to(directory).as_posix() for path in directory.rglob("*") if not path.is_dir()} - named
    if more:
        raise PluginkitError(f"{directory} has files that {release.NAME} does not name: {', '.join(sorted(more))}")
    return found


def _refuse_part_of_release(path: Path) -> None:
    for directory in list(path.resolve().parents)[:_DEEP]:
        if (directory / release.NAME).is_file():
            raise PluginkitError(
                f"{path} belongs to the release in {directory}, which names its digest",
                hint="sign the whole release, into a new directory, with `pluginkit sign RELEASE --out DIR`",
            )


def _refuse_damaged(path: Path) -> None:
    """Raise PluginkitError for an artifact that no host would accept as it is."""
    found = [finding for verdict in judge(read_artifacts(path), ()) for finding in verdict.findings]
    wrong = [finding for finding in found if finding.severity == "error"]
    if wrong:
        raise PluginkitError(f"{path} is not signed: {wrong[0].code}: {wrong[0].message}", hint=wrong[0].hint)


def _parsed(envelope: bytes | None, where: Path) -> Envelope | None:
    if envelope is None:
        return None
    try:
        return parse_envelope(envelope)
    except EnvelopeError as error:
        raise PluginkitError(f"{where}: the envelope there cannot be read: {error}", hint=_AGAIN) from None


def _with_signature(payload: bytes, kind: str, key: PrivateKey, before: Envelope | None, where: Path) -> Envelope:
    try:
        made = add_signature(payload, kind, key.private, before)
    except ValueError:
        message = f"{where}: what was signed before is something else than what it has"
        raise PluginkitError(message, hint=_AGAIN) from None
    if len(made.signatures) > MAX_SIGNATURES:
        raise PluginkitError(f"{where}: it has {MAX_SIGNATURES} signatures, and no more are read", hint=_AGAIN)
    return made


_AGAIN = "build it again: `pluginkit build --sign-with KEY`"

"""`release.json`: an in-toto Statement v1 that names every artifact of a release by its sha256."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

from pluginkit.core.canonical import canonical_json
from pluginkit.core.digest import is_sha256
from pluginkit.core.errors import PluginkitError
from pluginkit.core.formats import OPTIONAL, minor_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pluginkit.core.lock import Package
    from pluginkit.core.model import Artifact, Release
    from pluginkit.core.signatures import Signed

NAME = "release.json"
SIGNATURE = "release.sig.json"
"""The envelope of what `release.json` says, beside it, where somebody signed the release."""
BUNDLE = "release.sigstore.json"
"""A Sigstore bundle with an envelope of what `release.json` says, beside it, where somebody made one."""
PYLOCK = "pylock.release.toml"
"""What installers of Python read, beside it."""
STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "urn:pluginkit:release:v2"
"""What is written; v1, which knows none of the optional members, is read too."""
PREDICATE_1 = "urn:pluginkit:release:v1"
MINOR = 1
"""What a predicate may state as `minor` and still have no member that this version does not know."""
MAX_SIZE = 8 << 20
"""Bytes; that of a thousand artifacts has a tenth of it."""
VENDORED = ("toolkit", "package")
"""Kinds of artifacts that were not built here and carry no stamp: their sha256 is all that is asked of them."""
_MEMBERS = frozenset(("lock", "artifacts", "packages", "pylock"))
_ARTIFACT = frozenset(("name", "kind", "size", "inputs"))
_PACKAGE = frozenset(("name", "version", "marker"))
FILE_OF_RELEASE = re.compile(r"([A-Za-z0-9_][A-Za-z0-9_.+!-]*/){0,2}[A-Za-z0-9_][A-Za-z0-9_.+!-]*")
"""Beneath the directory of its target, where a release has several, that of its kind."""


def to_bytes(
    lock_digest: str,
    artifacts: Iterable[Artifact],
    packages: Iterable[Package] = (),
    number: int = 0,
    pylock: str = "",
) -> bytes:
    """Return the statement's canonical JSON. Sizes are bytes; `inputs` is the stamp's field of that name.

    `number` says which release it is, where they are counted; `pylock` is the digest of the `PYLOCK` beside it, where
    there is one: whoever signs the release vouches for what is installed by it, too.
    """
    ordered = sorted(artifacts, key=lambda artifact: artifact.file)
    described = {
        artifact.file: {
            "name": artifact.name,
            "kind": artifact.kind,
            "size": artifact.size,
            "inputs": artifact.inputs,
        }
        for artifact in ordered
    }
    pins = [{"name": one.name, "version": one.version, "marker": one.marker} for one in packages if not one.path]
    optional: dict[str, Any] = {"release": number} if number else {}
    if pylock:
        optional |= {"minor": 1, "pylock": pylock}
    return canonical_json(
        {
            "_type": STATEMENT,
            "subject": [{"name": artifact.file, "digest": {"sha256": artifact.sha256}} for artifact in ordered],
            "predicateType": PREDICATE,
            "predicate": {"lock": lock_digest, "artifacts": described, "packages": pins, **optional},
        }
    )


def read_release(directory: Path) -> Release:
    """Read the release in `directory`. Raises PluginkitError for anything but what `to_bytes` writes."""
    try:
        data = _read(directory / NAME)
    except OSError as error:
        raise PluginkitError(
            f"{directory / NAME}: {error.strerror}", hint="`pluginkit build` makes a release"
        ) from None
    return parse_release(data, directory)


def parse_release(data: bytes, directory: Path) -> Release:
    """Return what the bytes of the `release.json` in `directory` say. Raises PluginkitError as `read_release` does."""
    from pluginkit.core.model import Release

    path = directory / NAME
    try:
        if len(data) > MAX_SIZE:
            raise ValueError(f"larger than {MAX_SIZE >> 20} MiB")
        value = json.loads(data)
        if value["_type"] != STATEMENT or value["predicateType"] not in (PREDICATE, PREDICATE_1):
            raise ValueError("another kind of statement")
        if value["predicateType"] == PREDICATE:
            _refuse_unknown(value["predicate"])
        number = _number(value["predicate"]) if value["predicateType"] == PREDICATE else 0
        lock_digest = value["predicate"]["lock"]
        if not is_sha256(lock_digest):
            raise ValueError("no digest of a lock")
        packages = tuple(
            (str(one["name"]), str(one["version"]), str(one["marker"])) for one in value["predicate"]["packages"]
        )
        artifacts = tuple(_artifact(subject, value["predicate"]["artifacts"]) for subject in value["subject"])
        pylock = _pylock(value["predicate"])
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise PluginkitError(f"{path}: not a pluginkit release: {error}", hint="run `pluginkit build`") from None
    return Release(directory, lock_digest, artifacts, packages, number, pylock)


def read_signed(directory: Path, *, bundled: bool = False) -> Signed:
    """Return the bytes of the `release.json` in `directory`, with the envelope beside it, for who checks signatures.

    With `bundled` also those of the `BUNDLE`. Nothing is parsed; of what is too large only so much is read that it
    cannot be one. Raises PluginkitError where there is no release.
    """
    from pluginkit.core import bundles, dsse
    from pluginkit.core.signatures import Signed

    try:
        statement = (directory / NAME).read_bytes()
    except OSError as error:
        raise PluginkitError(f"{directory / NAME}: {error.strerror}", hint="`pluginkit build` makes one") from None
    envelope = _beside(directory / SIGNATURE, dsse.MAX_SIZE)
    bundle = _beside(directory / BUNDLE, bundles.MAX_SIZE) if bundled else None
    return Signed(statement, envelope, dsse.STATEMENT, bundle)


def pylock_digest(directory: Path) -> str:
    """Return the digest of the `PYLOCK` in `directory`; empty where there is none."""
    from pluginkit.core.files import digest

    path = directory / PYLOCK
    return f"sha256:{digest(path)}" if path.is_file() else ""


def vendored(directory: Path) -> dict[str, str]:
    """Return, by file, the sha256 (hex) of what a release contains but did not build; empty if there is no release.

    Raises PluginkitError for a release that cannot be read.
    """
    try:
        data = _read(directory / NAME)
    except OSError:
        return {}
    if not any(f'"kind":"{kind}"'.encode() in data for kind in VENDORED):  # the usual case need not be parsed
        return {}
    return {one.file: one.sha256 for one in read_release(directory).artifacts if one.kind in VENDORED}


def _beside(path: Path, most: int) -> bytes | None:
    """Return the bytes of a file, or one more than the most it may have; None where there is none."""
    try:
        with path.open("rb") as file:
            return file.read(most + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise PluginkitError(f"{path}: {error.strerror}") from None


def _read(path: Path) -> bytes:
    """Return the bytes of a file, or more than MAX_SIZE of them."""
    with path.open("rb") as file:
        return file.read(MAX_SIZE + 1)


def _refuse_unknown(predicate: dict[str, Any]) -> None:
    """Raise ValueError for members that this version does not know, unless a newer one may have added them."""
    minor = minor_of(predicate)
    if minor is None:
        raise ValueError("its 'minor' is not a positive integer")
    if minor > MINOR:
        return
    parts = [(predicate, _MEMBERS | OPTIONAL), *((one, _ARTIFACT) for one in predicate["artifacts"].values())]
    for part, known in (*parts, *((one, _PACKAGE) for one in predicate["packages"])):
        if unknown := sorted(part.keys() - known):
            raise ValueError(f"unknown members: {', '.join(map(repr, unknown))[:200]}")


def _number(predicate: dict[str, Any]) -> int:
    number = predicate.get("release", 0)
    if type(number) is not int or number < 0 or ("release" in predicate and not number):
        raise ValueError("its 'release' is not a positive integer")
    return number


def _pylock(predicate: dict[str, Any]) -> str:
    digest = predicate.get("pylock", "")
    if "pylock" in predicate and not is_sha256(digest):
        raise ValueError(f"its 'pylock' is {digest!r}, which is not a sha256")
    return str(digest)


def _size(value: object) -> int:
    if type(value) is not int:
        raise ValueError(f"{value!r} is not a size in bytes")
    return value


def _artifact(subject: dict[str, Any], described: dict[str, Any]) -> Artifact:
    from pluginkit.core.model import Artifact

    file = subject["name"]
    details = described[file]
    if not FILE_OF_RELEASE.fullmatch(file):
        raise ValueError(f"{file!r} is not a file name")
    if not is_sha256(f"sha256:{subject['digest']['sha256']}") or not is_sha256(details["inputs"]):
        raise ValueError(f"{file} has a digest of another form")
    return Artifact(
        name=str(details["name"]),
        kind=str(details["kind"]),
        file=file,
        sha256=subject["digest"]["sha256"],
        size=_size(details["size"]),
        inputs=details["inputs"],
    )

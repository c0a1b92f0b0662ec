"""A release as one signed thing: what `release.json` lists is what is there, and somebody who may has signed it."""

from __future__ import annotations

from hashlib import file_digest
from pathlib import Path

from pluginkit.core.errors import PluginkitError
from pluginkit.core.frozen import replace
from pluginkit.core.release import NAME, PYLOCK, parse_release, pylock_digest, read_signed
from pluginkit.core.signatures import is_withheld
from pluginkit.core.target import targets_in
from pluginkit.core.toolkit import DIRECTORY
from pluginkit.core.verdict import Defect, Evidence, HostSide

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pluginkit.core.model import Artifact, Release
    from pluginkit.core.trust import Trust


def with_releases(read: Mapping[Path, Sequence[Evidence]], trust: Trust | None) -> dict[Path, tuple[Evidence, ...]]:
    """Return what was read at each place; of a release with its `release.json`, and what differs from what that lists.

    With a `trust` that is not parsed unless one of its keys signed it; without one it is left to the hosts' own.
    """
    roots = {place: root_of(place) or _bringing(evidences) for place, evidences in read.items()}
    known = {root: _statement(root, trust) for root in roots.values() if root}
    found, told = dict[Path, tuple[Evidence, ...]](), set()
    for place, evidences in read.items():
        found[place] = tuple(evidences)
        if root := roots[place]:
            statement, listed = known[root]
            found[place] = (*_held_to(root, evidences, listed), *([] if root in told else [statement]))
            told.add(root)
    return found


def with_release(place: Path, side: HostSide, trust: Trust | None) -> HostSide:
    """Return a host that was read at a place, with the release that it is part of, where signatures are asked for."""
    root = root_of(place) if trust or side.host.trust else None
    if root is None:
        return side
    statement, listed = _statement(root, trust)
    return replace(side, evidences=(*_held_to(root, side.evidences, listed), statement))


def root_of(place: Path) -> Path | None:
    """Return the directory of the release that a place is, or is the part for one target of; None where it is none."""
    if (place / NAME).is_file():
        return place
    return place.parent if (place.parent / NAME).is_file() and place in targets_in(place.parent) else None


def _bringing(evidences: Sequence[Evidence]) -> Path | None:
    """Return the directory of the release that brings artifacts along, which nobody else vouches for."""
    paths = [Path(one.subject) for one in evidences if one.vendored]
    above = (path.parent.parent if path.parent.name == DIRECTORY else path.parent for path in paths)
    return next((root for root in above if (root / NAME).is_file()), None)


def _statement(root: Path, trust: Trust | None) -> tuple[Evidence, Mapping[str, Artifact] | None]:
    """Return the evidence of a release's `release.json`, and what it lists, by file; None where that is not known."""
    subject, signed = str(root / NAME), read_signed(root, bundled=bool(trust and trust.identities))
    if is_withheld(signed, trust):
        return Evidence(subject, signed=signed, withheld=True), None
    try:
        release = parse_release(signed.payload, root)
    except PluginkitError as error:
        return Evidence(subject, signed=signed, defects=(Defect("PK603", error.message),)), None
    listed = {one.file: one for one in release.artifacts}
    gone = [file for file in listed if not (root / file).is_file()]
    missing = tuple(Defect("PK603", f"it lists {file}, which is not there") for file in gone)
    return Evidence(subject, signed=signed, release=release.number, defects=(*missing, *_pylock(root, release))), listed


def _pylock(root: Path, release: Release) -> Iterator[Defect]:
    """Yield where what installers of Python read is not what `release.json` names."""
    found = pylock_digest(root)
    if found != release.pylock:
        message = f"{PYLOCK} beside it is not the one that it names"
        yield Defect("PK603", message, found or "none", release.pylock or "none")


def _held_to(root: Path, evidences: Sequence[Evidence], listed: Mapping[str, Artifact] | None) -> tuple[Evidence, ...]:
    """Return the evidences of artifacts in a release, with what differs from what its `release.json` lists."""
    return tuple(evidences) if listed is None else tuple(_held(root, one, listed) for one in evidences)


def _held(root: Path, one: Evidence, listed: Mapping[str, Artifact]) -> Evidence:
    path = Path(one.subject)
    if not path.is_relative_to(root):
        return one
    expected = listed.get(path.relative_to(root).as_posix())
    if expected is None:
        defect = Defect("PK603", f"the signed {NAME} does not list it")
    else:
        found = _sha256(path)
        if found == expected.sha256:
            return one if one.binary is None or one.binary.has_envelope else replace(one, listed=True)
        message = f"it is not the file that the signed {NAME} lists"
        defect = Defect("PK603", message, f"sha256:{found}", f"sha256:{expected.sha256}")
    return replace(one, defects=(*one.defects, defect))


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return error.strerror or str(error)

"""Lock and release, schema 2: what is read, what is skipped and what is refused."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from pluginkit.core.errors import PluginkitError
from pluginkit.core.lock import Lock, Package
from pluginkit.core.lockfile import parse_lock, to_bytes
from pluginkit.core.model import Artifact
from pluginkit.core.release import VENDORED, read_release, vendored
from pluginkit.core.release import to_bytes as release_bytes
from pluginkit.stages.verify import read_artifacts

HASH = "sha256:" + "0" * 64
DIGEST = "h1:" + "A" * 43 + "="
WHEEL = Package("pluginkit-toolchain", "0.1.0", (HASH,), path="toolkit/pluginkit_toolchain-0.1.0-py3-none-any.whl")
NEWER = {"minor": 1, "more": "of a newer version"}


def lock_document(schema: int = 2) -> dict[str, Any]:
    package = {"name": "six", "version": "1.16", "hashes": [HASH]}
    member = {"name": "h", "kind": "host", "path": "host", "requires": ["six"], "build-requires": []}
    return {
        "schema": schema,
        "language": "python",
        "member": [member],
        "api": [{"name": "a", "version": "1", "digest": DIGEST, "modules": ["a"], "surface": []}],
        "package": [package],
        "build-environment": [{"requires": [], "package": [dict(package)]}],
    }


def read(document: dict[str, Any]) -> Lock:
    return parse_lock(tomli_w.dumps(document).encode(), "pluginkit.lock")


def test_schema_1_is_read_and_seals_no_toolkit() -> None:
    lock = read(lock_document(1))
    assert (lock.toolkit, [package.name for package in lock.packages]) == (None, ["six"])


@pytest.mark.parametrize("toolkit", [WHEEL, Package(WHEEL.name, "0.1.0", ())])
def test_the_toolkit_is_written_as_it_is_read(toolkit: Package) -> None:
    lock = Lock("go", (), packages=(Package("x", "1", (HASH,), path="wheels/x-1.whl"),), toolkit=toolkit)
    data = to_bytes(lock)
    assert parse_lock(data, "pluginkit.lock") == lock
    assert b"minor" not in data


@pytest.mark.parametrize(
    "place",
    [(), ("member", 0), ("api", 0), ("package", 0), ("build-environment", 0), ("build-environment", 0, "package", 0),
     ("toolkit",)],
)  # fmt: skip
def test_what_a_newer_minor_version_adds_is_skipped_at_every_level(place: tuple[Any, ...]) -> None:
    document = {**lock_document(), "toolkit": {"version": "0.1.0"}}
    part = document
    for key in place:
        part = part[key]
    expected = read(document)
    part["more"] = {"of": "a newer version"}
    with pytest.raises(PluginkitError, match="unknown key 'more'"):
        read(document)
    document["minor"] = 1
    assert read(document) == expected


@pytest.mark.parametrize("name", ["ignores", "roles", "uses", "mode"])
def test_reserved_members_of_a_lock_are_skipped_in_schema_2_alone(name: str) -> None:
    assert read({**lock_document(), name: 3}) == read(lock_document())
    with pytest.raises(PluginkitError, match=f"unknown key '{name}'"):
        read({**lock_document(1), name: 3})


def test_the_number_of_a_release_is_written_as_it_is_read(tmp_path: Path) -> None:
    lock = Lock("go", (), toolkit=WHEEL, release=7)
    assert parse_lock(to_bytes(lock), "pluginkit.lock") == lock
    assert b"release" not in to_bytes(Lock("go", (), toolkit=WHEEL))
    (tmp_path / "release.json").write_bytes(release_bytes(HASH, (), (), 7))
    assert read_release(tmp_path).number == 7
    assert b'"release"' not in release_bytes(HASH, ())


@pytest.mark.parametrize("number", [0, -1, True, "7", 1.5])
def test_a_number_that_no_release_has_is_refused(tmp_path: Path, number: object) -> None:
    with pytest.raises(PluginkitError, match="'release' is"):
        read({**lock_document(), "release": number})
    with pytest.raises(PluginkitError, match="'release' is not a positive integer"):
        read_release(release(tmp_path, predicate={"release": number}))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema": 3}, "lock schema 3, this pluginkit reads schemas 1 and 2"),
        ({"minor": 0}, "'minor' is 0"),
        ({"minor": -1}, "'minor' is -1"),
        ({"schema": 1, "minor": 1}, "'minor' is 1"),
        ({"minor": "1"}, "'minor' is a string"),
        ({"toolkit": {"path": "toolkit/x.whl"}}, "'version' is missing"),
        ({"toolkit": {"version": "1", "path": "../x.whl", "hashes": [HASH]}}, "is not a wheel in the workspace"),
        ({"toolkit": {"version": "1", "path": "/x.whl", "hashes": [HASH]}}, "is not a wheel in the workspace"),
        ({"toolkit": {"version": "1", "path": "toolkit/x.whl"}}, "is not a wheel in the workspace with one hash"),
        ({"toolkit": {"version": "1", "path": "x.whl", "hashes": ["sha256:1"]}}, "is not of the form sha256:"),
        ({"package": [{"name": "six", "version": "1", "hashes": []}]}, "six has no sha256 hashes"),
        ({"package": [{"name": "six", "version": "1", "path": "six", "hashes": [HASH]}]}, "is not a wheel"),
    ],
)
def test_a_lock_that_makes_no_sense_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(PluginkitError, match=message):
        read(lock_document() | change)


def release(directory: Path, *, predicate: dict[str, Any] | None = None, version: str = "v2") -> Path:
    artifacts = [
        Artifact("filter", "plugin", "filter-1.whl", "1" * 64, 1, HASH),
        Artifact("pluginkit-toolchain", "toolkit", "pluginkit_toolchain-0.1.0.whl", "2" * 64, 1, HASH),
        Artifact("x", "package", "x-1.whl", "3" * 64, 1, HASH),
    ]
    packages = [Package("six", "1.16", (HASH,)), Package("x", "1", (HASH,), path="wheels/x-1.whl")]
    value = json.loads(release_bytes(HASH, artifacts, packages))
    assert value["predicateType"] == "urn:pluginkit:release:v2"
    value["predicateType"] = f"urn:pluginkit:release:{version}"
    value["predicate"] |= predicate or {}
    (directory / "release.json").write_text(json.dumps(value, separators=(",", ":")))
    return directory


def test_a_release_names_what_it_only_brings_along(tmp_path: Path) -> None:
    found = read_release(release(tmp_path))
    assert [one.kind for one in found.artifacts] == ["plugin", *VENDORED]
    assert found.packages == (("six", "1.16", ""),)  # the other is an artifact
    assert vendored(tmp_path) == {"pluginkit_toolchain-0.1.0.whl": "2" * 64, "x-1.whl": "3" * 64}
    assert vendored(tmp_path / "nowhere") == {}


@pytest.mark.parametrize(
    ("predicate", "version"),
    [
        ({}, "v1"),
        ({**NEWER, "minor": 2}, "v2"),
        ({"minor": 1, "pylock": HASH}, "v2"),
        ({"release": 7, "toolkit": {}, "ignores": [], "mode": "plugin"}, "v2"),
    ],
)
def test_releases_of_before_and_of_later_are_read(tmp_path: Path, predicate: dict[str, Any], version: str) -> None:
    assert len(read_release(release(tmp_path, predicate=predicate, version=version)).artifacts) == 3


@pytest.mark.parametrize(
    ("predicate", "version"),
    [
        ({"more": 1}, "v2"),
        ({"minor": 1, "pylock": "h1:x"}, "v2"),
        ({"pylock": 3}, "v2"),
        ({}, "v3"),
        ({"minor": 0}, "v2"),
        ({"minor": "1"}, "v2"),
        ({"minor": -1, "more": 1}, "v2"),
    ],
)
def test_a_release_that_makes_no_sense_is_refused(tmp_path: Path, predicate: dict[str, Any], version: str) -> None:
    with pytest.raises(PluginkitError, match="not a pluginkit release"):
        read_release(release(tmp_path, predicate=predicate, version=version))


def test_what_a_release_calls_vendored_is_read_with_suspicion(tmp_path: Path) -> None:
    data = b"not even an archive"
    artifacts = [
        Artifact(name, "toolkit", f"{name}.whl", hashlib.sha256(data).hexdigest(), len(data), HASH)
        for name in ("x", "pluginkit_toolchain-1-py3-none-any")
    ]
    (tmp_path / "release.json").write_bytes(release_bytes(HASH, artifacts))
    for artifact in artifacts:
        (tmp_path / artifact.file).write_bytes(data)
    found = read_artifacts(tmp_path)
    assert {one.subject.rpartition("/")[2]: [defect.code for defect in one.defects] for one in found} == {
        "pluginkit_toolchain-1-py3-none-any.whl": [],  # whose bytes are those of release.json: that is all it says
        "x.whl": ["PK105"],
    }

"""What a signed `release.json` lists is what has to be there, in a release for several targets too."""

import hashlib
from pathlib import Path

import pytest
from signing import TRUST, envelope

from pluginkit.core.dsse import STATEMENT
from pluginkit.core.model import Artifact
from pluginkit.core.release import NAME, PYLOCK, SIGNATURE, to_bytes
from pluginkit.core.verdict import Evidence
from pluginkit.operations.signed_release import with_releases

LOCK = "sha256:" + "0" * 64
TARGETS = ("linux_amd64", "linux_arm64")


def _release(root: Path, *signers: str, pylock: str = "") -> dict[Path, list[Evidence]]:
    """Write a release for two targets and return what was read of each."""
    artifacts, read = [], {}
    for target in TARGETS:
        path = root / target / "plugins/a.so"
        path.parent.mkdir(parents=True)
        path.write_bytes(target.encode())
        digest = hashlib.sha256(target.encode()).hexdigest()
        artifacts.append(Artifact("a", "plugin", f"{target}/plugins/a.so", digest, 1, LOCK))
        read[root / target] = [Evidence(str(path), language="go", name="a")]
    statement = to_bytes(LOCK, artifacts, number=3, pylock=pylock)
    (root / NAME).write_bytes(statement)
    if signers:
        (root / SIGNATURE).write_bytes(envelope(statement, *signers, payload_type=STATEMENT))
    return read


def _found(read: dict[Path, list[Evidence]]) -> dict[str, list[str]]:
    found = with_releases(read, TRUST)
    return {one.subject: [defect.code for defect in one.defects] for some in found.values() for one in some}


def test_it_is_read_once_for_all_its_targets(tmp_path: Path) -> None:
    found = with_releases(_release(tmp_path, "ci"), TRUST)
    first, second = found.values()
    assert [one.subject for one in (*first, *second) if one.is_release] == [str(tmp_path / NAME)]
    assert (first[-1].release, first[-1].withheld) == (3, False)


@pytest.mark.parametrize("signers", [(), ("stranger",)])
def test_nothing_is_parsed_of_one_that_is_not_trusted(tmp_path: Path, signers: tuple[str, ...]) -> None:
    read = _release(tmp_path, *signers)
    (tmp_path / "linux_arm64/plugins/a.so").write_bytes(b"other")
    assert {code for codes in _found(read).values() for code in codes} == set()
    (release,) = (one for some in with_releases(read, TRUST).values() for one in some if one.is_release)
    assert (release.withheld, release.release) == (True, None)


def test_another_file_and_one_that_is_gone_are_named(tmp_path: Path) -> None:
    read = _release(tmp_path, "ci")
    (tmp_path / "linux_arm64/plugins/a.so").write_bytes(b"other")
    more = tmp_path / "linux_amd64/plugins/b.so"
    more.write_bytes(b"")
    read[tmp_path / "linux_amd64"].append(Evidence(str(more), language="go", name="b"))
    assert _found(read) == {
        str(tmp_path / "linux_amd64/plugins/a.so"): [],
        str(more): ["PK603"],
        str(tmp_path / NAME): [],
        str(tmp_path / "linux_arm64/plugins/a.so"): ["PK603"],
    }
    (tmp_path / "linux_arm64/plugins/a.so").unlink()
    read[tmp_path / "linux_arm64"].clear()
    assert _found(read)[str(tmp_path / NAME)] == ["PK603"]


@pytest.mark.parametrize(
    ("named", "beside", "codes"),
    [("", None, []), ("a", b"a", []), ("a", b"b", ["PK603"]), ("a", None, ["PK603"]), ("", b"a", ["PK603"])],
)
def test_what_installers_read_is_signed_too(tmp_path: Path, named: str, beside: bytes | None, codes: list[str]) -> None:
    digest = f"sha256:{hashlib.sha256(named.encode()).hexdigest()}" if named else ""
    read = _release(tmp_path, "ci", pylock=digest)
    if beside is not None:
        (tmp_path / PYLOCK).write_bytes(beside)
    assert _found(read)[str(tmp_path / NAME)] == codes


def test_what_is_not_a_release_stays_as_it_is(tmp_path: Path) -> None:
    read = {tmp_path: [Evidence(str(tmp_path / "a.whl"))]}
    assert with_releases(read, TRUST) == {tmp_path: tuple(read[tmp_path])}

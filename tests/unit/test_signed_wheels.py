"""The envelope of a wheel: read from where it lies, written beside the stamp, and all else as it was."""

from pathlib import Path
from zipfile import ZipFile

import pytest
from signing import TRUST, envelope, signed
from wheels import file_name, good_wheel, make_stamp, record, stem, wheel, wheel_files

from pluginkit.backends.python.wheel.layout import payload_digest
from pluginkit.backends.python.wheel.reader import inspect_bytes, inspect_wheel
from pluginkit.backends.python.wheel.stamper import stamp_wheel
from pluginkit.backends.signatures import signatures_of
from pluginkit.core.errors import PluginkitError
from pluginkit.core.signatures import Signed

SIGNATURE = f"{stem()}.dist-info/pluginkit.sig.json"


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A wheel as a build leaves it."""
    place = tmp_path / file_name()
    place.write_bytes(stamp_wheel(wheel(record(wheel_files())), place.name, lambda facts: make_stamp(wheel_files())))
    return place


def test_all_but_the_envelope_is_as_it_was(built: Path, tmp_path: Path) -> None:
    there = signatures_of(built)
    stamp, found = there.envelope(built)
    assert found is None
    made = envelope(stamp, "ci")
    target = tmp_path / "signed" / built.name
    target.parent.mkdir()
    there.with_envelope(built, target, made)
    assert there.envelope(target) == (stamp, made)
    assert ZipFile(target).read(SIGNATURE) == made
    evidence = inspect_wheel(target, "x", TRUST)
    assert (evidence.defects, evidence.withheld, evidence.signed) == ((), False, Signed(stamp, made))
    other, again, bare = tmp_path / "other.whl", tmp_path / "again.whl", tmp_path / "bare.whl"
    there.with_envelope(target, other, envelope(stamp, "release"))
    there.with_envelope(other, again, made)
    assert again.read_bytes() == target.read_bytes() != other.read_bytes()
    there.with_envelope(target, bare, None)
    assert bare.read_bytes() == built.read_bytes()


def test_the_payload_is_that_of_the_wheel_without_it() -> None:
    hashes = dict.fromkeys(("a.py", "a-1.dist-info/METADATA"), "0" * 64)
    beside = {f"a-1.dist-info/pluginkit{end}": "1" * 64 for end in (".json", ".sig.json")}
    assert payload_digest(hashes | beside, "a-1.dist-info") == payload_digest(hashes, "a-1.dist-info")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"not a wheel", "cannot be read"),
        (good_wheel(stamp=None), "no stamp"),
        (wheel(record({**wheel_files(), "other-1.dist-info/METADATA": b""})), "2 metadata directories"),
    ],
)
def test_what_cannot_be_signed_says_why(data: bytes, message: str, tmp_path: Path) -> None:
    place = tmp_path / file_name()
    place.write_bytes(data)
    for act in (signatures_of(place).envelope, lambda path: signatures_of(path).with_envelope(path, path, None)):
        with pytest.raises(PluginkitError, match=message):
            act(place)
    assert place.read_bytes() == data


def test_other_files_are_not_signed() -> None:
    with pytest.raises(PluginkitError, match="not a kind of artifact"):
        signatures_of(Path("README.md"))


@pytest.mark.parametrize("signers", [(), ("stranger",)])
def test_nothing_is_parsed_of_what_is_not_trusted(built: Path, signers: tuple[str, ...]) -> None:
    there = signatures_of(built)
    stamp, _ = there.envelope(built)
    data = built.read_bytes()
    if signers:
        there.with_envelope(built, built.with_name("x.whl"), envelope(stamp, *signers))
        data = built.with_name("x.whl").read_bytes()
    evidence = inspect_bytes(data, built.name, "x", TRUST)
    assert (evidence.name, evidence.version) == ("acme-filter", "1.0.0")  # of its file name
    assert (evidence.stamp, evidence.withheld, evidence.files) == (None, True, ())
    assert evidence.signed == signed(stamp, *signers)

"""The digest that a stamp gets when its artifact is linked."""

import hashlib
from pathlib import Path

import pytest

from pluginkit.backends.go.binary.stamps import BEGIN, END, UNKNOWN, find_stamps, payload_digest
from pluginkit.backends.go.building.stamping import complete
from pluginkit.core.errors import PluginkitError
from pluginkit.core.model import Artifact, BuildStep, Member

MEMBER = Member("filter", "plugin", "plugins/filter", "1.0.0")


def linked(payload: str = UNKNOWN) -> bytes:
    return b"before" * 99 + BEGIN + f'{{"name":"filter","payload":"{payload}"}}'.encode() + END + b"after" * 99


def completed(out: Path, data: bytes) -> Artifact:
    (out / "filter.so").write_bytes(data)
    return complete(BuildStep(MEMBER, out, (), None, {}, inputs="sha256:1"), out, "filter.so")


def test_a_stamp_gets_the_digest_of_what_was_linked(tmp_path) -> None:
    made = completed(tmp_path, linked())
    written = (tmp_path / "filter.so").read_bytes()
    payload = "sha256:" + hashlib.sha256(linked()).hexdigest()
    assert written == linked(payload)
    assert payload_digest(written, *find_stamps(written)[0]) == payload
    assert made == Artifact(
        "filter", "plugin", "filter.so", hashlib.sha256(written).hexdigest(), len(written), "sha256:1"
    )


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"nothing", "plugins/filter: 0 stamps in its binary, expected one"),
        (linked() * 2, "plugins/filter: 2 stamps in its binary, expected one"),
        (linked("sha256:" + "a" * 64), "plugins/filter: its stamp is not the one that was compiled"),
        (linked("sha256:0"), "plugins/filter: its stamp is not the one that was compiled"),
    ],
)
def test_what_has_another_stamp_is_not_completed(tmp_path, data: bytes, message: str) -> None:
    with pytest.raises(PluginkitError) as raised:
        completed(tmp_path, data)
    assert str(raised.value) == message
    assert (tmp_path / "filter.so").read_bytes() == data

"""Envelopes and trust, by the tables of what is refused; a second implementation reads what is signed here."""

import json
import sys
from datetime import date

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from securesystemslib import dsse as other
from securesystemslib.signer import SSlibKey

from pluginkit.core.canonical import canonical_json
from pluginkit.core.config import read_trusted
from pluginkit.core.dsse import STAMP, Envelope, EnvelopeError, parse_envelope
from pluginkit.core.errors import PluginkitError
from pluginkit.core.frozen import replace
from pluginkit.core.signatures import Objection, Signed, authenticate, authorize, is_valid, last_day, sign
from pluginkit.core.toml import parse_toml
from pluginkit.core.trust import Key, Trust, from_json, parse_public, to_text

PRIVATE = [Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in range(3)]
PUBLIC = [one.public_key().public_bytes_raw() for one in PRIVATE]
STAMPED = b'{"name":"filter"}'
SMALL_ORDER = bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85")
"""A point of order 8; this sign of x is one of two."""


def test_securesystemslib_accepts_what_is_signed_here() -> None:
    envelope = sign(STAMPED, STAMP, PRIVATE[1], sign(STAMPED, STAMP, PRIVATE[0]))
    read = other.Envelope.from_dict(json.loads(envelope.to_bytes()))
    keys = [SSlibKey.from_crypto(one.public_key()) for one in PRIVATE[:2]]
    assert {key.keyid for key in keys} == {one.keyid for one in envelope.signatures}
    assert len(read.verify(keys, 2)) == 2


def test_it_is_read_as_it_was_written() -> None:
    envelope = sign(STAMPED, STAMP, PRIVATE[0])
    assert parse_envelope(envelope.to_bytes()) == envelope
    assert sign(STAMPED, STAMP, PRIVATE[0], envelope) == envelope


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data + b"\n", "canonical"),
        (lambda data: data.replace(b'"payload":', b' "payload":', 1), "canonical"),
        (lambda data: data.replace(b'{"payload":', b'{"payload":"","payload":', 1), "canonical"),
        (lambda data: data[:-1], "not JSON"),
        (lambda data: b"[" * 100_000, "deeply|not JSON"),
        (lambda data: b"\xff" + data, "UTF-8"),
        (lambda data: b'"text"', "object"),
        (lambda data: data.replace(b"signatures", b"signature"), "object"),
        (lambda data: canonical_json(json.loads(data) | {"signatures": []}), "1 to 16"),
        (lambda data: canonical_json(json.loads(data) | {"signatures": json.loads(data)["signatures"] * 2}), "one key"),
        (
            lambda data: canonical_json(json.loads(data) | {"signatures": json.loads(data)["signatures"] * 17}),
            "1 to 16",
        ),
        (lambda data: canonical_json(json.loads(data) | {"payload": "eyI"}), "base64"),
        (lambda data: canonical_json(json.loads(data) | {"payload": 1}), "base64"),
        (lambda data: canonical_json(json.loads(data) | {"payloadType": 1}), "ASCII"),
        (lambda data: data.replace(b'"keyid":"', b'"keyid":"0', 1), "64"),
        (lambda data: data.replace(b'"sig":"', b'"sig":"AAAA', 1), "67 bytes"),
        (lambda data: data.replace(b'"sig"', b'"sign"', 1), "keyid and sig"),
        (lambda data: b" " * (4 << 20), "more than"),
    ],
)
def test_other_bytes_are_not_an_envelope(change: object, message: str) -> None:
    with pytest.raises(EnvelopeError, match=message):
        parse_envelope(change(sign(STAMPED, STAMP, PRIVATE[0]).to_bytes()))  # type: ignore[operator]


def _signed(*keys: int, payload: bytes = STAMPED, payload_type: str = STAMP) -> Signed:
    envelope: Envelope | None = None
    for key in keys:
        envelope = sign(payload, payload_type, PRIVATE[key], envelope)
    return Signed(STAMPED, envelope.to_bytes() if envelope else None)


def _forged(signed: Signed) -> Signed:
    """Give an envelope's first signature another key's name."""
    envelope = parse_envelope(signed.envelope or b"")
    last = replace(envelope.signatures[0], value=bytes(64))
    return Signed(signed.payload, replace(envelope, signatures=(last, *envelope.signatures[1:])).to_bytes())


def test_no_byte_of_an_envelope_may_differ() -> None:
    made = sign(STAMPED, STAMP, PRIVATE[0]).to_bytes()
    keys = (Key("ci", PUBLIC[0]),)
    other = [made[:at] + bytes([made[at] ^ 1 << bit]) + made[at + 1 :] for at in range(len(made)) for bit in range(8)]
    assert [data for data in other if not isinstance(authenticate(Signed(STAMPED, data), keys), Objection)] == []


def test_without_the_library_nothing_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.asymmetric.ed25519", None)
    with pytest.raises(PluginkitError, match="checking signatures needs cryptography") as raised:
        is_valid(PUBLIC[0], bytes(64), STAMPED)
    assert "[trust]" in raised.value.hint


KEYS = (Key("ci", PUBLIC[0]), Key("release", PUBLIC[1]))


@pytest.mark.parametrize(
    ("signed", "expected"),
    [
        (_signed(0), ["ci"]),
        (_signed(0, 1), ["ci", "release"]),
        (_signed(0, 2), ["ci"]),
        (Signed(STAMPED), "PK601"),
        (Signed(STAMPED, b""), "PK602"),
        (Signed(STAMPED + b" ", _signed(0).envelope), "PK602"),
        (_signed(0, payload_type="application/vnd.in-toto+json"), "PK602"),
        (_signed(0, payload=b"{}"), "PK602"),
        (_forged(_signed(0)), "PK602"),
        (_forged(_signed(0, 1)), "PK602"),
        (_signed(2), "PK603"),
    ],
)
def test_who_signed_it(signed: Signed, expected: list[str] | str) -> None:
    found = authenticate(signed, KEYS)
    assert (found.code if isinstance(found, Objection) else sorted(key.name for key in found)) == expected


@pytest.mark.parametrize(
    ("keys", "trust", "name", "release", "message"),
    [
        (KEYS[:1], Trust(KEYS), "filter", 0, ""),
        (KEYS, Trust(KEYS, (("filter", 2),)), "filter", 0, ""),
        (KEYS[:1], Trust(KEYS, (("filter", 2),)), "other", 0, ""),
        (KEYS[:1], Trust(KEYS, (("filter", 2),)), "filter", 0, "fewer keys"),
        (KEYS[:1], Trust(KEYS, (("*", 2), ("filter", 1))), "filter", 0, "fewer keys"),
        ((Key("ci", PUBLIC[0], ("a-*",)),), Trust(KEYS), "filter", 0, "may not sign"),
        ((Key("ci", PUBLIC[0], ("a-*", "filter")),), Trust(KEYS), "filter", 0, ""),
        ((Key("ci", PUBLIC[0], until="2026-05-01"),), Trust(KEYS), "filter", 0, ""),
        ((Key("ci", PUBLIC[0], until="2026-04-30"),), Trust(KEYS), "filter", 0, "no longer counts"),
        (KEYS[:1], Trust(KEYS, (), 3), "filter", 3, ""),
        (KEYS[:1], Trust(KEYS, (), 3), "filter", 2, "before the first"),
        (KEYS[:1], Trust(KEYS, (), 3), "filter", 0, "before the first"),
    ],
)
def test_what_a_signature_is_worth(keys: tuple[Key, ...], trust: Trust, name: str, release: int, message: str) -> None:
    found = authorize(keys, trust, name, release, "2026-05-01")
    assert found is None if not message else found and found.code == "PK603" and message in found.message


def test_the_first_end_of_a_key_is_the_end_of_a_verdict() -> None:
    keys = (Key("a", PUBLIC[0], until="2027-01-01"), Key("b", PUBLIC[1]), Key("c", PUBLIC[2], until="2026-01-01"))
    assert last_day(keys, "2026-12-31") == "2027-01-01"
    assert last_day(keys, "2027-01-02") == ""


def _trust(text: str) -> Trust | None:
    return read_trusted(parse_toml(text.encode(), "pluginkit.toml"))


TEXT = f"""
[trust]
minimum-release = 4
[trust.keys.ci]
public-key = "{to_text(PUBLIC[0])}"
may-sign = "acme-*"
until = 2027-06-30
[trust.keys.release]
public-key = '''-----BEGIN PUBLIC KEY-----
{to_text(PUBLIC[1])}
-----END PUBLIC KEY-----'''
[trust.threshold]
"acme-pay" = 2
"""


def test_it_is_read_from_a_configuration_and_from_a_stamp() -> None:
    ci = Key("ci", PUBLIC[0], ("acme-*",), date(2027, 6, 30).isoformat())
    trust = Trust((ci, Key("release", PUBLIC[1])), (("acme-pay", 2),), 4)
    assert _trust(TEXT) == trust
    assert from_json(trust.to_json()) == trust
    assert _trust("") is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (to_text(PUBLIC[0]), "MCowBQYDK2VwAyEA", "not an Ed25519"),
        (to_text(PUBLIC[0]), to_text(PUBLIC[1]), "are one key"),
        ("2027-06-30", "'2027-06-30'", "not a date"),
        ('"acme-pay" = 2', '"acme-pay" = 3', "expected 1 to 2"),
        ('"acme-pay" = 2', '"acme-pay" = 0', "expected 1 to 2"),
        ("minimum-release = 4", "minimum-release = -4", "below 0"),
        ('"acme-*"', "[]", "may sign nothing"),
        ('"acme-*"', '"Acme-*"', "no name matches 'Acme"),
        ('"acme-*"', '"acme_*"', "no name matches 'acme_"),
        ('"acme-*"', '["acme-[ab]"]', "no name matches"),
        ('"acme-*"', '[""]', "no name matches ''"),
        ('"acme-*"', f'["{"a*" * 251}"]', "no name matches 'a"),
        ('"acme-pay"', '"release.*"', "no name matches"),
        (to_text(PUBLIC[0]), to_text(bytes(32)), "anybody can sign"),
        (to_text(PUBLIC[0]), to_text(b"\x01" + bytes(31)), "anybody can sign"),
        (to_text(PUBLIC[0]), to_text(b"\xec" + b"\xff" * 30 + b"\x7f"), "anybody can sign"),
        (to_text(PUBLIC[0]), to_text(b"\xec" + b"\xff" * 31), "anybody can sign"),
        (to_text(PUBLIC[0]), to_text(b"\xee" + b"\xff" * 30 + b"\x7f"), "anybody can sign"),
        (to_text(PUBLIC[0]), to_text(SMALL_ORDER), "anybody can sign"),
        ("may-sign", "maysign", "'may-sign'"),
        ("[trust.keys", "[other.keys", "names no key"),
    ],
)
def test_what_makes_no_sense_is_refused(old: str, new: str, message: str) -> None:
    with pytest.raises(PluginkitError, match=message):
        _trust(TEXT.replace(old, new))


def test_another_key_is_not_read() -> None:
    with pytest.raises(ValueError, match="Ed25519"):
        parse_public("-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYI\n-----END PUBLIC KEY-----")


@pytest.mark.parametrize(
    "change",
    [
        {"minimum-release": True},
        {"minimum-release": -1},
        {"other": 1},
        {"keys": []},
        {"threshold": {"acme-pay": "2"}},
        {"threshold": {"acme-pay": True}},
    ],
)
def test_a_stamp_has_one_spelling_of_a_trust(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_json(Trust(KEYS).to_json() | change)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"until": "20270131"}, "not a day"),
        ({"until": "2027-W01-1"}, "not a day"),
        ({"until": "soon"}, "isoformat"),
        ({"until": 20270131}, "not a text"),
        ({"name": 1}, "not a text"),
        ({"name": "release"}, "sorted by name"),
        ({"name": "z"}, "sorted by name"),
        ({"may-sign": "ci"}, "spelling"),
        ({"may-sign": [1]}, "no name matches"),
        ({"public-key": to_text(PUBLIC[0]) + "\n"}, "spelling"),
        ({"more": 1}, "spelling"),
    ],
)
def test_a_key_in_a_stamp_has_one_spelling(change: dict[str, object], message: str) -> None:
    first, second = Trust(KEYS).to_json()["keys"]
    with pytest.raises(ValueError, match=message):
        from_json(Trust(KEYS).to_json() | {"keys": [first | change, second]})

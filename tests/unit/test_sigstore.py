"""Releases that an identity signed by Sigstore: one that we made up, with nothing of the library's replaced."""

import json
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from signing import TRUST, envelope, key, trust_toml
from throwaway_sigstore import ISSUER, SUBJECT, bundle, by_another_authority, in_another_log, too_late, trusted_root

from pluginkit.core.bundles import MAX_SIZE
from pluginkit.core.config import read_trusted
from pluginkit.core.dsse import STAMP, STATEMENT
from pluginkit.core.errors import PluginkitError
from pluginkit.core.frozen import replace
from pluginkit.core.identities import Identity
from pluginkit.core.release import BUNDLE, NAME, SIGNATURE, read_signed
from pluginkit.core.signatures import Objection, Signed, authorize, is_withheld, signers_of
from pluginkit.core.toml import parse_toml
from pluginkit.core.trust import Trust, read_trust_file

PAYLOAD = b'{"_type":"https://in-toto.io/Statement/v1"}'
WORKFLOW = Identity("workflow", ISSUER, SUBJECT)
ANY_TAG = SUBJECT.removesuffix("v1.2.3") + "*"


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail where anything asked the network, even if it went on without an answer."""
    asked: list[object] = []

    def refuse(*args: object, **_options: object) -> None:
        asked.append(args)
        raise OSError("no network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    yield
    assert asked == []


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("sigstore") / "trusted_root.json"
    path.write_text(trusted_root())
    return str(path)


def trusting(root: str, *identities: Identity) -> Trust:
    return replace(TRUST, identities=identities or (WORKFLOW,), sigstore_root=root)


def signed(made: dict[str, Any] | bytes | None, *signers: str) -> Signed:
    by_keys = envelope(PAYLOAD, *signers, payload_type=STATEMENT) if signers else None
    return Signed(PAYLOAD, by_keys, STATEMENT, json.dumps(made).encode() if isinstance(made, dict) else made)


def found(signed: Signed, trust: Trust) -> list[str] | str:
    signers = signers_of(signed, trust)
    return signers.code if isinstance(signers, Objection) else [one.name for one in signers]


@pytest.mark.parametrize(
    ("issuer", "subject", "expected"),
    [
        (ISSUER, SUBJECT, ["who"]),
        (ISSUER, ANY_TAG, ["who"]),
        (ISSUER + ".evil.com", SUBJECT, "PK603"),
        (ISSUER, SUBJECT + "4", "PK603"),
        (ISSUER, SUBJECT[:-1], "PK603"),
        (ISSUER, ANY_TAG.replace("tags", "heads"), "PK603"),
        (ISSUER, ANY_TAG.replace("acme", "acm"), "PK603"),
    ],
)
def test_it_is_who_the_certificate_names(root: str, issuer: str, subject: str, expected: object) -> None:
    assert found(signed(bundle(PAYLOAD)), trusting(root, Identity("who", issuer, subject))) == expected


def test_an_address_is_a_subject_too(root: str) -> None:
    trust = trusting(root, Identity("ann", ISSUER, "ann@example.com"))
    assert found(signed(bundle(PAYLOAD, subject="ann@example.com")), trust) == ["ann"]
    assert found(signed(bundle(PAYLOAD, subject="ann@example.com.evil.com")), trust) == "PK603"


def _flipped(*path: str | int) -> Callable[[bytes], dict[str, Any]]:
    """Return what makes a bundle with another character in the middle of one text."""

    def make(payload: bytes) -> dict[str, Any]:
        made: Any = bundle(payload)
        *above, last = path
        part = made
        for step in above:
            part = part[step]
        text = part[last]
        at = len(text) // 2
        part[last] = text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]
        return made

    return make


ENTRY = ("verificationMaterial", "tlogEntries", 0)
BAD: dict[str, Callable[[bytes], dict[str, Any] | bytes]] = {
    "of another payload": lambda payload: bundle(payload + b" "),
    "of another type": lambda payload: bundle(payload, kind=STAMP),
    "the payload": _flipped("dsseEnvelope", "payload"),
    "the signature": _flipped("dsseEnvelope", "signatures", 0, "sig"),
    "the certificate": _flipped("verificationMaterial", "certificate", "rawBytes"),
    "the log entry": _flipped(*ENTRY, "canonicalizedBody"),
    "the log's promise": _flipped(*ENTRY, "inclusionPromise", "signedEntryTimestamp"),
    "the log's root": _flipped(*ENTRY, "inclusionProof", "rootHash"),
    "the log's checkpoint": _flipped(*ENTRY, "inclusionProof", "checkpoint", "envelope"),
    "another authority": by_another_authority,
    "another log": in_another_log,
    "a certificate that had ended": too_late,
    "a certificate of two": lambda payload: bundle(payload, subject=f"{SUBJECT} bob@example.com"),
    "a certificate of nobody": lambda payload: bundle(payload, subject=""),
    "no log entry": lambda payload: bundle(payload) | {"verificationMaterial": {"tlogEntries": []}},
    "no envelope": lambda payload: {name: part for name, part in bundle(payload).items() if name != "dsseEnvelope"},
    "no JSON": lambda payload: b"bundle",
    "not an object": lambda payload: b"[]",
    "nested": lambda payload: b"[" * 100_000,
    "empty": lambda payload: b"",
    "too large": lambda payload: json.dumps(bundle(payload)).encode() + b" " * MAX_SIZE,
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_bundle_is_refused_whoever_else_signed(root: str, name: str) -> None:
    made = BAD[name](PAYLOAD)
    assert found(signed(made), trusting(root)) == "PK602"
    assert found(signed(made, "ci"), trusting(root)) == "PK602"
    assert is_withheld(signed(made, "ci"), trusting(root))
    objection = signers_of(signed(made), trusting(root))
    assert isinstance(objection, Objection)
    assert "\n" not in objection.message
    assert len(objection.message) < 300


@pytest.mark.parametrize(
    ("by", "signers", "expected"),
    [
        (SUBJECT, (), ["workflow"]),
        (SUBJECT, ("ci",), ["ci", "workflow"]),
        (SUBJECT, ("stranger",), ["workflow"]),
        ("bob@example.com", (), "PK603"),
        ("bob@example.com", ("ci",), ["ci"]),
        (None, (), "PK601"),
        (None, ("ci",), ["ci"]),
        (None, ("stranger",), "PK603"),
    ],
)
def test_it_is_one_more_signer(root: str, by: str | None, signers: tuple[str, ...], expected: object) -> None:
    made = bundle(PAYLOAD, subject=by) if by else None
    assert found(signed(made, *signers), trusting(root)) == expected


def test_a_bad_envelope_is_not_made_good_by_a_bundle(root: str) -> None:
    both = replace(signed(bundle(PAYLOAD)), envelope=b"{}")
    assert found(both, trusting(root)) == "PK602"


def test_it_signs_releases_and_nothing_else(root: str) -> None:
    trust = trusting(root)
    assert authorize([WORKFLOW], trust, NAME, 0, "2026-11-30") is None
    objection = authorize([WORKFLOW], trust, "filter", 0, "2026-11-30")
    assert objection is not None
    assert (objection.code, objection.facts["expected"]) == ("PK603", "ci, release")
    stamp = Signed(PAYLOAD, None, STAMP, json.dumps(bundle(PAYLOAD, kind=STAMP)).encode())
    assert found(stamp, trust) == "PK601"


def test_it_counts_until_its_last_day_and_once(root: str) -> None:
    ended = replace(WORKFLOW, name="ended", until="2026-06-30")
    trust = replace(trusting(root, ended), thresholds=((NAME, 3),))
    signers = signers_of(signed(bundle(PAYLOAD), "ci", "release"), trust)
    assert not isinstance(signers, Objection)
    assert authorize(signers, trust, NAME, 0, "2026-06-30") is None
    assert getattr(authorize(signers, trust, NAME, 0, "2026-07-01"), "message", "") == (
        "fewer keys signed it than have to"
    )
    assert found(signed(bundle(PAYLOAD)), trusting(root, ended, replace(WORKFLOW, subject=ANY_TAG))) == ["workflow"]


def test_without_the_library_nothing_is_accepted(root: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sigstore.models", None)
    with pytest.raises(PluginkitError, match=r"checking Sigstore bundles needs sigstore\.models") as raised:
        signers_of(signed(bundle(PAYLOAD + b"1")), trusting(root))
    assert "[sigstore]" in raised.value.hint


def test_the_public_sigstore_is_the_default_and_does_not_know_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert found(signed(bundle(PAYLOAD)), trusting("")) == "PK602"
    assert not caplog.records


@pytest.mark.parametrize(("text", "message"), [(None, "No such file"), ("{}", "not a trusted root"), ("", "not a tr")])
def test_the_keys_of_a_sigstore_have_to_be_there(tmp_path: Path, text: str | None, message: str) -> None:
    path = tmp_path / "root.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(PluginkitError, match=message) as raised:
        signers_of(signed(bundle(PAYLOAD)), trusting(str(path)))
    assert str(path) in raised.value.message


IDENTITY = f'[identities.workflow]\nissuer = "{ISSUER}"\nsubject = "{SUBJECT}"\n'
ROOT = 'sigstore-trusted-root = "keys/root.json"'


def test_a_trust_file_names_identities(tmp_path: Path) -> None:
    path = tmp_path / "trust.toml"
    path.write_text(trust_toml("ci", more=ROOT) + IDENTITY + "until = 2027-01-31\n[threshold]\n'release.json' = 2\n")
    trust = read_trust_file(path)
    assert trust == Trust(
        (key("ci"),), ((NAME, 2),), 0, (replace(WORKFLOW, until="2027-01-31"),), str(tmp_path / "keys/root.json")
    )
    assert "workflow" not in json.dumps(trust.to_json())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (IDENTITY, "no key"),
        (trust_toml("ci") + IDENTITY.replace("workflow", "ci"), "both a key and an identity"),
        (trust_toml("ci") + IDENTITY + "until = '2027-01-31'", "not a date"),
        (trust_toml("ci") + IDENTITY + "may-sign = '*'", "unknown key"),
        (trust_toml("ci") + IDENTITY.replace(ISSUER, "token.actions.example.com"), "https"),
        (trust_toml("ci") + "[identities.a]\nsubject = 'a@example.com'", "'issuer' is missing"),
        (trust_toml("ci") + f"[identities.a]\nissuer = '{ISSUER}'", "'subject' is missing"),
        *(
            (trust_toml("ci") + IDENTITY.replace(SUBJECT, subject), "'subject'")
            for subject in (
                "",
                "*",
                "*@example.com",
                "ann@*",
                "https://git.example.com/*",
                ANY_TAG + "*",
                ANY_TAG + "1",
            )
        ),
        (trust_toml("ci") + IDENTITY + "[threshold]\n'release.json' = 3", "expected 1 to 2"),
        (trust_toml("ci") + IDENTITY + "[threshold]\n'*' = 2", "expected 1 to 1"),
    ],
)
def test_identities_without_sense_are_errors(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "trust.toml"
    path.write_text(text)
    with pytest.raises(PluginkitError, match=message):
        read_trust_file(path)


@pytest.mark.parametrize("text", [trust_toml("ci") + IDENTITY, trust_toml("ci", more=ROOT), IDENTITY])
def test_hosts_have_no_identities(text: str) -> None:
    lines = "[trust]\n" + text.replace("[keys", "[trust.keys").replace("[identities", "[trust.identities")
    with pytest.raises(PluginkitError, match="does not belong here"):
        read_trusted(parse_toml(lines.encode(), "pluginkit.toml"))


def test_a_bundle_is_read_where_somebody_asks_for_it(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(PAYLOAD)
    assert read_signed(tmp_path, bundled=True) == Signed(PAYLOAD, None, STATEMENT)
    (tmp_path / BUNDLE).write_bytes(b" " * (MAX_SIZE + 10))
    (tmp_path / SIGNATURE).write_bytes(b"{}")
    assert read_signed(tmp_path) == Signed(PAYLOAD, b"{}", STATEMENT)
    assert len(read_signed(tmp_path, bundled=True).bundle or b"") == MAX_SIZE + 1

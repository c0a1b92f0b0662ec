"""Keys that sign: which are read, and what is said of the others."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, x25519
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from securesystemslib.signer import SSlibKey

from pluginkit.core.errors import PluginkitError
from pluginkit.core.key_mark import KEY, PASSWORD, mark_of
from pluginkit.core.private_key import find_key, generate, is_exposed, parse_private
from pluginkit.core.trust import parse_public

PRIVATE, PUBLIC = generate()


def _pem(key: object, how: PrivateFormat = PrivateFormat.PKCS8, password: bytes = b"") -> bytes:
    locked = BestAvailableEncryption(password) if password else NoEncryption()
    made: bytes = key.private_bytes(Encoding.PEM, how, locked)  # type: ignore[attr-defined]
    return made


def test_a_new_key_is_read_by_its_public_half() -> None:
    key = parse_private(PRIVATE, "a.pem")
    assert key.public == parse_public(PUBLIC.decode())
    assert key.keyid == SSlibKey.from_crypto(key.private.public_key()).keyid
    assert key.mark == mark_of(PRIVATE)
    assert generate()[0] != PRIVATE


def test_it_comes_from_a_file_or_else_from_the_environment(tmp_path: Path) -> None:
    path, other = tmp_path / "a.pem", generate()[0]
    path.write_bytes(PRIVATE)
    environment = {KEY: other.decode()}
    from_file, from_environment = find_key(path, environment), find_key(None, environment)
    assert from_file
    assert from_file.mark == mark_of(PRIVATE)
    assert from_environment
    assert from_environment.mark == mark_of(other)
    assert find_key(None, {}) is None
    assert find_key(None, {KEY: " "}) is None  # as CI hands over a secret that there is not


def test_a_password_is_asked_for_and_has_to_be_the_right_one() -> None:
    secret, _ = generate("pass")
    assert b"ENCRYPTED" in secret
    assert find_key(None, {KEY: secret.decode(), PASSWORD: "pass"})
    asked: list[str] = []
    assert find_key(None, {KEY: secret.decode()}, lambda where: asked.append(where) or "pass")  # type: ignore[func-returns-value]
    assert find_key(None, {KEY: PRIVATE.decode()}, asked.append)  # type: ignore[arg-type]
    assert asked == [KEY]
    assert find_key(None, {KEY: PRIVATE.decode(), PASSWORD: "of another key"})
    with pytest.raises(PluginkitError, match="the key has a password"):
        parse_private(secret, "a.pem")
    with pytest.raises(PluginkitError, match="not that of the key"):
        parse_private(secret, "a.pem", "other")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (PUBLIC, "a public key"),
        (_pem(ec.generate_private_key(ec.SECP256R1())), "EC"),
        (_pem(x25519.X25519PrivateKey.generate()), "X25519"),
        (_pem(ed25519.Ed25519PrivateKey.generate(), PrivateFormat.OpenSSH), "a key of ssh"),
        (b"", "something else"),
        (PRIVATE[:-40], "something else"),
        (b"A" * (1 << 20), "something else"),
    ],
    ids=["public", "EC", "X25519", "ssh", "nothing", "cut off", "large"],
)
def test_other_bytes_are_not_a_key(data: bytes, message: str) -> None:
    with pytest.raises(PluginkitError, match=message):
        parse_private(data, "a.pem")


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(PluginkitError, match=r"none\.pem: No such file") as error:
        find_key(tmp_path / "none.pem", {})
    assert error.value.hint == "`pluginkit keygen` makes a key"


def test_a_key_that_others_can_read_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.pem"
    path.write_bytes(PRIVATE)
    found = []
    for mode in (0o600, 0o640, 0o604):
        path.chmod(mode)
        found.append(is_exposed(path))
    assert found == [False, True, True]

"""The key that signs: an Ed25519 private key in PEM (PKCS 8), from a file or from the environment.

Whoever reads it can sign in its owner's name, so that no message, record or artifact has anything of it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from pluginkit.core.dsse import key_id
from pluginkit.core.errors import PluginkitError
from pluginkit.core.extras import from_extra
from pluginkit.core.frozen import record
from pluginkit.core.key_mark import KEY, MAX_SIZE, PASSWORD, mark_of
from pluginkit.core.trust import to_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_PURPOSE = "signing"
_SERIALIZATION = "cryptography.hazmat.primitives.serialization"
_ED25519 = "cryptography.hazmat.primitives.asymmetric.ed25519"


@record
class PrivateKey:
    """An Ed25519 private key, ready to sign."""

    private: Any
    """`Ed25519PrivateKey` of `cryptography`."""
    where: str
    """How messages call it: its file, or the environment variable."""
    mark: str
    """What tells it from other keys without reading it (see `mark_of`)."""

    @property
    def public(self) -> bytes:
        """Its public half, 32 bytes."""
        made: bytes = self.private.public_key().public_bytes_raw()
        return made

    @property
    def keyid(self) -> str:
        """Its name in envelopes."""
        return key_id(self.public)


def generate(password: str = "") -> tuple[bytes, bytes]:
    """Return a new key pair, private and public, in PEM; with a password the private one is encrypted."""
    private = from_extra(_ED25519, "making keys", "trust").Ed25519PrivateKey.generate()
    pem = from_extra(_SERIALIZATION, "making keys", "trust")
    locked = pem.BestAvailableEncryption(password.encode()) if password else pem.NoEncryption()
    public = to_text(private.public_key().public_bytes_raw())
    made: bytes = private.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.PKCS8, locked)
    return made, f"-----BEGIN PUBLIC KEY-----\n{public}\n-----END PUBLIC KEY-----\n".encode()


def find_key(
    path: Path | None, environment: Mapping[str, str], ask: Callable[[str], str] | None = None
) -> PrivateKey | None:
    """Return the key in a file, else the one in the environment; None where neither is given.

    `ask` returns the password of a key that it is told the place of, where the environment has none. Raises
    PluginkitError for what is not an Ed25519 private key, and for a password that is missing or wrong.
    """
    password = environment.get(PASSWORD, "")
    if path is not None:
        return parse_private(read_private(path), str(path), password, ask)
    text = environment.get(KEY, "")
    return parse_private(text.encode("utf-8", "surrogateescape"), KEY, password, ask) if text.strip() else None


def read_private(path: Path) -> bytes:
    """Return the bytes of a file with a key. Raises PluginkitError where it cannot be read."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_SIZE)
    except OSError as error:
        raise PluginkitError(f"{path}: {error.strerror}", hint="`pluginkit keygen` makes a key") from None
    return data


def parse_private(data: bytes, where: str, password: str = "", ask: Callable[[str], str] | None = None) -> PrivateKey:
    """Return the key that a PEM has; `where` names it in errors, and to `ask`. Raises as `find_key` does."""
    pem, ed25519 = from_extra(_SERIALIZATION, _PURPOSE, "trust"), from_extra(_ED25519, _PURPOSE, "trust")
    encrypted = b"-----BEGIN ENCRYPTED PRIVATE KEY-----" in data[:MAX_SIZE]
    if encrypted and not password and ask:
        password = ask(where)
    if encrypted and not password:
        raise PluginkitError(f"{where}: the key has a password", hint=f"put it into the variable {PASSWORD}")
    try:
        found = pem.load_pem_private_key(data[:MAX_SIZE], password.encode() if encrypted else None)
    except (TypeError, ValueError) as error:
        if encrypted:
            raise PluginkitError(f"{where}: the password is not that of the key") from None
        raise _not_a_key(where, _reason(data)) from error
    except Exception as error:
        if type(error).__name__ != "UnsupportedAlgorithm":
            raise
        raise _not_a_key(where, "a key of an unknown kind") from None
    if not isinstance(found, ed25519.Ed25519PrivateKey):
        raise _not_a_key(where, f"{type(found).__name__.lstrip('_').removesuffix('PrivateKey')}, another kind of key")
    return PrivateKey(found, where, mark_of(data))


def is_exposed(path: Path) -> bool:
    """Return whether others than the owner may read the file of a key."""
    try:
        found = path.stat()
    except OSError:
        return False
    return os.name == "posix" and path.is_file() and bool(found.st_mode & 0o077)


def _reason(data: bytes) -> str:
    if b"-----BEGIN PUBLIC KEY-----" in data[:MAX_SIZE]:
        return "a public key: the private one signs"
    if b"-----BEGIN OPENSSH PRIVATE KEY-----" in data[:MAX_SIZE]:
        return "a key of ssh"
    return "something else"


def _not_a_key(where: str, found: str) -> PluginkitError:
    return PluginkitError(
        f"{where}: expected an Ed25519 private key in PEM (PKCS 8), found {found}", hint="`pluginkit keygen` makes one"
    )

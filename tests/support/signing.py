"""Keys, trusts and envelopes for tests; a key is as good as any, since its seed stands here."""

from __future__ import annotations

from collections.abc import Iterable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pluginkit.core.dsse import STAMP, Envelope
from pluginkit.core.signatures import Signed, sign
from pluginkit.core.trust import Key, Trust, to_text

PRIVATE = {
    name: Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
    for number, name in enumerate(("ci", "release", "stranger"), 1)
}
PUBLIC = {name: one.public_key().public_bytes_raw() for name, one in PRIVATE.items()}


def key(name: str, *may_sign: str, until: str = "") -> Key:
    return Key(name, PUBLIC[name], may_sign or ("*",), until)


TRUST = Trust((key("ci"), key("release")))


def envelope(payload: bytes, *signers: str, payload_type: str = STAMP) -> bytes:
    """Return an envelope of a payload that the keys of these names signed."""
    made: Envelope | None = None
    for name in signers:
        made = sign(payload, payload_type, PRIVATE[name], made)
    assert made is not None
    return made.to_bytes()


def signed(payload: bytes, *signers: str) -> Signed:
    """Return what an artifact has to show whose stamp these keys signed; nobody: no envelope."""
    return Signed(payload, envelope(payload, *signers) if signers else None)


def trust_toml(*names: str, more: str = "", **keys: Iterable[str]) -> str:
    """Return a trust file that names these keys, `keys` with what else is said of each."""
    lines = [more] if more else []
    for name, said in {**dict.fromkeys(names, ()), **keys}.items():
        lines += [f"[keys.{name}]", f'public-key = "{to_text(PUBLIC[name])}"', *said]
    return "\n".join(lines) + "\n"

"""DSSE envelopes: a payload with signatures over it (Dead Simple Signing Envelope 1.0).

https://github.com/secure-systems-lab/dsse; keys are Ed25519 (RFC 8032), named as securesystemslib and TUF name them.
"""

from __future__ import annotations

import hashlib
import json
from binascii import Error, a2b_base64, b2a_base64
from functools import lru_cache

from pluginkit.core.canonical import canonical_json
from pluginkit.core.frozen import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

STAMP = "application/vnd.pluginkit.stamp+json"
"""Payload type of a stamp."""
STATEMENT = "application/vnd.in-toto+json"
"""Payload type of an in-toto statement, as `release.json` is one."""
MAX_SIZE = 3 << 20
"""Bytes; the largest stamp in base64, twice over."""
MAX_SIGNATURES = 16
KEY_SIZE = 32
"""Bytes of a public key."""
SIGNATURE_SIZE = 64
"""Bytes."""
_HEX = "0123456789abcdef"


class EnvelopeError(ValueError):
    """Bytes that are not an envelope in its one spelling."""


@record
class Signature:
    """What one key made of an envelope's payload."""

    keyid: str
    """64 hex digits (see `key_id`); a hint which key to try, and nothing that is signed."""
    value: bytes


@record
class Envelope:
    """A payload, what it is, and who signed it."""

    payload_type: str
    payload: bytes
    signatures: tuple[Signature, ...]

    def to_bytes(self) -> bytes:
        """Return it as canonical JSON (RFC 8785), with the signatures in the order of their keys."""
        ordered = sorted(self.signatures, key=lambda one: one.keyid)
        return canonical_json(
            {
                "payload": _to_base64(self.payload),
                "payloadType": self.payload_type,
                "signatures": [{"keyid": one.keyid, "sig": _to_base64(one.value)} for one in ordered],
            }
        )

    @property
    def signed(self) -> bytes:
        """What signatures are made over: DSSE's pre-authentication encoding of type and payload."""
        return pre_authentication(self.payload_type, self.payload)


def pre_authentication(payload_type: str, payload: bytes) -> bytes:
    """Return DSSE's PAE: `DSSEv1`, then type and payload, each preceded by its length in bytes."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


@lru_cache(maxsize=256)  # of the few keys that are trusted, asked for each artifact
def key_id(public: bytes) -> str:
    """Return the name of an Ed25519 public key (32 bytes) as securesystemslib has it: 64 hex digits."""
    named = {"keytype": "ed25519", "keyval": {"public": public.hex()}, "scheme": "ed25519"}
    return hashlib.sha256(canonical_json(named)).hexdigest()


def parse_envelope(data: bytes) -> Envelope:
    """Read an envelope in the one spelling that `to_bytes` has. Raises EnvelopeError for anything else."""
    if len(data) > MAX_SIZE:
        raise EnvelopeError(f"it has more than the {MAX_SIZE} bytes that are read")
    try:
        value = json.loads(data.decode("utf-8"))
    except RecursionError:
        raise EnvelopeError("it is nested too deeply") from None
    except ValueError as error:
        raise EnvelopeError(f"it is not JSON in UTF-8: {error}") from None
    if not isinstance(value, dict) or value.keys() != {"payload", "payloadType", "signatures"}:
        raise EnvelopeError("it is not an object of payload, payloadType and signatures")
    signatures = value["signatures"]
    if not isinstance(signatures, list) or not 0 < len(signatures) <= MAX_SIGNATURES:
        raise EnvelopeError(f"it has not 1 to {MAX_SIGNATURES} signatures")
    kind = value["payloadType"]
    if not isinstance(kind, str) or not kind.isascii():
        raise EnvelopeError("its payloadType is not a text in ASCII")
    found = Envelope(kind, _from_base64(value["payload"], "payload"), tuple(map(_signature, signatures)))
    if len({one.keyid for one in found.signatures}) < len(signatures):
        raise EnvelopeError("it has two signatures of one key")
    if found.to_bytes() != data:
        raise EnvelopeError("it is not in canonical form (RFC 8785): a key twice, or another spelling")
    return found


def _signature(value: Any) -> Signature:
    if not isinstance(value, dict) or value.keys() != {"keyid", "sig"}:
        raise EnvelopeError("a signature is not an object of keyid and sig")
    keyid = value["keyid"]
    if not isinstance(keyid, str) or len(keyid) != 64 or keyid.strip(_HEX):
        raise EnvelopeError("a keyid is not 64 lower-case hex digits")
    made = _from_base64(value["sig"], "sig")
    if len(made) != SIGNATURE_SIZE:
        raise EnvelopeError(f"a signature has {len(made)} bytes, expected {SIGNATURE_SIZE}")
    return Signature(keyid, made)


def _to_base64(data: bytes) -> str:
    return b2a_base64(data, newline=False).decode("ascii")


def _from_base64(text: Any, what: str) -> bytes:
    try:
        return a2b_base64(text, strict_mode=True)
    except (Error, TypeError, ValueError):
        raise EnvelopeError(f"its {what} is not base64") from None

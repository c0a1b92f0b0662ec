"""Records of artifacts that a key signed: one for each key, so that nobody's takes the place of another's."""

from __future__ import annotations

import os
from binascii import Error, a2b_base64, b2a_base64

from pluginkit.core.digest import fields_digest
from pluginkit.core.dsse import SIGNATURE_SIZE, Signature


def signed_key(key: str, inputs: str, keyid: str) -> str:
    """Return the key (64 hex digits) of what one key signed of an artifact that was made from those inputs."""
    fields = [os.fsencode(key), inputs.encode(), keyid.encode()]
    return fields_digest("pluginkit signed action v1", fields).removeprefix("sha256:")


def joined(record: bytes, signature: Signature) -> bytes:
    """Return a record of an artifact with a signature of its stamp."""
    return b"%b %b\n%b" % (signature.keyid.encode(), b2a_base64(signature.value, newline=False), record)


def parted(data: bytes) -> tuple[bytes, Signature]:
    """Return the record and the signature that `joined` joined; a record alone is an error. Raises ValueError."""
    head, _, record = data.partition(b"\n")
    keyid, _, text = head.partition(b" ")
    try:
        value = a2b_base64(text, strict_mode=True)
    except Error:
        raise ValueError("no signature") from None
    if len(keyid) != 64 or keyid.strip(b"0123456789abcdef") or len(value) != SIGNATURE_SIZE:
        raise ValueError("no signature")
    return record, Signature(keyid.decode("ascii"), value)

"""Keys, trusts and envelopes for tests; a key is as good as any, since its seed stands here."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pluginkit.backends.python.wheel.stamper import sign_into
from pluginkit.backends.signatures import signatures_of
from pluginkit.core.dsse import STAMP, STATEMENT, Envelope, Signature, key_id, parse_envelope
from pluginkit.core.frozen import replace as frozen_replace
from pluginkit.core.release import NAME, SIGNATURE, VENDORED, pylock_digest, read_release, to_bytes
from pluginkit.core.signatures import Signed, sign
from pluginkit.core.stamp import parse_stamp
from pluginkit.core.trust import Key, Trust, to_text

PRIVATE = {
    name: Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
    for number, name in enumerate(("ci", "release", "stranger", "host"), 1)
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


def named_as(data: bytes, name: str) -> bytes:
    """Return an envelope whose first signature has the name of another key."""
    found = parse_envelope(data)
    first = Signature(key_id(PUBLIC[name]), found.signatures[0].value)
    return Envelope(found.payload_type, found.payload, (first, *found.signatures[1:])).to_bytes()


def signed(payload: bytes, *signers: str) -> Signed:
    """Return what an artifact has to show whose stamp these keys signed; nobody: no envelope."""
    return Signed(payload, envelope(payload, *signers) if signers else None)


def trust_toml(*names: str, more: str = "", **keys: Iterable[str]) -> str:
    """Return a trust file that names these keys, `keys` with what else is said of each."""
    lines = [more] if more else []
    for name, said in {**dict.fromkeys(names, ()), **keys}.items():
        lines += [f"[keys.{name}]", f'public-key = "{to_text(PUBLIC[name])}"', *said]
    return "\n".join(lines) + "\n"


def sign_wheel(source: Path, target: Path, *signers: str) -> Path:
    """Write a wheel with an envelope by these keys; nobody: without one."""
    reader = signatures_of(source)
    stamp, _ = reader.envelope(source)
    reader.with_envelope(source, target, envelope(stamp, *signers) if signers else None)
    return target


def sign_release(source: Path, target: Path, *signers: str, number: int = 0) -> Path:
    """Copy a release and sign all of it anew: each wheel that has a stamp, and then `release.json`."""
    shutil.copytree(source, target)
    before = read_release(source)
    made = []
    for one in before.artifacts:
        path = target / one.file
        if one.kind not in VENDORED:
            sign_wheel(source / one.file, path, *signers)
        data = path.read_bytes()
        made.append(replace(one, sha256=hashlib.sha256(data).hexdigest(), size=len(data)))
    pylock = pylock_digest(target)
    statement = to_bytes(before.lock_digest, made, number=number or before.number, pylock=pylock)
    (target / NAME).write_bytes(statement)
    if signers:
        (target / SIGNATURE).write_bytes(envelope(statement, *signers, payload_type=STATEMENT))
    return target


def seal(source: Path, target: Path, trust: Trust | None, *signers: str, **changes: Any) -> Path:
    """Write a wheel whose stamp seals a trust, or has other `changes`, signed by these keys."""
    stamp, _ = signatures_of(source).envelope(source)
    made = frozen_replace(parse_stamp(stamp), trust=trust, **changes).to_bytes()
    target.parent.mkdir(exist_ok=True)
    target.unlink(missing_ok=True)
    with target.open("w+b") as file:
        sign_into(file, source, source.name, made, envelope(made, *signers) if signers else None)
    return target

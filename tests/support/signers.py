"""Keys to sign with in tests, and a reader of what they signed that was not written here."""

import json
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from securesystemslib import dsse
from securesystemslib.signer import SSlibKey

from pluginkit.backends.signatures import signatures_of
from pluginkit.core.dsse import key_id
from pluginkit.core.trust import to_text


class Signer:
    """A key pair, the same in each run; `path` is the file of its private key."""

    def __init__(self, directory: Path, number: int, name: str = "ci") -> None:
        self.name = name
        self.private = Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
        self.pem = self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        self.path = directory / f"{name}.pem"
        self.path.write_text(self.pem)
        self.path.chmod(0o600)

    @property
    def public(self) -> bytes:
        return self.private.public_key().public_bytes_raw()

    @property
    def keyid(self) -> str:
        return key_id(self.public)

    def trusted(self, *lines: str) -> str:
        """Return the table of a configuration that trusts it; `lines` are the key's own."""
        own = "\n".join((f'public-key = "{to_text(self.public)}"', *lines))
        return f"[trust.keys.{self.name}]\n{own}\n"


def artifacts(release: Path) -> list[Path]:
    """Return the artifacts of a release that have stamps."""
    found = [
        path
        for path in release.resolve().rglob("*")
        if path.suffix in (".whl", ".so", ".plugin", ".wasm") or path.parent.name == "bin"
    ]
    return sorted(path for path in found if path.is_file() and "toolkit" not in path.name)


def who_signed(path: Path) -> set[str]:
    """Return the ids of the keys that signed an artifact, or a `release.json`; each signature was verified."""
    if path.name == "release.json":
        beside = path.with_name("release.sig.json")
        payload, envelope = path.read_bytes(), beside.read_bytes() if beside.exists() else None
    else:
        payload, envelope = signatures_of(path).envelope(path)
    if envelope is None:
        return set()
    read = dsse.Envelope.from_dict(json.loads(envelope))
    assert read.payload == payload
    keys = [SSlibKey.from_crypto(Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32).public_key()) for n in range(9)]
    mine = [key for key in keys if key.keyid in read.signatures]
    assert len(read.verify(mine, len(mine))) == len(read.signatures)
    return set(read.signatures)

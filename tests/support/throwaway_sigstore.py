"""A Sigstore of our own: a certificate authority, a log of certificates and Rekor, whose keys are as good as any.

What they sign is written down here from the specifications, and nothing of `sigstore` is imported.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pluginkit.core.canonical import canonical_json
from pluginkit.core.dsse import STATEMENT, pre_authentication

ISSUER = "https://token.actions.example.com"
SUBJECT = "https://git.example.com/acme/plugins/.github/workflows/release.yml@refs/tags/v1.2.3"
SIGNED = datetime(2026, 3, 1, 12, tzinfo=UTC)
_ISSUER_OID = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.1")
_TIMESTAMPS_OID = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
_AUTHORITY, _CERTIFICATES, _REKOR, _SIGNER, _STRANGER = (ec.derive_private_key(n, ec.SECP256R1()) for n in range(1, 6))
_CA_NAME = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "throwaway")])


def trusted_root() -> str:
    """Return what a verifier has to know of it (`trusted_root.json`)."""
    since = {"start": "2026-01-01T00:00:00Z"}
    return json.dumps(
        {
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [_log(_REKOR, since)],
            "certificateAuthorities": [
                {
                    "subject": {"organization": "throwaway", "commonName": "throwaway"},
                    "uri": "https://fulcio.example.com",
                    "certChain": {"certificates": [{"rawBytes": _text(_root().public_bytes(Encoding.DER))}]},
                    "validFor": since,
                }
            ],
            "ctlogs": [_log(_CERTIFICATES, since)],
            "timestampAuthorities": [],
        }
    )


def bundle(
    payload: bytes,
    *,
    issuer: str = ISSUER,
    subject: str = SUBJECT,
    kind: str = STATEMENT,
    authority: ec.EllipticCurvePrivateKey = _AUTHORITY,
    rekor: ec.EllipticCurvePrivateKey = _REKOR,
    signed: datetime = SIGNED,
) -> dict[str, Any]:
    """Return a bundle (version 0.3) of what a certificate's holder signed, to be altered and written as JSON.

    Several subjects of the certificate are separated by spaces.
    """
    certificate = _certificate(issuer, subject, authority)
    signature = _sign(_SIGNER, pre_authentication(kind, payload))
    envelope = {"payload": _text(payload), "payloadType": kind, "signatures": [{"sig": _text(signature)}]}
    return {
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {
            "certificate": {"rawBytes": _text(certificate.public_bytes(Encoding.DER))},
            "tlogEntries": [_entry(envelope, payload, certificate, rekor, signed)],
        },
        "dsseEnvelope": envelope,
    }


def by_another_authority(payload: bytes) -> dict[str, Any]:
    """Return a bundle with a certificate that another authority issued in the name of this one."""
    return bundle(payload, authority=_STRANGER)


def in_another_log(payload: bytes) -> dict[str, Any]:
    """Return a bundle whose log entry another log signed in the name of this one."""
    return bundle(payload, rekor=_STRANGER)


def too_late(payload: bytes) -> dict[str, Any]:
    """Return a bundle that was signed after its certificate had ended."""
    return bundle(payload, signed=SIGNED + timedelta(hours=1))


def _root() -> x509.Certificate:
    public = _AUTHORITY.public_key()
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    return (
        x509.CertificateBuilder(_CA_NAME, _CA_NAME, public, 1, SIGNED - timedelta(30), SIGNED + timedelta(3000))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .sign(_AUTHORITY, SHA256(), ecdsa_deterministic=True)
    )


def _certificate(issuer: str, subject: str, authority: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    """Return what Fulcio issues: for ten minutes, with the timestamp of the log of certificates in it (RFC 6962)."""
    names = [x509.UniformResourceIdentifier(one) if "://" in one else x509.RFC822Name(one) for one in subject.split()]
    usage = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
    public, key_id = _SIGNER.public_key(), x509.AuthorityKeyIdentifier.from_issuer_public_key
    builder = (
        x509.CertificateBuilder(_CA_NAME, x509.Name([]), public, 2, SIGNED, SIGNED + timedelta(minutes=10))
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
        .add_extension(key_id(_AUTHORITY.public_key()), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=True)
        .add_extension(x509.UnrecognizedExtension(_ISSUER_OID, issuer.encode()), critical=False)
    )
    unlogged = builder.sign(authority, SHA256(), ecdsa_deterministic=True).tbs_certificate_bytes
    timestamps = x509.UnrecognizedExtension(_TIMESTAMPS_OID, _octets(_timestamps(unlogged)))
    return builder.add_extension(timestamps, critical=False).sign(authority, SHA256(), ecdsa_deterministic=True)


def _timestamps(unlogged: bytes) -> bytes:
    """Return a SignedCertificateTimestampList of one."""
    when = int(SIGNED.timestamp() * 1000).to_bytes(8)
    issuer = hashlib.sha256(_spki(_AUTHORITY)).digest()
    entry = b"\0\0" + when + b"\0\1" + issuer + len(unlogged).to_bytes(3) + unlogged + b"\0\0"
    signature = _sign(_CERTIFICATES, entry)
    one = b"\0" + _id(_CERTIFICATES) + when + b"\0\0" + b"\4\3" + len(signature).to_bytes(2) + signature
    one = len(one).to_bytes(2) + one
    return len(one).to_bytes(2) + one


def _entry(
    envelope: dict[str, Any],
    payload: bytes,
    certificate: x509.Certificate,
    rekor: ec.EllipticCurvePrivateKey,
    signed: datetime,
) -> dict[str, Any]:
    """Return the only entry of a log, with its promise and the proof that it is in there (dsse 0.0.1)."""
    verifier = _text(certificate.public_bytes(Encoding.PEM))
    spec = {
        "envelopeHash": {"algorithm": "sha256", "value": hashlib.sha256(canonical_json(envelope)).hexdigest()},
        "payloadHash": {"algorithm": "sha256", "value": hashlib.sha256(payload).hexdigest()},
        "signatures": [{"signature": envelope["signatures"][0]["sig"], "verifier": verifier}],
    }
    body = canonical_json({"apiVersion": "0.0.1", "kind": "dsse", "spec": spec})
    when, log = int(signed.timestamp()), _id(_REKOR)
    promised = {"body": _text(body), "integratedTime": when, "logID": log.hex(), "logIndex": 0}
    tree = hashlib.sha256(b"\0" + body).digest()
    note = f"rekor.example.com - 1\n1\n{_text(tree)}\n"
    checkpoint = f"{note}\n\u2014 rekor.example.com {_text(log[:4] + _sign(rekor, note.encode()))}\n"
    return {
        "logIndex": "0",
        "logId": {"keyId": _text(log)},
        "kindVersion": {"kind": "dsse", "version": "0.0.1"},
        "integratedTime": str(when),
        "inclusionPromise": {"signedEntryTimestamp": _text(_sign(rekor, canonical_json(promised)))},
        "inclusionProof": {
            "logIndex": "0",
            "rootHash": _text(tree),
            "treeSize": "1",
            "hashes": [],
            "checkpoint": {"envelope": checkpoint},
        },
        "canonicalizedBody": _text(body),
    }


def _log(key: ec.EllipticCurvePrivateKey, since: dict[str, str]) -> dict[str, Any]:
    public = {"rawBytes": _text(_spki(key)), "keyDetails": "PKIX_ECDSA_P256_SHA_256", "validFor": since}
    return {
        "baseUrl": "https://log.example.com",
        "hashAlgorithm": "SHA2_256",
        "publicKey": public,
        "logId": {"keyId": _text(_id(key))},
    }


def _octets(data: bytes) -> bytes:
    """Return an OCTET STRING in DER, of 128 to 255 bytes."""
    return b"\x04\x81" + len(data).to_bytes(1) + data if len(data) > 127 else b"\x04" + len(data).to_bytes(1) + data


def _sign(key: ec.EllipticCurvePrivateKey, data: bytes) -> bytes:
    return key.sign(data, ec.ECDSA(SHA256(), deterministic_signing=True))


def _spki(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _id(key: ec.EllipticCurvePrivateKey) -> bytes:
    return hashlib.sha256(_spki(key)).digest()


def _text(data: bytes) -> str:
    return b64encode(data).decode()

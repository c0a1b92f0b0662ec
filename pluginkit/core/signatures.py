"""What signatures are worth: an envelope, held beside what it has to have signed, against the keys that are trusted."""

from __future__ import annotations

from functools import lru_cache

from pluginkit.core.dsse import STAMP, STATEMENT, Envelope, EnvelopeError, Signature, parse_envelope, pre_authentication
from pluginkit.core.extras import from_extra
from pluginkit.core.frozen import EMPTY, record, replace
from pluginkit.core.globs import matches
from pluginkit.core.trust import RELEASE, Key, Trust

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pluginkit.core.identities import Identity
    from pluginkit.core.trust import Signer


@record
class Signed:
    """What an artifact or a release has to show, as bytes that nobody has parsed yet."""

    payload: bytes
    """The stamp, or `release.json`: what has to have been signed."""
    envelope: bytes | None = None
    """None: nobody signed it."""
    payload_type: str = STAMP
    bundle: bytes | None = None
    """Of a `release.json`: the Sigstore bundle beside it, where a trust has identities."""

    @property
    def is_release(self) -> bool:
        """True of a `release.json`."""
        return self.payload_type == STATEMENT


@record
class Objection:
    """Why a signature, or the lack of it, speaks against something; `code` is the rule that says so."""

    code: str
    message: str
    facts: Mapping[str, str] = EMPTY
    """`found` and `expected`, where there are such."""
    ends_by_signing: bool = True
    """One more signature, by a key that may, would be enough."""


@lru_cache(maxsize=8)  # asked by one rule after the other
def authenticate(signed: Signed, keys: tuple[Key, ...]) -> tuple[Key, ...] | Objection:
    """Return which of the keys signed just this payload; an objection where none did, or where a signature is wrong.

    Nothing but the envelope is parsed. Raises PluginkitError where the library that does the arithmetic is missing.
    """
    if signed.envelope is None:
        return Objection("PK601", "nobody signed it", {"expected": _names(keys)})
    try:
        envelope = parse_envelope(signed.envelope)
    except EnvelopeError as error:
        return Objection("PK602", f"its envelope cannot be read: {error}", ends_by_signing=False)
    if envelope.payload_type != signed.payload_type:
        facts = {"found": envelope.payload_type[:80], "expected": signed.payload_type}
        return Objection("PK602", "what was signed is of another type", facts, ends_by_signing=False)
    if envelope.payload != signed.payload:
        return Objection("PK602", "what was signed is something else than what it has", ends_by_signing=False)
    known = {key.keyid: key for key in keys}
    made = [(known[one.keyid], one) for one in envelope.signatures if one.keyid in known]
    if not made:
        found = ", ".join(one.keyid[:12] for one in envelope.signatures)
        return Objection("PK603", "no key that is trusted signed it", {"found": found, "expected": _names(keys)})
    wrong = next((key for key, one in made if not is_valid(key.public, one.value, envelope.signed)), None)
    if wrong:
        message = f"the signature of {wrong.name!r} is wrong: it is of other bytes, or of another key"
        return Objection("PK602", message, ends_by_signing=False)
    return tuple(key for key, _ in made)


def signers_of(signed: Signed, trust: Trust) -> tuple[Signer, ...] | Objection:
    """Return which keys of a trust, and of a release which identities too, signed just this payload; or an objection.

    As of signatures, those bundles that nobody trusts do no harm, and one that is wrong does, whatever others there
    are. Raises PluginkitError as `authenticate` does.
    """
    found = authenticate(signed, trust.keys)
    unsigned = isinstance(found, Objection)
    if not (signed.is_release and trust.identities) or (isinstance(found, Objection) and found.code == "PK602"):
        return found
    if signed.bundle is None:
        facts = {"expected": _names(trust.signers(RELEASE))}
        return replace(found, facts={**found.facts, **facts}) if isinstance(found, Objection) else found
    by = _attestor(signed, signed.bundle, trust)
    if isinstance(by, Objection):
        return by if unsigned or by.code == "PK602" else found
    return (by,) if isinstance(found, Objection) else (*found, by)


def _attestor(signed: Signed, bundle: bytes, trust: Trust) -> Identity | Objection:
    """Return the identity that signed a release by Sigstore; of several that it may be the one that counts longest."""
    from pluginkit.core.bundles import BundleError, attested

    try:
        made = attested(bundle, trust.sigstore_root)
    except BundleError as error:
        return Objection("PK602", f"its Sigstore bundle is not good: {error}", ends_by_signing=False)
    if (made.payload_type, made.payload) != (signed.payload_type, signed.payload):
        return Objection("PK602", "its Sigstore bundle is of something else than what it has", ends_by_signing=False)
    known = [one for one in trust.identities if one.is_of(made.issuer, made.subject)]
    if not known:
        facts = {"found": f"{made.subject} ({made.issuer})", "expected": _names(trust.signers(RELEASE))}
        return Objection("PK603", "no identity that is trusted signed its Sigstore bundle", facts)
    return max(known, key=lambda one: (not one.until, one.until))


def is_withheld(signed: Signed | None, trust: Trust | None) -> bool:
    """Return whether nothing of an artifact is to be parsed: it has not the signature that a trust asks for, if any."""
    return trust is not None and (signed is None or isinstance(signers_of(signed, trust), Objection))


def authorize(signers: Sequence[Signer], trust: Trust, name: str, release: int, today: str) -> Objection | None:
    """Return what speaks against an artifact, or `release.json`, of that name which these keys and identities signed.

    `release` is the number that it states, 0 for none; `today` an ISO 8601 date.
    """
    allowed = [key for key in signers if matches(name, key.may_sign)]
    if not allowed:
        facts = {"found": _names(signers), "expected": _names(trust.signers(name))}
        return Objection("PK603", f"who signed it may not sign {name!r}", facts)
    valid = [key for key in allowed if not key.until or today <= key.until]
    if not valid:
        ends = ", ".join(f"{key.name} until {key.until}" for key in allowed)
        return Objection("PK603", "the key that signed it no longer counts", {"found": ends, "expected": today})
    needed = trust.threshold(name)
    if len(valid) < needed:
        facts = {"found": f"{len(valid)}: {_names(valid)}", "expected": str(needed)}
        return Objection("PK603", "fewer keys signed it than have to", facts)
    if release < trust.minimum_release:
        facts = {"found": str(release or "no number"), "expected": f"{trust.minimum_release} or later"}
        return Objection("PK603", "it is of a release before the first that is accepted", facts, ends_by_signing=False)
    return None


def last_day(signers: Sequence[Signer], today: str) -> str:
    """Return the last day (ISO 8601) on which what was accepted for these keys is so for certain; empty: for good.

    Keys that count no longer `today` change nothing.
    """
    return min((key.until for key in signers if key.until >= today), default="")


def is_valid(public: bytes, signature: bytes, data: bytes) -> bool:
    """Return whether a signature of `data` is that of an Ed25519 key (RFC 8032)."""
    ed25519 = from_extra("cryptography.hazmat.primitives.asymmetric.ed25519", "checking signatures", "trust")
    try:
        ed25519.Ed25519PublicKey.from_public_bytes(public).verify(signature, data)
    except ValueError:  # not a point of the curve
        return False
    except Exception as error:
        if type(error).__name__ == "InvalidSignature":
            return False
        raise
    return True


def sign(payload: bytes, payload_type: str, private: object, before: Envelope | None = None) -> Envelope:
    """Return an envelope with a signature by an Ed25519 private key of `cryptography`, beside those it had `before`.

    The same key's earlier signature is replaced. Raises ValueError where `before` is of another payload.
    """
    if before and (before.payload, before.payload_type) != (payload, payload_type):
        raise ValueError("the envelope is of another payload")
    from pluginkit.core.dsse import key_id

    public = private.public_key().public_bytes_raw()  # type: ignore[attr-defined]
    made = private.sign(pre_authentication(payload_type, payload))  # type: ignore[attr-defined]
    own = Signature(key_id(public), made)
    others = [one for one in before.signatures if one.keyid != own.keyid] if before else []
    return Envelope(payload_type, payload, tuple(sorted((*others, own), key=lambda one: one.keyid)))


def _names(signers: Iterable[Signer]) -> str:
    return ", ".join(one.name for one in signers)

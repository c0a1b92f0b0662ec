"""Artifacts with just the signature that a build gives them: that of its key, or none."""

from __future__ import annotations

from collections.abc import Set

from pluginkit.backends.language import LANGUAGES, resolve
from pluginkit.core.clock import today
from pluginkit.core.dsse import STAMP, STATEMENT, Envelope, EnvelopeError, Signature, parse_envelope
from pluginkit.core.errors import PluginkitError
from pluginkit.core.frozen import record, replace
from pluginkit.core.names import normalize
from pluginkit.core.signatures import Objection, Signed, authenticate, authorize, sign

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

    from pluginkit.backends.signatures import Signatures
    from pluginkit.core.private_key import PrivateKey
    from pluginkit.core.trust import Trust


@record
class Signing:
    """How a build signs."""

    key: PrivateKey | None = None
    """None: it does not, and what was signed before is without a signature again."""
    known: Set[str] = frozenset()
    """Keys of artifacts in the current release that are known to be signed so."""
    trust: Trust | None = None
    """Whose signatures make artifacts of other machines count; None: no signature is asked for."""
    release: int = 0
    """The number that stamps have."""

    def has(self, path: Path, language: str) -> bool:
        """Return whether an artifact has just the envelope that this makes for it, or none as this makes none."""
        reader = _reader(language)
        if reader is None:
            return True
        try:
            stamp, envelope = reader.envelope(path)
            if not reader.holds(path):
                return True
        except PluginkitError:  # nothing to sign, and nothing to cut out: the hosts say what is wrong with it
            return self.key is None
        return envelope == self._envelope(stamp)

    def write(self, source: Path, target: Path, language: str) -> bool:
        """Write an artifact anew as this signs it; return False where it has no place for signatures."""
        reader = _reader(language)
        if reader is None:
            return False
        stamp, _ = reader.envelope(source)
        if not reader.holds(source):
            return False
        reader.with_envelope(source, target, self._envelope(stamp))
        return True

    def of_release(self, statement: bytes) -> bytes | None:
        """Return the envelope of a `release.json`; None where this signs nothing."""
        return sign(statement, STATEMENT, self.key.private).to_bytes() if self.key else None

    def accepts(self, statement: bytes, envelope: bytes | None) -> bool:
        """Return whether the envelope beside a `release.json` may stay: it has this key's signature, if there is a key.

        Others may have signed the release too.
        """
        if envelope is None:
            return self.key is None
        try:
            found = parse_envelope(envelope)
        except EnvelopeError:
            return False
        if (found.payload, found.payload_type) != (statement, STATEMENT):
            return False
        own = sign(statement, STATEMENT, self.key.private).signatures if self.key else ()
        return {*own} <= {*found.signatures}

    def signature(self, path: Path, language: str) -> Signature | None:
        """Return the key's signature of the stamp of an artifact; None where there is no key, or no place for one."""
        reader = _reader(language)
        if self.key is None or reader is None:
            return None
        return sign(reader.envelope(path)[0], STAMP, self.key.private).signatures[0]

    def vouched(self, path: Path, name: str, language: str, signature: Signature | None = None) -> bool:
        """Return whether a key of the trust signed an artifact, in its envelope, or by a signature that lies elsewhere.

        `name` is that of the artifact. One key is enough, whatever more a host asks for.
        """
        reader = _reader(language)
        if self.trust is None or reader is None:
            return self.trust is None
        try:
            stamp, envelope = reader.envelope(path)
        except PluginkitError:
            return False
        if signature:
            envelope = Envelope(STAMP, stamp, (signature,)).to_bytes()
        signers = authenticate(Signed(stamp, envelope), self.trust.keys)
        if isinstance(signers, Objection):
            return False
        return authorize(signers, replace(self.trust, thresholds=()), normalize(name), self.release, today()) is None

    def _envelope(self, stamp: bytes) -> bytes | None:
        return sign(stamp, STAMP, self.key.private).to_bytes() if self.key else None


UNSIGNED = Signing()


def _reader(language: str) -> Signatures | None:
    reference = LANGUAGES[language].signatures
    found: Signatures | None = resolve(reference) if reference else None
    return found

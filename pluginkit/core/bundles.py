"""Sigstore bundles: who signed a release, by a certificate that was issued for minutes and logged in public.

The library `sigstore` checks certificate, log entry and signature. Nothing here goes to the network: what it has to
know of Sigstore's keys is in a file that the trust names, or what the library has in the user's cache.
"""

from __future__ import annotations

from functools import lru_cache

from pluginkit.core.errors import PluginkitError
from pluginkit.core.extras import from_extra
from pluginkit.core.frozen import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAX_SIZE = 1 << 20
"""Bytes; a bundle has the `release.json` in it, in base64."""
_ISSUER = "1.3.6.1.4.1.57264.1.1"
"""Extension of Fulcio's certificates: who vouched for the subject."""
_PURPOSE = "checking Sigstore bundles"


class BundleError(ValueError):
    """Bytes that are not a bundle, or one that is not what it says."""


@record
class Attested:
    """What a bundle has, once all of it was found right."""

    payload_type: str
    payload: bytes
    issuer: str
    subject: str


@lru_cache(maxsize=4)  # asked by one rule after the other
def attested(data: bytes, trusted_root: str) -> Attested:
    """Return what was signed, and who signed it, by the Sigstore whose keys the file `trusted_root` has.

    Without that file the keys of the public one count, as they came with the library or as it last fetched them. Raises
    BundleError for a bundle that is not good, and PluginkitError where the library or those keys are missing.
    """
    if len(data) > MAX_SIZE:
        raise BundleError(f"it has more than the {MAX_SIZE} bytes that are read")
    models = from_extra("sigstore.models", _PURPOSE, "sigstore")
    verifier = _verifier(trusted_root)
    try:
        bundle = models.Bundle.from_json(data)
        payload_type, payload = verifier.verify_dsse(bundle, _Anybody())
        return Attested(payload_type, payload, *_holder(bundle.signing_certificate))
    except Exception as error:  # of a stranger's bytes: the library raises more than it says
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise BundleError(reason[:200]) from None


class _Anybody:
    """A policy of the library's that accepts each certificate: whose it is, is asked of what `attested` returns."""

    def verify(self, cert: Any) -> None:
        """Return: the certificate is fine."""


@lru_cache(maxsize=4)
def _verifier(trusted_root: str) -> Any:
    import logging

    models = from_extra("sigstore.models", _PURPOSE, "sigstore")
    verify = from_extra("sigstore.verify", _PURPOSE, "sigstore")
    logging.getLogger("sigstore").setLevel(logging.ERROR)  # it warns that it is offline
    try:
        if not trusted_root:
            return verify.Verifier.production(offline=True)
        return verify.Verifier(trusted_root=models.TrustedRoot.from_file(trusted_root))
    except Exception as error:
        where = trusted_root or "the keys of the public Sigstore"
        reason = error.strerror if isinstance(error, OSError) else f"not a trusted root: {error}"
        hint = "name a trusted_root.json of Sigstore as 'sigstore-trusted-root' in the trust file"
        raise PluginkitError(f"{where}: {reason}"[:300], hint=hint) from None


def _holder(certificate: Any) -> tuple[str, str]:
    """Return issuer and subject of a certificate. Raises ValueError unless it has one of each."""
    from cryptography import x509

    issuer = certificate.extensions.get_extension_for_oid(x509.ObjectIdentifier(_ISSUER)).value.value.decode()
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    subjects = [*names.get_values_for_type(x509.RFC822Name), *names.get_values_for_type(x509.UniformResourceIdentifier)]
    if len(subjects) != 1:
        raise ValueError(f"its certificate has {len(subjects)} subjects that are an e-mail address or a URL")
    return issuer, subjects[0]

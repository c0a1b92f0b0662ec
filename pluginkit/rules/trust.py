"""PK6: who vouches for it. A stamp is self-asserted; a signature over it, by a key that is trusted, is not."""

from __future__ import annotations

from collections.abc import Iterable

from pluginkit.core import clock
from pluginkit.core.names import normalize
from pluginkit.core.signatures import Objection, authorize, last_day, signers_of
from pluginkit.core.trust import RELEASE
from pluginkit.rules.rule import Case, Problem, rule
from pluginkit.rules.ways import quoted, stamping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.core.trust import Key, Signer
    from pluginkit.core.verdict import Evidence


@rule("PK601", "unsigned")
def unsigned(case: Case) -> Iterable[Problem]:
    """Refuse what nobody signed, where signatures are asked for.

    **What.** A trust is given (`pluginkit verify --trust`, `load_plugins(trust=...)`) or sealed in the host's stamp
    (`[trust]` in the workspace's configuration), and there is no envelope (DSSE) beside the stamp. Python: no
    `pluginkit.sig.json` in the `.dist-info`; Go: no signature at the end of the file. A release is refused likewise
    without `release.sig.json` beside its `release.json`, unless an identity that is trusted signed it by Sigstore
    (`release.sigstore.json`). Nothing else of an unsigned artifact is read: not its stamp, not its metadata. What has
    no stamp cannot be signed. Programs for Windows and macOS have no place for a signature: of a release, they need
    that of its `release.json`.

    **Why.** A stamp is self-asserted: who can write a plugin can write its stamp. Only a signature says who built it.

    **Example.**

        PK601 filter-1.0.0-py3-none-any.whl: nobody signed it
          expected  ci, release
          hint: build it with a trusted key, `pluginkit build --sign-with KEY`; or sign what others built: ...

    **Fix.** Build with `pluginkit build --sign-with KEY`, or add a signature with `pluginkit sign`. An artifact that is
    signed later is not the one that a signed release lists: `pluginkit sign RELEASE --key KEY --out DIR` signs all.
    """
    yield from _problems("PK601", case)


@rule("PK602", "bad-signature")
def bad_signature(case: Case) -> Iterable[Problem]:
    """Refuse an envelope that is damaged, that is of something else, or that has a wrong signature of a trusted key.

    **What.** The envelope is not DSSE in canonical JSON, is of another payload type, holds another stamp than the one
    beside it, or a signature in it that names a trusted key was not made by that key over these bytes. One wrong
    signature is enough, whatever others there are. Signatures of keys that nobody trusts are not looked at. Where a
    trust has identities, a Sigstore bundle beside a release that is not good, or not of its `release.json`, is refused
    likewise.

    **Why.** The stamp, or the envelope, was exchanged or edited after it was signed.

    **Example.**

        PK602 filter-1.0.0-py3-none-any.whl: what was signed is something else than what it has
          hint: replace it by what was signed, or build and sign it again: `pluginkit build filter`

    **Fix.** Fetch the artifact again from where it was signed. Never edit a signed artifact; sign last.
    """
    yield from _problems("PK602", case)


@rule("PK603", "untrusted-signature")
def untrusted_signature(case: Case) -> Iterable[Problem]:
    """Refuse what is signed, by keys whose word is not enough.

    **What.** No key that signed it is trusted, nor an identity that signed a release by Sigstore; or none may sign
    this name (`may-sign`); or it no longer counts (`until`); or fewer keys signed than have to (`[threshold]`); or its
    release is before `minimum-release`. In a signed release: an artifact that `release.json` does not list, lists with
    other bytes, or that is missing.

    **Why.** A good signature says who signed, not that they may. An old release, once signed, stays signed for good:
    only the lowest number that is accepted keeps somebody from offering it again.

    **Example.**

        PK603 acme_pay-1.0.0-py3-none-any.whl: fewer keys signed it than have to
          found     1: ci   expected  2
          hint: sign it with a key that is trusted: `pluginkit sign acme_pay-1.0.0-py3-none-any.whl --key KEY`

    **Fix.** Sign with a key that may, or give the key to the trust (of a host: build the host anew).
    """
    yield from _problems("PK603", case)
    yield from _listing(case)


def is_unsigned(case: Case) -> bool:
    """Return whether a trust withholds an artifact, whether or not it was read for that trust.

    A host with that trust looks at its stamp's place and at the envelope, and at nothing else of it.
    """
    evidence = case.evidence
    looked_at = evidence.signed or any(defect.code in ("PK201", "PK204") for defect in evidence.defects)
    return bool(looked_at) and isinstance(_signers(case), Objection)


def last_day_of(case: Case) -> str:
    """Return the last day (ISO 8601) on which an artifact's signatures are sure to count; empty: for good, or none."""
    signers = _signers(case)
    return "" if case.trust is None or isinstance(signers, Objection) else last_day(signers, _today(case))


def _problems(code: str, case: Case) -> Iterable[Problem]:
    objection = _objection(case)
    if objection and objection.code == code:
        yield Problem(objection.message, _hint(objection, case), objection.facts)


def _listing(case: Case) -> Iterable[Problem]:
    """Yield what is wrong with an artifact as part of a release, which whoever read the release found."""
    for defect in case.evidence.defects if case.trust else ():
        if defect.code == "PK603":
            facts = {name: text for name, text in (("found", defect.found), ("expected", defect.expected)) if text}
            yield Problem(defect.message, "copy the release again from where it was made", facts)


def _objection(case: Case) -> Objection | None:
    """Return what speaks against an artifact's signatures; None where no trust asks for any."""
    trust, evidence = case.trust, case.evidence
    if trust is None:
        return None
    signers = _signers(case)
    if isinstance(signers, Objection):
        return signers
    if not signers:
        return None
    if evidence.withheld:  # read for another trust: nothing is known of it
        return Objection("PK603", "no key that is trusted signed it")
    named = _named(evidence)
    return authorize(signers, trust, *named, _today(case)) if named else None


def _signers(case: Case) -> tuple[Signer, ...] | Objection:
    """Return the trusted keys and identities that signed it; none where no signature is asked of it."""
    trust, evidence = case.trust, case.evidence
    if trust is None or evidence.vendored or evidence.unverified or evidence.listed:
        return ()  # its bytes are those that a signed release, or a signed host, names
    if evidence.signed is None:
        return Objection("PK601", "nobody signed it, as it has no stamp", {"expected": ", ".join(_names(trust.keys))})
    return signers_of(evidence.signed, trust)


def _named(evidence: Evidence) -> tuple[str, int] | None:
    """Return under which name it was signed, and the number of its release; None where its stamp is malformed."""
    if evidence.is_release:
        return RELEASE, evidence.release or 0
    stamp = evidence.stamp
    return (normalize(stamp.name), stamp.release) if stamp else None


def _today(case: Case) -> str:
    return case.today or clock.today()


def _names(keys: Iterable[Key]) -> list[str]:
    return [key.name for key in keys]


def _hint(objection: Objection, case: Case) -> str:
    evidence = case.evidence
    if evidence.signed is None:
        return stamping(case)
    if not objection.ends_by_signing and objection.code == "PK603":
        return "take a later release; or lower `minimum-release` where the trust is written"
    if not objection.ends_by_signing:
        again = "" if evidence.is_release else f": {case.rebuild}"
        return f"replace it by what was signed, or build and sign it again{again}"
    if evidence.installed:
        return "sign its wheel with a key that is trusted, and install it again"
    if evidence.binary and not evidence.binary.has_envelope:
        return "sign the release that it is part of, and verify that: `pluginkit build --sign-with KEY`"
    sign = f"`pluginkit sign {quoted(_place(evidence))} --key KEY`"
    if objection.code == "PK601":
        return f"build it with a trusted key, `pluginkit build --sign-with KEY`; or sign what others built: {sign}"
    return f"sign it with a key that is trusted: {sign}"


def _place(evidence: Evidence) -> str:
    return evidence.subject.removesuffix(f"/{RELEASE}") if evidence.is_release else evidence.subject

"""PK7: what is ignored is still so, and still meant."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from pluginkit.core import clock
from pluginkit.core.api import Ignore
from pluginkit.core.frozen import replace
from pluginkit.core.globs import matches
from pluginkit.core.verdict import Evidence, Finding, Verdict
from pluginkit.rules.rule import Case, Problem, Rule, rule

FIRM = ("PK1", "PK2", "PK6", "PK7")
"""Never ignored. Integrity, stamp and signatures: what other rules say rests on them, so who ignores one ignores them
all, of an artifact that may be anything. And ignores themselves."""
_GO_RUNTIME = ("PK4",)
"""Never ignored for Go: its own runtime refuses what these find."""
_SEEN_BY_BUILD = ("PK506",)
"""Found in sources: that `verify` has none of it says nothing."""


@rule("PK701", "unused-ignore")
def unused_ignore(_case: Case) -> Iterable[Problem]:
    """Warn of an entry of `[verify] ignore` that matches no finding.

    **What.** No artifact of the workspace's release has a finding of that rule and plugin. It is told when the whole
    release is verified against its own hosts, as `pluginkit verify` does; of PK506, which only a build can find, never.

    **Why.** It was mended, or the entry never matched what it was meant for. Left alone, it hides the next one.

    **Example.**

        PK701 pyproject.toml: warning: nothing to ignore: PK406 of legacy-*
          reason    built before the lock was shared
          hint: remove the entry, or correct it

    **Fix.** Remove it.
    """
    return ()


@rule("PK702", "expired-ignore")
def expired_ignore(_case: Case) -> Iterable[Problem]:
    """Warn of an entry of `[verify] ignore` that is past its date; what it matches is reported again.

    **What.** Today is after `until`.

    **Why.** Somebody promised to have it mended by then.

    **Example.**

        PK702 pyproject.toml: warning: no longer ignored since 2027-01-31: PK406 of legacy-*
          reason    built before the lock was shared
          hint: mend what it hid, or agree on another date

    **Fix.** Mend it, or move the date with a reason that still holds.
    """
    return ()


def is_past(one: Ignore, today: str = "") -> bool:
    """Return whether an entry no longer counts; `today` is an ISO 8601 date, by default that of the clock."""
    return bool(one.until) and (today or clock.today()) > one.until


def is_firm(code: str, language: str) -> bool:
    """Return whether findings of that code count whatever a host says."""
    return code.startswith(FIRM) or (language == "go" and code.startswith(_GO_RUNTIME))


def sift(
    verdicts: Sequence[Verdict],
    evidences: Sequence[Evidence],
    ignores: Sequence[Sequence[Ignore]],
    rules: Sequence[Rule],
    today: str,
    *,
    whole: bool,
) -> tuple[Verdict, ...]:
    """Leave out what is ignored, and warn of entries that are past their date; `ignores` has a list for each verdict.

    `today` is an ISO 8601 date, empty for that of the clock. Where `whole` says that everything was verified which
    entries are meant for, those that match nothing are warned of too.
    """
    if not any(ignores):
        return tuple(verdicts)
    today = today or clock.today()
    names = {one.subject: _names(one) for one in evidences}
    languages = {one.subject: one.language for one in evidences}
    spelled = {one.name: one.code for one in rules}
    used: set[Ignore] = set()
    sifted = []
    for verdict, entries in zip(verdicts, ignores, strict=True):
        valid = [one for one in entries if not is_past(one, today)]
        kept: list[Finding] = []
        left_out: list[Finding] = []
        for finding in verdict.findings:
            firm = is_firm(finding.code, languages.get(finding.subject, ""))
            matches = [] if firm else [one for one in valid if _matches(one, finding, names, spelled)]
            used.update(matches)
            (left_out if matches else kept).append(finding)
        until = min((one for one in (verdict.until, *(entry.until for entry in valid)) if one), default="")
        sifted.append(replace(verdict, findings=tuple(kept), ignored=(*verdict.ignored, *left_out), until=until))
    return _warned(sifted, dict.fromkeys(one for entries in ignores for one in entries), used, spelled, today, whole)


def _warned(
    verdicts: Sequence[Verdict],
    ignores: Iterable[Ignore],
    used: Collection[Ignore],
    spelled: Mapping[str, str],
    today: str,
    whole: bool,
) -> tuple[Verdict, ...]:
    """Add to the first verdict what is to be said of the entries themselves."""
    warnings = []
    for one in ignores:
        where = one.where or verdicts[0].host
        if is_past(one, today):
            warnings.append(_expired(one, where))
        elif whole and one not in used and spelled.get(one.rule, one.rule) not in _SEEN_BY_BUILD:
            warnings.append(_unused(one, where))
    first, *others = verdicts
    return (replace(first, findings=(*first.findings, *warnings)), *others) if warnings else tuple(verdicts)


def _matches(ignore: Ignore, finding: Finding, names: Mapping[str, Sequence[str]], spelled: Mapping[str, str]) -> bool:
    if spelled.get(ignore.rule, ignore.rule) != finding.code:
        return False
    if not ignore.plugin:
        return True
    return any(matches(name, (ignore.plugin,)) for name in names.get(finding.subject, ()))


def _names(one: Evidence) -> Sequence[str]:
    """Return by what entries may call an artifact, wherever it lies; of one that is installed, its wheel's file too."""
    file = one.subject.replace("\\", "/").rpartition("/")[2]
    if one.tags and not file.endswith(".whl"):
        parts = zip(*(tag.split("-", 2) for tag in one.tags), strict=True)
        tags = "-".join(".".join(dict.fromkeys(part)) for part in parts)
        file = f"{one.name.replace('-', '_')}-{one.version}-{tags}.whl"
    return (one.name, *(factory.name for factory in one.factories), file)


def _unused(one: Ignore, where: str) -> Finding:
    message, hint = f"nothing to ignore: {_what(one)}", "remove the entry, or correct it"
    return Finding("PK701", "warning", where, message, hint, {"reason": one.reason})


def _expired(one: Ignore, where: str) -> Finding:
    message, hint = f"no longer ignored since {one.until}: {_what(one)}", "mend what it hid, or agree on another date"
    return Finding("PK702", "warning", where, message, hint, {"reason": one.reason})


def _what(one: Ignore) -> str:
    return f"{one.rule} of {one.plugin}" if one.plugin else one.rule

"""PK7: what is ignored is still so, and still meant."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping, Sequence

from pluginkit.core.errors import PluginkitError
from pluginkit.core.ignores import Ignore
from pluginkit.core.names import nearest
from pluginkit.core.record import replace
from pluginkit.core.verdict import Finding, Verdict
from pluginkit.rules.rule import Case, Problem, Rule, rule

FIRM = ("PK1", "PK2", "PK7")
"""Never ignored. Integrity and stamp: what other rules say rests on them, so who ignores one ignores them all, of an
artifact that may be anything. And ignores themselves."""
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


def check_ignores(ignores: Iterable[Ignore], rules: Sequence[Rule]) -> None:
    """Raise PluginkitError for an entry of an unknown rule, or of one that cannot be ignored."""
    known = [name for one in rules for name in (one.code, one.name)]
    for ignore in ignores:
        if ignore.rule not in known:
            raise PluginkitError(f"{ignore.where}: there is no rule {ignore.rule!r}{nearest(ignore.rule, known)}")
        if any(one.code.startswith(FIRM) for one in rules if ignore.rule in (one.code, one.name)):
            raise PluginkitError(
                f"{ignore.where}: {ignore.rule} cannot be ignored",
                hint="all other rules rest on an intact artifact and its stamp: replace the artifact",
            )


def sift(
    verdicts: Sequence[Verdict],
    names: Mapping[str, Sequence[str]],
    ignores: Sequence[Ignore],
    rules: Sequence[Rule],
    today: str,
    *,
    whole: bool,
) -> tuple[Verdict, ...]:
    """Leave out what is ignored, and warn in the first verdict of entries that are past their date.

    `names` has for each subject what a `plugin` glob is held against; `today` is an ISO 8601 date. Where `whole` says
    that everything was verified which entries are meant for, those that match nothing are warned of too.
    """
    check_ignores(ignores, rules)
    spelled = {one.name: one.code for one in rules}
    valid = [one for one in ignores if not one.until or today <= one.until]
    used: set[int] = set()
    sifted = []
    for verdict in verdicts:
        kept: list[Finding] = []
        left_out: list[Finding] = []
        for finding in verdict.findings:
            matches = [one for one in valid if _matches(one, finding, names, spelled)]
            used.update(map(id, matches))
            (left_out if matches else kept).append(finding)
        sifted.append(replace(verdict, findings=tuple(kept), ignored=(*verdict.ignored, *left_out)))
    unseen = [one for one in valid if whole and id(one) not in used]
    warnings = [_unused(one) for one in unseen if spelled.get(one.rule, one.rule) not in _SEEN_BY_BUILD]
    warnings += [_expired(one) for one in ignores if one not in valid]
    if sifted and warnings:
        sifted[0] = replace(sifted[0], findings=(*sifted[0].findings, *warnings))
    return tuple(sifted)


def _matches(ignore: Ignore, finding: Finding, names: Mapping[str, Sequence[str]], spelled: Mapping[str, str]) -> bool:
    if spelled.get(ignore.rule, ignore.rule) != finding.code:
        return False
    candidates = (*names.get(finding.subject, ()), finding.subject, finding.subject.rpartition("/")[2])
    return not ignore.plugin or any(fnmatch.fnmatchcase(name, ignore.plugin) for name in candidates)


def _unused(one: Ignore) -> Finding:
    message, hint = f"nothing to ignore: {_what(one)}", "remove the entry, or correct it"
    return Finding("PK701", "warning", one.where, message, hint, {"reason": one.reason})


def _expired(one: Ignore) -> Finding:
    message, hint = f"no longer ignored since {one.until}: {_what(one)}", "mend what it hid, or agree on another date"
    return Finding("PK702", "warning", one.where, message, hint, {"reason": one.reason})


def _what(one: Ignore) -> str:
    return f"{one.rule} of {one.plugin}" if one.plugin else one.rule

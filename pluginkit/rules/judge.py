"""The one decision: what hosts make of artifacts. `verify`, builds, the pytest plugin and the loader call it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pluginkit.core.api import Ignore
from pluginkit.core.errors import PluginkitError
from pluginkit.core.frozen import replace
from pluginkit.core.judged_by import judged_by
from pluginkit.core.names import nearest
from pluginkit.core.verdict import Evidence, Finding, Host, HostSide, Verdict
from pluginkit.rules import (
    api,
    beside,
    build,
    contract,
    deprecations,
    hooks,
    ignores,
    imports,
    installs,
    integrity,
    linking,
    modules,
    reproduction,
    sharing,
    stamp,
    trust,
)
from pluginkit.rules import load as loading
from pluginkit.rules.cases import cases
from pluginkit.rules.ignores import FIRM, is_firm, sift
from pluginkit.rules.linked import open_plugin
from pluginkit.rules.rule import Case, Process, Rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.core.trust import Trust


FAMILIES = (
    integrity,
    installs,
    stamp,
    api,
    deprecations,
    build,
    linking,
    modules,
    contract,
    hooks,
    sharing,
    beside,
    loading,
    imports,
    trust,
    reproduction,
    ignores,
)
RULES: tuple[Rule, ...] = tuple(
    sorted(
        (value for family in FAMILIES for value in vars(family).values() if isinstance(value, Rule)),
        key=lambda rule: rule.code,
    )
)
"""Every rule, in the order of the codes."""

_READABLE = ("PK101", "PK102")
_UNREADABLE_RULES = tuple(rule for rule in RULES if rule.code in _READABLE)
_VENDORED_RULES = tuple(rule for rule in RULES if rule.code.startswith(("PK1", "PK6")))
_WITHHELD_RULES = tuple(rule for rule in RULES if rule.code.startswith(("PK1", "PK2", "PK6")))
_UNSIGNED_RULES = tuple(rule for rule in RULES if rule.code in ("PK201", "PK204") or rule.code.startswith("PK6"))
_RELEASE_RULES = tuple(rule for rule in RULES if rule.code.startswith("PK6"))


_FOREIGN_RULES = tuple(
    rule
    for rule in RULES
    if rule.code == "PK403" or not (rule.code in ("PK303", "PK505") or rule.code.startswith("PK4"))
)
"""What can be said of a plugin for another platform: whatever is hashed differs, and no flag or module is the cause.

Nor does it take the place of the plugin of its name for this one."""


OF_SHARED_MEMORY = frozenset((
    "PK401", "PK404", "PK405", "PK407", "PK408", "PK409", "PK410", "PK411", "PK412", "PK413", "PK506", "PK507", "PK514",
    "PK515",
))  # fmt: skip
"""What is asked of a Go plugin because it is opened into the host's memory, where both have one runtime."""


def judge(
    evidences: Sequence[Evidence],
    sides: Sequence[HostSide],
    *,
    ignores: Sequence[Ignore] = (),
    today: str = "",
    whole: bool = False,
    trusted: Trust | None = None,
) -> tuple[Verdict, ...]:
    """Return what each host makes of the artifacts; without a host one verdict, on what each artifact is by itself.

    Signatures are asked for by each host's trust, without a host by that which is `trusted`.
    What lies on a host's side is judged too, unless it is among `evidences`, and an error there refuses every
    artifact. Each host leaves out the findings that it ignores; where there is none, `ignores` are left out. They
    end with the day they name; `today` is an ISO 8601 date, by default that of the clock. With `whole`, the artifacts
    are all that the hosts were built with, and entries that match nothing are warned of.
    """
    if sides:
        return judge_apart([(evidences, sides)], today=today, whole=whole)
    return sift([decide(evidences, None, (), today, trusted)], evidences, [ignores], RULES, today, whole=whole)


def judge_apart(
    groups: Sequence[tuple[Sequence[Evidence], Sequence[HostSide]]], *, today: str = "", whole: bool = False
) -> tuple[Verdict, ...]:
    """Return what the hosts of each group make of the artifacts of that group; there is at least one host.

    It is `judge` for each, but that an entry which matches a finding in any group is one that is needed.
    """
    verdicts = [at_host(evidences, side, today) for evidences, sides in groups for side in sides]
    together = [some for evidences, sides in groups for some in (evidences, *(side.evidences for side in sides))]
    known = [one for some in together for one in some]
    ignores = [side.host.ignores for _, sides in groups for side in sides]
    return sift(verdicts, known, ignores, RULES, today, whole=whole)


def at_host(evidences: Sequence[Evidence], side: HostSide, today: str, own: Verdict | None = None) -> Verdict:
    """Return what a host makes of artifacts that are put beside it, and what is wrong on its own side.

    `own` is what was found on that side, where that is known. Nothing is ignored yet.
    """
    host, asked = side.host, {evidence.subject for evidence in evidences}
    if host.pins is not None:  # what is judged together is installed together
        host = replace(host, pins={**host.pins, **{one.name: one.version for one in evidences if one.name}})
    others = [one for one in side.evidences if one.subject not in asked]
    verdict = decide(evidences, host, others, today)
    beside = own or decide(others, host, (), today)
    verdict = replace(verdict, until=min(filter(None, (verdict.until, beside.until)), default=""))
    findings = [finding for finding in beside.findings if finding.severity == "error"]
    if not findings:
        return verdict
    spoiled = tuple(dict.fromkeys(finding.subject for finding in findings))
    return replace(verdict, subjects=(*verdict.subjects, *spoiled), findings=(*findings, *verdict.findings))


def decide(
    evidences: Sequence[Evidence],
    host: Host | None,
    beside: Sequence[Evidence] = (),
    today: str = "",
    trusted: Trust | None = None,
) -> Verdict:
    """Return what the rules say of the artifacts for `host`, or without one of each by itself; nothing is ignored.

    Every mismatch is a finding, in the order of artifacts and then of codes. An artifact that cannot be read has no
    findings but that. What lies `beside` them is not judged; none may have its files or entry points, unless it takes
    its place. What the host ignores `today` is loaded, and others meet it there (Go). Signatures are asked for by the
    host's trust, without a host by that which is `trusted`. Linear in the number of artifacts.
    """
    process = Process()
    findings: list[Finding] = []
    trusted = host.trust if host else trusted
    ends = set()
    for case in cases(evidences, host, process, beside):
        case = replace(case, trust=trusted, today=today) if trusted else case
        ends.add(trust.last_day_of(case))
        found = tuple(_findings(case))
        findings += found
        if case.evidence.binary and _is_opened(found, case, today):
            open_plugin(case)
    subjects = tuple(evidence.subject for evidence in evidences)
    until = min(filter(None, ends), default="")
    if host is None:
        return Verdict("", subjects, tuple(findings), until=until)
    return Verdict(host.label, subjects, tuple(findings), until=until, judged_by=_judged_by(evidences, host))


def _judged_by(evidences: Sequence[Evidence], host: Host) -> Mapping[str, str]:
    plugins = (one for one in evidences if one.readable and one.stamp and one.stamp.kind == "plugin")
    found = ((one.subject, judged_by(host.apis, host.contract, one.stamp)) for one in plugins)
    return {subject: ", ".join(api.label for api in apis) for subject, apis in found if apis}


def _is_opened(found: tuple[Finding, ...], case: Case, today: str) -> bool:
    """Return whether a host loads an artifact with these findings."""
    lived_with = case.host.ignores if case.host else ()
    (verdict,) = sift(
        [Verdict("", (case.evidence.subject,), found)], [case.evidence], [lived_with], RULES, today, whole=False
    )
    return verdict.accepted


def _findings(case: Case) -> Iterator[Finding]:
    rules = RULES
    if case.evidence.withheld:
        rules = _WITHHELD_RULES
    elif case.evidence.is_release:
        rules = _RELEASE_RULES
    elif trust.is_unsigned(case):
        rules = _UNSIGNED_RULES
    elif not case.evidence.readable:
        rules = _UNREADABLE_RULES
    elif case.evidence.vendored:
        rules = _VENDORED_RULES
    elif case.is_foreign:
        rules = _FOREIGN_RULES
    shares_memory, subject = case.evidence.shares_memory, case.evidence.subject
    for rule in rules:
        if shares_memory or rule.code not in OF_SHARED_MEMORY:
            for one in rule.check(case):
                yield Finding(rule.code, one.severity, subject, one.message, one.hint, one.facts)


def check_ignores(ignores: Iterable[Ignore], language: str) -> None:
    """Raise PluginkitError for an entry of an unknown rule, or of one that cannot be ignored in that language."""
    known = [name for one in RULES for name in (one.code, one.name)]
    spelled = {one.name: one.code for one in RULES}
    for ignore in ignores:
        if ignore.rule not in known:
            raise PluginkitError(f"{ignore.where}: there is no rule {ignore.rule!r}{nearest(ignore.rule, known)}")
        if is_firm(spelled.get(ignore.rule, ignore.rule), language):
            raise PluginkitError(f"{ignore.where}: {ignore.rule} cannot be ignored", hint=_why_firm(language, ignore))


def _why_firm(language: str, ignore: Ignore) -> str:
    if language == "go" and not ignore.rule.startswith(FIRM):
        return "`plugin.Open` refuses such a plugin whatever is ignored: rebuild it"
    return "all other rules rest on an intact artifact and its stamp: replace the artifact"

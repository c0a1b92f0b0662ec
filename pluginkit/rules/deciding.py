"""The one decision that `pluginkit verify` and the loader share."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

from pluginkit.core.names import normalize
from pluginkit.core.verdict import Evidence, Finding, Host, Verdict
from pluginkit.rules import api, build, contract, ignores, integrity, loading, stamp
from pluginkit.rules.linked import open_plugin
from pluginkit.rules.rule import Case, Process, Rule, Twins

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    K = TypeVar("K", bound=Hashable)


FAMILIES = (integrity, stamp, api, build, contract, loading, ignores)
RULES: tuple[Rule, ...] = tuple(
    sorted(
        (value for family in FAMILIES for value in vars(family).values() if isinstance(value, Rule)),
        key=lambda rule: rule.code,
    )
)
"""Every rule, in the order of the codes."""

_CODE = (".py", ".so", ".pyd")
_READABLE = ("PK101", "PK102")
_BYTES = ("PK1", "PK2")
_UNREADABLE_RULES = tuple(rule for rule in RULES if rule.code in _READABLE)
_UNVERIFIED_RULES = tuple(rule for rule in RULES if not rule.code.startswith(_BYTES))


def decide(evidences: Sequence[Evidence], host: Host | None) -> Verdict:
    """Return what `host` makes of the artifacts; without a host, what can be said of each by itself.

    Every mismatch is a finding, in the order of artifacts and then of codes. An artifact that cannot be read has no
    findings but that. Linear in the number of artifacts.
    """
    process = Process()
    findings: list[Finding] = []
    for case in _cases(evidences, host, process):
        found = tuple(_findings(case))
        findings += found
        if not any(finding.severity == "error" for finding in found):
            open_plugin(process, case.evidence)
    return Verdict(host.label if host else "", tuple(evidence.subject for evidence in evidences), tuple(findings))


def _findings(case: Case) -> Iterator[Finding]:
    rules = RULES
    if not case.evidence.readable:
        rules = _UNREADABLE_RULES
    elif case.evidence.unverified:
        rules = _UNVERIFIED_RULES
    for rule in rules:
        yield from rule.findings(case)


def _cases(evidences: Sequence[Evidence], host: Host | None, process: Process) -> Iterator[Case]:
    readable = [evidence for evidence in evidences if evidence.readable]
    installed = (evidence for evidence in readable if evidence.name and not evidence.binary)
    named = _gather((normalize(evidence.name), evidence) for evidence in installed)
    claimed = _gather((factory, evidence) for evidence in readable for factory in _entries(evidence))
    shipped = _gather((path, evidence) for evidence in readable for path in evidence.files if path.endswith(_CODE))
    shared = {path: owners for path, owners in shipped.items() if len(owners) > 1}
    for evidence in evidences:
        namesakes = None if evidence.binary else _others(evidence, named.get(normalize(evidence.name), ()))
        claims = {}
        if evidence.readable and not namesakes:  # two copies of one plugin declare the same: that is said once
            found = {name: _others(evidence, claimed[name, group]) for name, group in _entries(evidence)}
            claims = {name: twins for name, twins in found.items() if twins}
        mine = [path for path in evidence.files if path in shared] if shared and not namesakes else ()
        overlaps = {path: twins for path in mine if (twins := _others(evidence, shared[path]))}
        yield Case(evidence, host, namesakes if evidence.readable else None, claims, process, overlaps)


def _entries(evidence: Evidence) -> dict[tuple[str, str], None]:
    """Return (name, group) of its entry points, each once."""
    group = evidence.stamp.contract.group if evidence.stamp else ""
    return {(factory.name, group): None for factory in evidence.factories}


def _gather(pairs: Iterable[tuple[K, Evidence]]) -> Mapping[K, list[Evidence]]:
    found: dict[K, list[Evidence]] = {}
    for key, evidence in pairs:
        found.setdefault(key, []).append(evidence)
    return found


def _others(evidence: Evidence, group: Sequence[Evidence]) -> Twins | None:
    """Return the rest of the group, without going through all of it."""
    if len(group) < 2:
        return None
    first = group[1] if group[0] is evidence else group[0]
    return Twins(first.subject, len(group) - 1)

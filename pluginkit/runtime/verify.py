"""candidates, host -> what may be loaded: by the decision that `pluginkit verify` makes."""

from __future__ import annotations

from pluginkit.core.frozen import replace
from pluginkit.core.judged_by import api_of, judged_by
from pluginkit.core.names import requirement_name
from pluginkit.core.verdict import Evidence, Finding, Host, HostSide, Verdict
from pluginkit.runtime.discovery import Candidate, is_inside
from pluginkit.runtime.host import Hosting, defines, installed_files
from pluginkit.runtime.plan import Accepted, Plan, Watched, spelled
from pluginkit.runtime.report import Result
from pluginkit.runtime.start_cache import watch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pluginkit.core.api import Api

_UNSTAMPED = "PK201"
_DAMAGED = ("PK101", "PK103")
"""What an installation that is not complete looks like."""


def verify(candidates: Sequence[Candidate], hosting: Hosting, *, strict: bool = False) -> Plan:
    """Compare the candidates with the host, all of them before any is imported; accepted wheels are unpacked.

    Unstamped plugins of the host's own workspace are accepted unless `strict`. What is wrong with the host, or
    with its copy of the API, refuses every plugin.
    """
    plugins = [one for one in candidates if _is_plugin(one)]
    judged = [one for one in plugins if strict or not _is_developed(one, hosting)]
    verdict, findings = _judged(judged, hosting)
    spoiled = tuple(one for side in hosting.evidences for one in _of("error", findings.get(side.subject, ())))
    accepted: list[Accepted] = []
    refused: list[Result] = []
    watched: list[Watched] = []
    for one in plugins:
        mine = findings.get(one.evidence.subject, ())
        errors = (*spoiled, *_of("error", mine))
        root = "" if errors else _root(one)
        if not (errors or root):
            errors = (_unpackable(one),)
        watched += _watched(one, root)
        if errors:
            reasons = (*errors, *_of("warning", mine))
            subject = one.evidence.subject
            judged_by = verdict.judged_by.get(subject, "")
            refused += (Result(name, subject, "refused", reasons, judged_by=judged_by) for name in _names(one))
        else:
            accepted += _entries(one, root, hosting, mine)
    modules = tuple(module for api in hosting.host.apis for module in api.modules)
    kept, twins = _without_twins(sorted(accepted, key=lambda entry: entry.name))
    refused = sorted([*refused, *twins], key=lambda result: result.name)
    return Plan(
        hosting.host.label,
        hosting.stamped,
        modules,
        kept,
        tuple(refused),
        (*hosting.watched, *watched),
        verdict.until,
        lasting=not any(map(_is_damaged, (*hosting.evidences, *(one.evidence for one in judged if one.installed)))),
    )


def _of(severity: str, findings: Iterable[Finding]) -> Iterator[Finding]:
    return (finding for finding in findings if finding.severity == severity)


def _is_damaged(evidence: Evidence) -> bool:
    """Return whether it may be in the middle of an installation."""
    return any(defect.code in _DAMAGED for defect in evidence.defects)


def _root(one: Candidate) -> str:
    """Return where an accepted plugin is imported from; nothing where it cannot be brought there."""
    if one.installed:
        return one.source or one.installed.root
    from pluginkit.runtime.unpack import unpack

    try:
        return unpack(one)
    except OSError:
        return ""


def _unpackable(one: Candidate) -> Finding:
    message = "it cannot be unpacked: no room, or no directory to write to"
    return Finding("PK101", "error", one.evidence.subject, message, "make room, or set PLUGINKIT_CACHE_DIR")


def _watched(one: Candidate, root: str) -> Iterator[Watched]:
    """Yield the files that the verdict on a candidate rests on."""
    files = one.evidence.files
    if one.installed:
        yield from installed_files(one.installed, files)
    else:
        place, _, name = one.evidence.subject.rpartition("/")
        yield watch(place, (name,))
        if root:
            yield watch(root, files, one.evidence.subject, private=True)


def _is_plugin(one: Candidate) -> bool:
    """Return whether it is to be loaded: a directory may hold a whole release, with the host and the API."""
    return one.evidence.stamp is None or one.evidence.stamp.kind == "plugin"


def _is_developed(one: Candidate, hosting: Hosting) -> bool:
    codes = {defect.code for defect in one.evidence.defects}
    bare = one.evidence.stamp is None and one.evidence.signed is None
    return bare and is_inside(one.source, hosting.workspace) and not codes - {_UNSTAMPED, "PK103"}


def _judged(candidates: Sequence[Candidate], hosting: Hosting) -> tuple[Verdict, dict[str, tuple[Finding, ...]]]:
    """Return the verdict on the candidates, and its findings by subject."""
    from pluginkit.rules import judge  # takes longer to import than a remembered start

    evidences = [one.evidence for one in candidates]
    host = replace(hosting.host, tags=_tags(evidences))
    (verdict,) = judge(evidences, [HostSide(host, hosting.evidences)])
    found: dict[str, tuple[Finding, ...]] = {}
    for finding in verdict.findings:
        found[finding.subject] = (*found.get(finding.subject, ()), finding)
    return verdict, found


def _tags(evidences: Iterable[Evidence]) -> tuple[str, ...]:
    """Return the compatibility tags of this interpreter, where any artifact is not pure Python for all of them."""
    if all(not one.tags or "py3-none-any" in one.tags for one in evidences):
        return ()
    from packaging.tags import sys_tags

    return tuple(map(str, sys_tags()))


def _names(one: Candidate) -> list[str]:
    """Return what to call a plugin that is refused: by its entry points where they could be read."""
    names = list(dict.fromkeys(name for name, _ in one.entries))
    return names or [one.evidence.name or one.evidence.subject.replace("\\", "/").rpartition("/")[2]]


def _entries(one: Candidate, root: str, hosting: Hosting, findings: tuple[Finding, ...]) -> Iterator[Accepted]:
    stamp, host = one.evidence.stamp, hosting.host
    asked = host.contract.of(_api_of(one, host))
    says_how = asked.factory or asked.kind or asked.arguments is not None
    contract = stamp.contract if stamp and not says_how else asked
    kind = "factory" if contract.is_called else contract.kind
    judged_by = _judged_by(one, host)
    for name, reference in one.entries:
        yield Accepted(
            name,
            reference,
            one.evidence.subject,
            root,
            digest=one.digest if stamp else "",
            factory=contract.factory,
            kind=kind if kind in ("factory", "class") else "",
            arguments=(contract.arguments or ()) if contract.is_called else (),
            capabilities=stamp.capabilities if stamp else (),
            api_versions=tuple(api.version for api in stamp.apis) if stamp else (),
            development=stamp is None,
            implements=_implemented(judged_by, hosting.apis),
            judged_by=", ".join(api.label for api in judged_by),
            findings=findings,
        )


def _judged_by(one: Candidate, host: Host) -> tuple[Api, ...]:
    """Return the APIs of the host by which a plugin is judged; none where it has only one."""
    if one.evidence.stamp:
        return judged_by(host.apis, host.contract, one.evidence.stamp)
    name = _api_of(one, host)
    return tuple(api for api in _required(one, host) if name in ("", api.name)) if len(host.apis) > 1 else ()


def _api_of(one: Candidate, host: Host) -> str:
    """Return the name of the API that a plugin is for, without a stamp by what it requires; empty: no difference."""
    stamp = one.evidence.stamp
    if stamp:
        return api_of(host.contract, stamp.apis, stamp.contract.api)
    return api_of(host.contract, _required(one, host))


def _required(one: Candidate, host: Host) -> tuple[Api, ...]:
    names = {requirement_name(line) for line in one.evidence.requires}
    return tuple(api for api in host.apis if api.name in names)


def _implemented(judged_by: Iterable[Api], apis: Sequence[type]) -> str:
    """Return the first class that one of these APIs defines, as it is spelled; empty where none does."""
    return next((spelled(cls) for api in judged_by for cls in apis if defines(api, cls)), "")


def _without_twins(accepted: Sequence[Accepted]) -> tuple[tuple[Accepted, ...], list[Result]]:
    """Part plugins of one name, which only together are wrong: one is verified, one in development."""
    places: dict[str, set[str]] = {}
    for one in accepted:
        places.setdefault(one.name, set()).add(one.path)
    twins = [(one, sorted(places[one.name] - {one.path})) for one in accepted if len(places[one.name]) > 1]
    return tuple(one for one in accepted if len(places[one.name]) == 1), [_twin(one, also[0]) for one, also in twins]


def _twin(one: Accepted, also: str) -> Result:
    message = f"the entry point {one.name!r} is declared by another plugin too"
    finding = Finding("PK505", "error", one.path, message, "remove one of them", {"also": also})
    return Result(one.name, one.path, "refused", (finding,))

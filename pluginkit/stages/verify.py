"""artifacts, hosts -> Verdicts: read what was named and let the rules decide. Nothing is run."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pluginkit.backends.inspectors import INSPECTORS
from pluginkit.core.errors import PluginkitError
from pluginkit.core.verdict import Evidence, Host, Verdict
from pluginkit.rules import decide

if TYPE_CHECKING:
    from pluginkit.core.model import Lock, Workspace


@dataclass(frozen=True, slots=True)
class HostSide:
    """A host, and what lies on its side: a changed copy of the API there spoils every verdict."""

    host: Host
    evidences: tuple[Evidence, ...] = ()


def verify(evidences: Sequence[Evidence], sides: Sequence[HostSide], *, alone: bool = False) -> tuple[Verdict, ...]:
    """Hold artifacts against each host; one verdict a host.

    Without a host only what is wrong in an artifact itself can be told. Raises PluginkitError when
    that is nothing, since a plugin held against no host is not accepted (unless it may stand `alone`).
    """
    if sides:
        return tuple(_with_side(decide(evidences, side.host), side, evidences) for side in sides)
    verdict = decide(evidences, None)
    if verdict.accepted and not alone:
        raise PluginkitError("no host to hold the artifacts against", hint="name one with --host")
    return (verdict,)


def read_artifacts(place: Path, shown: Path | None = None) -> tuple[Evidence, ...]:
    """Read the artifact at `place`, or all of a directory, a release or an installed environment.

    Reports call a directory's artifacts by `shown`, where `place` is not what it will be called.
    Raises PluginkitError when it does not exist, or holds nothing to verify.
    """
    _refuse_missing(place)
    if not place.is_dir():
        return (_inspect(place, str(place)),)
    for inspector in INSPECTORS.values():
        installed = tuple(inspector.installed(place))
        if installed:
            return installed
    endings = tuple(inspector.suffix for inspector in INSPECTORS.values())
    files = sorted(path for path in place.iterdir() if path.name.endswith(endings))
    if not files:
        raise PluginkitError(f"{place}: no artifact in it", hint=f"artifacts end in {', '.join(endings)}")
    return tuple(_inspect(path, str((shown or place) / path.name)) for path in files)


def hosts_among(place: Path, evidences: Sequence[Evidence]) -> tuple[HostSide, ...]:
    """Return the hosts among `evidences`, which were read at `place`; empty when it holds none."""
    return tuple(
        HostSide(host, tuple(one for one in evidences if _on_side(one, host)))
        for inspector in INSPECTORS.values()
        for host in inspector.hosts(place, evidences)
    )


def workspace_host(workspace: "Workspace", lock: "Lock", lock_digest: str) -> HostSide:
    """Return what the next build of `workspace` will hold plugins against: its lock and configuration."""
    pins = {package.name: package.version for package in lock.packages}
    pins |= {member.name: member.version for member in workspace.members}
    pins |= {api.name: api.version for api in lock.apis}
    name = next((member.name for member in workspace.members if member.kind == "host"), workspace.root.name)
    return HostSide(
        Host(
            label=str(workspace.root),
            name=name,
            apis=lock.apis,
            contract=workspace.contract,
            lock=lock_digest,
            pins=pins,
            requires_python=lock.toolchain.get("python", ""),
        )
    )


def _inspect(path: Path, subject: str) -> Evidence:
    for inspector in INSPECTORS.values():
        if path.name.endswith(inspector.suffix):
            return inspector.inspect(path, subject)
    known = ", ".join(inspector.suffix for inspector in INSPECTORS.values())
    raise PluginkitError(f"{path}: not a kind of artifact that can be verified", hint=f"artifacts end in {known}")


def _refuse_missing(place: Path) -> None:
    if not place.exists() and not place.is_symlink():
        raise PluginkitError(f"{place}: no such file or directory")


def _on_side(evidence: Evidence, host: Host) -> bool:
    return evidence.name == host.name or host.api(evidence.name) is not None


def _with_side(verdict: Verdict, side: HostSide, evidences: Iterable[Evidence]) -> Verdict:
    """Add what is wrong on the host's side, unless those artifacts were asked for anyway."""
    asked = {evidence.subject for evidence in evidences}
    others = [one for one in side.evidences if one.subject not in asked]
    findings = [finding for finding in decide(others, side.host).findings if finding.severity == "error"]
    if not findings:
        return verdict
    spoiled = tuple(dict.fromkeys(finding.subject for finding in findings))
    return replace(verdict, subjects=(*verdict.subjects, *spoiled), findings=(*findings, *verdict.findings))

"""artifacts, hosts -> Verdicts: read what was named and let the rules decide. Nothing is run."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from pluginkit.backends.fork_map import spread
from pluginkit.backends.inspectors import for_directory, for_file, suffixes
from pluginkit.backends.language import language, resolve
from pluginkit.core.errors import PluginkitError
from pluginkit.core.frozen import replace
from pluginkit.core.target import targets_in
from pluginkit.core.verdict import Evidence, Host, HostSide, Verdict
from pluginkit.rules import judge, judge_apart

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.core.lock import Lock
    from pluginkit.core.model import Workspace
    from pluginkit.core.trust import Trust


def verify(
    evidences: Sequence[Evidence], sides: Sequence[HostSide], *, whole: bool = False, trust: Trust | None = None
) -> tuple[Verdict, ...]:
    """Compare artifacts with each host; one verdict a host. `whole`: they are all that the hosts were built with.

    Without a host only what is wrong in an artifact itself can be told, and whether `trust` accepts its signatures.
    Raises PluginkitError when that is nothing, since a plugin compared with no host is not accepted.
    """
    return verify_apart([(evidences, sides)], whole=whole, trust=trust)


def verify_apart(
    groups: Sequence[tuple[Sequence[Evidence], Sequence[HostSide]]], *, whole: bool = False, trust: Trust | None = None
) -> tuple[Verdict, ...]:
    """Compare the artifacts of each group with the hosts of that group, as `verify` does."""
    if any(sides for _, sides in groups):
        return judge_apart(groups, whole=whole)
    verdicts = judge([one for evidences, _ in groups for one in evidences], (), whole=whole, trusted=trust)
    if verdicts[0].accepted:
        raise PluginkitError("no host to compare the artifacts with", hint="name one with --host")
    return verdicts


def directories(place: Path) -> Sequence[Path]:
    """Return where artifacts at `place` lie together: of a release for several targets in the directory of each."""
    return targets_in(place) or [place]


def read_artifacts(
    place: Path, shown: Path | None = None, *, unstamped: bool = False, trust: Trust | None = None
) -> tuple[Evidence, ...]:
    """Read the artifact at `place`, or all of a directory, a release or an installed environment.

    Reports call a directory's artifacts by `shown`, where `place` is not what it will be called. With `unstamped` a
    missing stamp is not a defect. With a `trust` nothing is parsed of what none of its keys signed. Raises
    PluginkitError when it does not exist, or holds nothing to verify.
    """
    _refuse_missing(place)
    found = _in_directory(place, shown or place, trust) if place.is_dir() else (_inspect(place, trust),)
    return tuple(_without_stamp(one) for one in found) if unstamped else found


def read_together(
    places: Sequence[Path], *, unstamped: bool = False, trust: Trust | None = None
) -> dict[Path, tuple[Evidence, ...]]:
    """Return what `read_artifacts` does for each of several files of one language, read at once; else nothing.

    To hash a host and a plugin side by side takes half as long as one after the other.
    """
    if len(places) < 2 or not all(map(Path.is_file, places)):
        return {}
    inspectors = {type(one): one for one in map(for_file, places)}
    inspector = next(iter(inspectors.values()))
    if inspector is None or len(inspectors) > 1:
        return {}
    found = inspector.inspect([(path, str(path)) for path in places], trust)
    return {one: (_without_stamp(its) if unstamped else its,) for one, its in zip(places, found, strict=True)}


def with_contract(place: Path, evidences: Sequence[Evidence], sides: Sequence[HostSide]) -> tuple[Evidence, ...]:
    """Return evidences read at `place`; those of plugins without a stamp with what the first host's contract asks."""
    from pluginkit.backends.readers import publications

    def with_its(one: Evidence) -> Evidence:
        reader = publications(one.language) if one.stamp is None and one.readable and not one.vendored else None
        return reader.unstamped(place, one, sides[0].host.contract) if reader else one

    return tuple(map(with_its, evidences)) if sides else tuple(evidences)


def hosts_among(place: Path, evidences: Sequence[Evidence], *, unstamped: bool = False) -> tuple[HostSide, ...]:
    """Return the hosts among `evidences`, which were read at `place`; empty when it holds none.

    Only with `unstamped` a binary that says nothing of itself can be a host.
    """
    inspectors = for_directory(place) if place.is_dir() else filter(None, [for_file(place)])
    return tuple(
        HostSide(host, tuple(one for one in evidences if _on_side(one, host)))
        for inspector in inspectors
        for host in inspector.hosts(place, evidences)
        if unstamped or host.apis or host.lock
    )


def with_loaders(sides: Sequence[HostSide], sysroot: Path | None = None) -> tuple[HostSide, ...]:
    """Return the hosts with what is known of the libraries that they find, on this machine or below `sysroot`.

    Raises PluginkitError where a host would not start in a `sysroot`.
    """

    def with_its(side: HostSide) -> HostSide:
        known = language(side.host.language)
        if not (known.loader and side.host.binary):
            return side
        return replace(side, host=replace(side.host, loader=resolve(known.loader)(side.host.binary, sysroot)))

    return tuple(map(with_its, sides))


def workspace_host(workspace: Workspace, lock: Lock, sealed: str) -> HostSide:
    """Return what the next build of `workspace` will compare plugins with: its lock and configuration.

    Where the version of a distribution is not known, as it is computed or differs by platform, its pin is empty.
    """
    versions: dict[str, set[str]] = {}
    for package in lock.packages:
        versions.setdefault(package.name, set()).add(package.version)
    pins = {name: found.pop() if len(found) == 1 else "" for name, found in versions.items()}
    pins |= {member.name: member.version for member in workspace.members}
    pins |= {api.name: api.version for api in lock.apis if pins.get(api.name, api.version)}
    name = next((member.name for member in workspace.members if member.kind == "host"), workspace.root.name)
    return HostSide(
        Host(
            label=f"{workspace.root} for {lock.platforms[0]}" if lock.target else str(workspace.root),
            name=name,
            apis=lock.apis,
            contract=workspace.contract,
            lock=sealed,
            pins=pins if language(lock.language).installs else None,
            requires_python=lock.toolchain.get("python", ""),
            language=lock.language,
            toolchain=lock.toolchain,
            linked=tuple(member.name for member in workspace.linked),
            ignores=workspace.ignores,
            trust=workspace.trust,
        )
    )


def _in_directory(place: Path, shown: Path, trust: Trust | None) -> tuple[Evidence, ...]:
    inspectors = tuple(for_directory(place))
    for inspector in inspectors:
        installed = tuple(inspector.installed(place, trust))
        if installed:
            return installed
    found: list[Evidence] = []
    for inspector in inspectors:
        paths = inspector.artifacts(place)
        read = partial(inspector.inspect, trust=trust)
        found += spread(read, [(path, str(shown / path.relative_to(place))) for path in paths])
    if not found:
        raise PluginkitError(f"{place}: no artifact in it", hint=f"artifacts end in {', '.join(suffixes())}")
    return tuple(found)


def _inspect(path: Path, trust: Trust | None) -> Evidence:
    inspector = for_file(path)
    if inspector is None:
        raise PluginkitError(
            f"{path}: not a kind of artifact that can be verified", hint=f"artifacts end in {', '.join(suffixes())}"
        )
    return inspector.inspect([(path, str(path))], trust)[0]


def _without_stamp(evidence: Evidence) -> Evidence:
    return replace(evidence, defects=tuple(defect for defect in evidence.defects if defect.code != "PK201"))


def _refuse_missing(place: Path) -> None:
    if not place.exists() and not place.is_symlink():
        raise PluginkitError(f"{place}: no such file or directory")


def _on_side(evidence: Evidence, host: Host) -> bool:
    if evidence.binary:
        return evidence.binary is host.binary
    return evidence.name == host.name or host.api(evidence.name) is not None

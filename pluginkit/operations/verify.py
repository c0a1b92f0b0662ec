"""Artifacts and hosts, wherever they lie -> Verdicts: what `pluginkit verify` and tests of plugins ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pluginkit.core.frozen import replace
from pluginkit.core.trust import read_trust_file
from pluginkit.operations import targets
from pluginkit.operations.places import with_places
from pluginkit.stages.verify import read_artifacts, read_together, verify_apart, with_contract, with_loaders

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.core.trust import Trust
    from pluginkit.core.verdict import Evidence, HostSide, Verdict


def _configured(artifacts: Sequence[Path]) -> Sequence[Path]:
    """Return the host elsewhere that the configuration of the workspace with these artifacts names."""
    from pluginkit.core.config import CONFIG, configuration, find_root

    here, found = Path.cwd(), [path.resolve() for path in artifacts]
    around = [top for top in (here, *here.parents) if all(path.is_relative_to(top) for path in found)]
    if not any((top / name).is_file() for top in around for name in (CONFIG, "pyproject.toml")):
        return ()  # to parse TOML takes longer than to look
    root = find_root(Path())
    if root not in around or "host" not in configuration(root).values:
        return ()
    from pluginkit.operations.host_places import host_of

    return [host_of(None, root)]


def verify(
    artifacts: Sequence[Path] = (),
    hosts: Sequence[Path] = (),
    *,
    unstamped: bool = False,
    sysroot: Path | None = None,
    baseline: Path | None = None,
    trust: Path | None = None,
    signed: bool = True,
    note: Callable[[str], None] = lambda text: None,
) -> Sequence[Verdict]:
    """Return what each host makes of the artifacts. Nothing of them is executed or imported.

    Each artifact is a file, a directory of them, a release, an environment or a workspace, by default the last release
    of the workspace around; hosts are found likewise, by default the one that its configuration names, or else those
    beside the artifacts. Where there are hosts for several platforms, an artifact is compared with those for its own.
    In place of a stamped host it may be what an environment has of the APIs, or what the lock of a workspace without a
    host seals, and `note` is told so. With `unstamped` no artifact needs a stamp; what the report in JSON at `baseline`
    has is left out. Shared libraries of Go plugins are looked for as the host would below `sysroot`, by default on this
    machine. Artifacts, hosts and releases need the signatures that the file `trust` asks for; without one, those that
    each host was built to ask for, or with `signed` false none. Raises PluginkitError where there is nothing to read,
    or no host.
    """
    trusted = read_trust_file(trust) if trust else None
    hosts = hosts or _configured(artifacts)
    named = [one for path in artifacts for one in targets.releases_at(path)] or targets.releases_here()
    files = read_together(list(dict.fromkeys((*named, *hosts))), unstamped=unstamped, trust=trusted)
    read: Mapping[Path, Sequence[Evidence]] = {
        place: files.get(place) or read_artifacts(place, unstamped=unstamped, trust=trusted) for place in named
    }
    try:
        sides = targets.host_sides(hosts, artifacts, files or read, note, unstamped=unstamped, trust=trusted)
    except targets.WithheldError as error:
        return verify_apart([(_together(_as_signed(read, (), trusted), error.evidences), ())], trust=trusted)
    sides = with_loaders(sides if signed else [_unasking(side) for side in sides], sysroot)
    if unstamped:
        read = {place: with_contract(place, found, sides) for place, found in read.items()}
    read = _as_signed(read, sides, trusted)
    whole = not hosts and all(map(targets.is_workspace, artifacts))
    verdicts: Sequence[Verdict] = verify_apart(targets.paired(read, sides), whole=whole, trust=trusted)
    if baseline is not None:
        from pluginkit.operations.baseline import without_known

        languages = {one.subject: one.language for found in read.values() for one in found}
        verdicts = without_known(verdicts, baseline, languages)
    return with_places(verdicts, read)


def _as_signed(
    read: Mapping[Path, Sequence[Evidence]], sides: Sequence[HostSide], trust: Trust | None
) -> Mapping[Path, Sequence[Evidence]]:
    """Return what was read, releases with what their `release.json` says of it, where signatures are asked for."""
    if not (trust or any(side.host.trust for side in sides)):
        return read
    from pluginkit.operations.signed_release import with_releases

    return with_releases(read, trust)


def _unasking(side: HostSide) -> HostSide:
    """Return a host that asks for no signatures."""
    return replace(side, host=replace(side.host, trust=None))


def _together(read: Mapping[Path, Sequence[Evidence]], more: Sequence[Evidence]) -> list[Evidence]:
    """Return the evidences of all places, those of one subject once."""
    found = {one.subject: one for some in (*read.values(), more) for one in some}
    return list(found.values())

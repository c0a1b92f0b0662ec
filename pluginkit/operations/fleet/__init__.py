"""Many plugins in many releases, many hosts -> which fit which: what `pluginkit fleet` asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from pluginkit.core.errors import PluginkitError
from pluginkit.core.fleet import ApiVersion, Fit, Fleet, FleetHost, PluginRelease
from pluginkit.core.frozen import record
from pluginkit.operations.fleet.candidates import Candidate, Reading
from pluginkit.operations.fleet.local import candidates_at
from pluginkit.operations.fleet.order import newest_first
from pluginkit.operations.host_places import local
from pluginkit.operations.targets import host_sides
from pluginkit.rules import judge
from pluginkit.stages.verify import with_loaders

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.core.api import Api
    from pluginkit.core.verdict import Evidence, HostSide


@record
class FleetOptions:
    """What a run of `fleet` is asked."""

    places: tuple[str, ...]
    """Paths and URLs of artifacts."""
    hosts: tuple[str, ...]
    """Paths, or URLs of a `release.json`."""
    plugins: tuple[str, ...] = ()
    """Patterns of the names of the plugins to look at (fnmatch); none: all."""
    unstamped: bool = False
    trust: Path | None = None
    sysroot: Path | None = None
    download: bool = False
    """Fetch whole what a server does not give in ranges."""
    note: Callable[[str], None] = lambda text: None


def fleet(options: FleetOptions) -> Fleet:
    """Return what each host makes of each release of each plugin at the places. Nothing of them is run.

    Every pair is judged as `verify` judges that artifact alone with that host. Raises PluginkitError where a place or a
    host cannot be read.
    """
    sides = with_loaders(
        [side for host in options.hosts for side in host_sides([local(host)], (), {}, options.note)], options.sysroot
    )
    rows: list[tuple[PluginRelease, tuple[Fit | None, ...]]] = []
    left_out = 0
    for candidate in _candidates(options.places):
        reading = candidate.read(None)
        if reading.evidence is not None and not _is_plugin(reading.evidence):
            left_out += 1
            continue
        rows.append((_release(candidate, reading), _fits(reading, sides)))
    if not rows:
        raise PluginkitError(f"no plugin at {', '.join(options.places)}", hint="name where releases of plugins are")
    rows.sort(key=lambda row: newest_first(row[0]))
    return Fleet(
        hosts=tuple(map(_host, sides)),
        releases=tuple(release for release, _ in rows),
        fits=tuple(fits for _, fits in rows),
        left_out=left_out,
    )


def _candidates(places: Iterable[str]) -> Iterator[Candidate]:
    for place in places:
        yield from candidates_at(Path(place))


def _is_plugin(evidence: Evidence) -> bool:
    return not evidence.vendored and (evidence.stamp is None or evidence.stamp.kind == "plugin")


def _fits(reading: Reading, sides: Sequence[HostSide]) -> tuple[Fit | None, ...]:
    if reading.evidence is None:
        return (None,) * len(sides)
    return tuple(_fit(reading.evidence, side) for side in sides)


def _fit(evidence: Evidence, side: HostSide) -> Fit:
    (verdict,) = judge([evidence], [side])
    return Fit(verdict.findings, verdict.ignored, verdict.until)


def _host(side: HostSide) -> FleetHost:
    host = side.host
    return FleetHost(host.label, host.name, host.language, _versions(host.apis), host.platform)


def _release(candidate: Candidate, reading: Reading) -> PluginRelease:
    one = reading.evidence
    stamp = one.stamp if one else None
    return PluginRelease(
        subject=candidate.subject,
        name=one.name if one and one.name else candidate.name,
        language=one.language if one else candidate.language,
        version=one.version if one else "",
        apis=_versions(stamp.apis) if stamp else (),
        platform=one.binary.platform if one and one.binary else "",
        digest=reading.digest,
        number=stamp.release if stamp else 0,
        unread=reading.unread,
        unchecked=reading.unchecked,
    )


def _versions(apis: Iterable[Api]) -> tuple[ApiVersion, ...]:
    return tuple(ApiVersion(api.name, api.version, api.digest) for api in apis)

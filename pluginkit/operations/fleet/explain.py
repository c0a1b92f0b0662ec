"""Why no release of a plugin fits the next host: what of the API's changes concerns it, and what else is in the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

from pluginkit.backends.protocol import ApiCopy
from pluginkit.backends.readers import publications, sealed_copy
from pluginkit.core.errors import PluginkitError
from pluginkit.core.frozen import replace
from pluginkit.core.upgrade import UpgradeBreak, UpgradePlugin
from pluginkit.operations.diff.pairs import Pair, pair, same_bytes
from pluginkit.operations.diff.plugins import Plugin, outcome
from pluginkit.operations.diff.sides import Side
from pluginkit.operations.fleet.columns import without_stamp
from pluginkit.operations.fleet.local import name_of
from pluginkit.operations.fleet.places import candidates_of
from pluginkit.operations.fleet.policy import Policy, policy_of
from pluginkit.operations.fleet.remote import Remote, prepared
from pluginkit.operations.host_places import local
from pluginkit.operations.targets import WithheldError, host_sides
from pluginkit.rules.remedies import remedy
from pluginkit.surface.compare import sees_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.core.fleet import Fleet
    from pluginkit.core.upgrade import Takes
    from pluginkit.core.verdict import Evidence, Host, HostSide
    from pluginkit.operations.fleet import FleetOptions
    from pluginkit.operations.fleet.candidates import Reading
    from pluginkit.surface.comparison import Concern, PluginOutcome

_ORDER: tuple[Takes, ...] = ("edit", "host", "unknown", "rebuild")
"""What is worst of several things that are in the way."""
_SILENT = "its stamp does not say what it uses"
_UNSEEN = "what is compiled, or made while it runs, cannot be compared"


def explained(table: Fleet, plugins: Sequence[UpgradePlugin], options: FleetOptions) -> Iterator[UpgradePlugin]:
    """Yield the plugins, those that no release fits with what that takes, and why. Only releases of these are read.

    The next host is the last of `options`.
    """
    unfit = {table.releases[one.now].subject for one in plugins if one.next is None and one.now is not None}
    policy = policy_of(unstamped=options.unstamped, sysroot=options.sysroot, trust=options.trust)
    read = dict(_read(unfit, options, policy))
    host = _hosts(options.hosts[-1], policy)
    for plugin in plugins:
        if plugin.now is None or plugin.next is not None:
            yield plugin
            continue
        reading = read.get(table.releases[plugin.now].subject)
        if reading is None or reading.evidence is None:
            yield replace(plugin, notes=("it cannot be read any more",))
        else:
            yield _explained(plugin, reading.evidence, reading.place, host(reading.evidence, reading.place))


def _read(wanted: set[str], options: FleetOptions, policy: Policy) -> Iterator[tuple[str, Reading]]:
    names = sorted({name_of(subject.rpartition("/")[2]) for subject in wanted})
    remote = Remote(names, whole=options.download, note=lambda text: None)
    places = options.places if wanted else ()
    found = {one.subject: one for place in places for one in candidates_of(place, remote, policy.trust)}
    mine = [one for subject, one in found.items() if subject in wanted]
    prepared(mine)
    yield from ((one.subject, one.read(policy.trust)) for one in mine)


def _hosts(named: str, policy: Policy) -> Callable[[Evidence, Path | None], Host]:
    """Return a function (plugin, its place) -> the host at a place; where nothing there has a stamp, by its APIs."""
    place = local(named)

    def sides(read: Mapping[Path, Sequence[Evidence]]) -> Sequence[HostSide]:
        try:
            return host_sides([place], (), read, lambda text: None, unstamped=policy.unstamped, trust=policy.trust)
        except WithheldError:
            raise PluginkitError(
                f"{named}: nobody whom the trust accepts signed a host there",
                hint="sign it with `pluginkit sign`, or name its key in the trust",
            ) from None

    @cache
    def stamped() -> Host | None:
        with suppress(PluginkitError):
            return sides({})[0].host
        return None

    def host(one: Evidence, at: Path | None) -> Host:
        try:
            return stamped() or sides({at or Path(one.subject): [one]})[0].host
        except PluginkitError:
            found = without_stamp(place, policy)
            if found is None:
                raise
            return found

    return host


def _explained(plugin: UpgradePlugin, evidence: Evidence, place: Path | None, host: Host) -> UpgradePlugin:
    reader = publications(evidence.language)
    code = reader.code(place, evidence) if reader and place else None
    known = Plugin(evidence.name, evidence.subject, evidence.language, evidence.stamp, code)
    pairs = _pairs(evidence, host)
    found = outcome(known, pairs)
    changed = [one for one in pairs if one.old and (one.new is None or not same_bytes(one.old, one.new))]
    silent = any(one.old and known.uses(one.old) is None for one in changed) and bool(found.concerns)
    unseen = any(not sees_all(copy.surface) for one in changed for copy in (one.old, one.new) if copy)
    by_api = _by_api(found, is_known=not (silent or unseen))
    takes = [_takes(remedy(cause, plugin.language), by_api) for cause in plugin.causes]
    notes = [one for one, told in ((_SILENT, silent), (_UNSEEN, unseen)) if told]
    notes += [] if silent else found.notes
    worst = min((by_api, *takes), key=_ORDER.index)
    return replace(plugin, takes=worst, breaks=tuple(map(_break, found.concerns)), notes=tuple(notes))


def _pairs(evidence: Evidence, host: Host) -> list[Pair]:
    """Return the APIs that a plugin was built against, each with the copy that a host has."""
    theirs = tuple(sealed_copy(api, host.language) for api in host.apis)
    apis = evidence.stamp.apis if evidence.stamp else ()
    mine: tuple[ApiCopy, ...] = tuple(sealed_copy(api, evidence.language) for api in apis)
    if not mine:
        return []
    return pair(Side(evidence.subject, mine, whole=True), Side(host.label, theirs, whole=True))


def _by_api(found: PluginOutcome, *, is_known: bool) -> Takes:
    """Return what the changes of the APIs alone take: where none concerns the plugin, building it again."""
    if not is_known or found.status == "unknown":
        return "unknown"
    return "edit" if found.status == "breaks" else "rebuild"


def _takes(remedy: str, by_api: Takes) -> Takes:
    named: dict[str, Takes] = {"rebuild": "rebuild", "edit": "edit", "host": "host", "api": by_api, "none": "rebuild"}
    return named[remedy]


def _break(concern: Concern) -> UpgradeBreak:
    change = concern.change
    places = tuple(f"{place.file}:{place.line}" for place in concern.places)
    return UpgradeBreak(concern.api, str(change), change.detail, concern.unknown, places)

"""The plugins that `--plugins` names: their stamps and sources, and what of a comparison breaks them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from pluginkit.backends.protocol import ApiCopy, Code
from pluginkit.backends.readers import publications, read_plugins
from pluginkit.core.errors import PluginkitError
from pluginkit.core.frozen import record, replace
from pluginkit.core.stamp import Stamp
from pluginkit.core.verdict import Evidence
from pluginkit.operations.diff.locations import Location, Locations, holds_artifacts
from pluginkit.operations.diff.pairs import Pair, same_bytes
from pluginkit.operations.targets import is_workspace
from pluginkit.stages.discover import discover
from pluginkit.stages.verify import read_artifacts
from pluginkit.surface.comparison import Advice, Concern, Place, PluginOutcome
from pluginkit.surface.concern import Break, concerning
from pluginkit.surface.deprecation import deprecated_uses, unannounced
from pluginkit.surface.marks import declares_deprecated
from pluginkit.surface.uses import Uses

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.surface.comparison import Status

_MOST_PLACES = 20
"""Of one change in one plugin."""


@record
class Plugin:
    """One plugin, by its stamp, its sources, or both."""

    name: str
    subject: str
    language: str
    stamp: Stamp | None
    code: Code | None

    def uses(self, api: ApiCopy) -> Uses | None:
        """Return what it uses of an API: as its stamp says, else as its sources do; None where neither tells."""
        if self.stamp is not None and self.stamp.uses is not None:
            return Uses(self.stamp.uses)
        return self.code.uses(api) if self.code else None

    def find(self, api: ApiCopy, mentions: Sequence[str]) -> Sequence[Place]:
        """Return where its sources make uses of an API; nothing where they are not at hand."""
        return self.code.find(api, mentions) if self.code else ()


def find_plugins(named: Iterable[str], locations: Locations) -> list[Plugin]:
    """Return the plugins at the places named. Raises PluginkitError for a place without any."""
    found: list[Plugin] = []
    for text in named:
        here = plugins_at(locations.find(text))
        if not here:
            raise PluginkitError(
                f"{text}: no plugin in it", hint="name a plugin's artifact, its sources, or a directory of either"
            )
        found += here
    return found


def plugins_at(place: Location) -> list[Plugin]:
    """Return the plugins at a place: a workspace stands for its members' sources."""
    if place.path.is_dir() and is_workspace(place.path):
        workspace = discover(place.path)
        return [
            one
            for member in workspace.members
            if member.kind == "plugin"
            for one in _sources(replace(place, path=place.path / member.path), workspace.language)
        ]
    if place.path.is_dir() and not holds_artifacts(place.path):
        return _sources(place)
    return _sources(place) if place.path.suffix == ".py" else list(_artifacts(place))


def outcome(plugin: Plugin, pairs: Sequence[Pair]) -> PluginOutcome:
    """Return what the differences of all APIs mean for one plugin."""
    mine = [one for one in pairs if _is_used(plugin, one)]
    changed = [one for one in mine if one.old is None or one.new is None or not same_bytes(one.old, one.new)]
    uses = {one.name: plugin.uses(one.either) for one in changed}
    concerns = tuple(_concern(plugin, one, each) for one in changed for each in _breaks(one, uses[one.name]))
    status: Status = "unaffected"
    if concerns:
        status = "unknown" if all(one.unknown for one in concerns) else "breaks"
    elif changed and plugin.language == "go":
        status = "rebuild"
    notes = [*(_doubts({one.api: uses[one.api] for one in concerns})), *_other_versions(plugin, mine)]
    advice = tuple(each for one in mine for each in _advised(plugin, one))
    return PluginOutcome(plugin.name, plugin.subject, status, concerns, tuple(notes), advice)


def _sources(place: Location, language: str = "") -> list[Plugin]:
    found = read_plugins(place.path, language)
    return [Plugin(code.name, place.shown(code.subject), spoken, None, _shown(code, place)) for spoken, code in found]


def _artifacts(place: Location) -> Iterator[Plugin]:
    for one in read_artifacts(place.path):
        if one.vendored or not one.readable:
            continue
        if one.stamp is None or one.stamp.kind == "plugin":
            yield Plugin(one.name, place.shown(one.subject), one.language, one.stamp, _code(place.path, one))


def _code(path: Path, evidence: Evidence) -> Code | None:
    reader = publications(evidence.language)
    return reader.code(path, evidence) if reader else None


def _shown(code: Code, place: Location) -> Code:
    """Return the code with its places called as reports call them."""

    def find(api: ApiCopy, mentions: Sequence[str]) -> Sequence[Place]:
        return [replace(one, file=place.shown(one.file)) for one in code.find(api, mentions)]

    return Code(code.name, code.subject, code.uses, find)


def _is_used(plugin: Plugin, pair: Pair) -> bool:
    """Return whether a plugin was built against an API; of one without a stamp its uses tell."""
    if plugin.stamp is None:
        return any(one is not None and one.language == plugin.language for one in (pair.old, pair.new))
    names = {one.name for one in plugin.stamp.apis} | {one.modules for one in plugin.stamp.apis}
    return any(one is not None and (one.name in names or one.modules in names) for one in (pair.old, pair.new))


def _breaks(pair: Pair, uses: Uses | None) -> Sequence[Break]:
    old, new = (one.surface if one else () for one in (pair.old, pair.new))
    return concerning(old, new, uses)


def _concern(plugin: Plugin, pair: Pair, found: Break) -> Concern:
    places = plugin.find(pair.either, found.mentions)[:_MOST_PLACES]
    (change,) = unannounced([found.change], pair.old.surface if pair.old else ())
    return Concern(pair.name, change, found.is_unknown, tuple(places))


def _advised(plugin: Plugin, pair: Pair) -> Iterator[Advice]:
    """Yield what a plugin uses that the newer copy of an API declares deprecated."""
    newer = pair.new
    if newer is None or not declares_deprecated(newer.surface):
        return
    uses = plugin.uses(pair.either)
    for one in deprecated_uses(newer.surface, uses.lines) if uses else ():
        places = plugin.find(pair.either, one.mentions)[:_MOST_PLACES]
        yield Advice(pair.name, one.name, one.message, tuple(places))


def _doubts(uses: Mapping[str, Uses | None]) -> Iterator[str]:
    """Yield why more may concern a plugin than does, by what is known of its uses of the APIs that break it."""
    if any(one is None for one in uses.values()):
        yield "its stamp does not say what it uses, so every break concerns it"
    elif any(one.dynamic for one in uses.values() if one):
        yield "it computes names while it runs, so every break may concern it"


def _other_versions(plugin: Plugin, pairs: Sequence[Pair]) -> Iterator[str]:
    for one in plugin.stamp.apis if plugin.stamp else ():
        old = next((pair.old for pair in pairs if pair.old and pair.old.name == one.name), None)
        if old and old.version and old.version != one.version:
            yield f"it was built against {one.label}, and {old.version} is compared here"

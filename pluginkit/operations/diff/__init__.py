"""Two copies of an API -> what changed, the version that asks for, and which plugins break."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from pluginkit.core.api import Contract
from pluginkit.core.clock import today
from pluginkit.core.config import find_root
from pluginkit.core.errors import PluginkitError
from pluginkit.core.lockfile import NAME as LOCK
from pluginkit.core.versions import is_enough, next_version
from pluginkit.operations.diff.locations import Location, Locations
from pluginkit.operations.diff.pairs import Pair, pair, same_bytes
from pluginkit.operations.diff.plugins import Plugin, find_plugins, outcome, plugins_at
from pluginkit.operations.diff.sides import Side, needs_names, read_side, sealed_side, working_tree
from pluginkit.surface.change import Change
from pluginkit.surface.compare import compare, sees_all, step
from pluginkit.surface.comparison import ApiOutcome, Comparison
from pluginkit.surface.deprecation import unannounced
from pluginkit.surface.roles import roles_between

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.surface.comparison import Kind

_BYTES = "the bytes changed, the surface did not"
_UNSEEN = "the bytes changed, and what is compiled or made while it runs cannot be compared"


def diff(old: str = "", new: str = "", plugins: Sequence[str] | None = None) -> Comparison:
    """Compare two copies of one or more APIs, and tell which plugins break.

    `old` and `new` are each a directory of sources, an artifact, a release, an environment, `pluginkit.lock`,
    `git:REV`, `git:REV:PATH` or `NAME==VERSION`; by default what the lock of the workspace around sealed, and its
    working tree. `plugins` are places with artifacts or sources of plugins: None for no plugin, and an empty sequence
    for those of the old side's workspace, which were written for it, or else of the workspace around.
    Nothing of any of them is built, imported or run. Raises PluginkitError where one of them cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix="pluginkit-") as scratch:
        locations = Locations(Path(scratch).resolve())
        with locations.named():
            before, after = _sides(old, new, locations)
            pairs = pair(before, after)
            asked = [] if plugins is None else _plugins(plugins, before, locations)
            return Comparison(
                before.label,
                after.label,
                tuple(_api(one, before, after) for one in pairs),
                tuple(outcome(one, pairs) for one in asked),
            )


def _sides(old: str, new: str, locations: Locations) -> tuple[Side, Side]:
    if old and needs_names(old) and not (new and needs_names(new)):
        after = _newer(new, locations, ())
        return read_side(old, locations, [api.name for api in after.apis]), after
    before = read_side(old, locations, ()) if old else _sealed()
    return before, _newer(new, locations, [api.name for api in before.apis])


def _newer(new: str, locations: Locations, wanted: Sequence[str]) -> Side:
    return read_side(new, locations, wanted) if new else working_tree(_root("NEW"))


def _sealed() -> Side:
    root = _root("OLD")
    if not (root / LOCK).is_file():
        raise PluginkitError(f"{root / LOCK}: no such file", hint="write it with `pluginkit lock`, or name OLD")
    return sealed_side(root / LOCK)


def _root(side: str) -> Path:
    root = find_root(Path())
    if root is None:
        raise PluginkitError(
            f"{side} is not named, and this is not a pluginkit workspace",
            hint="name both sides, as in `pluginkit diff git:main:src/acme_api src/acme_api`",
        )
    return root


def _plugins(named: Sequence[str], before: Side, locations: Locations) -> list[Plugin]:
    if named:
        return find_plugins(named, locations)
    if before.workspace and before.place:
        return plugins_at(before.place)
    return plugins_at(Location("", _root("OLD")))


def _api(one: Pair, before: Side, after: Side) -> ApiOutcome:
    old, new = one.old, one.new
    old_version, new_version = old.version if old else "", new.version if new else ""
    contract = before.contract or after.contract
    roles = dict(roles_between([copy for copy in (old, new) if copy], (contract or Contract()).of(one.name)))
    for side in (before, after):
        roles |= side.workspace.roles if side.workspace else {}
    surface = old.surface if old else ()
    changes = unannounced(compare(surface, new.surface if new else (), roles), surface)
    kind: Kind = "changed" if old and new else "added" if new else "removed"
    if old and new and not changes:
        kind = "equal" if same_bytes(old, new) else "bytes"
        changes = _only_bytes(one) if kind == "bytes" else ()
    size = "none" if kind == "equal" else step(changes)
    scheme = after.versioning
    needed = next_version(old_version, size, scheme, today()) if old_version and size != "none" else ""
    place = (new.place if new else "") or after.label
    enough = None
    if old_version and new_version:
        enough = size == "none" or is_enough(old_version, new_version, size, scheme)
    return ApiOutcome(one.name, old_version, new_version, kind, changes, size, needed, enough, place)


def _only_bytes(one: Pair) -> tuple[Change, ...]:
    is_seen = all(sees_all(copy.surface) for copy in (one.old, one.new) if copy)
    severity, reason = ("implementation", _BYTES) if is_seen else ("unknown", _UNSEEN)
    return (Change(one.name, "", "", "", severity, reason),)

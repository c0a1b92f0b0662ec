"""Discover, verify, probe, load, init: one call for a host's start."""

from __future__ import annotations

import os
import sys
import time

from pluginkit.backends.python.distributions import distributions, listing
from pluginkit.backends.python.file_names import ENTRY_POINTS, STAMP_FILE
from pluginkit.core.errors import PluginkitError
from pluginkit.core.frozen import EMPTY, replace
from pluginkit.core.verdict import Finding
from pluginkit.runtime.conformance import Shared, shared
from pluginkit.runtime.guard import Guard
from pluginkit.runtime.load import init, load
from pluginkit.runtime.log import log
from pluginkit.runtime.plan import Accepted, Asked, Plan, Watched, class_of, spelled
from pluginkit.runtime.report import Report, Result, insist
from pluginkit.runtime.start_cache import are_same, recall_plan, remember_plan, watch
from pluginkit.runtime.trusted import named, parsed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from pluginkit.backends.python.distributions import Distribution, Listing
    from pluginkit.core.trust import Trust

_POLICIES = ("", "exact", "compatible")
_SECONDS = 10.0


def load_plugins(
    directory: str | os.PathLike[str] | None = None,
    *,
    api: type | Sequence[type],
    group: str = "",
    host: object = None,
    requires: Collection[str] = (),
    required: Collection[str] = (),
    policy: str = "",
    strict: bool = False,
    probe: bool | float = False,
    name: str = "",
    arguments: Mapping[str, object] = EMPTY,
    trust: Trust | str | os.PathLike[str] | None = None,
) -> Report:
    """Load the plugins that fit this host, and tell what became of every one.

    They are the wheels in `directory`, and the installed distributions with entry points in `group`; without either,
    those in the groups that the host was built with. All are verified, by what `pluginkit verify` decides, before any
    is imported. A plugin that is refused, or fails in whatever way, is skipped and logged (`pluginkit.runtime`).

    `api` is the class that plugins implement: a Protocol, or a base class; of a host that serves several versions of
    its API one of each. `host` is handed to each plugin's `init`.
    Every plugin must have the capabilities `requires`, beside those that the host was built to require; `policy`
    (`exact` or `compatible`) takes the place of the one it was built with. With `probe` each plugin is loaded in a
    child process first, once for each of its versions, in at most 10 seconds or as many as are given; there a factory
    that takes arguments is not called. `name` says which host this is, where several share the API. `arguments` has a
    value for each of the contract's `arguments`, by name. `trust`, the path of a `trust.toml` or what one says, names
    the keys that have to have signed host, API and plugins; without it those count that the host was built with.

    Raises PluginLoadError, which names every failure, if a plugin among `required` (names of entry points) is not
    loaded, or with `strict` any; PluginkitError when it cannot tell what to compare plugins with, or the directory
    cannot be read.
    """
    if policy not in _POLICIES:
        raise PluginkitError(f"policy {policy!r}", hint="it is 'exact' or 'compatible'")
    place = os.path.abspath(directory) if directory is not None else ""
    plan = check(Asked(place, group, tuple(sorted(requires)), policy, strict, name, named(trust)), api)
    if strict:
        insist(_report(plan, ()), strict=True, required=())
    _check_arguments(plan, arguments)
    if probe:
        from pluginkit.runtime.probe_results import tried

        plan = tried(plan, _classes(api), _SECONDS if probe is True else float(probe))
    report = _report(plan, start(plan, api, host, arguments))
    log(report)
    insist(report, strict=strict, required=required)
    return report


def check(asked: Asked, api: type | Sequence[type]) -> Plan:
    """Find and verify plugins; importing none of them. What an earlier start found is believed if nothing changed."""
    begun = time.time_ns()
    apis = _classes(api)
    roots = import_roots()
    key = (sys.version, repr(asked), *(part for one in apis for part in (spelled(one), _file(one))), *roots)
    listed = listing(roots)
    if any(name.startswith("pluginkit-") for _, names in listed for name in names):
        _refuse_other([name for _, names in listed for name in names])
    present = [*listed, (asked.directory, _wheels(asked.directory))]
    plan = recall_plan(key, present)
    if plan is None:
        plan = _without_collector(lambda: _verified(asked, apis, listed))
        remember_plan(key, present, plan, begun)
    return plan


def import_roots() -> list[str]:
    """Return the directories of `sys.path`, absolute, each once; the current directory stands for an empty entry."""
    return list(dict.fromkeys(os.path.abspath(entry) for entry in sys.path if isinstance(entry, str)))


def _refuse_other(names: Sequence[str]) -> None:
    """Raise PluginkitError where another distribution than ours has the import package pluginkit too."""
    from pluginkit.core.toolkit import REMEDY, other_beside, said

    if other := other_beside(names):
        raise PluginkitError(said(other), hint=REMEDY)


def start(
    plan: Plan, api: type | Sequence[type], host: object = None, arguments: Mapping[str, object] = EMPTY
) -> tuple[Result, ...]:
    """Load the accepted plugins of a plan, whose factories get `arguments`, then initialise those that loaded."""
    apis = _classes(api)
    api_modules = shared(apis[0], [*plan.modules, *(one.__module__ for one in apis)])
    watched = {one.plugin: one for one in plan.watched if one.plugin}
    rows = [(one, replace(api_modules, api=class_of(one, apis))) for one in plan.accepted]
    with Guard() as guard:
        loaded = [_loaded(one, watched.get(one.path), own, arguments, guard) for one, own in rows]
        return tuple(
            init(result, call, *row, host, guard) if call else result
            for (result, call), row in zip(loaded, rows, strict=True)
        )


def _check_arguments(plan: Plan, given: Mapping[str, object]) -> None:
    """Raise PluginkitError unless the host gives a value for each argument that the contract names, and no other."""
    asked = {name.removesuffix("=") for one in plan.accepted for name in one.arguments}
    if missing := sorted(asked - given.keys()):
        shown = ", ".join(f'"{name}": ...' for name in missing)
        raise PluginkitError(
            f"the contract's factories take {', '.join(missing)}, and the host gives no value for it",
            hint=f"load_plugins(..., arguments={{{shown}}})",
        )
    if plan.accepted and (more := sorted(given.keys() - asked)):
        shown = ", ".join(f'"{name}"' for name in more)
        raise PluginkitError(
            f"the host gives {', '.join(more)}, which its contract does not name",
            hint=f"add arguments = [{shown}] to its [contract], and build it again",
        )


def _loaded(
    one: Accepted, watched: Watched | None, own: Shared, arguments: Mapping[str, object], guard: Guard
) -> tuple[Result, Callable[[object], object] | None]:
    """Load a plugin whose files are still those that were verified; nobody else writes to an unpacked wheel's."""
    if watched is None or are_same(watched):
        return load(one, own, arguments, guard)
    message = "its files changed after they were verified"
    finding = Finding("PK103", "error", one.path, message, "start the host again once its installation is complete")
    return Result(one.name, one.path, "refused", (finding,), judged_by=one.judged_by), None


def _classes(api: type | Sequence[type]) -> Sequence[type]:
    """Return the classes that plugins implement; a class itself is a sequence of one."""
    classes = (api,) if isinstance(api, type) else tuple(api)
    if not classes:
        raise PluginkitError("`api` names no class", hint="give the class that plugins implement")
    return classes


def _without_collector(work: Callable[[], Plan]) -> Plan:
    """Let Python's garbage collector rest: it would look through all that is read here again and again."""
    import gc

    was_enabled = gc.isenabled()
    gc.disable()
    try:
        return work()
    finally:
        if was_enabled:
            gc.enable()


def _file(api: type) -> str:
    return str(getattr(sys.modules.get(api.__module__), "__file__", ""))


def _wheels(directory: str) -> tuple[str, ...]:
    if not directory:
        return ()
    from pluginkit.runtime.discovery import wheel_names

    try:
        return wheel_names(directory)
    except OSError:
        return ()


def _verified(asked: Asked, apis: Sequence[type], listed: Listing) -> Plan:
    from pluginkit.runtime.discovery import discover_installed, discover_wheels
    from pluginkit.runtime.host import find_host
    from pluginkit.runtime.verify import verify

    found = distributions(listed)
    hosting = find_host(found, apis, asked, parsed(asked.trust))
    trust = hosting.host.trust
    if asked.directory:  # a release there says which wheels are not plugins
        hosting = replace(hosting, watched=(*hosting.watched, watch(asked.directory, ("release.json",))))
    groups = hosting.host.contract.groups
    if asked.group or asked.directory:
        groups = (asked.group,) if asked.group else ()
    if not (groups or asked.directory):
        raise PluginkitError("nowhere to look for plugins", hint="name a directory of wheels, or an entry-point group")
    wheels = discover_wheels(asked.directory, trust) if asked.directory else ()
    installed = discover_installed(found, groups, trust, hosting.workspace) if groups else ()
    plan = verify([*wheels, *installed], hosting, strict=asked.strict)
    return replace(plan, watched=(*plan.watched, *_whatever_registers(listed, found)))


def _whatever_registers(listed: Listing, found: Sequence[Distribution]) -> Iterator[Watched]:
    """Yield what would make a plugin, a host or an API of any distribution: a file more or less, or another text."""
    read: dict[str, list[str]] = {}
    for one in found:
        names = (name for name in (ENTRY_POINTS, STAMP_FILE) if name in one.files)
        read.setdefault(one.root, []).extend(f"{one.metadata}/{name}" for name in names)
    return (watch(root, (*names, *read.get(root, ()))) for root, names in listed)


def _report(plan: Plan, started: Sequence[Result]) -> Report:
    return Report(plan.host, plan.stamped, (*started, *plan.refused))

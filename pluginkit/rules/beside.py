"""PK514 and PK515: what Go plugins do to each other, or to their host, in one process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pluginkit.core.gobinary import GoBinary, Registration
from pluginkit.rules.rule import Case, Problem, Process, rule, shortened


@rule("PK514", "shared-registry")
def shared_registry(case: Case) -> Iterable[Problem]:
    """Warn of a Go plugin that registers a name which its host, or a plugin before it, registers too.

    **What.** Initialisers (`func init`, package-level variables) of two plugins, or of plugin and host, register one
    name in a registry of the whole process: a pattern of `net/http`'s default mux, a variable of `expvar`, a driver of
    `database/sql`, a name of `encoding/gob`, a command-line flag, a profile of `runtime/pprof`. Packages that both have
    run once, and are left out. It is read from the machine code (x86-64), where the name is a constant; whether the
    call is certain to run is not known, so this is a warning.

    **Why.** The second of the two panics inside `plugin.Open`. Each plugin alone works, so no test of one finds it.

    **Example.**

        PK514 plugins/login.so: warning: registers "/oidc/callback" with net/http.Handle, as plugins/admin.so does: the
              second to do so panics
          found     /oidc/callback
          in        example.com/login
          also      plugins/admin.so
          hint: register it under a name of the plugin's own, or let the host register what the plugin returns

    **Fix.** Register under a name of the plugin's own, and where the host can learn of an error: in what it calls after
    Open, and not in an initialiser.
    """
    mine, host = case.evidence.binary, case.host.binary if case.host else None
    if not (mine and host and case.process and case.is_plugin and mine.registrations):
        return
    taken = _taken(host, case.process)
    for one in mine.registrations:
        first = taken.get(_key(one))
        if first is None or one.package in host.packages or _was_run(one, mine, case.process):
            continue
        yield Problem(
            f'registers "{one.name}" with {one.registry}, as {first or "the host"} does: the second to do so panics',
            "register it under a name of the plugin's own, or let the host register what the plugin returns",
            {"found": one.name, "in": one.package, **({"also": first} if first else {})},
            "warning",
        )


@rule("PK515", "shared-package")
def shared_package(case: Case) -> Iterable[Problem]:
    """Warn of a package that two Go plugins share and their host lacks, where type assertions depend on who is first.

    **What.** A package with types that have methods is in two plugins, and not in the host; one of the plugins has a
    table for one of these types as some interface, which the other lacks. It is said once of a package. Packages of
    the standard library, and packages without such types, are not named.

    **Why.** A value in an interface carries such a table, and `x.(*shared.T)` compares tables, not types. A plugin
    that was linked without the table (since it asserts the interface from an `any`) makes one as it runs. The table of
    a plugin that is opened later is another one: there, the assertion fails for a value of that very type.

    **Example.**

        PK515 plugins/b.so: warning: shares acme/shared with plugins/a.so, and the host lacks it: whether a type
              assertion holds depends on which of them is opened first
          tables    *acme/shared.T,acme/pluginapi.I
          hint: convert a value of it to that interface in the host (`var Keep pluginapi.I = &shared.T{}`, and use it)

    **Fix.** Pass between plugins only values of types that the host converts to these interfaces itself. To import
    the package in the host is not enough: it has to use such a conversion, so that the linker keeps the table.
    Or assert interfaces, and no concrete types, of what another plugin made.
    """
    mine, host = case.evidence.binary, case.host.binary if case.host else None
    if not (mine and host and host.packages and case.process and case.is_plugin):
        return
    for package in sorted(mine.packages.keys() - host.packages.keys() & case.process.packages.keys()):
        digest, tables, before = mine.packages[package], mine.itabs.get(package, ()), case.process.tables[package]
        if len(before) != 1 or tables in before or digest != case.process.packages[package].digest:
            continue
        first = case.process.packages[package].subject
        (others,) = before
        yield Problem(
            f"shares {package} with {first}, and the host lacks it: whether a type assertion holds depends on which of "
            "them is opened first",
            _convert(package, set(tables) ^ set(others)),
            {"tables": shortened(sorted(set(tables) ^ set(others))), "also": first},
            "warning",
        )


def _convert(package: str, tables: set[str]) -> str:
    type_, _, interface = min(tables).partition(",")
    value = "&" if type_.startswith("*") else ""
    made = f"{value}{type_.lstrip('*').rpartition('/')[2]}{{}}"
    kept = f"`var Keep {interface.rpartition('/')[2]} = {made}`"
    return f"convert a value of it to that interface in the host ({kept}, and use it), or assert interfaces only"


def _taken(host: GoBinary, process: Process) -> Mapping[tuple[str, str], str]:
    """Return what is registered when a plugin is opened: registry and name to the plugin's subject; empty: the host."""
    found: dict[tuple[str, str], str] = {_key(one): "" for one in host.registrations}
    for binary in process.binaries:
        for one in binary.registrations:
            found.setdefault(_key(one), process.plugins.get(binary.plugin_path, ""))
    return found


def _key(one: Registration) -> tuple[str, str]:
    """Return by what a registry tells names apart: how wildcards of net/http's patterns are called is all the same."""
    if one.registry != "net/http.Handle":
        return one.registry, one.name
    import re

    return one.registry, re.sub(r"\{[^{}.$]+(\.\.\.)?\}", r"{\1}", one.name)


def _was_run(one: Registration, mine: GoBinary, process: Process) -> bool:
    """Return whether the package of a registration was initialised already, by an earlier plugin."""
    return one.package != mine.plugin_path and one.package in process.packages

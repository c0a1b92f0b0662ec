"""How two Go binaries fit: what `plugin.Open` will compare, and which cause explains what differs."""

from collections.abc import Iterable, Mapping
from itertools import chain

from pluginkit.core.frozen import EMPTY, record
from pluginkit.core.gobinary import GoBinary
from pluginkit.rules.causes import Causes, Pair, causes, is_vendored, meant, owner
from pluginkit.rules.rule import Case, Linked, Problem
from pluginkit.rules.ways import go_command, module_edit


@record
class Linkage:
    """What differs between a plugin and the process it would be opened in."""

    packages: tuple[str, ...] = ()
    """Import paths of every shared package of another build, sorted."""
    beside: Mapping[str, str] = EMPTY
    """Those of them that only another plugin has, with that plugin's subject."""
    causes: Causes = Causes()
    """Why the others differ."""


def linkage(case: Case) -> Linkage | None:
    """Compare a Go plugin with its host and the plugins loaded before it; None where either is not known.

    This is runtime.lastmoduleinit's comparison, of every package and not until the first that differs. Several rules
    ask for it: it is made once while an artifact is judged.
    """
    if case.process is None:
        return _compared(case)
    known = case.process.compared
    if known is None or known[0] is not case:
        known = case.process.compared = (case, _compared(case))
    return known[1]


def _compared(case: Case) -> Linkage | None:
    mine, host = case.evidence.binary, case.host.binary if case.host else None
    if mine is None or host is None or mine.kind != "plugin":
        return None
    if mine.packages.items() <= host.packages.items():
        return Linkage()
    beside: dict[str, str] = {}
    differing: list[str] = []
    opened = case.process.packages if case.process else {}
    for path, digest in mine.packages.items():
        theirs = host.packages.get(path)
        if theirs is None and path in opened and path != mine.plugin_path:
            theirs = opened[path].digest
            if theirs != digest:
                beside[path] = opened[path].subject
        if theirs is not None and theirs != digest:
            differing.append(path)
    if not differing:
        return Linkage()
    differing.sort()
    with_host = [path for path in differing if path not in beside]
    return Linkage(tuple(differing), beside, causes(mine, host, with_host) if with_host else Causes())


def go_versions(case: Case) -> Pair | None:
    """Return the Go versions (plugin, host) where they are the cause: by the binaries, else by stamp and lock."""
    found = linkage(case)
    if found is not None:
        return found.causes.go
    mine = case.evidence.binary
    theirs = case.host.toolchain.get("go", "") if case.host and not case.host.binary else ""
    return (mine.go_version, theirs) if mine and theirs and mine.go_version != theirs else None


def flags(case: Case) -> Mapping[str, Pair]:
    """Return the build settings (plugin, host) that are a cause: by the binaries, else by one and the lock."""
    found = linkage(case)
    if found is not None:
        return found.causes.flags
    mine = case.evidence.binary
    if mine is None or case.host is None or case.host.binary or not case.host.toolchain:
        return {}
    wanted = {"-trimpath": "true", "-tags": case.host.toolchain.get("tags", "")}
    pairs = {name: (mine.settings.get(name, ""), value) for name, value in wanted.items()}
    return {name: pair for name, pair in pairs.items() if meant(name, pair[0]) != meant(name, pair[1])}


def packages_fact(case: Case) -> dict[str, tuple[str, ...]]:
    """Return the packages that Go's version or the flags explain as a fact of a finding."""
    found = linkage(case)
    if not found or not found.packages:
        return {}
    elsewhere = {*found.beside, *found.causes.rest, *chain.from_iterable(found.causes.packages.values())}
    return {"packages": tuple(path for path in found.packages if path not in elsewhere)}


def module_problems(case: Case) -> Iterable[Problem]:
    """Yield what PK404 says of each module that is a cause; the edit that brings all of them into step is said once."""
    found = linkage(case)
    modules = found.causes.modules if found else {}
    hint = module_edit(case, modules)
    for path, (used, offered) in modules.items():
        mine = found.causes.packages[path] if found else ()
        yield Problem(
            f"built with {path} {used}, the host with {offered}",
            hint,
            {"found": f"{path} {used}", "expected": f"{path} {offered}", "packages": mine, **_note(case, hint)},
        )
        hint = ""


def follows_from_module(case: Case, path: str) -> bool:
    """Return whether PK404 says why a package differs, and what to do."""
    found = linkage(case)
    return found is not None and path in chain.from_iterable(found.causes.packages.values())


def rest_problem(case: Case, found: Linkage) -> Problem:
    """Return what PK405 says of the packages that differ from the host's, and for no cause that is known."""
    rest = found.causes.rest
    return Problem(
        f"{counted(rest)} that it shares with the host {'is another build' if len(rest) == 1 else 'are other builds'}",
        "" if found.causes.modules else _one_source(case),
        {"packages": rest, **_note(case, "first")},
    )


def counted(paths: Iterable[str]) -> str:
    """Return how many packages there are, in words."""
    count = len(tuple(paths))
    return f"{count} package{'' if count == 1 else 's'}"


def open_plugin(case: Case) -> None:
    """Add to the process of a case what opening its plugin, an accepted one, adds: dlopen makes its symbols global.

    One that shares no memory with the host adds nothing but its name.
    """
    binary, process = case.evidence.binary, case.process
    if process is not None and case.is_plugin and not case.evidence.shares_memory:
        process.plugins.setdefault(case.evidence.name, case.evidence.subject)
    if process is None or binary is None or binary.kind != "plugin":
        return
    process.compared = None
    process.binaries.append(binary)
    there: Mapping[str, str] = case.host.binary.packages if case.host and case.host.binary else {}
    for path in binary.packages.keys() - there.keys():
        process.packages.setdefault(path, Linked(binary.packages[path], case.evidence.subject))
        process.tables.setdefault(path, set()).add(binary.itabs.get(path, ()))
    for name in (case.evidence.name, binary.plugin_path):
        process.plugins.setdefault(name, case.evidence.subject)


def _one_source(case: Case) -> str:
    """Return how packages come to agree that differ for no cause in modules or flags."""
    mine, host = case.evidence.binary, case.host.binary if case.host else None
    if mine is None or host is None:
        return ""
    if not any(one.settings.get("-trimpath") == "true" for one in (mine, host)):
        return "build both with -trimpath: without it the directory of the checkout is part of every package"
    if is_vendored(mine) and not is_vendored(host):
        return f"in the plugin's repository: `go mod vendor && {go_command(case)}`"
    return f"rebuild it from the host's checkout: {case.rebuild}"


def _note(case: Case, first: str) -> dict[str, tuple[str, ...]]:
    """Return as a fact what else is to be said of packages that differ; of several findings only with the `first`."""
    found, mine, host = linkage(case), case.evidence.binary, case.host.binary if case.host else None
    if not first or found is None or mine is None or host is None:
        return {}
    lines = [
        f"{name} differs and is not the cause: {pair[0] or 'unset'}, the host has {pair[1] or 'unset'}"
        for name, pair in found.causes.beside.items()
    ]
    lines += _of_source(found.causes, mine, host)
    return {"note": tuple(lines)} if lines else {}


def _of_source(found: Causes, mine: GoBinary, host: GoBinary) -> list[str]:
    """Return what is known of where packages without a cause come from."""
    lines = [f"the {who} is built from vendored modules" for who, one in (("plugin", mine), ("host", host))
             if found.rest and is_vendored(one)]  # fmt: skip
    if found.rest and found.modules:
        lines.append("it may differ because of what it imports: see PK404")
    elif found.rest and all(owner(path, [mine.main_module]) for path in found.rest) and not found.flags:
        lines.append(f"the modules are of the same versions: only packages of {mine.main_module} itself differ")
    return lines

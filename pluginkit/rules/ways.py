"""Ways back into step: the commands that rebuild a plugin, by where it comes from and how its host was built."""

from __future__ import annotations

from collections.abc import Mapping

from pluginkit.core.gobinary import USUAL, GoBinary, build_flags
from pluginkit.core.verdict import Evidence, Host
from pluginkit.rules.causes import Pair, is_vendored, released

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.rules.rule import Case

_VARIABLES = (*USUAL, "CGO_CFLAGS", "CGO_CPPFLAGS", "CGO_CXXFLAGS", "CGO_LDFLAGS")


def is_member(evidence: Evidence, host: Host | None) -> bool:
    """Return whether a plugin is a member of the workspace that the host was built in, as far as the two tell.

    A Go plugin is one when it has the host's lock or main module, and the host a lock at all.
    """
    if evidence.binary is None or host is None:
        return evidence.binary is None or evidence.stamp is not None
    if host.binary is None:
        return evidence.stamp is not None
    if not host.lock:
        return False
    same_lock = evidence.stamp is not None and evidence.stamp.lock == host.lock
    return same_lock or evidence.binary.main_module == host.binary.main_module != ""


def rebuild(evidence: Evidence, host: Host | None) -> str:
    """Return the command, in backticks, that builds a plugin anew: for the root of its workspace or repository.

    `pluginkit align` brings what is opened into the host in step with it; anything else has to have a workspace.
    """
    if is_member(evidence, host) or not evidence.shares_memory:
        name = _member_name(evidence)
        return f"`pluginkit build {quoted(name)}`" if name else "`pluginkit build`"
    if host is None or host.binary is None:
        return f"`{_plain_command(evidence, None)}`"
    return f"`{_align(host)}`"


def stamping(case: Case) -> str:
    """Return how a plugin gets a stamp: `go build` gives none, and neither does `pluginkit align`."""
    if is_member(case.evidence, case.host):
        return f"build it with {case.rebuild}"
    return "in its repository, `pluginkit init` and `pluginkit build` give it one"


def unstamped(case: Case) -> str:
    """Return the command or option, in backticks, that compares an artifact without a stamp with its host."""
    if case.host is None or case.host.binary is None:
        return "`--unstamped`"
    return f"`pluginkit verify {quoted(case.evidence.subject)} --host {quoted(case.host.label)} --unstamped`"


def go_command(case: Case) -> str:
    """Return the `go build` that builds a plugin as its host was built, for the root of the plugin's module."""
    return _plain_command(case.evidence, case.host.binary if case.host else None)


def as_host(case: Case, *, go: str = "") -> str:
    """Return how a plugin gets Go's version and the flags of its host; `go` is the version, where that differs."""
    install = f"install {go} and " if go else ""
    host = case.host
    member = is_member(case.evidence, host) or not case.evidence.shares_memory
    if host is None or host.binary is None or member:
        return f"{install}rebuild it: {case.rebuild}"
    return f"{install}build it as the host was: `{go_command(case)}`; or let {case.rebuild} do it"


def module_edit(case: Case, modules: Mapping[str, Pair]) -> str:
    """Return the one edit that gives a plugin's module the host's versions and replacements of `modules`."""
    mine = case.evidence.binary
    own = mine.main_module if mine else ""
    stuck = [path for path, pair in modules.items() if not _can_follow(pair)]
    edit = _edit({path: pair for path, pair in modules.items() if path not in (*stuck, own)}, mine)
    parts = []
    if edit:
        member = case.host is None or is_member(case.evidence, case.host)
        again = case.rebuild if member else f"`{go_command(case)}`; or let {case.rebuild} do it"
        parts.append(f"in the plugin's module: `{edit}`, then {again}")
    if own in modules and own not in stuck:
        parts.append(f"build the plugin from {own} {modules[own][1]}, as it shares packages of that module")
    if stuck:
        parts.append(f"build both in one checkout of {', '.join(stuck)}: the host has it from a directory")
    return "; ".join(parts)


def _edit(modules: Mapping[str, Pair], mine: GoBinary | None) -> str:
    """Return one shell command; empty where there is nothing to edit."""
    edits, gets = [], []
    for path, (used, offered) in modules.items():
        if offered.startswith("=>"):
            edits.append(f"-replace={quoted(path + '=' + offered.removeprefix('=> ').replace(' ', '@'))}")
            continue
        if used.startswith("=>"):
            edits.append(f"-dropreplace={quoted(path)}")
        gets.append(quoted(f"{path}@{offered}"))
    uses_workspace = any(used == "(devel)" and mine and path != mine.main_module for path, (used, _) in modules.items())
    steps = [f"go mod edit {' '.join(edits)}"] if edits else []
    steps += [f"go get {' '.join(gets)}"] if gets else []
    steps += ["go mod tidy"] if any(one.startswith("-replace") for one in edits) else []
    steps += ["go mod vendor"] if steps and mine and is_vendored(mine) else []
    prefix = "export GOWORK=off && " if uses_workspace else ""
    return prefix + " && ".join(steps) if steps else ""


def _can_follow(pair: Pair) -> bool:
    """Return whether go.mod can name what the host has: a version, and not a directory."""
    offered = pair[1]
    return bool(released(offered.removeprefix("=> "))) if offered.startswith("=>") else offered != "(devel)"


def _plain_command(evidence: Evidence, host: GoBinary | None) -> str:
    settings = host.settings if host else {"-trimpath": "true"}
    flags = map(quoted, build_flags(settings))
    words = ["CGO_ENABLED=1", *_variables(evidence, host), "go build", *flags, "-buildmode=plugin"]
    return " ".join([*words, f"-o {quoted(_file(evidence))} {quoted(_package(evidence))}"])


def _variables(evidence: Evidence, host: GoBinary | None) -> list[str]:
    """Return the assignments that build a plugin for the host's platform, with its experiments and C flags."""
    if host is None:
        return []
    mine, found = evidence.binary, []
    if mine and mine.platform != host.platform:
        system, _, processor = host.platform.partition("/")
        found += [f"GOOS={system}", f"GOARCH={processor}"]
    if host.experiments or (mine and mine.settings.get("GOEXPERIMENT")):
        found.append(f"GOEXPERIMENT={host.experiments}")
    own = [name for name in _VARIABLES if host.settings.get(name, "") not in ("", USUAL.get(name))]
    return found + [f"{name}={quoted(host.settings[name])}" for name in own]


def _file(evidence: Evidence) -> str:
    name = evidence.subject.replace("\\", "/").rpartition("/")[2]
    return name if name.endswith(".so") else f"{evidence.name}.so"


def _package(evidence: Evidence) -> str:
    """Return the main package as it is named in the root of its module."""
    binary = evidence.binary
    if binary is None or not binary.main.startswith(f"{binary.main_module}/"):
        return "."
    return f"./{binary.main.removeprefix(f'{binary.main_module}/')}"


def _member_name(evidence: Evidence) -> str:
    if evidence.stamp or evidence.binary is None or not evidence.binary.main:
        return evidence.name
    return evidence.binary.main.rpartition("/")[2]


def _align(host: Host) -> str:
    return f"pluginkit align --host {quoted(host.label)}"


def quoted(text: str) -> str:
    """Return a word as a shell takes it."""
    from shlex import quote  # only a refusal needs it, and hosts import the rules

    return quote(text)

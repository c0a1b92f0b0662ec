"""PK4: plugin and host were built for, and from, things that go together."""

from collections.abc import Iterable

from pluginkit.core.names import normalize
from pluginkit.core.stamp import Stamp
from pluginkit.core.verdict import Host
from pluginkit.rules.extras import extra_problems
from pluginkit.rules.linked import (
    counted,
    flags,
    go_versions,
    linkage,
    module_problems,
    packages_fact,
    rest_problem,
)
from pluginkit.rules.linking import cannot_open, tested_package
from pluginkit.rules.modes import no_plugins, without_mode
from pluginkit.rules.platforms import python_problems, tag_problems
from pluginkit.rules.rule import Case, Problem, defects, rule
from pluginkit.rules.versions import admits, needed
from pluginkit.rules.ways import as_host


@rule("PK401", "toolchain")
def toolchain(case: Case) -> Iterable[Problem]:
    """Refuse a plugin that another Go compiled; warn of one that another build backend of the same name made.

    **What.** Go: another version than the host's, and packages of the standard library differ with it. It is the cause
    of everything that differs then, but for modules of another version (PK404), and the packages are listed with it.
    Where all packages of two patch releases are the same, Go accepts the plugin (PK413). Python, as a warning: another
    version of the host's build backend.

    **Why.** Go opens a plugin only when every package that it shares with the host is the same build, and the runtime
    itself is one of them. Python's wheels of two backends do work together, but a backend that differs says that the
    plugin comes from another build environment.

    **Example.**

        PK401 plugins/filter.so: compiled by go1.26.6, the host by go1.27.3
          found     go1.26.6   expected  go1.27.3
          hint: install go1.27.3 and rebuild it: `pluginkit build filter`

    **Fix.** Rebuild with the toolchain that the host's lock names.
    """
    if not (case.host and case.is_plugin):
        return
    found = go_versions(case)
    if found:
        yield Problem(
            f"compiled by {found[0]}, the host by {found[1]}",
            as_host(case, go=found[1]),
            {"found": found[0], "expected": found[1], **packages_fact(case)},
        )
    elif case.evidence.stamp:
        yield from _other_backend(case, case.evidence.stamp, case.host)


@rule("PK402", "build-flags")
def build_flags(case: Case) -> Iterable[Problem]:
    """Refuse a Go plugin that was compiled with other flags than its host.

    **What.** A flag differs, and packages that both have differ because of it; they are listed with it. `-trimpath`,
    `-race`, `-msan`, `-asan` and `GOEXPERIMENT` change every build, and a package of the standard library shows it.
    `-tags`, `-gcflags` and `-cover` change some packages: they are named where such a package differs, and nothing else
    explains it. `GOAMD64`, `GOFIPS140`, `CGO_CFLAGS`, `-ldflags` and tags that select no file are never a cause. Or the
    host cannot open plugins at all, or was built without what runs plugins of this mode (`subprocess`, `wasm`), whose
    flags may differ.

    **Why.** The flags change what the compiler writes, and Go's runtime compares that. It names the first package that
    differs, never the flag: without `-trimpath` even two checkouts of one commit do not go together.

    **Example.**

        PK402 plugins/filter.so: compiled with other flags than the host: -trimpath
          found     -trimpath unset   expected  -trimpath=true
          hint: rebuild it: `pluginkit build filter`

    **Fix.** Build host and plugins with one set of flags: `pluginkit build` takes them from one lock. A plugin in
    another repository is built with the flags of the host's build information, which the hint spells out.
    """
    if not (case.host and case.is_plugin):
        return
    if not case.evidence.shares_memory:
        yield from without_mode(case.host, case.evidence.mode)
        return
    if case.host.binary and case.evidence.binary and not case.host.binary.packages:
        if cannot_open(case.host.binary):
            return
        yield from no_plugins(case.host)
        return
    differing = flags(case)
    if differing:
        yield Problem(
            f"compiled with other flags than the host: {', '.join(differing)}",
            "" if go_versions(case) else as_host(case),
            {
                "found": tuple(_spelled(name, pair[0]) for name, pair in differing.items()),
                "expected": tuple(_spelled(name, pair[1]) for name, pair in differing.items()),
                **({} if go_versions(case) else packages_fact(case)),
            },
        )


@rule("PK403", "platform")
def platform(case: Case) -> Iterable[Problem]:
    """Refuse a plugin that does not run on the host's Python, or on its platform.

    **What.** Go: it is for another operating system or processor, or an object that Go has no plugins for. Python:
    its `requires-python` excludes the host's interpreter (where only a range is known: shares no version with the
    host's range), or none of its wheel tags is one the host accepts. Of a release, the tags of its compiled wheels say
    where the host runs; where all of them are pure Python, it is taken to run on the machine that verifies.
    What else differs of a Go plugin for another platform follows from that, and is not listed. A WebAssembly module
    is for every platform.

    **Why.** An installer refuses such a wheel, but a directory of plugins has no installer, and an extension module for
    another interpreter fails at import, or worse.

    **Example.**

        PK403 filter-1.0.0-py3-none-any.whl: requires Python >=3.13, the host runs 3.11.7
          found     >=3.13   expected  3.11.7
          hint: widen requires-python and rebuild it, or run the host on a Python it admits

    **Fix.** Declare the range you test; build extension modules for the host's platform.
    """
    yield from defects("PK403", "build it where the host runs: {rebuild}")(case)
    if not (case.host and case.is_plugin):
        return
    if case.is_foreign and case.evidence.binary:
        found, expected = case.evidence.binary.platform, case.host.platform
        yield Problem(
            f"built for {found}, the host runs on {expected}",
            as_host(case),
            {"found": found, "expected": expected},
        )
    yield from python_problems(case.evidence.requires_python, case.host)
    yield from tag_problems(case.evidence.tags, case.host)


@rule("PK404", "dependency")
def dependency(case: Case) -> Iterable[Problem]:
    """Refuse a plugin that was built with, or requires, other versions than the host has.

    **What.** Go: a module that both use is of another version, or replaced on one side, and packages of it differ;
    they are listed with it. Python: each requirement, with its marker, is held against the versions that the host's
    release pins: a package that is absent, or pinned to a version outside the range. Requirements of extras are left
    out, but those of an extra that an entry point names (`acme:New [gpu]`) count. Left out are APIs that the
    host does not have, too: those are PK301.

    **Why.** All plugins live in the host's one environment. To satisfy such a plugin an installer would change the
    host's dependencies, or leave the plugin to fail at import.

    **Example.**

        PK404 greeter-1.0.0-py3-none-any.whl: requires rich>=14, the host's release has rich 13.9.4
          found     rich>=14   expected  rich 13.9.4
          hint: widen the requirement and rebuild it, or raise rich in the host's workspace: `pluginkit lock --upgrade`

    **Fix.** Agree on one version in the workspace; `pluginkit lock` finds it, or names both who disagree.
    """
    if case.host and case.is_plugin:
        yield from module_problems(case)
    if not (case.host and case.is_plugin and case.host.pins is not None):
        return
    foreign = _foreign(case.evidence.stamp, case.host)
    for text in case.evidence.requires:
        found = needed(text, case.host.python)
        if found is None:
            yield Problem(f"{text!r} is not a requirement", "write it as PEP 508 wants it", {"found": text})
            continue
        name, specifiers = normalize(found[0]), found[1]
        pinned = case.host.pins.get(name)
        if not name or name in foreign:
            continue
        if pinned is None and name not in (normalize(case.host.name), normalize(case.evidence.name)):
            yield _absent(text, name)
        elif pinned and specifiers and not admits(specifiers, pinned):
            yield _outside(text, name, pinned, case.host)
    yield from extra_problems(case, case.host)


@rule("PK405", "package-hash")
def package_hash(case: Case) -> Iterable[Problem]:
    """Refuse a Go plugin whose shared packages are not the builds that the host has.

    **What.** The linker writes a hash of every package into host and plugin. Those of the packages that both have are
    compared, all of them, and all that differ are listed. Also compared are packages that the host lacks and a plugin
    loaded before has. Where PK401 or PK402 is the cause, the list stands there.

    **Why.** `plugin.Open` makes this very comparison, stops at the first package that differs, and says neither why nor
    what to do: "plugin was built with a different version of package X".

    **Example.**

        PK405 plugins/filter.so: 1 package that it shares with the host is another build
          packages  acme/pluginapi
          hint: rebuild it from the host's checkout: `pluginkit build filter`

    **Fix.** Build both from one checkout. What PK303 or PK404 says of the same plugin is usually the reason.
    """
    found = linkage(case)
    if found is None or not case.is_plugin:
        return
    if found.causes.rest and not tested_package(case, found.causes.rest):
        yield rest_problem(case, found)
    for other in dict.fromkeys(() if found.causes.everything else found.beside.values()):
        shared = [path for path, subject in found.beside.items() if subject == other]
        yield Problem(
            f"{counted(shared)} that it shares with {other} "
            + ("is another build" if len(shared) == 1 else "are other builds"),
            "build both plugins from one checkout, or load only one of them",
            {"packages": tuple(shared), "also": other},
        )


@rule("PK406", "other-lock")
def other_lock(case: Case) -> Iterable[Problem]:
    """Warn of a plugin that was built under another lock than the host.

    **What.** The stamps have different digests of what `pluginkit.lock` seals for all artifacts: APIs, the toolchain,
    pluginkit, and for Go the files that pin dependencies. A warning, an error with `same-lock = true`. The warning is
    left out where the API differs too: the lock seals it, so that is the cause; and for a Go plugin of another module
    than the host's, which has a lock of its own. Which members there are, and which
    third-party packages, makes no difference: requirements are compared with the host's pins (PK404).

    **Why.** Authors outside the monorepo have a lock of their own, and what matters of it is checked one by one (PK3,
    PK401, PK404). A closed monorepo that ships everything from one commit can ask for more.

    **Example.**

        PK406 filter-1.0.0-py3-none-any.whl: warning: built under another lock than the host
          found     sha256:77ab...   expected  sha256:1c02...
          hint: rebuild host and plugins from one commit: `pluginkit build --locked`

    **Fix.** Build the whole release from one commit.
    """
    if not (case.host and case.is_plugin and case.evidence.stamp and case.host.lock):
        return
    strict = case.contract.same_lock
    unexpected = _is_near(case) and _same_apis(case.evidence.stamp, case.host)
    if case.evidence.stamp.lock != case.host.lock and (strict or unexpected):
        yield Problem(
            "built under another lock than the host",
            "rebuild host and plugins from one commit: `pluginkit build --locked`",
            {"found": case.evidence.stamp.lock, "expected": case.host.lock},
            "error" if strict else "warning",
        )


def _foreign(stamp: Stamp | None, host: Host) -> set[str]:
    """Return the normal forms of the APIs that a plugin was built against and the host does not have."""
    return {normalize(api.name) for api in stamp.apis if host.api(api.name) is None} if stamp else set()


def _is_near(case: Case) -> bool:
    """Return whether host and plugin can come from one commit: for Go, that they have one main module."""
    mine, theirs = case.evidence.binary, case.host.binary if case.host else None
    return mine is None or theirs is None or mine.main_module == theirs.main_module


def _same_apis(stamp: Stamp, host: Host) -> bool:
    digests = {api.name: api.digest for api in host.apis}
    return all(digests.get(api.name) == api.digest for api in stamp.apis)


def _absent(text: str, name: str) -> Problem:
    return Problem(
        f"requires {text}, the host's release has no {name}",
        f"add {name} to the dependencies of the host or of a plugin of its workspace, then `pluginkit lock`",
        {"found": text, "expected": "absent"},
    )


def _outside(text: str, name: str, pinned: str, host: Host) -> Problem:
    widen = "widen the requirement and rebuild it, or"
    if host.lock:
        found, hint = "the host's release", f"{widen} raise {name} in the host's workspace: `pluginkit lock --upgrade`"
    else:
        found, hint = "the host", f"{widen} bring the host to a version of {name} that it admits"
    return Problem(
        f"requires {text}, {found} has {name} {pinned}", hint, {"found": text, "expected": f"{name} {pinned}"}
    )


def _other_backend(case: Case, stamp: Stamp, host: Host) -> Iterable[Problem]:
    mine, theirs = stamp.toolchain.get("backend", ""), host.toolchain.get("backend", "")
    if mine != theirs and mine.partition(" ")[0] == theirs.partition(" ")[0]:
        yield Problem(
            f"built with {mine}, the host with {theirs}",
            f"rebuild it in the host's workspace: {case.rebuild}",
            {"found": mine, "expected": theirs},
            "warning",
        )


def _spelled(name: str, value: str) -> str:
    return f"{name}={value}" if value else f"{name} unset"

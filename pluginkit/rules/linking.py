"""PK407 to PK412: what the dynamic loader refuses of a Go plugin before Go's runtime looks at it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from pluginkit.core.gobinary import GoBinary
from pluginkit.core.linking import Unmet
from pluginkit.rules.linked import linkage
from pluginkit.rules.rule import Case, Problem, rule, shortened

_NOT_MUSL = ("__isoc23_", "gnu_get_libc_", "backtrace")
"""How names begin of functions that glibc has and no musl."""
_CHECKED = r"__\w+_chk"
"""Functions that glibc's headers call with _FORTIFY_SOURCE."""
_LIBC = {"musl": "musl", "glibc": "glibc (the GNU C library)"}


@rule("PK407", "shared-library")
def shared_library(case: Case) -> Iterable[Problem]:
    """Refuse a Go plugin that needs a shared library which its host's process would not find.

    **What.** The plugin's C code is linked with a library (`DT_NEEDED`) that the host does not have, and that the
    dynamic loader would not find where the host runs: by RPATH and RUNPATH of host and plugin, `LD_LIBRARY_PATH`, the
    loader's cache and its directories. Libraries of these libraries count too, and so do those that plugins before it
    brought. Or it is linked with another C library than the host: with musl (Alpine), for a host of glibc.

    `pluginkit verify` looks on this machine, where the host itself would start there, and otherwise compares only the
    two binaries. With `--sysroot DIR` it looks in a copy of the host's file system, such as an unpacked image.
    A plugin linked with glibc may work in a host of musl: where nothing is known of that machine, it is a warning, and
    refused only if it uses what no musl has, such as the functions that `_FORTIFY_SOURCE` calls (`__printf_chk`).

    **Why.** `plugin.Open` calls `dlopen`, which opens all of these libraries or none.

    **Example.**

        PK407 plugins/scan.so: needs libpcre2-8.so.0, which is not found on this machine
          found     libpcre2-8.so.0
          hint: install the library where the host runs, or link the plugin with its static archive

    **Fix.** Install the library on the host's machine, or let RUNPATH name its directory by an absolute path: a host
    that `pluginkit new` wrote opens a copy of each plugin, beside which `$ORIGIN` finds nothing. A plugin for Alpine
    has to be built on Alpine, or with a C compiler for musl, and so has its host.
    """
    mine, host = case.evidence.binary, case.host.binary if case.host else None
    if not (mine and host and _is_opened(case, mine)):
        return
    libraries = (mine.linking.libc, host.linking.libc)
    if libraries == ("musl", "glibc"):
        yield _other_libc(case, "error", mine, host)
        return
    if libraries == ("glibc", "musl") and not (case.host and case.host.loader and case.host.loader.is_known):
        yield _other_libc(case, "error" if _lacking(mine, host) else "warning", mine, host)
    for one in _unmet(case, "library"):
        what = f"needs {one.by}, which needs {one.name}" if one.by else f"needs {one.name}"
        if one.reason:
            yield Problem(
                f"{what}: {one.library} {_where(case)} is {one.reason}",
                "install the library where the host runs, and rebuild the plugin with it",
                {"found": one.library, "expected": one.name},
            )
        else:
            yield Problem(
                f"{what}, which is not found {_where(case)}",
                "install the library where the host runs, or link the plugin with its static archive",
                {"found": one.name},
            )


@rule("PK408", "symbol-version")
def symbol_version(case: Case) -> Iterable[Problem]:
    """Refuse a Go plugin that needs a newer shared library than its host's process has.

    **What.** Libraries give their symbols versions, such as `GLIBC_2.34`. The plugin, or a library that it brings, was
    linked with one that defines a version which the library that the host finds does not define. It is looked for as
    PK407 says.

    **Why.** A plugin that was built on a newer system than the one that the host runs on cannot be opened there:
    `version 'GLIBC_2.38' not found`. A host that was built there too would not even start, but an older one does.

    **Example.**

        PK408 plugins/scan.so: needs GLIBC_2.38, which /usr/lib/x86_64-linux-gnu/libc.so.6 does not define
          found     GLIBC_2.38
          hint: build the plugin on the system that the host runs on, or on an older one

    **Fix.** Build where the host runs, or in a container of that system.
    """
    for library, found in _by_library(_unmet(case, "version")).items():
        names = ", ".join(one.name for one in found)
        yield Problem(
            f"needs {names}, which {library} does not define {_where(case)}",
            "build the plugin on the system that the host runs on, or on an older one",
            {"found": tuple(one.name for one in found), "library": library},
        )


@rule("PK409", "unresolved-symbol")
def unresolved_symbol(case: Case) -> Iterable[Problem]:
    """Refuse a Go plugin whose C code uses a symbol that nothing in its host's process defines.

    **What.** A C function or variable that is undefined in the plugin is defined neither by the host, nor by a library
    that the two need, nor by a plugin that is opened before it. Weak symbols may stay undefined. It is looked for as
    PK407 says.

    **Why.** Linkers let shared objects have undefined symbols, so the build succeeds. `plugin.Open` binds all of them
    at once, and fails at the first that is missing: `undefined symbol: pcre2_compile_8`.

    **Example.**

        PK409 plugins/scan.so: uses pcre2_compile_8, which nothing in the host's process defines
          found     pcre2_compile_8
          hint: link the library that defines it, with a line `#cgo LDFLAGS: -l...`, and rebuild it

    **Fix.** Name the library in `#cgo LDFLAGS`, or define the function.
    """
    found = _unmet(case, "symbol")
    if not found:
        return
    names = [one.name + (f" (of {one.by})" if one.by else "") for one in found]
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    yield Problem(
        f"uses {names[0]}{more}, which nothing in the host's process defines {_where(case)}",
        f"link the library that defines {found[0].name.partition('@')[0]}: `#cgo LDFLAGS: -l...`, then rebuild it",
        {"found": shortened(names)},
    )


@rule("PK410", "static-tls")
def static_tls(case: Case) -> Iterable[Problem]:
    """Refuse a Go plugin with more thread-local storage in the static block than its host's process has left.

    **What.** C code that was compiled with `-ftls-model=initial-exec`, or the attribute of that name, wants its
    `__thread` variables at a fixed distance from the thread's pointer. glibc keeps 1664 bytes there for all that is
    opened later; musl keeps nothing.

    **Why.** `plugin.Open` fails: `cannot allocate memory in static TLS block`.

    **Example.**

        PK410 plugins/scan.so: has 2008 bytes of static thread-local storage, more than the host's process has left
          found     2008
          hint: compile its C code without -ftls-model=initial-exec, or start the host with
                GLIBC_TUNABLES=glibc.rtld.optional_static_tls=4096

    **Fix.** Compile the C code with the default model, in which such storage lies anywhere.
    """
    for one in _unmet(case, "tls"):
        musl = bool(case.host and case.host.binary and case.host.binary.linking.libc == "musl")
        tunable = "" if musl else ", or start the host with GLIBC_TUNABLES=glibc.rtld.optional_static_tls=4096"
        yield Problem(
            f"has {one.name} bytes of static thread-local storage, more than the host's process has left",
            f"compile its C code without -ftls-model=initial-exec{tunable}",
            {"found": one.name},
        )


@rule("PK411", "plugin-path")
def plugin_path(case: Case) -> Iterable[Problem]:
    """Refuse a Go plugin whose exports cannot be looked up by its plugin path.

    **What.** It exports functions or variables, and no dynamic symbol is called `<plugin path>.<name>`, since it was
    linked with a `-pluginpath` of its own: `go build -ldflags=-pluginpath=...`.

    **Why.** `plugin.Open` looks up each export by the plugin path, and fails where one is missing: `could not find
    symbol New`. The go command compiles the package with the path that it chose itself.

    **Example.**

        PK411 plugins/filter.so: its exports cannot be looked up: no symbol is called reload-7.New
          found     reload-7
          hint: rebuild it without -ldflags=-pluginpath=...

    **Fix.** Leave `-pluginpath` to the go command. To open a changed plugin again, build it from another import path.
    """
    mine = case.evidence.binary
    if mine and case.is_plugin and mine.unlinked:
        yield Problem(
            f"its exports cannot be looked up: no symbol is called {mine.plugin_path}.{mine.unlinked[0]}",
            f"rebuild it without -ldflags=-pluginpath=...: {case.rebuild}",
            {"found": mine.plugin_path, "exports": shortened(list(mine.unlinked))},
        )


@rule("PK412", "host-linking")
def host_linking(case: Case) -> Iterable[Problem]:
    """Refuse plugins for a Go host that cannot open any, by how it was linked.

    **What.** The host imports `plugin`, and is linked statically (`-extldflags=-static`, or `-static-pie`), so that it
    has no dynamic loader; or it was linked by Go's own linker (`-linkmode=internal`), which exports no symbols to
    plugins. Or it is the binary of `go test`, and the plugin uses the package under test. A host without cgo, and one
    that does not import `plugin`, is PK402.

    **Why.** The Go runtime of such a host ends the process when it opens a plugin: `runtime: no plugin module data`.
    And `go test` compiles a package with its tests, so that it is another build than the plugin's, as is all that
    imports it.

    **Example.**

        PK412 plugins/filter.so: the host cannot open plugins: it is linked statically
          found     no dynamic loader
          hint: build the host without -extldflags=-static

    **Fix.** Link the host dynamically. For an image without a C library, take one that has it, such as a slim one of
    Debian, and not `scratch`. Open plugins in tests of a package that no plugin imports.
    """
    mine, host = case.evidence.binary, case.host.binary if case.host else None
    if mine and host and case.is_plugin and cannot_open(host):
        static = not host.linking.interpreter
        yield Problem(
            "the host cannot open plugins: "
            + ("it is linked statically" if static else "it was linked by Go's own linker (-linkmode=internal)"),
            "build the host without "
            + ("-extldflags=-static" if static else "-ldflags=-linkmode=internal, as Go links it by default"),
            {"found": "no dynamic loader" if static else "no exported packages"},
        )
    found = linkage(case)
    tested = tested_package(case, found.packages) if found and not found.causes.everything else ""
    if found and tested:
        yield Problem(
            f"the host is a test binary: `go test` compiled {tested} with its tests, and what imports it anew",
            "open plugins in the tests of a package that no plugin imports",
            {"found": tested, "packages": found.packages},
        )


def cannot_open(host: GoBinary) -> bool:
    """Return whether a host that imports `plugin`, with cgo, cannot open plugins by how it was linked."""
    return host.opens_plugins and not host.packages and host.settings.get("CGO_ENABLED") != "0"


def tested_package(case: Case, differing: Sequence[str]) -> str:
    """Return the package under test where the host is the binary of `go test`, and that package differs."""
    main = case.host.binary.main if case.host and case.host.binary else ""
    tested = main.removesuffix(".test")
    return tested if tested != main and tested in differing else ""


def _is_opened(case: Case, mine: GoBinary) -> bool:
    """Return whether the dynamic loader would come to look at a plugin."""
    host = case.host.binary if case.host else None
    return bool(case.is_plugin and mine.kind == "plugin" and host and host.packages)


def _unmet(case: Case, kind: str) -> Sequence[Unmet]:
    """Return what of a kind the dynamic loader would not find, where that is known."""
    mine, host = case.evidence.binary, case.host
    if not (mine and host and host.binary and host.loader and _is_opened(case, mine)):
        return ()
    if (mine.linking.libc, host.binary.linking.libc) == ("musl", "glibc"):
        return ()
    opened = case.process.binaries if case.process else ()
    return [one for one in host.loader.unmet(mine, opened) if one.kind == kind]


def _by_library(found: Sequence[Unmet]) -> dict[str, list[Unmet]]:
    gathered: dict[str, list[Unmet]] = {}
    for one in found:
        gathered.setdefault(one.library, []).append(one)
    return gathered


def _where(case: Case) -> str:
    return case.host.loader.where if case.host and case.host.loader else ""


def _lacking(mine: GoBinary, host: GoBinary) -> Sequence[str]:
    """Return functions that a plugin uses and no musl has, unless the host brings Alpine's gcompat."""
    if any(name.startswith("libgcompat") for name in host.linking.needed):
        return ()
    return [name for name, _ in mine.linking.undefined if name.startswith(_NOT_MUSL) or re.fullmatch(_CHECKED, name)]


def _other_libc(case: Case, severity: str, mine: GoBinary, host: GoBinary) -> Problem:
    found, expected = mine.linking.libc, host.linking.libc
    lacking = _lacking(mine, host) if found == "glibc" else ()
    sure = "" if severity == "error" else ", and may use what that does not have"
    sure = f", which does not have {lacking[0]}" if lacking else sure
    name_one = "" if severity == "error" else "; or name the host's file system with --sysroot"
    return Problem(
        f"linked with {_LIBC[found]}, the host with {_LIBC[expected]}{sure}",
        f"build it where the host was built, or with a C compiler for {expected}: {case.rebuild}{name_one}",
        {"found": found, "expected": expected},
        "error" if severity == "error" else "warning",
    )

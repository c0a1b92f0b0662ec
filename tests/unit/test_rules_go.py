"""The rules on Go's facts: host and plugins as their binaries tell of themselves in, codes out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from pluginkit.core.api import Api, Contract, Ignore
from pluginkit.core.frozen import replace
from pluginkit.core.gobinary import GoBinary, GoModule, Registration
from pluginkit.core.linking import Linking, Unmet
from pluginkit.core.stamp import Stamp
from pluginkit.core.verdict import Defect, Evidence, Finding, Host
from pluginkit.rules import decide

LOCK = "sha256:" + "1" * 64
API = Api("acme/pluginapi", "v1.0.0", f"h1:{'a' * 43}=", ("pluginapi",), ("interface Plugin",))
CONTRACT = Contract(factory="New", symbols=(("New", "func() pluginapi.Plugin"),))
SETTINGS = {"-trimpath": "true", "CGO_ENABLED": "1", "GOOS": "linux", "GOARCH": "amd64", "GOAMD64": "v1"}
TOOLCHAIN = {"go": "go1.27.3", "goos": "linux", "goarch": "amd64", "goamd64": "v1", "cgo": "1", "tags": ""}
MODULES = (GoModule("acme", "(devel)"), GoModule("example.com/dep", "v1.2.0", "h1:x"))
SHARED = {"runtime": "01", "fmt": "02", "acme/pluginapi": "03", "example.com/dep/sub": "04"}
DIFFERENT = dict.fromkeys(SHARED, "ff")


def binary(**changes: Any) -> GoBinary:
    made = GoBinary(
        kind="plugin", go_version="go1.27.3", main="acme/plugins/filter", main_module="acme",
        plugin_path="acme/plugins/filter", settings=SETTINGS, modules=MODULES, platform="linux/amd64",
        packages={**SHARED, "acme/plugins/filter": "10"}, exports={"New": "func() pluginapi.Plugin"},
    )  # fmt: skip
    return replace(made, **changes)


def stamp(**changes: Any) -> Stamp:
    made = Stamp(
        kind="plugin", name="filter", version="", language="go", apis=(API,), lock=LOCK, inputs=LOCK, payload=LOCK,
        builder="pluginkit 0.1.0", contract=CONTRACT, toolchain=TOOLCHAIN,
    )  # fmt: skip
    return replace(made, **changes)


def plugin(subject: str = "filter.so", stamped: Stamp | None = None, **changes: Any) -> Evidence:
    return Evidence(subject, "go", subject.removesuffix(".so"), stamp=stamped or stamp(), binary=binary(**changes))


def other(subject: str = "other.so", **changes: Any) -> Evidence:
    """A second plugin, of its own package."""
    name = subject.removesuffix(".so")
    packages = {**SHARED, f"acme/plugins/{name}": "11", **changes.pop("more", {})}
    return plugin(subject, plugin_path=f"acme/plugins/{name}", packages=packages, **changes)


def host(**changes: Any) -> Host:
    facts = binary(kind="executable", plugin_path="", packages=dict(SHARED), exports={})
    made = Host("dist", "host", (API,), CONTRACT, LOCK, TOOLCHAIN, language="go", binary=facts)
    return replace(made, **changes)


def host_binary(**changes: Any) -> Host:
    return host(binary=replace(host().binary or binary(), **changes))


def upgraded(version: str = "v1.3.0", replaced_by: str = "") -> tuple[GoModule, ...]:
    return (MODULES[0], GoModule("example.com/dep", version, "h1:y", replaced_by))


OTHER = replace(API, name="acme/other")
BARE = Host("bin/host", "host", (), Contract(), language="go", binary=host().binary)
UNSTAMPED = Evidence("filter.so", "go", "filter", binary=binary())
OTHER_GO = {"go_version": "go1.26.6", "packages": DIFFERENT}
NO_TRIMPATH = {"settings": {**SETTINGS, "-trimpath": "false"}, "packages": DIFFERENT}
ONE_DEP = {**SHARED, "example.com/dep/sub": "ff"}
OTHER_API = {**SHARED, "acme/pluginapi": "ff"}
TAGGED = {**SETTINGS, "-tags": "b,a"}
VENDORED = tuple(replace(module, sum="") for module in MODULES)
WITNESS = {"internal/goexperiment": "01"}
USER = GoModule("example.com/user", "v1.0.0", "h1:z")
ALSO_USER = {**ONE_DEP, "example.com/user": "ff"}
ONLY_HERE = {"example.com/only/here": "01"}

GLIBC, MUSL = "/lib64/ld-linux-x86-64.so.2", "/lib/ld-musl-x86_64.so.1"


@dataclass(frozen=True)
class Machine:
    """A loader that does not find the same for any plugin; from the second on it does."""

    missing: tuple[Unmet, ...] = ()
    is_known: bool = True
    where: str = "on this machine"

    def unmet(self, plugin: GoBinary, opened: Sequence[GoBinary]) -> Sequence[Unmet]:
        return () if opened else self.missing


def on(*missing: Unmet, interpreter: str = GLIBC, known: bool = True, **changes: Any) -> Host:
    """Return a host whose machine lacks something."""
    made = host_binary(linking=Linking(interpreter), **changes)
    return replace(made, loader=Machine(missing, known))


def linked(*needed: str, **changes: Any) -> Evidence:
    return plugin(linking=Linking(needed=needed), **changes)


def registering(*names: str, package: str = "acme/plugins/filter") -> dict[str, tuple[Registration, ...]]:
    return {"registrations": tuple(Registration(package, "net/http.Handle", name) for name in names)}


MORE = {"more": {"acme/shared": "05"}}
TABLE = {"acme/shared": ("*acme/shared.T,acme/pluginapi.I",)}

CASES: list[tuple[str, Evidence | list[Evidence], Host | None, list[str]]] = [
    ("a plugin of the host's build", plugin(), host(), []),
    ("a plugin by itself", plugin(), None, []),
    ("a plugin of unstamped binaries", UNSTAMPED, Host("host", "host", (), Contract(), binary=host().binary), []),
    ("a stamp, and a host without one", plugin(), BARE, []),
    ("a stamp with another API, and a host without one", plugin(stamped=stamp(apis=(OTHER,))), BARE, ["PK301"]),
    ("a stamp, and a host without one that opens no plugins", plugin(),
     replace(BARE, binary=host_binary(packages={}).binary), ["PK402"]),
    # PK401
    ("another Go", plugin(**OTHER_GO), host(), ["PK401"]),
    ("another Go, by the lock alone", plugin(go_version="go1.26.6"), host(binary=None), ["PK401"]),
    ("another Go that nothing shared shows", plugin(go_version="go1.26.6", packages={"x": "1"}), host(), []),
    ("another Go beside another version of a module",
     plugin(go_version="go1.27.2", modules=upgraded(), packages=ONE_DEP), host(), ["PK404", "PK413"]),
    ("another Go and another version of a module",
     plugin(**OTHER_GO, modules=upgraded()), host(), ["PK401", "PK404"]),
    # PK402
    ("no -trimpath", plugin(**NO_TRIMPATH), host(), ["PK402"]),
    ("no -trimpath, by the lock alone", plugin(settings={**SETTINGS, "-trimpath": ""}), host(binary=None), ["PK402"]),
    ("another Go and no -trimpath", plugin(**{**OTHER_GO, **NO_TRIMPATH}), host(), ["PK401", "PK402"]),
    ("tags that change a package of the same source", plugin(settings=TAGGED, packages=ONE_DEP), host(), ["PK402"]),
    ("tags, and another package of the main module", plugin(settings=TAGGED, packages=OTHER_API), host(),
     ["PK402", "PK405"]),
    ("tags beside another version of a module",
     plugin(settings=TAGGED, modules=upgraded(), packages=ONE_DEP), host(), ["PK404"]),
    ("tags beside modules that are vendored",
     plugin(settings=TAGGED, modules=VENDORED, packages=ONE_DEP), host(), ["PK405"]),
    ("tags that change the standard library", plugin(settings=TAGGED, packages={**SHARED, "fmt": "ff"}), host(),
     ["PK402"]),
    ("flags of the main package alone", plugin(settings={**SETTINGS, "-gcflags": "-N -l"}, packages=ONE_DEP), host(),
     ["PK405"]),
    ("flags of another package", plugin(settings={**SETTINGS, "-gcflags": "fmt=-N"}, packages=ONE_DEP), host(),
     ["PK405"]),
    ("flags of that package", plugin(settings={**SETTINGS, "-gcflags": "example.com/...=-N"}, packages=ONE_DEP), host(),
     ["PK402"]),
    ("flags of all packages", plugin(settings={**SETTINGS, "-gcflags": "all=-N"}, packages=DIFFERENT), host(),
     ["PK402"]),
    ("GOAMD64 beside another build of a package", plugin(settings={**SETTINGS, "GOAMD64": "v3"}, packages=ONE_DEP),
     host(), ["PK405"]),
    ("GOFIPS140 beside another version", plugin(settings={**SETTINGS, "GOFIPS140": "latest"}, modules=upgraded(),
     packages=ONE_DEP), host(), ["PK404"]),
    ("an experiment", plugin(experiments="arenas", packages={**SHARED, "runtime": "ff"}), host(), ["PK402"]),
    ("an experiment that its witness denies", plugin(experiments="arenas", packages={**ONE_DEP, **WITNESS}),
     host_binary(packages={**SHARED, **WITNESS}), ["PK405"]),
    ("no -trimpath, which its witness denies",
     plugin(settings={**SETTINGS, "-trimpath": ""}, packages={**SHARED, "runtime": "ff", "internal/goarch": "01"}),
     host_binary(packages={**SHARED, "internal/goarch": "01"}), ["PK405"]),
    ("tags that change nothing shared", plugin(settings={**SETTINGS, "-tags": "a"}), host(), []),
    ("tags in another order", plugin(settings={**SETTINGS, "-tags": "b,a"}, packages=ONE_DEP),
     host_binary(settings={**SETTINGS, "-tags": "a,b"}), ["PK405"]),
    ("a host without cgo", plugin(), host_binary(packages={}, settings={**SETTINGS, "CGO_ENABLED": "0"}), ["PK402"]),
    ("a host that opens no plugins", plugin(), host_binary(packages={}), ["PK402"]),
    # PK403
    ("another platform", plugin(platform="linux/arm64"), host(), ["PK403"]),
    ("another platform and all that comes with it",
     plugin(platform="linux/arm64", packages=DIFFERENT, go_version="go1.26.6", modules=upgraded()), host(), ["PK403"]),
    ("all that follows from another platform", plugin(
        platform="linux/arm64", settings={}, packages=DIFFERENT, modules=upgraded(), go_version="go1.26.6",
        stamped=stamp(lock="sha256:" + "2" * 64, apis=(replace(API, digest="h1:" + "B" * 43 + "="),)),
     ), host(), ["PK403"]),
    ("another platform than the one that a lock seals", plugin(platform="linux/arm64", packages=DIFFERENT),
     host(binary=None, toolchain={**TOOLCHAIN, "goos": "linux", "goarch": "amd64"}), ["PK403"]),
    ("another platform than a host of another API", plugin(platform="linux/arm64"),
     host(apis=(replace(API, version="v9.0.0"),)), ["PK302", "PK403"]),
    ("an object of another machine", replace(UNSTAMPED, binary=None, stamp=stamp(),
     defects=(Defect("PK403", "for s390x"),)), host(), ["PK403"]),
    # PK404
    ("another version of a module", plugin(modules=upgraded(), packages=ONE_DEP), host(), ["PK404"]),
    ("a replaced module", plugin(modules=upgraded("v1.2.0", "../dep"), packages=ONE_DEP), host(), ["PK404"]),
    ("a module only the plugin has", plugin(modules=(*MODULES, GoModule("example.com/more", "v1"))), host(), []),
    (
        "a module and what uses it", plugin(modules=upgraded(), packages={**ONE_DEP, "acme/pluginapi": "ff"}), host(),
        ["PK404", "PK405"],
    ),
    ("a module, and one of the same source that uses it", plugin(modules=(*upgraded(), USER), packages=ALSO_USER),
     host_binary(modules=(*MODULES, USER), packages={**SHARED, "example.com/user": "05"}), ["PK404"]),
    # PK405
    ("another build of the API", plugin(packages={**SHARED, "acme/pluginapi": "ff"}), host(), ["PK405"]),
    ("a package two plugins share", [other(more=ONLY_HERE), other("third.so", more=ONLY_HERE)], host(), []),
    (
        "two builds of a package that only plugins have",
        [other(more=ONLY_HERE), other("third.so", more={"example.com/only/here": "02"})], host(), ["PK405"],
    ),
    (
        "the first of two such plugins is refused, so the second loads",
        [other(more=ONLY_HERE, exports={}), other("third.so", more={"example.com/only/here": "02"})], host(), ["PK501"],
    ),
    # PK407
    ("a library that is not there", linked("libc.so.6"), on(Unmet("library", "libfoo.so.1")), ["PK407"]),
    ("a file that is no library", linked(), on(Unmet("library", "libfoo.so", "", "/lib/libfoo.so", "text")), ["PK407"]),
    ("a library that needs one", linked(), on(Unmet("library", "libbar.so.1", "libfoo.so.1")), ["PK407"]),
    ("all libraries are there", linked("libc.so.6"), on(), []),
    ("one that is refused brings nothing", [plugin(), other()], on(Unmet("library", "x.so")), ["PK407", "PK407"]),
    ("linked with musl", linked("libc.so"), on(), ["PK407"]),
    ("linked with Alpine's musl", linked("libc.musl-x86_64.so.1"), host_binary(linking=Linking(GLIBC)), ["PK407"]),
    ("linked with musl, and nothing found", linked("libc.so"), on(Unmet("library", "libc.so")), ["PK407"]),
    ("both with musl", linked("libc.so"), on(interpreter=MUSL), []),
    ("glibc for a host of musl of which nothing is known", linked("libc.so.6"), on(interpreter=MUSL, known=False),
     ["PK407"]),
    ("glibc with what no musl has", plugin(linking=Linking(needed=("libc.so.6",), undefined=(("__printf_chk", ""),))),
     on(interpreter=MUSL, known=False), ["PK407"]),
    ("glibc for a host of musl that has what it uses", linked("libc.so.6"), on(interpreter=MUSL), []),
    ("linked without a C library", linked(), host_binary(linking=Linking(GLIBC)), []),
    # PK408, PK409, PK410
    ("a newer library", linked(), on(Unmet("version", "GLIBC_2.99", "", "/lib/libc.so.6")), ["PK408"]),
    ("two versions of one library", linked(), on(Unmet("version", "V2", "", "/l"), Unmet("version", "V3", "", "/l")),
     ["PK408"]),
    ("a symbol that nothing defines", linked(), on(Unmet("symbol", "answer")), ["PK409"]),
    ("two of them", linked(), on(Unmet("symbol", "answer"), Unmet("symbol", "ask", "libfoo.so.1")), ["PK409"]),
    ("too much in the static block", linked(), on(Unmet("tls", "2008")), ["PK410"]),
    ("anything in musl's static block", linked(), on(Unmet("tls", "16"), interpreter=MUSL), ["PK410"]),
    ("another platform's libraries are not looked for", plugin(platform="linux/arm64"), on(Unmet("symbol", "answer")),
     ["PK403"]),
    # PK411
    ("a plugin path of its own", plugin(exports={}, unlinked=("New",)), host(), ["PK411"]),
    # PK412
    ("a static host", plugin(), host_binary(packages={}, opens_plugins=True), ["PK412"]),
    ("a host that Go's linker linked", plugin(), on(packages={}, opens_plugins=True), ["PK412"]),
    ("a static host without cgo", plugin(), host_binary(packages={}, opens_plugins=True,
     settings={**SETTINGS, "CGO_ENABLED": "0"}), ["PK402"]),
    ("a test binary of a package that it uses", plugin(packages={**SHARED, "acme/pluginapi": "ff"}),
     host_binary(main="acme/pluginapi.test"), ["PK412"]),
    ("a test binary of another package", plugin(packages={**SHARED, "acme/pluginapi": "ff"}),
     host_binary(main="acme/cmd/host.test"), ["PK405"]),
    ("a test binary of a package that it does not use", plugin(), host_binary(main="acme/cmd/host.test"), []),
    # PK413
    ("another version of the same hashes", plugin(modules=upgraded()), host(), ["PK413"]),
    ("another Go of the same hashes", plugin(go_version="go1.27.2"), host(), ["PK413"]),
    # PK501, PK502
    ("no factory", plugin(exports={"Nwe": "func()"}), host(), ["PK501"]),
    ("a factory of another type", plugin(exports={"New": "func() interface {}"}), host(), ["PK502"]),
    ("a type that could not be read", plugin(exports={"New": ""}), host(), []),
    ("`any` is `interface {}`", plugin(exports={"New": "func() interface {}"}),
     host(contract=Contract(symbols=(("New", "func() any"),))), []),
    ("a factory that is not asked for", plugin(exports={}), host(contract=Contract()), []),
    # PK505
    ("the same plugin twice", [plugin(), plugin("copy.so")], host(), ["PK505"]),
    ("a plugin for two platforms", [plugin(), plugin("copy.so", platform="linux/arm64")], host(), ["PK403"]),
    ("the second of two when the first was refused", [plugin(exports={}), plugin("copy.so")], host(), ["PK501"]),
    ("the second of two when the host lives with what is wrong with the first",
     [plugin(exports={}), plugin("copy.so")], host(ignores=(Ignore("PK501", "because"),)), ["PK501", "PK505"]),
    # PK514
    ("two plugins that register one name", [plugin(**registering("/a", "/b")),
     other(**registering("/b", package="acme/plugins/other"))], host(),
     ["PK514"]),
    ("two patterns that are one", [plugin(**registering("GET /a/{id}/{rest...}")),
     other(**registering("GET /a/{name}/{path...}", package="acme/plugins/other"))], host(), ["PK514"]),
    ("two patterns of another kind", [plugin(**registering("/a/{id}", "/b/{$}")),
     other(**registering("/a/{id...}", "/b/{x}", package="acme/plugins/other"))], host(), []),
    ("two plugins with a name each", [plugin(**registering("/a")),
     other(**registering("/b", package="acme/plugins/other"))], host(), []),
    ("a name that the host registers", plugin(**registering("/a")), host_binary(**registering("/a", package="main")),
     ["PK514"]),
    ("a package of the host's registers it", plugin(**registering("/a", package="fmt")),
     host_binary(**registering("/a", package="fmt")), []),
    ("a package that two plugins share registers it", [other(**MORE, **registering("/a", package="acme/shared")),
     other("third.so", **MORE, **registering("/a", package="acme/shared"))], host(), []),
    ("another host among the artifacts registers it", [plugin("tool", stamp(kind="host"), kind="executable",
     plugin_path="", **registering("/a", package="main")), plugin(**registering("/a"))], host(), []),
    ("the first of the two is refused", [plugin(exports={}, **registering("/a")),
     other(**registering("/a", package="acme/plugins/other"))], host(),
     ["PK501"]),
    # PK515
    ("a package that two plugins share, and one converts its type", [other(**MORE), other("third.so", **MORE,
     itabs=TABLE)], host(), ["PK515"]),
    ("the other one does", [other(**MORE, itabs=TABLE), other("third.so", **MORE)], host(), ["PK515"]),
    ("both do", [other(**MORE, itabs=TABLE), other("third.so", **MORE, itabs=TABLE)], host(), []),
    ("it is said once", [other(**MORE), other("third.so", **MORE, itabs=TABLE), other("four.so", **MORE, itabs=TABLE),
     other("five.so", **MORE)], host(), ["PK515"]),
    ("a package that the host has", [other(**MORE), other("third.so", **MORE, itabs=TABLE)],
     host_binary(packages={**SHARED, "acme/shared": "05"}), []),
    # PK507
    ("a C library", plugin(kind="c-library", packages={}, plugin_path="", fatal=(("", "no plugin data"),)), host(),
     ["PK507"]),
    ("an init that never returns", plugin(fatal=(("acme/plugins/filter", "init.0 never returns"),)), host(), ["PK507"]),
    ("an init that the host has run already", plugin(fatal=(("fmt", "init never returns"),)), host(), []),
    ("a factory that never returns", plugin(exit_factories=("New",)), host(), ["PK507"]),
    ("another function that never returns", plugin(exit_factories=("Stop",)), host(), []),
]  # fmt: skip


@pytest.mark.parametrize(("_claim", "given", "held", "codes"), CASES, ids=[case[0] for case in CASES])
def test_rules_on_go_binaries(
    _claim: str, given: Evidence | list[Evidence], held: Host | None, codes: list[str]
) -> None:
    assert [finding.code for finding in findings_of(given, held)] == codes


@pytest.mark.parametrize(
    ("used", "needed", "severity"),
    [
        ("puts", (), "warning"),
        ("__stack_chk_fail", (), "warning"),
        ("__printf_chk", (), "error"),
        ("__isoc23_strtol", (), "error"),
        ("__printf_chk", ("libgcompat.so.0",), "warning"),
    ],
)
def test_glibc_in_a_host_of_musl_is_refused_only_where_it_is_certain_to_fail(
    used: str, needed: tuple[str, ...], severity: str
) -> None:
    given = plugin(linking=Linking(needed=("libc.so.6",), undefined=((used, ""),)))
    (found,) = findings_of(given, host_binary(linking=Linking(MUSL, needed)))
    assert (found.code, found.severity) == ("PK407", severity)


def test_a_cascade_names_its_cause_and_lists_the_packages() -> None:
    (found,) = findings_of(plugin(**NO_TRIMPATH), host())
    assert found.facts["packages"] == tuple(sorted(SHARED))
    assert found.facts["expected"] == ("-trimpath=true",)


@pytest.mark.parametrize("reached", [True, False])
def test_of_flags_the_one_that_is_for_a_package_is_named_alone(reached: bool) -> None:
    settings = {**TAGGED, "-gcflags": "all=-N -l" if reached else "fmt=-N"}
    (found,) = findings_of(plugin(settings=settings, packages=ONE_DEP), host())
    assert found.facts["found"] == (("-gcflags=all=-N -l",) if reached else ("-tags=b,a",))


def findings_of(given: Evidence | list[Evidence], held: Host | None) -> tuple[Finding, ...]:
    return decide([given] if isinstance(given, Evidence) else given, held).findings

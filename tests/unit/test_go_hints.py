"""Hints on Go plugins: a command for the place where the plugin is, and for the way in which its host was built."""

import pytest
from test_rules_go import (
    API,
    BARE,
    DIFFERENT,
    MODULES,
    NO_TRIMPATH,
    ONE_DEP,
    OTHER_API,
    OTHER_GO,
    SETTINGS,
    SHARED,
    UNSTAMPED,
    binary,
    findings_of,
    host,
    host_binary,
    plugin,
    stamp,
    upgraded,
)

from pluginkit.core.frozen import replace
from pluginkit.core.gobinary import GoModule
from pluginkit.core.verdict import Defect, Evidence, Host

LOCK_OF_ITS_OWN = stamp(lock=f"sha256:{'2' * 64}", name="mine")
STRANGER = {"main": "example.net/plugins/cmd/mine", "main_module": "example.net/plugins", "plugin_path": "x"}
UNLIKE = {**NO_TRIMPATH, **STRANGER}
FLAGGED = {**SETTINGS, "-tags": "a,b", "-gcflags": "all=-N -l", "GOAMD64": "v3", "-race": "true"}
TWO = (*upgraded(), GoModule("example.com/user", "v1.0.0", "h1:z", "../user (devel)"))
HOSTS_TWO = (*MODULES, GoModule("example.com/user", "v1.0.0", "", "example.com/fork v1.2.0"))
PLUGINAPI = {version: (GoModule("acme/pluginapi", version, "h1:y"),) for version in ("v1.0.0", "v1.1.0")}
OTHER_COPY = stamp(apis=(replace(API, digest=f"h1:{'b' * 43}="),))


def bare(**changes: object) -> Evidence:
    """Return a plugin in a file of its own, built by a stranger and without a stamp."""
    return replace(UNSTAMPED, subject="a/mine.so", name="mine", binary=binary(**{**STRANGER, **changes}))


def as_host(command: str, place: str = "bin/host") -> str:
    return f"build it as the host was: `{command}`; or let `pluginkit align --host {place}` do it"


BUILD = "go build -trimpath -buildmode=plugin -o mine.so ./cmd/mine"
HERE = "install go1.27.3 and rebuild it: `pluginkit build filter`"
CASES: list[tuple[str, Evidence, Host, list[str]]] = [
    ("a member", plugin(**OTHER_GO), host(), [HERE]),
    ("a member without a stamp, by its main package", replace(UNSTAMPED, name="x", binary=binary(**OTHER_GO)), host(),
     [HERE]),
    ("a member in a module of its own", plugin(**{**OTHER_GO, **STRANGER}), host(), [HERE]),
    ("a plugin of another repository", plugin("mine.so", LOCK_OF_ITS_OWN, **{**OTHER_GO, **STRANGER}), host(),
     [f"install go1.27.3 and {as_host(f'CGO_ENABLED=1 {BUILD}', 'dist')}"]),
    ("a bare file", bare(**NO_TRIMPATH), BARE, [as_host(f"CGO_ENABLED=1 {BUILD}")]),
    ("a host in a directory with a blank", bare(**NO_TRIMPATH), replace(BARE, label="my bin/host"),
     [as_host(f"CGO_ENABLED=1 {BUILD}", "'my bin/host'")]),
    ("a host with flags of its own", bare(packages=DIFFERENT),
     replace(BARE, binary=host_binary(settings=FLAGGED).binary),
     [as_host("CGO_ENABLED=1 GOAMD64=v3 go build -trimpath -race -tags=a,b '-gcflags=all=-N -l' -buildmode=plugin"
              " -o mine.so ./cmd/mine")]),
    ("an experiment of the host", bare(packages=DIFFERENT),
     replace(BARE, binary=host_binary(experiments="arenas").binary),
     [as_host(f"CGO_ENABLED=1 GOEXPERIMENT=arenas {BUILD}")]),
    ("an experiment of the plugin",
     bare(packages=DIFFERENT, experiments="arenas", settings={**SETTINGS, "GOEXPERIMENT": "arenas"}), BARE,
     [as_host(f"CGO_ENABLED=1 GOEXPERIMENT= {BUILD}")]),
    ("another platform", bare(platform="linux/arm64"), BARE,
     [as_host(f"CGO_ENABLED=1 GOOS=linux GOARCH=amd64 {BUILD}")]),
    ("another version", plugin(modules=upgraded(), packages=ONE_DEP), host(),
     ["in the plugin's module: `go get example.com/dep@v1.2.0`, then `pluginkit build filter`"]),
    ("a replacement", plugin(modules=upgraded("v1.2.0", "../dep (devel)"), packages=ONE_DEP), host(),
     ["in the plugin's module: `go mod edit -dropreplace=example.com/dep && go get example.com/dep@v1.2.0`,"
      " then `pluginkit build filter`"]),
    ("two modules in one edit", plugin(modules=TWO, packages={**ONE_DEP, "example.com/user": "ff"}),
     host_binary(modules=HOSTS_TWO, packages={**SHARED, "example.com/user": "05"}),
     ["in the plugin's module: `go mod edit -replace=example.com/user=example.com/fork@v1.2.0"
      " && go get example.com/dep@v1.2.0 && go mod tidy`, then `pluginkit build filter`", ""]),
    ("a directory of the host's", plugin(packages=ONE_DEP),
     host_binary(modules=upgraded("v1.2.0", "./dep (devel)")),
     ["build both in one checkout of example.com/dep: the host has it from a directory"]),
    ("the plugin's own module", plugin(modules=(GoModule("example.com/dep", "(devel)"),), packages=ONE_DEP,
     main_module="example.com/dep"), host(),
     ["build the plugin from example.com/dep v1.2.0, as it shares packages of that module"]),
    ("an API of which the module differs",
     plugin(stamped=OTHER_COPY, modules=PLUGINAPI["v1.1.0"], packages=OTHER_API),
     host_binary(modules=PLUGINAPI["v1.0.0"]),
     ["", "in the plugin's module: `go get acme/pluginapi@v1.0.0`, then `pluginkit build filter`"]),
]  # fmt: skip


NO_STAMP = {"defects": (Defect("PK201", "no stamp"),), "stamp": None}
STAMPING: list[tuple[str, Evidence, Host | None, str]] = [
    ("a member", replace(plugin(), **NO_STAMP), host(),
     "build it with `pluginkit build filter`; without stamps, `pluginkit verify filter.so --host dist"
     " --unstamped` compares Go's own facts"),
    ("a stranger", replace(bare(), **NO_STAMP), host(),
     "in its repository, `pluginkit init` and `pluginkit build` give it one; without stamps,"
     " `pluginkit verify a/mine.so --host dist --unstamped` compares Go's own facts"),
    ("no host", replace(bare(), **NO_STAMP), None,
     "in its repository, `pluginkit init` and `pluginkit build` give it one; without stamps,"
     " `--unstamped` compares Go's own facts"),
]  # fmt: skip


@pytest.mark.parametrize(("_claim", "given", "held", "hint"), STAMPING, ids=[case[0] for case in STAMPING])
def test_the_hint_on_a_missing_stamp_names_what_gives_one(
    _claim: str, given: Evidence, held: Host | None, hint: str
) -> None:
    (found,) = [one for one in findings_of(given, held) if one.code == "PK201"]
    assert found.hint == hint


@pytest.mark.parametrize(("_claim", "given", "held", "hints"), CASES, ids=[case[0] for case in CASES])
def test_a_hint_is_a_command_for_where_the_plugin_is(
    _claim: str, given: Evidence, held: Host, hints: list[str]
) -> None:
    assert [finding.hint for finding in findings_of(given, held)] == hints


def test_what_differs_and_is_no_cause_is_a_note() -> None:
    used = {"settings": {**SETTINGS, "GOAMD64": "v3"}, "modules": upgraded(), "packages": ONE_DEP}
    (found,) = findings_of(plugin(**used), host())
    assert found.facts["note"] == ("GOAMD64 differs and is not the cause: v3, the host has v1",)


def test_where_only_packages_of_the_main_module_differ_that_is_said() -> None:
    (found,) = findings_of(plugin(packages=OTHER_API), host())
    assert found.facts["note"] == ("the modules are of the same versions: only packages of acme itself differ",)

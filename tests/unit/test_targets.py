"""A lock of several targets: its bytes, which of them a build is for, and which hosts plugins are compared with."""

import re
import tomllib
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import tomli_w
from gorepo import go_monorepo

from pluginkit.backends.builders import targets as chosen
from pluginkit.backends.go.building.targets import refuse_impossible
from pluginkit.core.api import Api, Contract
from pluginkit.core.errors import PluginkitError
from pluginkit.core.lock import Lock
from pluginkit.core.lockfile import parse_lock, sealed_digest, to_bytes
from pluginkit.core.model import Artifact, BuildPlan, Member, Workspace
from pluginkit.core.target import Target, target_of
from pluginkit.core.verdict import Evidence, Host, HostSide
from pluginkit.operations.targets import paired
from pluginkit.stages import lock as lock_stage
from pluginkit.stages.discover import discover

SHARED = {"cgo": "1", "go": "go1.27.3", "ldflags": "-s -w", "tags": ""}
AMD64 = {**SHARED, "goos": "linux", "goarch": "amd64", "goamd64": "v1"}
ARM64 = {**SHARED, "goos": "linux", "goarch": "arm64"}
API = Api("acme/api", "v1.0.0", f"h1:{'A' * 43}=", ("api",), ("pkg acme/api, type T struct",))
OTHER = Api("acme/api", "v1.0.0", f"h1:{'B' * 43}=", ("api",), ("pkg acme/api, type T struct, ID string",))
SAME_SURFACE = Api("acme/api", "v1.0.0", OTHER.digest, ("api",), API.surface)
SECOND = Api("acme/more", "v1.0.0", f"h1:{'C' * 43}=", ("more",))
ONE = Lock("go", (API,), toolchain=AMD64)
TWO = Lock("go", (API,), toolchain=SHARED, targets=(Target(AMD64, (API,)), Target(ARM64, (API,))))
NO_C = {**SHARED, "cgo": "0", "goos": "windows", "goarch": "amd64", "goamd64": "v1"}
COMMON = {name: value for name, value in SHARED.items() if name != "cgo"}
WINDOWS = Lock("go", (API,), toolchain=COMMON, targets=(Target(AMD64, (API,)), Target(NO_C, (API,))))
SINGLE = b"""\
# Written by `pluginkit lock`. Commit it; do not edit it.
schema = 2
language = "go"

[toolchain]
cgo = "1"
go = "go1.27.3"
ldflags = "-s -w"
tags = ""
goos = "linux"
goarch = "amd64"
goamd64 = "v1"

[[api]]
name = "acme/api"
version = "v1.0.0"
digest = "h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
modules = [
    "api",
]
surface = [
    "pkg acme/api, type T struct",
]
"""


def parsed(data: bytes) -> Lock:
    return parse_lock(data, "pluginkit.lock")


def with_targets(*apis: tuple[Api, ...]) -> Lock:
    made = tuple(Target(platform, found) for platform, found in zip((AMD64, ARM64), apis, strict=True))
    return replace(TWO, apis=apis[0], targets=made)


def test_a_lock_of_one_target_is_what_it_was() -> None:
    assert to_bytes(ONE) == SINGLE
    assert parsed(SINGLE) == ONE
    assert ONE.views() == (ONE,)
    assert ONE.platforms == ("linux/amd64",)


@pytest.mark.parametrize(
    ("lock", "written"),
    [
        (TWO, [{}, {}]),
        (WINDOWS, [{}, {}]),
        (
            with_targets((API,), (SAME_SURFACE,)),
            [{}, {"api": [{"name": "acme/api", "digest": OTHER.digest}]}],
        ),
        (
            with_targets((API, SECOND), (OTHER, SECOND)),
            [{}, {"api": [{"name": "acme/api", "digest": OTHER.digest, "surface": list(OTHER.surface)}]}],
        ),
    ],
)
def test_a_lock_has_what_each_target_has_of_its_own(lock: Lock, written: list[dict[str, Any]]) -> None:
    data = to_bytes(lock)
    assert parsed(data) == lock
    document = tomllib.loads(data.decode())
    assert document["toolchain"] == {name: SHARED[name] for name in SHARED if lock is not WINDOWS or name != "cgo"}
    assert [entry.get("cgo") for entry in document["target"]] == (["1", "0"] if lock is WINDOWS else [None, None])
    assert [{key: entry[key] for key in entry if key == "api"} for entry in document["target"]] == written


def test_what_is_made_for_a_target_does_not_depend_on_the_others() -> None:
    one, two = TWO.views()
    assert (one.platforms, two.platforms) == (("linux/amd64",), ("linux/arm64",))
    assert sealed_digest(one) == sealed_digest(ONE)
    assert sealed_digest(two) != sealed_digest(one)
    assert [lock.target for lock in TWO.views(["linux_arm64"])] == ["linux_arm64"]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"goos": "linux"}, "goos and goarch are not those of a target"),
        ({"goos": "js", "goarch": "amd64"}, "goos and goarch are not those of a target"),
        ({"goos": "linux", "goarch": "arm64", "more": 1}, "unknown key 'more'"),
        ({"goos": "linux", "goarch": "amd64"}, "two of \\[\\[target\\]\\] are for one platform"),
        ({"goos": "linux", "goarch": "arm64", "api": [{"name": "x"}]}, "x is not an API of this lock"),
        (
            {"goos": "linux", "goarch": "arm64", "api": [{"name": "acme/api", "digest": "h1:"}]},
            "is not of the form h1:",
        ),
    ],
)
def test_a_target_that_is_no_target_is_refused(entry: dict[str, Any], message: str) -> None:
    document = tomllib.loads(to_bytes(TWO).decode())
    document["target"][1] = entry
    with pytest.raises(PluginkitError, match=message):
        parsed(tomli_w.dumps(document).encode())


CHOICES = [
    # lock, --target, environment, names of the targets
    (ONE, [], {}, ("",)),
    (ONE, ["linux/amd64"], {}, ("",)),
    (ONE, [], {"GOARCH": "amd64", "GOOS": "linux"}, ("",)),
    (TWO, [], {}, ("linux_amd64", "linux_arm64")),
    (TWO, [], {"GOOS": "linux"}, ("linux_amd64", "linux_arm64")),
    (TWO, [], {"GOARCH": "arm64"}, ("linux_arm64",)),
    (TWO, ["linux/arm64"], {}, ("linux_arm64",)),
    (TWO, ["linux/arm64", "linux/amd64"], {}, ("linux_amd64", "linux_arm64")),
    (TWO, ["linux/amd64"], {"GOARCH": "arm64"}, ("linux_amd64",)),
]


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GOARCH", raising=False)
    monkeypatch.delenv("GOOS", raising=False)


def set_all(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(("lock", "named", "environment", "names"), CHOICES)
def test_a_build_is_for_the_targets_named_or_those_of_the_environment(monkeypatch, lock, named, environment, names):
    set_all(monkeypatch, environment)
    assert chosen(lock, named) == names


@pytest.mark.parametrize(
    ("lock", "named", "environment", "message", "hint"),
    [
        (ONE, ["linux/arm64"], {}, "--target linux/arm64: not a target", '["linux/amd64", "linux/arm64"] in [go]'),
        (TWO, ["linux/armv7"], {}, "(did you mean 'linux/arm64'?)", "builds for darwin/amd64, darwin/arm64, "),
        (ONE, [], {"GOARCH": "arm64"}, "asks for linux/arm64 (GOARCH=arm64)", "`unset GOARCH`; or write targets = "),
        (TWO, [], {"GOOS": "plan9"}, "asks for plan9/amd64 (GOOS=plan9)", "`unset GOOS`: pluginkit builds for"),
        (Lock("python", ()), ["linux/arm64"], {}, "python has no targets", "leave it out"),
    ],
)
def test_any_other_target_is_refused(monkeypatch, lock, named, environment, message, hint) -> None:
    set_all(monkeypatch, environment)
    with pytest.raises(PluginkitError) as raised:
        chosen(lock, named)
    assert message in raised.value.message
    assert hint in raised.value.hint


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        ('["plan9/arm"]', "'plan9/arm' is not a target"),
        ('["linux/arm46"]', "is not a target (did you mean 'linux/arm64'?)"),
        ('"linux/arm64"', "'targets' is a string, expected an array of strings"),
    ],
)
def test_the_configuration_names_targets_that_there_are(tmp_path: Path, targets: str, message: str) -> None:
    go_monorepo(tmp_path, more=f"\n[go]\ntargets = {targets}\n")
    with pytest.raises(PluginkitError) as raised:
        discover(tmp_path)
    assert message in raised.value.message


@pytest.mark.parametrize(
    ("targets", "lock", "reason"),
    [
        ("", ONE, ""),
        ("linux/amd64", ONE, ""),
        ("linux/amd64,linux/arm64", TWO, ""),
        ("", TWO, "targets are not configured, sealed are linux/amd64, linux/arm64"),
        ("linux/arm64", ONE, "targets are linux/arm64, sealed are linux/amd64"),
        ("linux/amd64,linux/arm64", ONE, "targets are linux/amd64,linux/arm64, sealed are linux/amd64"),
    ],
)
def test_a_lock_of_other_targets_is_out_of_date(tmp_path: Path, targets: str, lock: Lock, reason: str) -> None:
    workspace = Workspace(tmp_path, "go", ("acme/api",), (), settings={"targets": targets})
    assert lock_stage._difference(workspace, lock) == reason


@pytest.mark.parametrize(
    ("file", "key", "executable"),
    [
        ("bin/host", "x", True),
        ("plugins/x.so", "x", False),
        ("x-1.0-py3-none-any.whl", "x", False),
        ("linux_arm64/bin/host", "linux_arm64/x", True),
        ("linux_arm64/plugins/bin", "linux_arm64/x", False),
        ("linux_arm64", "x", False),
        ("plan9_arm64/bin/x", "x", True),
    ],
)
def test_an_artifact_is_of_the_target_whose_directory_it_is_in(file: str, key: str, executable: bool) -> None:
    artifact = Artifact("x", "host", file, "0" * 64, 1, "sha256:" + "0" * 64)
    assert (artifact.key, artifact.is_executable) == (key, executable)
    assert target_of(file) == (key.partition("/")[0] if "/" in key else "")


def test_a_plan_for_some_targets_is_not_whole() -> None:
    workspace = Workspace(Path(), "go", (), ())
    assert BuildPlan(workspace, ONE, "", ()).is_whole
    assert BuildPlan(workspace, TWO, "", (), targets=("linux_amd64", "linux_arm64")).is_whole
    assert not BuildPlan(workspace, TWO, "", (), targets=("linux_arm64",)).is_whole


def side(platform: str) -> HostSide:
    goos, _, goarch = platform.partition("/")
    toolchain = {"goos": goos, "goarch": goarch} if platform else {}
    return HostSide(Host(platform, "host", (), Contract(), language="go", toolchain=toolchain))


def plugin(subject: str, platform: str) -> Evidence:
    return Evidence(subject, "go", binary=SimpleNamespace(platform=platform) if platform else None)  # type: ignore[arg-type]


BOTH = ("linux/amd64", "linux/arm64")
PAIRS = [
    # platforms of the hosts; place, subject and platform of each plugin; what is compared with which host
    (BOTH[:1], [("d", "a", "linux/amd64"), ("d", "b", "linux/arm64")], {"linux/amd64": "a b"}),
    (BOTH, [("d", "a", "linux/amd64"), ("d", "b", "linux/arm64")], {"linux/amd64": "a", "linux/arm64": "b"}),
    (BOTH, [("d", "b", "linux/arm64")], {"linux/arm64": "b"}),
    (BOTH, [("d/linux_arm64", "a", "linux/amd64")], {"linux/arm64": "a"}),
    (BOTH, [("d", "a", "linux/riscv64")], {"linux/amd64": "a", "linux/arm64": "a"}),
    (BOTH, [("d", "unreadable", "")], {"linux/amd64": "unreadable", "linux/arm64": "unreadable"}),
    (("",), [("d", "a", "linux/amd64")], {"": "a"}),
    ((), [("d", "a", "linux/amd64")], {}),
]


@pytest.mark.parametrize(("hosts", "plugins", "expected"), PAIRS)
def test_a_plugin_is_compared_with_the_hosts_of_its_own_platform(hosts, plugins, expected) -> None:
    read: dict[Path, list[Evidence]] = {}
    for place, subject, platform in plugins:
        read.setdefault(Path(place), []).append(plugin(subject, platform))
    found = list(paired(read, [side(platform) for platform in hosts]))
    assert {
        one.host.label: " ".join(each.subject for each in some) for some, sides in found for one in sides
    } == expected
    assert {each.subject for some, _ in found for each in some} == {subject for _, subject, _ in plugins}


@pytest.mark.parametrize(
    ("mode", "platform", "cgo", "said"),
    [
        ("plugin", "linux/amd64", "1", ""),
        ("plugin", "linux/arm64", "0", "cgo = false"),
        ("plugin", "linux/386", "1", "mode = 'plugin' does not exist on linux/386"),
        ("plugin", "darwin/arm64", "0", "mode = 'plugin' does not exist on darwin/arm64"),
        ("linked", "windows/amd64", "0", ""),
        ("subprocess", "windows/amd64", "0", "mode = 'subprocess' does not exist on windows/amd64"),
        ("subprocess", "darwin/arm64", "0", ""),
        ("wasm", "windows/amd64", "0", ""),
    ],
)
def test_a_mode_is_refused_where_no_host_could_run_it(mode: str, platform: str, cgo: str, said: str) -> None:
    goos, _, goarch = platform.partition("/")
    members = (Member("host", "host", "cmd/host"), Member("filter", "plugin", "plugins/filter", mode=mode))
    workspace = Workspace(Path(), "go", (API.name,), members)
    lock = Lock("go", (API,), toolchain={"goos": goos, "goarch": goarch, "cgo": cgo})
    with pytest.raises(PluginkitError, match=re.escape(said)) if said else nullcontext() as raised:
        refuse_impossible(workspace, lock)
    assert not said or "plugins/filter" in raised.value.message

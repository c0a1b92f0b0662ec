"""One release of a Go workspace for two targets, built with the real go command and zig or a cross compiler."""

import hashlib
import json
import shutil
import subprocess
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest
from emulators import FOREIGN, emulator
from gorepo import go_monorepo
from monorepo import edit, write
from signers import Signer, artifacts, who_signed

from pluginkit.backends.go.toolchain import find_go, machine
from pluginkit.core.errors import PluginkitError

pytestmark = pytest.mark.slow
NATIVE, OTHER = f"linux_{machine()}", f"linux_{FOREIGN}"
FILES = [f"{target}/{file}" for target in sorted((NATIVE, OTHER)) for file in ("bin/host", "plugins/filter.so")]
TARGETS = '\n[go]\ntargets = ["linux/arm64", "linux/amd64"]\n'
OF_TARGET = "package pluginapi\n\n// Width is the size of a word.\nconst Width = {}\n"
WITH_C = """\
package main

// #include <math.h>
// #include <stdio.h>
// #cgo LDFLAGS: -lm
// static double twice(double x) { char text[8]; snprintf(text, 8, "%f", x); return sqrt(x) * 2; }
import "C"

import (
	"fmt"

	"acme/pluginapi"
)

type twice struct{ last pluginapi.Request }

func (twice) Name() string { return fmt.Sprint("twice ", C.twice(4)) }

func New() pluginapi.Plugin { return twice{} }
"""


@pytest.fixture(autouse=True, scope="module")
def compiler() -> None:
    try:
        find_go(goarch=FOREIGN)
    except PluginkitError as error:
        pytest.skip(error.message)


def monorepo(root: Path, **more: str) -> Path:
    return go_monorepo(root, more=TARGETS, **more)


def digests(root: Path) -> dict[str, str]:
    dist = root / "dist"
    files = [path for path in sorted(dist.resolve().rglob("*")) if path.is_file()]
    return {str(path.relative_to(dist.resolve())): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def findings(ran) -> list[list[str]]:
    return [[one["code"] for one in verdict["findings"]] for verdict in json.loads(ran.out)["verdicts"]]


def test_a_release_for_two_targets_is_the_same_bytes_from_two_checkouts(tmp_path, pluginkit, monkeypatch) -> None:
    one, two = monorepo(tmp_path / "one"), monorepo(tmp_path / "a longer name/two")
    for root in (one, two):
        monkeypatch.setenv("PLUGINKIT_CACHE_DIR", str(root.parent / f"{root.name} cache"))  # neither has the other's
        ran = pluginkit("build", cwd=root)
        assert ran.status == 0, ran.err
        assert "4 artifacts built" in ran.out
    assert sorted(digests(one)) == [*FILES, "release.json"]
    assert digests(one) == digests(two)
    assert (one / "pluginkit.lock").read_bytes() == (two / "pluginkit.lock").read_bytes()
    assert pluginkit("verify", cwd=two).status == 0
    for mine, theirs in ((NATIVE, OTHER), (OTHER, NATIVE)):
        plugin, host = two / f"dist/{mine}/plugins/filter.so", two / f"dist/{theirs}"
        ran = pluginkit("verify", plugin, "--host", host, "--output-format", "json", cwd=two)
        assert (ran.status, findings(ran)) == (1, [["PK403"]])
    ran = pluginkit("verify", one / "dist", "--host", two / f"dist/{NATIVE}/bin/host", "--output-format", "json")
    assert (ran.status, findings(ran)) == (1, [["PK403"]])


def test_what_a_target_gets_is_what_it_gets_alone(tmp_path, pluginkit, monkeypatch) -> None:
    assert pluginkit("build", cwd=monorepo(tmp_path / "both")).status == 0
    found = digests(tmp_path / "both")
    for name in (NATIVE, OTHER):
        alone = tmp_path / name
        go_monorepo(alone, more=f'\n[go]\ntargets = ["{name.replace("_", "/")}"]\n')
        monkeypatch.setenv("PLUGINKIT_CACHE_DIR", str(tmp_path / f"{name} cache"))
        assert pluginkit("build", cwd=alone).status == 0
        assert sorted(digests(alone)) == ["bin/host", "plugins/filter.so", "release.json"]
        assert all(found[f"{name}/{file}"] == digest for file, digest in digests(alone).items() if "/" in file)


def test_only_what_changed_is_built_again_for_each_target(tmp_path, pluginkit) -> None:
    monorepo(tmp_path)
    assert pluginkit("build").status == 0
    before = digests(tmp_path)
    for arguments in ((), ("--rehash",)):
        assert "nothing changed, 4 artifacts" in pluginkit("build", *arguments).out
    edit(tmp_path / "plugins/filter/filter.go", 'return "filter"', 'return "sieve"')
    ran = pluginkit("plan")
    assert "build linux_amd64/filter" in ran.out
    assert "build linux_arm64/filter" in ran.out
    assert "2 artifacts built, 2 carried over" in pluginkit("build").out
    after = digests(tmp_path)
    assert {name for name in after if after[name] != before[name]} == {*FILES[1::2], "release.json"}
    assert pluginkit("verify").status == 0


def test_a_build_for_one_target_is_a_release_of_that_alone(tmp_path, pluginkit, monkeypatch) -> None:
    monorepo(tmp_path)
    arm64 = [file for file in FILES if file.startswith("linux_arm64")]
    assert "2 artifacts built" in pluginkit("build", "--target", "linux/arm64").out
    assert sorted(digests(tmp_path)) == [*arm64, "release.json"]
    assert "2 artifacts built, 2 carried over" in pluginkit("build").out
    assert sorted(digests(tmp_path)) == [*FILES, "release.json"]
    monkeypatch.setenv("GOARCH", "arm64")
    assert pluginkit("build").status == 0
    assert sorted(digests(tmp_path)) == [*arm64, "release.json"]
    monkeypatch.setenv("GOARCH", "riscv64")
    for command in ("build", "plan", "lock"):
        ran = pluginkit(command)
        assert ran.status == 2
        assert "the environment asks for linux/riscv64 (GOARCH=riscv64)" in ran.err
    monkeypatch.delenv("GOARCH")
    assert "2 from the cache" in pluginkit("build").out
    assert sorted(digests(tmp_path)) == [*FILES, "release.json"]


def test_the_lock_seals_the_api_of_each_target(tmp_path, pluginkit) -> None:
    files = {f"pluginapi/width_{arch}.go": OF_TARGET.format(width) for arch, width in (("amd64", 8), ("arm64", 16))}
    monorepo(tmp_path, **files)
    assert pluginkit("build").status == 0
    assert pluginkit("lock", "--check").status == 0
    lock = tomllib.loads((tmp_path / "pluginkit.lock").read_text())
    (first,), (_, second) = lock["api"], lock["target"]
    (other,) = second["api"]
    assert other["name"] == first["name"]
    assert other["digest"] != first["digest"]
    assert "pkg acme/pluginapi, const Width untyped int = 16" in other["surface"]
    stamped = json.loads(pluginkit("inspect", "dist", "--output-format", "json").out)["artifacts"]
    sealed = {"linux_amd64": first["digest"], "linux_arm64": other["digest"]}
    for one in stamped:
        (api,) = one["stamp"]["apis"]
        assert api["digest"] == sealed[Path(one["subject"]).parts[1]]
    edit(tmp_path / "pluginapi/width_arm64.go", "16", "32")
    for command in (("lock", "--check"), ("build", "--locked")):
        ran = pluginkit(*command)
        assert ran.status == 2
        assert "the bytes of acme/pluginapi v1.0.0 changed" in ran.err
    assert "its version did not" in pluginkit("lock").err


def test_one_version_of_an_api_is_sealed_for_all_targets(tmp_path, pluginkit) -> None:
    monorepo(tmp_path)
    edit(tmp_path / "pluginapi/api.go", 'const APIVersion = "v1.0.0"\n', "")
    versions = {"amd64": "v1.0.0", "arm64": "v2.0.0"}
    for arch, version in versions.items():
        write(tmp_path, {f"pluginapi/v_{arch}.go": f'package pluginapi\n\nconst APIVersion = "{version}"\n'})
    ran = pluginkit("lock")
    assert ran.status == 2
    assert "the API acme/pluginapi is v1.0.0 on linux/amd64 and v2.0.0 on linux/arm64" in ran.err


@pytest.fixture(scope="module")
def emulated(tmp_path_factory: pytest.TempPathFactory) -> Sequence[str]:
    found = emulator(tmp_path_factory.mktemp("emulator"))
    if not found:
        pytest.skip("no QEMU and C library for another processor, nor packages of them to unpack")
    return found


def test_what_was_built_for_another_processor_runs_there(tmp_path, pluginkit, emulated) -> None:
    monorepo(tmp_path, **{"plugins/twice/twice.go": WITH_C})
    ran = pluginkit("build")
    assert ran.status == 0, ran.err
    said = []
    for before, target in (((), NATIVE), (emulated, OTHER)):
        release = tmp_path / "dist" / target
        plugins = sorted(map(str, (release / "plugins").iterdir()))
        done = subprocess.run(
            [*before, release / "bin/host", *plugins], capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr
        said.append(done.stdout.splitlines())
    assert said == [["filter v1.0.0 [filter]", "twice 4 v1.0.0 []"]] * 2


def test_zig_in_another_place_makes_the_same_bytes(tmp_path, pluginkit, monkeypatch) -> None:
    from pluginkit.backends.go import toolchain

    package = toolchain.find_spec("ziglang")
    if package is None or not find_go(goarch=FOREIGN).has_zig:
        pytest.skip("another compiler than zig is there for it")
    (place,) = package.submodule_search_locations or ()
    moved = tmp_path / "elsewhere" / "ziglang"
    shutil.copytree(place, moved, copy_function=_link)
    made, found = [], toolchain.find_spec
    for zig in (Path(place), moved):
        spec = type("Spec", (), {"submodule_search_locations": [str(zig)]})
        monkeypatch.setattr(toolchain, "find_spec", lambda name, spec=spec: spec if name == "ziglang" else found(name))
        root = monorepo(tmp_path / f"of {zig.parent.name}", **{"plugins/twice/twice.go": WITH_C})
        monkeypatch.setenv("PLUGINKIT_CACHE_DIR", str(tmp_path / f"{zig.parent.name} cache"))
        ran = pluginkit("build", "--target", f"linux/{FOREIGN}", cwd=root)
        assert ran.status == 0, ran.err
        made.append(digests(root))
    assert made[0] == made[1]


def _link(source: str, target: str) -> None:
    Path(target).hardlink_to(source)


def test_a_lock_of_another_language_or_of_other_targets_is_written_anew(tmp_path, pluginkit) -> None:
    go_monorepo(tmp_path)
    write(tmp_path, {"pluginkit.lock": 'schema = 2\nlanguage = "python"\n\n[toolchain]\npython = ">=3.11"\n'})
    assert f"linux/{machine()}" in pluginkit("lock").out
    single = (tmp_path / "pluginkit.lock").read_bytes()
    with (tmp_path / "pluginkit.toml").open("a") as config:
        config.write(TARGETS)
    assert "targets are linux/amd64,linux/arm64, sealed are linux/" in pluginkit("lock", "--check").err
    assert "linux/amd64, linux/arm64" in pluginkit("lock").out
    edit(tmp_path / "pluginkit.toml", TARGETS, "")
    assert "targets are not configured" in pluginkit("lock", "--check").err
    assert pluginkit("lock").status == 0
    assert (tmp_path / "pluginkit.lock").read_bytes() == single


def test_plugins_without_a_host_are_compared_with_what_is_sealed_for_their_own_target(tmp_path, pluginkit) -> None:
    monorepo(tmp_path)
    edit(tmp_path / "pluginkit.toml", 'hosts = ["cmd/host"]\n', "")
    ran = pluginkit("build")
    assert ran.status == 0, ran.err
    assert sorted(digests(tmp_path)) == [*FILES[1::2], "release.json"]
    ran = pluginkit("verify", ".", "--output-format", "json")
    assert ran.status == 0, ran.out
    said = {verdict["host"].rpartition(" ")[2]: verdict["subjects"] for verdict in json.loads(ran.out)["verdicts"]}
    assert said == {name.replace("_", "/"): [f"dist/{name}/plugins/filter.so"] for name in (NATIVE, OTHER)}


def test_a_release_for_two_targets_is_signed_as_any(tmp_path, pluginkit) -> None:
    ci, second = Signer(tmp_path, 1), Signer(tmp_path, 2, "second")
    root = go_monorepo(tmp_path / "acme", more=f"{TARGETS}\n{ci.trusted()}{second.trusted()}")
    ran = pluginkit("build", "--sign-with", ci.path, cwd=root)
    assert (ran.status, ran.err) == (0, ""), ran.err
    assert [path.relative_to((root / "dist").resolve()).as_posix() for path in artifacts(root / "dist")] == FILES
    assert [who_signed(path) for path in artifacts(root / "dist")] == [{ci.keyid}] * 4
    assert pluginkit("verify", cwd=root).status == 0
    assert pluginkit("sign", "dist", "--key", second.path, "--out", "both", cwd=root).status == 0
    assert [who_signed(path) for path in artifacts(root / "both")] == [{ci.keyid, second.keyid}] * 4
    assert pluginkit("verify", "both", cwd=root).status == 0

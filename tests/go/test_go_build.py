"""Lock, build and verify of Go workspaces, with the real go command."""

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from gorepo import API, go_monorepo
from monorepo import edit, write

from pluginkit.backends.go.binary.stamps import find_stamps
from pluginkit.backends.go.toolchain import find_go
from pluginkit.core.stamp import Stamp, parse_stamp

COMPILER = re.compile(r"/(compile|link|cgo|asm)$")


def run_host(root: Path, *plugins: str, host: str = "dist/bin/host") -> list[str]:
    paths = [str(root / f"dist/plugins/{name}.so") for name in plugins]
    done = subprocess.run([root / host, *paths], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.splitlines()


def digests(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root / "dist").as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((root / "dist/").rglob("*"))
        if path.is_file()
    }


def test_host_and_plugins_are_built_verified_and_run(tmp_path, pluginkit) -> None:
    go_monorepo(tmp_path, plugins=("filter", "transform"))
    ran = pluginkit("build")
    assert ran.status == 0, ran.err
    assert sorted(digests(tmp_path)) == ["bin/host", "plugins/filter.so", "plugins/transform.so", "release.json"]
    ran = pluginkit("verify")
    assert (ran.status, ran.out) == (0, "3 artifacts accepted by dist\n") or ran.status == 0, ran.out
    # The overlay supplies APIVersion and Capabilities, which the sources do not define.
    assert run_host(tmp_path, "filter", "transform") == ["filter v1.0.0 [filter]", "transform v1.0.0 []"]


def test_the_lock_seals_toolchain_pins_and_api(tmp_path, pluginkit) -> None:
    go_monorepo(tmp_path)
    assert pluginkit("lock").status == 0
    lock = tomllib.loads((tmp_path / "pluginkit.lock").read_text())
    assert lock["toolchain"]["go"] == find_go().version
    assert lock["files"] == {"go.mod": "sha256:" + hashlib.sha256((tmp_path / "go.mod").read_bytes()).hexdigest()}
    (api,) = lock["api"]
    assert (api["name"], api["version"], api["modules"]) == ("acme/pluginapi", "v1.0.0", ["pluginapi"])
    sha256 = hashlib.sha256((tmp_path / "pluginapi/api.go").read_bytes()).hexdigest()
    line = f"{sha256}  acme/pluginapi@v1.0.0/api.go\n"
    assert api["digest"] == "h1:" + base64.b64encode(hashlib.sha256(line.encode()).digest()).decode()
    assert pluginkit("lock", "--check").status == 0


def test_an_api_that_does_not_compile_is_not_locked(tmp_path, pluginkit) -> None:
    root = go_monorepo(tmp_path / "repo")
    with (root / "pluginapi/api.go").open("a") as api:
        api.write("\nfunc Broken() missing\n")
    ran = pluginkit("lock", root)
    assert ran.status == 2
    assert "the API acme/pluginapi does not compile" in ran.err
    assert "undefined: missing" in ran.err
    assert not (root / "pluginkit.lock").exists()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda root: edit(root / "go.mod", "go 1.24", "go 1.23"), "go.mod changed"),
        (lambda root: write(root, {"go.work": "go 1.24\n\nuse .\n"}), "go.work is new"),
        (
            lambda root: edit(root / "pluginapi/api.go", "is given", "gets"),
            "the bytes of acme/pluginapi v1.0.0 changed",
        ),
        (lambda root: edit(root / "pluginkit.toml", "[contract]", '[go]\ntags = ["x"]\n\n[contract]'), "tags is 'x'"),
        (lambda root: shutil.copytree(root / "plugins/filter", root / "plugins/other"), "is a new member"),
        (
            lambda root: edit(root / "pluginkit.lock", find_go().version, "go1.2.3"),
            "the lock wants go1.2.3, found is go1",
        ),
    ],
    ids=["go.mod", "go.work", "api", "tags", "member", "go"],
)
def test_a_stale_lock_says_what_changed(tmp_path, pluginkit, change, reason) -> None:
    go_monorepo(tmp_path)
    assert pluginkit("lock").status == 0
    change(tmp_path)
    for command in (("lock", "--check"), ("build", "--locked")):
        ran = pluginkit(*command)
        assert ran.status == 2
        assert reason in ran.err


def test_an_edit_of_the_api_wants_a_version(tmp_path, pluginkit) -> None:
    go_monorepo(tmp_path)
    assert pluginkit("lock").status == 0
    edit(tmp_path / "pluginapi/api.go", "ID string", "ID, Trace string")
    ran = pluginkit("build")
    assert ran.status == 2
    assert "the bytes of acme/pluginapi v1.0.0 changed, its version did not" in ran.err
    assert "Trace" in ran.err
    edit(tmp_path / "pluginapi/api.go", "v1.0.0", "v1.1.0")
    assert pluginkit("build").status == 0


def test_two_directories_give_the_same_bytes(tmp_path, pluginkit) -> None:
    one, two = go_monorepo(tmp_path / "one"), go_monorepo(tmp_path / "a longer name/two")
    for root in (one, two):
        assert pluginkit("build", cwd=root).status == 0
    assert digests(one) == digests(two)


def test_a_second_build_starts_no_compiler(tmp_path, pluginkit, monkeypatch) -> None:
    go_monorepo(tmp_path)
    assert pluginkit("build").status == 0
    before = os.readlink(tmp_path / "dist")
    started = _recorded(monkeypatch)
    ran = pluginkit("build", "--rehash")
    assert ran.status == 0
    assert "nothing changed, 2 artifacts" in ran.out
    assert [arguments[1] for arguments in started if Path(arguments[0]).name == "go"] == ["list"]
    assert os.readlink(tmp_path / "dist") == before


def _recorded(monkeypatch) -> list[list[str]]:
    """Record every process that is started."""
    started: list[list[str]] = []
    original = subprocess.run

    def run(command, *arguments, **options):
        started.append([str(part) for part in command])
        return original(command, *arguments, **options)

    monkeypatch.setattr(subprocess, "run", run)
    return started


def test_only_what_changed_is_built_again(tmp_path, pluginkit) -> None:
    go_monorepo(tmp_path, plugins=("filter", "transform"))
    assert pluginkit("build").status == 0
    before = digests(tmp_path)
    edit(tmp_path / "plugins/filter/filter.go", 'return "filter"', 'return "sieve"')
    ran = pluginkit("build")
    assert "1 artifact built, 2 carried over" in ran.out
    after = digests(tmp_path)
    assert {name for name in after if after[name] != before[name]} == {"plugins/filter.so", "release.json"}
    assert run_host(tmp_path, "filter", "transform")[0].startswith("sieve")


def test_an_artifact_that_was_edited_is_built_again(tmp_path, pluginkit) -> None:
    go_monorepo(tmp_path)
    assert pluginkit("build").status == 0
    before = digests(tmp_path)
    plugin = tmp_path / "dist/plugins/filter.so"
    plugin.write_bytes(plugin.read_bytes()[:-1] + b"!")
    assert pluginkit("build").status == 0
    assert digests(tmp_path) == before


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("func New()", "func Nwe()", "undefined: New"),
        ("New() pluginapi.Plugin {", "New() any {", "cannot use New"),
    ],
)
def test_the_contract_is_asserted_at_compile_time(tmp_path, pluginkit, old, new, message) -> None:
    go_monorepo(tmp_path)
    edit(tmp_path / "plugins/filter/filter.go", old, new)
    ran = pluginkit("build")
    assert ran.status == 2
    assert "plugins/filter: does not fulfil [contract.symbols]" in ran.err
    assert message in ran.err
    assert not (tmp_path / "dist").exists()


def test_a_compile_error_is_the_compilers(tmp_path, pluginkit) -> None:
    go_monorepo(tmp_path)
    edit(tmp_path / "plugins/filter/filter.go", "return filter{}", "return filtre{}")
    ran = pluginkit("build")
    assert ran.status == 2
    assert "plugins/filter/filter.go:9" in ran.err
    assert "undefined: filtre" in ran.err


def test_a_changed_comment_of_the_api_is_another_build(tmp_path, pluginkit) -> None:
    one = go_monorepo(tmp_path / "one", plugins=("filter", "transform"))
    assert pluginkit("build", cwd=one).status == 0
    two = shutil.copytree(one, tmp_path / "two", symlinks=True)
    edit(two / "pluginapi/api.go", "// Request is", "// What follows moves down a line.\n// Request is")
    assert pluginkit("lock", "--allow-same-version", cwd=two).status == 0
    assert pluginkit("build", "filter", cwd=two).status == 0
    ran = pluginkit(
        "verify", two / "dist/plugins/filter.so", "--host", one / "dist", "--output-format", "json", cwd=one
    )
    assert ran.status == 1
    (verdict,) = json.loads(ran.out)["verdicts"]
    found = {finding["code"]: finding for finding in verdict["findings"]}
    assert set(found) == {"PK303", "PK405"}
    assert found["PK405"]["facts"]["packages"] == ["acme/pluginapi"]


def test_a_changed_byte_is_found(tmp_path, pluginkit) -> None:
    go_monorepo(tmp_path)
    assert pluginkit("build").status == 0
    data = bytearray((tmp_path / "dist/plugins/filter.so").read_bytes())
    data[data.index(b"filter", len(data) // 2)] ^= 1
    (tmp_path / "edited.so").write_bytes(data)
    ran = pluginkit("verify", "edited.so", "--host", "dist")
    assert ran.status == 1
    assert "PK104" in ran.out


def test_plugins_without_stamps_are_compared_on_request(tmp_path, pluginkit) -> None:
    go_monorepo(tmp_path)
    assert pluginkit("build").status == 0
    go = find_go()
    environment = {**os.environ, "GOFLAGS": "", "GOTOOLCHAIN": "local", "GOWORK": "off"} | (
        {"CC": go.cc} if go.cc else {}
    )
    for name, flags in (("good", ["-trimpath"]), ("bad", [])):
        command = [go.go, "build", "-buildmode=plugin", "-o", f"{name}.so", *flags, "./plugins/filter"]
        subprocess.run(command, cwd=tmp_path, env=environment, check=True)
    assert "PK201" in pluginkit("verify", "good.so", "--host", "dist").out
    assert pluginkit("verify", "good.so", "--host", "dist", "--unstamped").status == 0
    ran = pluginkit("verify", "bad.so", "--host", "dist", "--unstamped")
    assert ran.status == 1
    assert "PK402 bad.so: compiled with other flags than the host: -trimpath" in ran.out
    assert "PK405" not in ran.out


def test_a_host_without_a_stamp_has_the_apis_among_its_packages(tmp_path, pluginkit, go) -> None:
    root = go_monorepo(tmp_path)
    assert pluginkit("build").status == 0
    go.build(root, "./cmd/host", root / "plain")
    assert run_host(root, "filter", host="plain") == ["filter v1.0.0 [filter]"]
    ran = pluginkit("verify", "dist/plugins/filter.so", "--host", "plain")
    assert (ran.status, "--unstamped" in ran.err) == (2, True)
    assert pluginkit("verify", "dist/plugins/filter.so", "--host", "plain", "--unstamped").status == 0
    write(root, {"cmd/host/main.go": 'package main\n\nimport _ "plugin"\n\nfunc main() {}\n'})
    go.build(root, "./cmd/host", root / "other")
    ran = pluginkit("verify", "dist/plugins/filter.so", "--host", "other", "--unstamped")
    assert "PK301 dist/plugins/filter.so: built against acme/pluginapi v1.0.0, which other does not have" in ran.out


def test_an_api_of_a_required_module_is_sealed(tmp_path, pluginkit) -> None:
    """The API comes from a module of its own, replaced by a directory here as nothing is downloaded."""
    go_monorepo(tmp_path, more="")
    for path in ("plugins/filter/filter.go", "cmd/host/main.go"):
        edit(tmp_path / path, "acme/pluginapi", "example.com/api/pluginapi")
    shutil.rmtree(tmp_path / "pluginapi")
    write(tmp_path / "vendored-api", {"go.mod": "module example.com/api\n", "pluginapi/api.go": API})
    manifest = "module acme\n\ngo 1.24\n\nrequire example.com/api v1.2.0\n\nreplace example.com/api => ./vendored-api\n"
    write(tmp_path, {"go.mod": manifest})
    edit(tmp_path / "pluginkit.toml", 'api = "pluginapi"', 'api = "example.com/api/pluginapi"')
    ran = pluginkit("build")
    assert ran.status == 0, ran.err
    assert pluginkit("verify").status == 0
    assert run_host(tmp_path, "filter") == ["filter v1.0.0 [filter]"]


def test_an_api_that_only_plugins_use_is_sealed_in_the_host(tmp_path, pluginkit) -> None:
    """Else the host would have to take it for a foreign one."""
    go_monorepo(tmp_path, plugins=("filter", "transform"))
    write(tmp_path, {"extra/extra.go": 'package extra\n\n// Greeting is for plugins.\nconst Greeting = "hello"\n'})
    edit(tmp_path / "pluginkit.toml", 'api = "pluginapi"', 'api = ["pluginapi", "extra"]')
    imports = 'import (\n"acme/extra"\n"acme/pluginapi"\n)'
    edit(tmp_path / "plugins/filter/filter.go", 'import "acme/pluginapi"', imports)
    edit(tmp_path / "plugins/filter/filter.go", 'return "filter"', "return extra.Greeting")
    ran = pluginkit("build")
    assert ran.status == 0, ran.out + ran.err
    stamps = {
        name: [api.name for api in _stamp(tmp_path / "dist" / name).apis]
        for name in ("bin/host", "plugins/filter.so", "plugins/transform.so")
    }
    assert stamps == {
        "bin/host": ["acme/pluginapi", "acme/extra"],
        "plugins/filter.so": ["acme/pluginapi", "acme/extra"],
        "plugins/transform.so": ["acme/pluginapi"],
    }
    assert pluginkit("verify").status == 0
    assert run_host(tmp_path, "filter") == ["hello v1.0.0 [filter]"]


def _stamp(path: Path) -> Stamp:
    data = path.read_bytes()
    ((start, end),) = find_stamps(data)
    return parse_stamp(data[start:end])


def test_a_go_workspace_of_several_modules_is_built(tmp_path, pluginkit) -> None:
    go_monorepo(tmp_path)
    write(tmp_path, {
        "go.work": "go 1.24\n\nuse (\n\t.\n\t./plugins/filter\n)\n",
        "plugins/filter/go.mod": "module acme/plugins/filter\n\ngo 1.24\n\nrequire acme v0.0.0\n",
    })  # fmt: skip
    ran = pluginkit("build")
    assert ran.status == 0, ran.err
    assert pluginkit("verify").status == 0
    assert run_host(tmp_path, "filter") == ["filter v1.0.0 [filter]"]


def test_build_tags_of_the_configuration_hold_for_all(tmp_path, pluginkit) -> None:
    go_monorepo(tmp_path, more='\n[go]\ntags = ["loud"]\n')
    write(tmp_path, {
        "pluginapi/loud.go": '//go:build loud\n\npackage pluginapi\n\nconst Greeting = "HELLO"\n',
        "pluginapi/quiet.go": '//go:build !loud\n\npackage pluginapi\n\nconst Greeting = "hello"\n',
    })  # fmt: skip
    edit(tmp_path / "plugins/filter/filter.go", 'return "filter"', "return pluginapi.Greeting")
    assert pluginkit("build").status == 0
    assert run_host(tmp_path, "filter")[0].startswith("HELLO")


def test_cgo_is_needed(tmp_path, pluginkit) -> None:
    go_monorepo(tmp_path, more="\n[go]\ncgo = false\n")
    ran = pluginkit("build")
    assert ran.status == 2
    assert "[go] cgo = false: mode = 'plugin', which plugins/filter has, needs cgo" in ran.err


def test_the_users_go_settings_do_not_leak(tmp_path, pluginkit, monkeypatch) -> None:
    go_monorepo(tmp_path)
    assert pluginkit("build").status == 0
    before = digests(tmp_path)
    shutil.rmtree(tmp_path / ".pluginkit")
    (tmp_path / "dist").unlink()
    for name, value in {
        "GOFLAGS": "-tags=leak -race",
        "GOAMD64": "v3",
        "CGO_CFLAGS": "-O0",
        "GOEXPERIMENT": "x",
    }.items():
        monkeypatch.setenv(name, value)
    assert pluginkit("build").status == 0
    assert digests(tmp_path) == before


def test_what_an_init_does_is_warned_of(tmp_path, pluginkit) -> None:
    go_monorepo(tmp_path)
    write(
        tmp_path,
        {"plugins/filter/more.go": 'package main\n\nimport "os"\n\nvar hosts, _ = os.ReadFile("/etc/hosts")\n'},
    )
    ran = pluginkit("build")
    assert ran.status == 0, ran.out
    assert "PK506" in ran.out
    assert "plugins/filter/more.go:5" in ran.out

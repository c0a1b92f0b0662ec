"""Hosts with their plugins in them, for systems that open none: one lock, the same bytes from anywhere."""

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from gofixtures import GoTools
from golinked import linked_monorepo
from goproxy import proxy_environment, write_proxy
from signedpages import wrong_pages
from signers import Signer, who_signed
from test_go_linked import COUNTING, put

TARGETS = ("darwin/arm64", "linux/amd64", "windows/amd64")
FILES = ["darwin_arm64/bin/host", "linux_amd64/bin/host", "release.json", "windows_amd64/bin/host.exe"]
LINKED = '\n[go]\nmode = "linked"\ntargets = ["linux/amd64", "windows/amd64", "darwin/arm64"]\n'
USING = """\
package main

import (
	"acme/pluginapi"

	"example.com/words/deep"
)

type filter struct{ last pluginapi.Request }

func (filter) Name() string { return deep.Word() }

func New() pluginapi.Plugin { return filter{} }
"""
MODULES = {
    ("example.com/words", "v1.2.0"): {
        "go.mod": "module example.com/words\n\ngo 1.20\n\nrequire example.com/letters v0.3.0\n",
        "deep/deep.go": 'package deep\n\nimport . "example.com/letters"\n\nfunc Word() string { return A + "b" }\n',
    },
    ("example.com/letters", "v0.3.0"): {"letters.go": 'package letters\n\nconst A = "a"\n'},
    ("example.com/letters", "v0.4.0"): {"letters.go": 'package letters\n\nconst A = "z"\n'},
}


def digests(root: Path) -> dict[str, str]:
    dist = (root / "dist").resolve()
    files = [path for path in sorted(dist.rglob("*")) if path.is_file()]
    return {path.relative_to(dist).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    root = tmp_path_factory.mktemp("proxy")
    return proxy_environment(write_proxy(root / "proxy", MODULES), root / "modules")


def workspace(root: Path, go: GoTools, proxied: dict[str, str]) -> Path:
    linked_monorepo(root, more=LINKED, **{"plugins/filter/filter.go": USING, "plugins/counting/counting.go": COUNTING})
    put(root, **{"go.mod": "module acme\n\ngo 1.24\n\nrequire example.com/words v1.2.0\n"})
    subprocess.run([go.go, "mod", "tidy"], cwd=root, env={**os.environ, **proxied}, check=True)
    return root


def versions(go: GoTools, file: Path) -> list[str]:
    done = subprocess.run([go.go, "version", "-m", file], capture_output=True, text=True, check=True)
    return [line.strip() for line in done.stdout.splitlines() if line.startswith(("\tdep", "\tmod", "\t=>"))]


def run(host: Path, *arguments: Path) -> list[str]:
    done = subprocess.run([host, *arguments], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@pytest.mark.modes
def test_three_targets_of_one_lock_are_the_same_bytes_from_two_checkouts(
    tmp_path, pluginkit, monkeypatch, go, proxied
) -> None:
    for name, value in proxied.items():
        monkeypatch.setenv(name, value)
    one, two = (workspace(tmp_path / name, go, proxied) for name in ("one", "a longer name/two"))
    for root in (one, two):
        monkeypatch.setenv("PLUGINKIT_CACHE_DIR", str(tmp_path / f"{root.name} cache"))
        ran = pluginkit("build", cwd=root)
        assert ran.status == 0, ran.err
        assert "3 artifacts built" in ran.out
    assert sorted(digests(one)) == FILES
    assert digests(one) == digests(two)
    assert (one / "pluginkit.lock").read_bytes() == (two / "pluginkit.lock").read_bytes()
    linked = {file: versions(go, one / "dist" / file) for file in FILES if "bin" in file}
    assert pluginkit("verify", cwd=one).status == 0
    shown = json.loads(pluginkit("inspect", "dist", "--output-format", "json", cwd=one).out)["artifacts"]
    assert [file["binary"]["platform"] for file in shown] == list(TARGETS)
    assert wrong_pages((one / "dist" / FILES[0]).read_bytes()) == []
    assert pluginkit("build", "--target", "linux/amd64", cwd=one).status == 0
    host, plugins = one / "dist/linux_amd64/bin/host", one / "dist/linux_amd64/plugins"
    answers = run(host)
    assert answers == ["counting v1.0.0 []", "counter 42 42", "ab v1.0.0 [filter]"]
    assert pluginkit("build", "--mode", "plugin", "--target", "linux/amd64", cwd=one).status == 0
    plugin = versions(go, plugins / "filter.so")
    assert [line.split()[1] for line in plugin] == ["acme", "example.com/letters", "example.com/words"]
    assert set(map(tuple, linked.values())) == {tuple(plugin)}
    assert run(host, plugins / "counting.so", plugins / "filter.so") == answers


@pytest.mark.modes
def test_the_generated_host_is_vetted_and_built_for_other_systems(tmp_path, pluginkit, go) -> None:
    assert pluginkit("new", "acme", "--language", "go", "--mode", "linked").status == 0
    root = tmp_path / "acme"
    text = (root / "pluginkit.toml").read_text()
    assert 'mode = "linked"\n' in text
    (root / "pluginkit.toml").write_text(text.replace('mode = "linked"\n', LINKED.removeprefix("\n[go]\n"), 1))
    for platform in ("windows/amd64", "darwin/arm64"):
        system, processor = platform.split("/")
        variables = {**os.environ, "GOOS": system, "GOARCH": processor, "CGO_ENABLED": "0"}
        done = subprocess.run([go.go, "vet", "./..."], cwd=root, env=variables, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    ran = pluginkit("build", cwd=root)
    assert ran.status == 0, ran.err
    assert sorted(digests(root)) == FILES
    assert pluginkit("verify", cwd=root).status == 0
    assert run(root / "dist/linux_amd64/bin/host", tmp_path) == [
        "filter       200 hello, plugins",
        "transform    200 HELLO, PLUGINS",
    ]


@pytest.mark.modes
def test_who_signs_the_release_vouches_for_programs_without_a_place_for_signatures(tmp_path: Path, pluginkit) -> None:
    ci, second = Signer(tmp_path, 1), Signer(tmp_path, 2, "second")
    root = linked_monorepo(tmp_path / "acme", more=f"{LINKED}\n{ci.trusted()}")
    assert pluginkit("build", root).status == 0
    assert {"PK601"} == codes(pluginkit("verify", root, "--output-format", "json").out)
    for _ in range(2):  # what stays is not written anew
        ran = pluginkit("build", root, "--sign-with", ci.path)
        assert (ran.status, ran.err) == (0, ""), ran.err
    assert who_signed(root / "dist/linux_amd64/bin/host") == {ci.keyid}
    ran = pluginkit("verify", root)
    assert ran.status == 0, ran.out
    ran = pluginkit("sign", root, "--key", second.path, "--out", tmp_path / "both")
    assert ran.status == 0, ran.err
    assert {"PK601", "PK603"} >= codes(pluginkit("verify", tmp_path / "both", "--output-format", "json").out) > set()
    assert pluginkit("sign", tmp_path / "both", "--key", ci.path).status == 0
    assert pluginkit("verify", tmp_path / "both").status == 0
    program = tmp_path / "both/windows_amd64/bin/host.exe"
    alone = shutil.copy(program, tmp_path)
    ran = pluginkit("verify", alone, "--host", alone)
    assert "sign the release that it is part of" in ran.out, ran.out
    program.write_bytes(program.read_bytes() + b"more")
    assert "PK603" in codes(pluginkit("verify", tmp_path / "both", "--output-format", "json").out)


def codes(out: str) -> set[str]:
    """Return the codes of the errors in a report."""
    found = [finding for verdict in json.loads(out)["verdicts"] for finding in verdict["findings"]]
    return {finding["code"] for finding in found if finding["severity"] == "error"}

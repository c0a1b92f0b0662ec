"""Repositories with a configuration of pluginkit: `align`, `lock` and `verify` go by the host that it names."""

import functools
import http.server
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from godrifts import API, DEP, DRIFTS, Drift, Laboratory, Side, open_plugins
from gofixtures import GoTools
from monorepo import edit, write

from pluginkit.cli import main

pytestmark = pytest.mark.slow

CONTRACT = '\n[contract.symbols]\nNew = "func() api.Plugin"\n'
HOST = f'language = "go"\napi = "{API}"\nhosts = ["."]\n{CONTRACT}'
STRANGER = f'language = "go"\napi = "{API}"\nplugins = ["."]\nhost = "HOST"\n{CONTRACT}'
NEWER = next(drift for drift in DRIFTS if drift.name == "a newer direct dependency")


@pytest.fixture(scope="module")
def laboratory(go: GoTools, tmp_path_factory: pytest.TempPathFactory) -> Laboratory:
    return Laboratory(go, go, tmp_path_factory.mktemp("drifts"))


@pytest.fixture(autouse=True)
def environment(laboratory: Laboratory, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("GOPROXY", "GONOSUMDB", "GOSUMDB", "GOMODCACHE"):
        monkeypatch.setenv(name, laboratory.environment()[name])
    monkeypatch.setenv("PATH", os.pathsep.join([str(laboratory.go.go.parent), os.environ["PATH"]]))
    monkeypatch.setenv("PLUGINKIT_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def release(laboratory: Laboratory, environment_of_module: None) -> Path:
    """Return the release of a host that pluginkit built."""
    return released(laboratory, "stamped", HOST)


def released(laboratory: Laboratory, name: str, configuration: str) -> Path:
    root = laboratory.host(Side(files={"name.go": f"package main // {name}\n", "pluginkit.toml": configuration})).parent
    assert main(["build", str(root)]) == 0
    return root / "dist"


@pytest.fixture(scope="module")
def environment_of_module(laboratory: Laboratory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("GOPROXY", "GONOSUMDB", "GOSUMDB", "GOMODCACHE"):
            patch.setenv(name, laboratory.environment()[name])
        yield


def stranger(laboratory: Laboratory, root: Path, drift: Drift, host: str) -> Path:
    repository = laboratory.make(drift, root).repository
    write(repository, {"pluginkit.toml": STRANGER.replace("HOST", host), ".gitignore": "dist\n.pluginkit/\n"})
    return repository


def test_lock_refuses_what_the_host_has_not_until_align_wrote_it(
    laboratory: Laboratory,
    release: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    repository = stranger(laboratory, tmp_path, NEWER, str(release / "release.json"))
    monkeypatch.chdir(repository)
    assert main(["lock"]) == 2
    said = capsys.readouterr().err
    assert f"{DEP} v1.1.0, the host has {DEP} v1.0.0" in said
    assert "pluginkit align --write" in said
    assert main(["align", "--write"]) == 0
    assert f"{DEP} v1.0.0" in Path("go.mod").read_text()
    assert main(["lock", "--check"]) == 0
    assert main(["build"]) == 0
    assert main(["verify"]) == 0
    assert open_plugins(next(release.glob("bin/*")), *Path("dist/plugins").glob("*.so")) == [""]


def test_tags_of_the_configuration_follow_the_host(laboratory: Laboratory, tmp_path: Path) -> None:
    release = released(laboratory, "tagged", f'{HOST}\n[go]\ntags = ["extra"]\n')
    repository = stranger(laboratory, tmp_path, Drift("none", "", ()), str(release))
    edit(repository / "pluginkit.toml", CONTRACT, f'\n[go]\nldflags = "-w"\ntags = ["other"]  # why\n{CONTRACT}')
    assert main(["align", str(repository), "--write"]) == 0
    assert '[go]\ntags = ["extra"]\nldflags = "-w"\n' in (repository / "pluginkit.toml").read_text()


def test_a_host_is_taken_from_the_url_of_its_release(
    laboratory: Laboratory, release: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    handler = functools.partial(Quiet, directory=release)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/release.json"
        repository = stranger(laboratory, tmp_path, NEWER, url)
        assert main(["align", str(repository), "--write"]) == 0
        server.shutdown()
    assert f"{DEP} v1.0.0" in (repository / "go.mod").read_text()


def test_a_plugin_without_a_configuration_is_told_that_it_has_no_stamp(
    laboratory: Laboratory, release: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repository = laboratory.make(NEWER, tmp_path).repository
    assert main(["align", str(repository), "--host", str(release)]) == 0
    assert "note: a host that pluginkit built may refuse a plugin without a stamp" in capsys.readouterr().out


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Print nothing."""

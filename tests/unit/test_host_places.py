"""Where the host of a plugin's repository is, and what of a release is fetched from a URL."""

import hashlib
from pathlib import Path

import pytest
from monorepo import write

from pluginkit.core.errors import PluginkitError
from pluginkit.core.model import Artifact
from pluginkit.core.release import to_bytes
from pluginkit.operations.host_places import host_of
from pluginkit.stages.discover import discover

DIGEST = "sha256:" + "0" * 64
CONFIG = 'language = "go"\napi = "example.com/api"\nplugins = ["."]\n'


def release(root: Path, content: bytes = b"host") -> Path:
    """Write a release with a host, whose bytes are `content`, and a plugin that is not there."""
    artifacts = [
        Artifact(name, kind, file, hashlib.sha256(b"host").hexdigest(), 4, DIGEST)
        for name, kind, file in (("host", "host", "bin/host"), ("one", "plugin", "plugins/one.so"))
    ]
    (root / "bin").mkdir(parents=True)
    (root / "bin/host").write_bytes(content)
    (root / "release.json").write_bytes(to_bytes(DIGEST, artifacts))
    return root


@pytest.mark.parametrize(
    ("named", "configured", "expected"),
    [
        ("/opt/host", "", "/opt/host"),
        ("/opt/dist/release.json", "", "/opt/dist"),
        ("/opt/host", "../host/dist/release.json", "/opt/host"),
        (None, "../host/dist/release.json", "ABOVE/host/dist"),
        (None, "../.venv", "ABOVE/.venv"),
    ],
)
def test_a_named_host_counts_before_the_configured_one(
    tmp_path: Path, named: str | None, configured: str, expected: str
) -> None:
    write(tmp_path, {"pluginkit.toml": CONFIG + (f'host = "{configured}"\n' if configured else "")})
    assert str(host_of(named, tmp_path)) == expected.replace("ABOVE", str(tmp_path.parent))


def test_a_configured_host_is_called_as_in_the_configuration_where_that_path_leads_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(write(tmp_path, {"pluginkit.toml": CONFIG + 'host = "../host/dist"\n'}))
    assert str(host_of(None, tmp_path)) == "../host/dist"


def test_without_either_the_error_says_how_to_name_one(tmp_path: Path) -> None:
    write(tmp_path, {"pluginkit.toml": CONFIG})
    with pytest.raises(PluginkitError, match="no host is named") as caught:
        host_of(None, tmp_path)
    assert "--host" in caught.value.hint


def test_a_release_is_fetched_without_its_plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLUGINKIT_CACHE_DIR", str(tmp_path / "cache"))
    url = (release(tmp_path / "dist") / "release.json").as_uri()
    place = host_of(url, tmp_path)
    found = sorted(path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file())
    assert found == ["bin/host", "release.json"]
    (tmp_path / "dist/bin/host").unlink()
    assert host_of(url, tmp_path) == place, "what was fetched is not fetched again"


@pytest.mark.parametrize(
    ("content", "url", "said"),
    [
        (b"evil", "URL", "has other bytes than its release names"),
        (b"host", "URL/more", "not the URL of a release"),
        (b"host", "file:///absent/release.json", "cannot fetch file:///absent/release.json"),
    ],
)
def test_what_cannot_be_fetched_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, url: str, said: str
) -> None:
    monkeypatch.setenv("PLUGINKIT_CACHE_DIR", str(tmp_path / "cache"))
    there = (release(tmp_path / "dist", content) / "release.json").as_uri()
    with pytest.raises(PluginkitError, match=said):
        host_of(url.replace("URL", there), tmp_path)
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]


def test_a_workspace_with_a_host_of_its_own_names_no_other(tmp_path: Path) -> None:
    main = "package main\n\nfunc main() {}\n"
    config = CONFIG.replace('["."]', '["plug"]') + 'hosts = ["cmd/host"]\nhost = "../dist/release.json"\n'
    files = {"go.mod": "module m\n", "cmd/host/main.go": main, "plug/main.go": main, "pluginkit.toml": config}
    with pytest.raises(PluginkitError, match="both 'hosts' and 'host'"):
        discover(write(tmp_path, files))

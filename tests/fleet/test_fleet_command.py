"""`pluginkit fleet` on the command line: what it looks at by default, what it prints, and how it exits."""

import json
import shutil
from pathlib import Path

import pytest
from fleets import API, GROUP, wheel_hosts
from fleets import api as api_of
from wheels import file_name, good_wheel

from pluginkit.cli import main
from pluginkit.cli.arguments import parse
from pluginkit.core.api import Contract
from pluginkit.operations.fleet import defaults
from pluginkit.report.fleet import FORMATS

CONFIG = f"""\
language = "python"
api = "{API}"
hosts = ["host"]
plugins = ["plugins/*"]
group = "acme.plugins"
"""


def plugin(directory: Path, name: str = "acme-filter", version: str = "1.0.0", api: str = "1.0.0") -> Path:
    """Write a plugin built against a version of the API."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / file_name(name, version)
    stamp = {"contract": Contract(factory="New", group=GROUP), "apis": (api_of(api),)}
    path.write_bytes(good_wheel(name, version, stamp=stamp))
    return path


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with a release in which everything fits."""
    (host,) = wheel_hosts(tmp_path / "made", 1)
    root = tmp_path / "acme"
    shutil.copytree(host, root / "dist")
    plugin(root / "dist")
    (root / "pluginkit.toml").write_text(CONFIG)
    monkeypatch.chdir(root)
    monkeypatch.setenv("COLUMNS", "100")
    return root


def test_in_a_workspace_nothing_need_be_named(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fleet"]) == 0
    assert capsys.readouterr().out == (
        "             dist\n"
        "acme-filter  1.0.0\n\n"
        "1 of 1 plugin has a release for every host\n"
        "1 release, 1 host, 2 artifacts left out that are not plugins\n"
    )


def test_in_a_directory_of_it_neither(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (workspace / "host").mkdir()
    monkeypatch.chdir(workspace / "host")
    assert main(["fleet", "--output-format", "json"]) == 0
    value = json.loads(capsys.readouterr().out)
    assert [host["label"] for host in value["hosts"]] == [str(workspace / "dist")]


def test_the_configuration_can_name_the_host(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (_, newer) = wheel_hosts(workspace / "hosts", 2)
    (workspace / "pluginkit.toml").write_text(f'host = "{newer.relative_to(workspace)}"\n{CONFIG}')
    assert main(["fleet", "dist"]) == 1
    assert capsys.readouterr().out.startswith("             hosts/py01\nacme-filter  PK302")


def test_releases_among_the_places_are_hosts(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (workspace / "dist/release.json").write_text("{}")
    monkeypatch.setattr(defaults, "_has_host", lambda place: (place / "release.json").is_file())
    monkeypatch.chdir(workspace.parent)
    assert defaults.hosts_here(["acme/dist", "made"]) == ("acme/dist",)
    assert defaults.hosts_here(["acme", "made"]) == ("acme/dist",)


def test_older_releases_count_and_the_newest_is_explained(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plugin(workspace / "more", version="1.1.0", api="1.1.0")
    assert main(["fleet", "dist", "more"]) == 0
    printed = capsys.readouterr().out
    assert "acme-filter  1.0.0 (of 1.1.0)\n" in printed
    assert (
        "Where an older release fits, this keeps the newest from fitting:\n"
        "  PK302 built against acme-pluginapi 1.1.0, the host has 1.0.0: acme-filter 1.1.0 with dist\n"
    ) in printed


def test_a_plugin_without_a_release_for_a_host_is_status_1(workspace: Path) -> None:
    plugin(workspace / "more", "acme-other", api="2.0.0")
    assert main(["fleet", "more"]) == 1
    assert main(["fleet", "dist", "more", "--plugin", "acme-f*"]) == 0


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_each_format_goes_to_a_file(workspace: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    plugin(workspace / "more", "acme-other", api="2.0.0")
    assert main(["fleet", "dist", "more", "--output-format", name, "--output-file", "report"]) == 1
    assert capsys.readouterr().out == ""
    assert "PK302" in (workspace / "report").read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "no place is named, and there is no pluginkit workspace here\nhint: name where releases of plugins are: "),
        (["made"], "no host is named, and there is no pluginkit workspace here\nhint: add --host HOST: a release, "),
        (["nowhere", "--host", "made/py00"], "nowhere: no such file or directory"),
        (["acme/pluginkit.toml", "--host", "made/py00"], "acme/pluginkit.toml: "),
        (["acme/dist", "--host", "nowhere"], "nowhere: no such file or directory"),
    ],
)
def test_what_cannot_be_done_is_said_with_what_to_do(
    workspace: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(workspace.parent)
    assert main(["fleet", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_every_format_there_is_can_be_asked_for() -> None:
    for name in FORMATS:
        assert parse(["fleet", "--output-format", name]).output_format == name


def test_an_api_is_not_a_plugin(workspace: Path) -> None:
    assert main(["fleet", "dist", "--plugin", API]) == 2

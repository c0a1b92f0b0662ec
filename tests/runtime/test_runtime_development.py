"""Working on a plugin day to day: editable installs in the host's workspace run without a stamp, and nowhere else."""

import subprocess
from pathlib import Path

import pytest
from hosts import API, GOOD, START, HostPlace, place, release
from monorepo import edit, monorepo
from signing import trust_toml
from uv import find_uv_bin


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> HostPlace:
    """Host, API and two plugins as `pip install -e` has them, in one workspace."""
    root = tmp_path_factory.mktemp("development")
    workspace = monorepo(root / "workspace", plugins={name: GOOD.format(name=name) for name in ("one", "two")})
    (workspace / "api/acme_api/__init__.py").write_text(API)
    host = HostPlace(root)
    editable = [part for path in ("api", "host", "plugins/one", "plugins/two") for part in ("-e", workspace / path)]
    command = [find_uv_bin(), "pip", "install", "--quiet", "--no-deps", "--target", host.site, *editable]
    subprocess.run(command, check=True)
    return host


PATHS = "import site; site.addsitedir('site')\n"


def _start(host: HostPlace, arguments: str = "group='acme.plugins'") -> object:
    return host.start(arguments, code=PATHS + START)


def test_plugins_of_the_hosts_workspace_run_unstamped_and_a_line_says_so(installed: HostPlace) -> None:
    started = _start(installed)
    assert started.answers == {"one": "one:x", "two": "two:x"}
    assert started.value["report"]["stamped"] is False
    lines = [line for line in started.log.splitlines() if "development" in line]
    assert len(lines) == 1
    assert lines[0].endswith("their sources lie in this workspace: one, two")


def test_an_edit_is_seen_by_the_next_start(installed: HostPlace) -> None:
    source = installed.root / "workspace/plugins/one/acme_one/__init__.py"
    _start(installed)
    edit(source, 'b"one:"', 'b"edited:"')
    assert _start(installed).answers["one"] == "edited:x"
    edit(source, 'b"edited:"', 'b"one:"')


def test_strict_refuses_what_has_no_stamp(installed: HostPlace) -> None:
    started = _start(installed, "group='acme.plugins', strict=True")
    assert started.status == 3
    assert "PK201" in started.value["error"]


def test_a_trust_leaves_development_alone_unless_strict(installed: HostPlace) -> None:
    (installed.root / "trust.toml").write_text(trust_toml("ci"))
    started = _start(installed, "group='acme.plugins', trust='trust.toml'")
    assert started.answers == {"one": "one:x", "two": "two:x"}
    started = _start(installed, "group='acme.plugins', trust='trust.toml', strict=True")
    assert started.status == 3
    assert "PK601" in started.value["error"]


@pytest.mark.slow
def test_a_plugin_of_another_directory_needs_a_stamp(installed: HostPlace, tmp_path: Path) -> None:
    other = monorepo(tmp_path / "other", plugins={"alien": GOOD.format(name="alien")})
    command = [find_uv_bin(), "pip", "install", "--quiet", "--no-deps", "--target", installed.site, "-e"]
    subprocess.run([*command, other / "plugins/alien"], check=True)
    started = _start(installed)
    assert started.codes == {"alien": ["PK201"]}
    assert set(started.answers) == {"one", "two"}
    for path in installed.site.glob("*alien*"):
        subprocess.run(["rm", "-r", path], check=True)


@pytest.mark.slow
def test_a_built_wheel_runs_beside_plugins_in_development(installed: HostPlace, tmp_path: Path) -> None:
    built = release(tmp_path / "workspace", {"three": GOOD.format(name="three")}, api=API)
    wheels = place(tmp_path / "host", built, ["three"]).plugins
    started = _start(installed, f"'{wheels}', group='acme.plugins'")
    assert set(started.answers) == {"one", "three", "two"}
    changed = release(tmp_path / "changed", {"four": GOOD.format(name="four")}, api=API + "\n\nclass More: ...\n")
    wheels = place(tmp_path / "other", changed, ["four"]).plugins
    assert _start(installed, f"'{wheels}', group='acme.plugins'").codes == {"four": ["PK303"]}


@pytest.mark.slow
def test_a_host_runs_in_an_environment_of_its_workspace_as_uv_makes_it(tmp_path: Path) -> None:
    """No host has a stamp there, and its plugins none either; nothing is configured for it."""
    workspace = monorepo(tmp_path / "workspace", plugins={"one": GOOD.format(name="one")})
    (workspace / "api/acme_api/__init__.py").write_text(API)
    host = HostPlace(tmp_path)
    editable = [part for path in ("api", "plugins/one") for part in ("-e", workspace / path)]
    subprocess.run(
        [find_uv_bin(), "pip", "install", "--quiet", "--no-deps", "--target", host.site, *editable], check=True
    )
    assert _start(host, "group=''").answers == {"one": "one:x"}

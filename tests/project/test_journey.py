"""What a newcomer does, from a clone and a bare Python to a host that runs: real processes, and nothing set up."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from gofixtures import GoTools

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
KEPT = ("HOME", "LANG", "TMPDIR", "SSL_CERT_FILE", "PIP_INDEX_URL", "PIP_CERT", "UV_INDEX_URL", "UV_DEFAULT_INDEX")
"""Variables of ours that a newcomer has too: where an index is, and what it is trusted by."""


@dataclass(frozen=True)
class Newcomer:
    """Somebody with a clone and an environment of the plain tool."""

    home: Path
    variables: Mapping[str, str]

    def does(self, command: str, cwd: Path | None = None) -> str:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=cwd or self.home,
            env=dict(self.variables),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Newcomer:
    """Clone, `python -m venv`, `pip install '.[build]'`."""
    home = tmp_path_factory.mktemp("newcomer")
    names = subprocess.run(["git", "ls-files", "-coz", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True)
    for name in filter(None, names.stdout.decode().split("\0")):
        if (ROOT / name).is_file():  # or deleted, and not committed yet
            (home / "clone" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, home / "clone" / name)
    path = os.pathsep.join((str(home / "venv/bin"), *os.defpath.split(os.pathsep), "/usr/local/bin"))
    own = {"PATH": path, "PLUGINKIT_CACHE_DIR": str(home / "cache"), "NO_COLOR": "1"}
    made = Newcomer(home, {name: os.environ[name] for name in KEPT if name in os.environ} | own)
    made.does(f"'{sys.executable}' -m venv venv")
    made.does("pip install --quiet --disable-pip-version-check '.[build]'", home / "clone")
    return made


def test_python_from_a_clone_to_a_host_that_runs(newcomer: Newcomer) -> None:
    newcomer.does("pluginkit new acme")
    acme = newcomer.home / "acme"
    newcomer.does("uv sync", acme)
    developed = newcomer.does("uv run acme-host 'hello world'", acme)
    assert "200 HELLO WORLD" in developed
    assert developed.count("development: not verified") == 1
    assert " passed" in newcomer.does("uv run pytest", acme)
    assert "dist: 4 artifacts built" in newcomer.does("pluginkit build", acme)
    assert newcomer.does("pluginkit verify", acme) == "5 artifacts accepted\n"
    assert "skipped" not in newcomer.does("uv run pytest", acme)
    newcomer.does("uv run pluginkit lock --check && uv run pluginkit build --locked", acme)
    newcomer.does("uv venv ../run && uv pip sync --python ../run dist/pylock.release.toml", acme)
    assert newcomer.does("../run/bin/acme-host --plugins", acme) == "filter\tverified\ntransform\tverified\n"
    assert newcomer.does("../run/bin/acme-host hello", acme) == "200 HELLO\n"
    assert newcomer.does("pluginkit verify ../run", acme) == "4 artifacts accepted\n"


def test_go_from_a_clone_to_a_host_that_runs(newcomer: Newcomer, go: GoTools) -> None:
    path = f"{newcomer.variables['PATH']}{os.pathsep}{go.go.parent}"
    gopher = Newcomer(newcomer.home, {**newcomer.variables, **go.env, "PATH": path})
    gopher.does("pluginkit new g --language go")
    root = newcomer.home / "g"
    gopher.does("go vet ./... && go test ./...", root)
    assert "dist: 3 artifacts built" in gopher.does("pluginkit build", root)
    assert gopher.does("pluginkit verify", root) == "3 artifacts accepted\n"
    assert "transform    200 HELLO, PLUGINS" in gopher.does("dist/bin/host dist/plugins", root)


@pytest.mark.parametrize("name", ["acme", "g"])
def test_the_workflow_needs_nothing_but_the_checkout(newcomer: Newcomer, go: GoTools, name: str) -> None:
    """As a runner does: each script of the jobs that build and release, after those before."""
    if not (newcomer.home / name / "pluginkit.lock").is_file():
        pytest.skip("the journey did not come so far")
    left_out = shutil.ignore_patterns(".venv", ".pluginkit", "dist", "bin")
    checkout = shutil.copytree(newcomer.home / name, newcomer.home / f"runner-{name}", ignore=left_out)
    temp = newcomer.home / f"temp-{name}"
    temp.mkdir()
    uv = newcomer.home / "venv/bin/uv"  # as astral-sh/setup-uv brings it
    (temp / "bin").mkdir()
    (temp / "bin/uv").symlink_to(uv)
    own = {"UV_TOOL_DIR": temp / "tools", "UV_TOOL_BIN_DIR": temp / "bin", "RUNNER_TEMP": temp}
    own |= {"GITHUB_OUTPUT": temp / "output", "GITHUB_STEP_SUMMARY": temp / "summary.md"}
    path = os.pathsep.join((str(temp / "bin"), os.defpath, str(go.go.parent)))
    variables = {**newcomer.variables, **go.env, **{key: str(value) for key, value in own.items()}, "PATH": path}
    runner = Newcomer(checkout, variables)
    jobs = yaml.safe_load((checkout / ".github/workflows/pluginkit.yml").read_text())["jobs"]
    scripts = [step["run"] for job in ("plan", "release") for step in jobs[job]["steps"] if "run" in step]
    printed = "".join(map(runner.does, scripts))
    assert "accepted, 0 refused" in (temp / "summary.md").read_text()
    assert f"toolkit/{next((checkout / 'toolkit').iterdir()).name}: OK" in printed

"""Recipes for other people's CI: valid for those who read them, and their steps do what they say."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from example import copy_example

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


def _run(*command: object) -> str:
    done = subprocess.run(list(map(str, command)), cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_action_is_one() -> None:
    _run(BIN / "check-jsonschema", "--builtin-schema", "vendor.github-actions", ROOT / "action.yml")


def test_the_projects_own_workflow_is_one() -> None:
    workflows = sorted((ROOT / ".github/workflows").glob("*.yml"))
    _run(BIN / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows)


@pytest.mark.parametrize("path", ["action.yml", ".github/workflows"])
def test_zizmor_finds_nothing(path: str) -> None:
    _run(BIN / "zizmor", "--offline", "--no-progress", "--quiet", ROOT / path)


def test_the_hooks_are_some() -> None:
    _run(BIN / "pre-commit", "validate-manifest", ROOT / ".pre-commit-hooks.yaml")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [("", "pluginkit.lock is up to date"), ("verify --output-format json", '"accepted": true')],
)
def test_the_actions_steps_do_what_they_say(tmp_path: Path, arguments: str, expected: str) -> None:
    """As a runner does: each step's script in its own shell, with the inputs in its environment."""
    root = copy_example("python", tmp_path / "acme")
    if arguments:
        _run(BIN / "pluginkit", "build", root)
    _, step = yaml.safe_load((ROOT / "action.yml").read_text())["runs"]["steps"]
    (tmp_path / "temp/pluginkit").mkdir(parents=True)
    (tmp_path / "temp/pluginkit/bin").symlink_to(BIN)  # what the step before installed
    environment = {**os.environ, "RUNNER_TEMP": str(tmp_path / "temp"), "ARGUMENTS": arguments}
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", step["run"]], cwd=root, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert expected in done.stdout


@pytest.mark.slow
def test_the_action_installs_the_project_it_lies_in(tmp_path: Path) -> None:
    step, _ = yaml.safe_load((ROOT / "action.yml").read_text())["runs"]["steps"]
    assert step["env"]["SOURCE"] == "${{ github.action_path }}"
    environment = {**os.environ, "RUNNER_TEMP": str(tmp_path), "SOURCE": str(ROOT), "EXTRAS": "build"}
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", step["run"]], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert _run(tmp_path / "pluginkit/bin/pluginkit", "--version").startswith("pluginkit ")


@pytest.mark.slow
def test_uvx_runs_the_built_wheel(tmp_path: Path) -> None:
    """The wheel, not the checkout: with the plain install, which verifies."""
    _run(sys.executable, "-m", "build", "--wheel", "--outdir", tmp_path, ROOT)
    (wheel,) = tmp_path.glob("pluginkit_toolchain-*.whl")
    done = _run(BIN / "uvx", "--isolated", "--from", wheel, "pluginkit", "explain", "PK303")
    assert "api-digest" in done
    assert "api-digest" in _run(
        BIN / "uvx", "--isolated", "--find-links", tmp_path, "pluginkit-toolchain", "explain", "PK303"
    )

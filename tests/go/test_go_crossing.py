"""The wire between a host and a plugin that share no memory: its tests are Go's, in the package itself."""

import subprocess
from pathlib import Path

import pytest
from gofixtures import GoTools

from pluginkit.backends.go.building import modes

RUNNING = Path(modes.__file__).parent / "running"


def go_run(tools: GoTools, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([tools.go, *arguments], cwd=RUNNING, env=dict(tools.env), capture_output=True, text=True)


@pytest.mark.slow
@pytest.mark.parametrize("command", [["vet"], ["test", "-short"]], ids=lambda command: command[0])
def test_the_wire_passes_the_tests_beside_it(go, command) -> None:
    done = go_run(go, *command, "./crossing")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.modes
def test_the_wire_has_no_races(go) -> None:
    done = go_run(go, "test", "-race", "./crossing")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_wire_needs_nothing_but_the_standard_library(go) -> None:
    listed = go_run(go, "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", "./crossing")
    assert listed.stdout.split() == ["pluginkit/running/crossing"]

"""Runs what stands in the workflows of a CI system, without that system."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import yaml

from pluginkit.stages.scaffold import new

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
LANGUAGES = ("python", "go")
WORKSPACES = (*LANGUAGES, "go linked")
"""Languages, and the mode of the plugins where that is another one than usual."""


def passes(*command: object, cwd: Path) -> None:
    """Run a command that has to end well."""
    done = subprocess.run(list(map(str, command)), cwd=cwd, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def locked_workspace(root: Path, kind: str) -> Path:
    """Make a locked workspace: one of WORKSPACES."""
    language, _, mode = kind.partition(" ")
    new(root, "acme", language=language, mode=mode)
    passes(BIN / "pluginkit", "lock", cwd=root)
    return root


def shell(
    script: str, root: Path, *, shell: Sequence[str] = ("bash", "-eo", "pipefail", "-c"), **more: str
) -> "subprocess.CompletedProcess[str]":
    """Run a script as a CI system does; the tools are those of the tests."""
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", **more}
    return subprocess.run([*shell, script], cwd=root, env=environment, capture_output=True, text=True)


class Runner:
    """Runs the steps of jobs, each in a checkout of its own; what fetches a tool or talks to GitHub is left out."""

    def __init__(self, root: Path, place: Path) -> None:
        self._root, self._place = root, place
        self.jobs = yaml.safe_load((root / ".github/workflows/pluginkit.yml").read_text())["jobs"]

    def run(self, job: str, name: str = "", **variables: str) -> tuple[Path, str]:
        """Run a job; return where its files lie, among them a checkout, and what it printed."""
        place = self._place / (name or job)
        checkout = shutil.copytree(self._root, place / "checkout")
        (place / "temp").mkdir(exist_ok=True)
        places = {"RUNNER_TEMP": "temp", "GITHUB_STEP_SUMMARY": "summary.md", "GITHUB_OUTPUT": "output"}
        printed = ""
        for script in self._scripts(job):
            where = {variable: str(place / inside) for variable, inside in places.items()}
            done = shell(script, checkout, **where, **variables)
            assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
            printed += done.stdout
        return place, printed

    def _scripts(self, job: str) -> list[str]:
        scripts = [step["run"] for step in self.jobs[job]["steps"] if "run" in step]
        return [script for script in scripts if "uv tool install" not in script]


def fake(path: Path, script: str) -> None:
    """Write a command that does what a script says."""
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)

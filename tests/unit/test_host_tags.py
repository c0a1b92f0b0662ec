"""What is known of where a host runs, told from the wheels beside it."""

import os
from pathlib import Path

import pytest
from wheels import ZERO, file_name

from pluginkit.backends.python.host_tags import release_tags
from pluginkit.core import release
from pluginkit.core.model import Artifact
from pluginkit.core.verdict import Evidence

MACHINE = f"py3-none-linux_{os.uname().machine}"
PURE = ("py3-none-any",)
LINUX, WINDOWS = "cp311-cp311-linux_x86_64", "cp311-cp311-win_amd64"


def artifact(kind: str, name: str, tag: str) -> Artifact:
    return Artifact(name, kind, file_name(name, tag=tag), "0" * 64, 1, ZERO)  # type: ignore[arg-type]


@pytest.mark.skipif(os.uname().sysname != "Linux", reason="names this machine as Linux does")
@pytest.mark.parametrize(
    ("host", "built", "expected"),
    [
        (PURE, [], (MACHINE,)),
        (PURE, [artifact("api", "acme-api", "py3-none-any")], (MACHINE,)),
        (PURE, [artifact("plugin", "acme-b", WINDOWS)], (WINDOWS,)),
        (PURE, [artifact("plugin", "acme-a", LINUX), artifact("plugin", "acme-b", WINDOWS)], (LINUX,)),
        (PURE, [artifact("plugin", "acme-a", LINUX), artifact("api", "acme-z", WINDOWS)], (WINDOWS,)),
        (PURE, [artifact("package", "numpy", WINDOWS), artifact("toolkit", "kit", WINDOWS)], (MACHINE,)),
        ((LINUX,), [artifact("api", "acme-api", WINDOWS)], (LINUX,)),
        (("py3-none-any", "cp311-abi3-any"), [], (MACHINE,)),
    ],
)
@pytest.mark.parametrize("inside", [False, True])
def test_a_release_runs_where_its_compiled_wheels_do(
    host: tuple[str, ...], built: list[Artifact], expected: tuple[str, ...], inside: bool, tmp_path: Path
) -> None:
    (tmp_path / release.NAME).write_bytes(release.to_bytes(ZERO, built))
    place = tmp_path / file_name("acme-host") if inside else tmp_path
    assert release_tags(Evidence("host", tags=host), place) == expected


@pytest.mark.skipif(os.uname().sysname != "Linux", reason="names this machine as Linux does")
def test_a_directory_that_is_no_release_runs_here(tmp_path: Path) -> None:
    assert release_tags(Evidence("host", tags=PURE), tmp_path) == (MACHINE,)

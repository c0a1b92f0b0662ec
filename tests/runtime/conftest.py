"""A release with two good plugins, built once, and a host with the first of them."""

from pathlib import Path

import pytest
from hosts import GOOD, HostPlace, place, release, wheel


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory of the release; it is only read."""
    return release(tmp_path_factory.mktemp("workspace"), {name: GOOD.format(name=name) for name in ("one", "two")})


@pytest.fixture
def host(tmp_path: Path, built: Path) -> HostPlace:
    found = place(tmp_path / "host", built)
    found.install(wheel(built, "one"))
    return found

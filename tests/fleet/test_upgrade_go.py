"""`fleet --upgrade-to` on a history of Go plugins, with a change of the toolchain and one of the API."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from gofixtures import GoTools
from gorepo import API, PLUGIN, go_monorepo
from histories import takes
from processes import Ran

from pluginkit.operations.fleet import FleetOptions
from pluginkit.operations.fleet.upgrade import upgrade

GREET = API + "\nfunc Greet(name string) string { return name }\n"
LOUD = GREET.replace("v1.0.0", "v2.0.0").replace("Greet(name string)", "Greet(name string, loud bool)")
PLAIN = PLUGIN.replace("NAME", "filter")
CALLS = PLUGIN.replace("NAME", "batch").replace('return "batch"', 'return pluginapi.Greet("batch")')
SOURCES = {"plugins/filter/filter.go": PLAIN, "plugins/batch/batch.go": CALLS}


def release(root: Path, name: str, api: str, sources: dict[str, str]) -> Path:
    """Build the host and plugins in a fresh workspace and keep what that makes."""
    from pluginkit.cli import main

    workspace = root / f"workspace-{name}"
    go_monorepo(workspace, plugins=(), **{"pluginapi/api.go": api}, **sources)
    configuration = workspace / "pluginkit.toml"
    if "plugins/filter/filter.go" not in sources:
        configuration.write_text(configuration.read_text().partition("[plugin.filter]")[0])
        (workspace / "plugins").mkdir(exist_ok=True)
    assert main(["build", str(workspace)]) == 0
    kept = root / "releases" / name
    shutil.copytree((workspace / "dist").resolve(), kept)
    return kept


def opened(host: Path, *plugins: Path) -> list[str]:
    """Return what the host prints of each plugin in a process of its own: its name; `error` where it does not open."""
    binary = next(path for path in host.rglob("host*") if os.access(path, os.X_OK) and path.is_file())
    runs = [subprocess.run([binary, one], check=False, capture_output=True, text=True) for one in plugins]
    return [(one.stdout.split() or ["error"])[0] for one in runs]


def found(path: Path, name: str) -> Path:
    return next(path.rglob(f"{name}.so"))


@pytest.mark.fleet
def test_a_go_history(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other_go: GoTools, pluginkit: Callable[..., Ran]
) -> None:
    with monkeypatch.context() as older:
        older.setenv("PATH", f"{Path(other_go.go).parent}{os.pathsep}{os.environ['PATH']}")
        first = release(tmp_path, "1", GREET, SOURCES)
    second = release(tmp_path, "2", GREET, {})  # another Go, and the same API
    third = release(tmp_path, "3", LOUD, {})
    mine = [found(first, name) for name in ("filter", "batch")]

    def answer(now: Path, following: Path) -> dict[str, str]:
        return takes(upgrade(FleetOptions(places=(str(first),), hosts=(str(now),)), str(following)))

    assert opened(first, *mine) == ["filter", "batch"]
    assert answer(first, first) == {"filter": "keeps", "batch": "keeps"}
    assert answer(first, second) == {"filter": "rebuild", "batch": "rebuild"}
    assert opened(second, *mine) == ["error", "error"]
    assert answer(first, third) == {"filter": "rebuild", "batch": "edit"}
    assert opened(third, *mine) == ["error", "error"]

    again = release(tmp_path, "again", GREET, SOURCES)
    rebuilt = [found(again, name) for name in ("filter", "batch")]
    assert opened(second, *rebuilt) == ["filter", "batch"]
    with pytest.raises(AssertionError):
        release(tmp_path, "unedited", LOUD, SOURCES)  # `batch` does not compile
    unedited = {"plugins/filter/filter.go": PLAIN}
    alone = found(release(tmp_path, "alone", LOUD, unedited), "filter")
    assert opened(third, alone) == ["filter"]

    shutil.copytree(again, tmp_path / "more/again")
    places = (str(first), str(tmp_path / "more"))
    result = upgrade(FleetOptions(places=places, hosts=(str(first),)), str(second))
    assert takes(result) == {"filter": "newer", "batch": "newer"}
    plan = tmp_path / "SHA256SUMS"
    ran = pluginkit("fleet", *places, "--host", first, "--upgrade-to", second, "--plan", plan)
    assert ran.status == 0, ran.err
    lines = [line.split("  ") for line in plan.read_text().splitlines()]
    assert {Path(path).name for _, path in lines} == {"filter.so", "batch.so"}
    assert all(hashlib.sha256(Path(path).read_bytes()).hexdigest() == digest for digest, path in lines)
    assert subprocess.run(["sha256sum", "--check", "--strict", plan], check=False).returncode == 0
    assert opened(second, *(Path(path) for _, path in lines)) == ["batch", "filter"]

"""Twenty plugins in Go and Python, five releases of each, and eight hosts: 800 of 800 cells are what `verify` says."""

from pathlib import Path

import pytest
from fleets import go_plugins, wheel_hosts, wheel_plugins
from gorepo import API, PLUGIN, go_monorepo

from pluginkit.cli import main
from pluginkit.core.fleet import Fleet
from pluginkit.operations.fleet import FleetOptions, fleet
from pluginkit.operations.verify import verify

RELEASES = 5
EXTRA = '\n// Greet is new.\nfunc Greet() string { return "" }\n'
LIBRARIES = ("lib64/ld-linux-x86-64.so.2", "lib/ld-linux-aarch64.so.1", "lib/libc.so.6")


def build(workspace: Path, api: str) -> Path:
    """Build a host and a plugin called filter against an API, and return the workspace."""
    files = {"pluginapi/api.go": api, "plugins/filter/filter.go": PLUGIN.replace("NAME", "filter")}
    go_monorepo(workspace, plugins=(), **files)
    assert main(["build", str(workspace)]) == 0
    return workspace


def differing(found: Fleet, hosts: list[Path], **options: object) -> list[tuple[str, str]]:
    """Return the pairs of which `verify` says anything else."""
    return [
        (release.subject, str(host))
        for release, fits in zip(found.releases, found.fits, strict=True)
        for host, fit in zip(hosts, fits, strict=True)
        for verdict in verify([Path(release.subject)], [host], **options)  # type: ignore[arg-type]
        if fit is None or (fit.findings, fit.ignored, fit.until) != (verdict.findings, verdict.ignored, verdict.until)
    ]


@pytest.mark.fleet
@pytest.mark.usefixtures("go")
def test_every_cell_of_a_mixed_fleet_is_what_verify_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLUGINKIT_CACHE_DIR", str(tmp_path / "cache"))
    builds = [build(tmp_path / "one", API), build(tmp_path / "two", API.replace("v1.0.0", "v1.1.0") + EXTRA)]
    monkeypatch.chdir(tmp_path)
    wheel_plugins(Path("plugins/py"), 10, RELEASES)
    go_plugins(Path("plugins/go"), builds, 10, RELEASES)
    hosts = [*wheel_hosts(Path("hosts"), 4), Path("one/dist"), Path("two/dist")]
    hosts += [next(path for path in Path(f"{name}/dist").rglob("host") if path.is_file()) for name in ("one", "two")]
    for options in ({}, {"unstamped": True}):
        found = fleet(FleetOptions(("plugins",), tuple(map(str, hosts)), **options))  # type: ignore[arg-type]
        assert len(found.releases) * len(found.hosts) == 20 * RELEASES * 8
        assert differing(found, hosts, **options) == []
        codes = {code for fits in found.fits for fit in fits if fit for code in fit.codes}
        assert {"PK301", "PK302", "PK303"} <= codes
        assert sum(fit.accepted for fits in found.fits for fit in fits if fit) > 40
        assert fleet(FleetOptions(("plugins",), tuple(map(str, hosts)), **options)) == found  # type: ignore[arg-type]


@pytest.mark.fleet
@pytest.mark.usefixtures("go")
def test_libraries_are_looked_for_below_a_sysroot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLUGINKIT_CACHE_DIR", str(tmp_path / "cache"))
    workspace = build(tmp_path / "one", API)
    monkeypatch.chdir(tmp_path)
    for name in LIBRARIES:
        place = Path("root", name)
        place.parent.mkdir(parents=True, exist_ok=True)
        source = next((one for one in (Path("/", name), *Path("/lib").glob(f"*/{place.name}")) if one.is_file()), None)
        if source:
            place.write_bytes(source.read_bytes())
    options = {"sysroot": Path("root")}
    places = (str(workspace / "dist/plugins"),)
    found = fleet(FleetOptions(places, ("one/dist",), **options))
    assert differing(found, [Path("one/dist")], **options) == []

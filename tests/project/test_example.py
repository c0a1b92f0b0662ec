"""`example_monorepo/python` is what `pluginkit new acme` makes, and it works: clean, tested, and strict at run time."""

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from example import EXAMPLES, copy_example

from pluginkit.cli import main
from pluginkit.core.api import Api, Contract
from pluginkit.core.digest import content_digest
from pluginkit.core.stamp import Stamp
from pluginkit.stages.scaffold import new

EXAMPLE = EXAMPLES / "python"
REGENERATE = (
    "rm -r example_monorepo/python && python -m pluginkit new acme --directory example_monorepo/python"
    " && python -m pluginkit lock example_monorepo/python"
)
NOT_OURS = {"pluginkit.lock", "uv.lock", "dist", "build", "__pycache__"}
"""Locked, built or left by tools; names that begin with a dot are skipped unless the template has them."""
MEMBERS = ("pluginapi", "host", "plugins/filter", "plugins/transform")
ZERO = "sha256:" + "0" * 64
RUN = "import site, sys; site.addsitedir(sys.argv.pop(1)); "
HOST = RUN + "from acme_host.cli import main; sys.exit(main())"


def tree(root: Path, keep: set[str]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for directory, names, files in os.walk(root):
        names[:] = [name for name in names if _kept(name, keep)]
        for file in filter(lambda name: _kept(name, keep), files):
            path = Path(directory, file)
            found[path.relative_to(root).as_posix()] = path.read_bytes()
    return found


def _kept(name: str, keep: set[str]) -> bool:
    return name in keep or not (name.startswith(".") or name in NOT_OURS)


def test_the_example_is_what_new_makes(tmp_path: Path) -> None:
    created = new(tmp_path / "acme", "acme")
    keep = {part for path in created for part in path.relative_to(tmp_path / "acme").parts}
    assert tree(EXAMPLE, keep) == tree(tmp_path / "acme", keep), f"the example drifted; regenerate it: {REGENERATE}"


@pytest.mark.parametrize("plugins", [(), ("json-lines", "request")])
@pytest.mark.parametrize(
    "command", [("ruff", "check", "--no-cache"), ("ruff", "format", "--check", "--no-cache"), ("mypy", "--cache-dir=")]
)
def test_a_new_workspace_is_clean(tmp_path: Path, plugins: tuple[str, ...], command: tuple[str, ...]) -> None:
    new(tmp_path / "acme", "acme", plugins=plugins)
    done = subprocess.run([sys.executable, "-m", *command], cwd=tmp_path / "acme", capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("plugins", [(), ("json-lines", "request")])
def test_the_tests_of_a_new_workspace_pass(tmp_path: Path, plugins: tuple[str, ...]) -> None:
    root = tmp_path / "acme"
    new(root, "acme", plugins=plugins)
    members = ["pluginapi", "host", *(f"plugins/{path.name}" for path in (root / "plugins").iterdir())]
    site = install(tmp_path / "site", root, members, editable=True)
    assert main(["lock", str(root)]) == 0
    done = run(RUN + "import pytest; sys.exit(pytest.main(['-p', 'no:cacheprovider', '-ra']))", site, cwd=root)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "skipped" not in done.stdout, done.stdout


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A directory with the wheels of the example installed."""
    new(tmp_path / "acme", "acme")
    return install(tmp_path / "site", tmp_path / "acme", MEMBERS)


def test_an_installed_plugin_without_a_stamp_is_refused(site: Path) -> None:
    done = run(HOST, site, "--plugins")
    assert [line.split("\t")[:3] for line in done.stdout.splitlines()] == [
        ["filter", "skipped", "PK201"],
        ["transform", "skipped", "PK201"],
    ]
    assert done.returncode == 1
    refused = run(HOST, site, "hello")
    assert refused.returncode == 1
    assert "acme-host: skipped filter: PK201 it has no stamp" in refused.stderr


def test_stamped_plugins_run(site: Path) -> None:
    stamp(site)
    assert run(HOST, site, "--plugins").stdout == "filter\tverified\ntransform\tverified\n"
    done = run(HOST, site, "hello world")
    assert (done.returncode, done.stdout, done.stderr) == (0, "200 HELLO WORLD\n", "")


def test_a_changed_api_is_refused_after_the_build(site: Path) -> None:
    stamp(site)
    with (site / "acme_pluginapi" / "__init__.py").open("a") as file:
        file.write("\n")
    done = run(HOST, site, "--plugins")
    assert [line.split("\t")[2] for line in done.stdout.splitlines()] == ["PK303", "PK303"]


def test_the_host_requires_the_capabilities_it_was_built_to_require(site: Path) -> None:
    stamp(site, required=("filter",))
    lines = run(HOST, site, "--plugins").stdout.splitlines()
    assert lines[0] == "filter\tverified"
    assert lines[1].startswith("transform\tskipped\tPK504\tit lacks capabilities that this host requires: filter")


def test_a_stamped_wheel_is_verified_against_an_editable_api(tmp_path: Path, site: Path) -> None:
    stamp(site)
    editable = install(tmp_path / "editable", tmp_path / "acme", ["pluginapi", "host"], editable=True)
    for path in site.glob("acme_filter*"):
        path.rename(editable / path.name)
    assert run(HOST, editable, "--plugins").stdout == "filter\tverified\n"


def install(site: Path, root: Path, members: Sequence[str], *, editable: bool = False) -> Path:
    """Install members as an installer would, without one: a pure wheel is an archive of what to unpack.

    An editable install has the metadata, a `.pth` file in place of the code, and `direct_url.json` (PEP 610).
    """
    from hatchling.builders.wheel import WheelBuilder

    for member in members:
        (wheel,) = WheelBuilder(str(root / member)).build(directory=str(site / "wheels"), versions=["standard"])
        with zipfile.ZipFile(wheel) as archive:
            metadata = [name for name in archive.namelist() if ".dist-info/" in name]
            archive.extractall(site, metadata if editable else None)
        if editable:
            origin = {"url": (root / member).as_uri(), "dir_info": {"editable": True}}
            (site / metadata[0]).with_name("direct_url.json").write_text(json.dumps(origin))
            (site / f"{Path(wheel).stem}.pth").write_text(f"{root / member / 'src'}\n")
    return site


def stamp(site: Path, required: tuple[str, ...] = ()) -> None:
    """Stamp the installed host and plugins, as their wheels would have been."""
    files = [path for path in (site / "acme_pluginapi").rglob("*") if path.is_file() and path.suffix != ".pyc"]
    hashes = [(path.relative_to(site).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest()) for path in files]
    api = Api("acme-pluginapi", "1.0.0", content_digest("acme-pluginapi@1.0.0", hashes), ("acme_pluginapi",))
    for name, kind in (("host", "host"), ("filter", "plugin"), ("transform", "plugin")):
        made = Stamp(
            kind=kind,
            name=f"acme-{name}",
            version="1.0.0",
            language="python",
            apis=(api,),
            lock=ZERO,
            inputs=ZERO,
            payload=ZERO,
            builder="test",
            contract=Contract(factory="New", group="acme.plugins", required=required),
            capabilities=(name,),
        )
        (site / f"acme_{name}-1.0.0.dist-info" / "pluginkit.json").write_bytes(made.to_bytes())


def run(code: str, site: Path, *arguments: str, cwd: Path | None = None) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", code, str(site), *arguments]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    return subprocess.run(command, cwd=cwd or site, env=environment, capture_output=True, text=True)


def test_the_examples_lock_is_up_to_date(tmp_path: Path, pluginkit: Callable[..., Any]) -> None:
    root = copy_example("python", tmp_path / "acme")
    ran = pluginkit("lock", "--check", root)
    assert ran.status == 0, f"{ran.err}\nwrite it anew: python -m pluginkit lock example_monorepo/python"

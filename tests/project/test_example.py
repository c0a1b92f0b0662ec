"""`example_monorepo/python` is what `pluginkit new acme` makes, and it works: clean, tested, and strict at run time."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from example import EXAMPLES, copy_example
from monorepo import edit

from pluginkit.cli import main
from pluginkit.stages.scaffold import new

pytestmark = pytest.mark.slow

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
    created = new(tmp_path / "acme", "acme", toolkit="../..")
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


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example with a release that every plugin is required to fit as a filter."""
    root = tmp_path_factory.mktemp("built") / "acme"
    new(root, "acme")
    assert main(["build", str(root)]) == 0
    return root


@pytest.fixture
def site(tmp_path: Path, built: Path) -> Path:
    """A directory with the wheels of the example's release installed."""
    return unpacked(tmp_path / "site", *(built / "dist").glob("acme_*.whl"))


def unpacked(site: Path, *wheels: Path) -> Path:
    """Install pure wheels as an installer would: each is an archive of what to unpack."""
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(site)
    return site


def listed(site: Path) -> list[list[str]]:
    return [line.split("\t")[:3] for line in run(HOST, site, "--plugins").stdout.splitlines()]


def test_stamped_plugins_run(site: Path) -> None:
    assert listed(site) == [["filter", "verified"], ["transform", "verified"]]
    done = run(HOST, site, "hello world")
    assert (done.returncode, done.stdout, done.stderr) == (0, "200 HELLO WORLD\n", "")


def test_an_installed_plugin_without_a_stamp_is_refused(tmp_path: Path, built: Path) -> None:
    site = unpacked(tmp_path / "site", *(built / "dist").glob("acme_host*"), *(built / "dist").glob("acme_pluginapi*"))
    install(site, built, ["plugins/filter", "plugins/transform"])
    assert listed(site) == [["filter", "skipped", "PK201"], ["transform", "skipped", "PK201"]]
    refused = run(HOST, site, "hello")
    assert refused.returncode == 1
    assert "acme-host: skipped filter" in refused.stderr
    assert "PK201" in refused.stderr


def test_a_changed_api_is_refused_after_the_build(site: Path) -> None:
    with (site / "acme_pluginapi" / "__init__.py").open("a") as file:
        file.write("\n")
    assert {line[2] for line in listed(site)} <= {"PK103", "PK303", "PK305"}
    assert run(HOST, site, "hello").returncode == 1


def test_a_plugin_that_was_edited_after_its_installation_is_refused(site: Path) -> None:
    with (site / "acme_filter" / "__init__.py").open("a") as file:
        file.write("\n")
    assert listed(site) == [["transform", "verified"], ["filter", "skipped", "PK103"]]


def test_the_host_requires_the_capabilities_it_was_built_to_require(tmp_path: Path, built: Path) -> None:
    new(tmp_path / "acme", "acme")
    edit(tmp_path / "acme/pyproject.toml", "required = []", 'required = ["filter"]')
    edit(tmp_path / "acme/plugins/transform/pyproject.toml", '["transform"]', '["transform", "filter"]')
    assert main(["build", str(tmp_path / "acme")]) == 0
    site = unpacked(tmp_path / "site", *(tmp_path / "acme/dist").glob("acme_[hpf]*.whl"))
    unpacked(site, *(built / "dist").glob("acme_transform*.whl"))
    assert listed(site) == [["filter", "verified"], ["transform", "skipped", "PK504"]]


def test_a_host_that_cannot_tell_what_to_compare_with_says_so(tmp_path: Path, built: Path) -> None:
    site = install(tmp_path / "site", built, ["host"])
    shutil.copytree(built / "pluginapi/src/acme_pluginapi", site / "acme_pluginapi")
    done = run(HOST, site, "hello")
    assert (done.returncode, done.stdout) == (2, "")
    assert "acme_pluginapi belongs to no installed distribution" in done.stderr


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


def run(code: str, site: Path, *arguments: str, cwd: Path | None = None) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", code, str(site), *arguments]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    return subprocess.run(command, cwd=cwd or site, env=environment, capture_output=True, text=True)


def test_the_examples_lock_is_up_to_date(tmp_path: Path, pluginkit: Callable[..., Any]) -> None:
    root = copy_example("python", tmp_path / "acme")
    ran = pluginkit("lock", "--check", root)
    assert ran.status == 0, f"{ran.err}\nwrite it anew: python -m pluginkit lock example_monorepo/python"

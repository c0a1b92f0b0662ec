"""What a change of who is in the workspace rebuilds: what it changed, and nothing else."""

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from gorepo import PLUGIN as GO_PLUGIN
from gorepo import go_monorepo
from monorepo import PLUGIN, edit, monorepo, project, write

from pluginkit.core.api import Api
from pluginkit.core.lock import BuildEnvironment, Lock, LockedMember, Package
from pluginkit.core.lockfile import sealed_digest

ENTRY = '\n[project.entry-points."acme.plugins"]\nmore = "acme_more:New"\n'
DIGEST = "h1:" + "A" * 43 + "="
HASH = "sha256:" + "0" * 64


def add(root: Path, **more: str) -> None:
    requires = '"acme-api>=1"' + more.pop("requires", "")
    write(root / "plugins/more", project("acme-more", PLUGIN, requires=requires, entry_points=ENTRY, **more))


def of_two(root: Path) -> None:
    monorepo(root, plugins={"filter": PLUGIN, "other": PLUGIN}, more="same-lock = true")


def remove(root: Path) -> None:
    shutil.rmtree(root / "plugins/other")


def require(root: Path) -> None:
    edit(root / "plugins/other/pyproject.toml", '"acme-api>=1"', '"acme-api>=1", "packaging"')


@pytest.mark.parametrize(
    ("change", "built"),
    [
        (add, ["acme_more"]),
        (lambda root: add(root, requires=', "packaging"'), ["acme_more"]),
        (lambda root: add(root, backend="flit"), ["acme_more"]),
        (require, ["acme_other"]),
        (remove, []),
    ],
    ids=[
        "added",
        "added with a dependency",
        "added with a backend of its own",
        "another dependency",
        "removed",
    ],
)
def test_one_plugin_rebuilds_one_wheel(
    tmp_path, pluginkit, copied, own_artifacts, change: Callable[[Path], None], built: list[str]
) -> None:
    copied(of_two, tmp_path)
    shutil.rmtree(own_artifacts / "artifacts")
    change(tmp_path)
    assert pluginkit("lock").status == 0
    ran = pluginkit("build", "--locked")
    assert ran.status == 0, ran.err
    assert re.findall(r"built (\w+)-1", ran.out) == built
    ran = pluginkit("verify")
    assert ran.status == 0, ran.out  # and all of them are of one lock
    assert "PK406" not in ran.out


def test_one_plugin_of_gos_links_one_binary(tmp_path, pluginkit, own_artifacts) -> None:
    go_monorepo(tmp_path)
    edit(tmp_path / "pluginkit.toml", "[contract]", "same-lock = true\n\n[contract]")
    ran = pluginkit("build")
    assert ran.status == 0, ran.err
    write(tmp_path, {"plugins/more/more.go": GO_PLUGIN.replace("NAME", "more")})
    shutil.rmtree(own_artifacts / "artifacts")
    ran = pluginkit("build")
    assert ran.status == 0, ran.err
    assert re.findall(r"built (\S+)", ran.out) == ["plugins/more.so"]
    assert "1 artifact built, 2 carried over" in ran.out
    assert pluginkit("verify").status == 0


def lock() -> Lock:
    package = Package("packaging", "25.0", (HASH,))
    return Lock(
        "python",
        (Api("acme-api", "1.0.0", DIGEST, ("acme_api",), ("class Plugin",)),),
        members=(LockedMember("acme-filter", "plugin", "plugins/filter"),),
        packages=(package,),
        environments=(BuildEnvironment(("hatchling",), (package,)),),
        toolchain={"go": "1.27.3"},
        files={"go.mod": HASH},
        toolkit=Package("pluginkit-toolchain", "0.2.0", ()),
    )


@pytest.mark.parametrize(
    ("more", "same"),
    [
        ({"members": ()}, True),
        ({"packages": ()}, True),
        ({"environments": ()}, True),
        ({"apis": ()}, False),
        ({"apis": (Api("acme-api", "1.0.0", DIGEST, ("acme_api",)),)}, False),
        ({"toolchain": {}}, False),
        ({"toolchain": {"go": "1.27.3", "python": ">=3.12"}}, True),
        ({"files": {}}, False),
        ({"toolkit": None}, False),
        ({"toolkit": Package("pluginkit-toolchain", "0.2.0", (HASH,), path="toolkit/one.whl")}, False),
        ({"language": "go"}, False),
    ],
    ids=lambda value: ", ".join(value) if isinstance(value, dict) else "",
)
def test_what_the_lock_seals_for_all_is_what_their_stamps_have_of_it(more: dict[str, object], same: bool) -> None:
    assert (sealed_digest(replace(lock(), **more)) == sealed_digest(lock())) is same  # type: ignore[arg-type]

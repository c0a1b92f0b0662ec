"""`fleet --upgrade-to --plan`: what to install for the next host."""

import hashlib
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from histories import takes
from index_server import served
from monorepo import write
from processes import Ran
from upgrades import LOUD, QUIET, asked, plugin, two_hosts
from wheels import ZERO

from pluginkit.core.api import Api
from pluginkit.core.errors import PluginkitError
from pluginkit.core.fleet import Fit, Fleet, FleetHost, PluginRelease
from pluginkit.core.release import to_bytes
from pluginkit.core.upgrade import Upgrade, UpgradePlugin
from pluginkit.operations.fleet import FleetOptions
from pluginkit.operations.fleet.installs import install_plan
from pluginkit.operations.fleet.upgrade import upgrade


@pytest.fixture
def hosts(tmp_path: Path) -> dict[str, Api]:
    return two_hosts(tmp_path)


def test_the_plan_installs_what_fits(tmp_path: Path, hosts: dict[str, Api], pluginkit: Callable[..., Ran]) -> None:
    plugin(tmp_path / "all", "quiet", "1.0.0", hosts["old"], QUIET)
    plugin(tmp_path / "all", "loud", "1.0.0", hosts["old"], LOUD)
    arguments = ["fleet", "all", "--host", "now", "--upgrade-to", "next", "--plan"]
    ran = pluginkit(*arguments, "plans/pylock.toml", cwd=tmp_path)
    assert ran.status == 2
    assert "plans" in ran.err
    (tmp_path / "plans").mkdir()
    ran = pluginkit(*arguments, "plans/pylock.toml", cwd=tmp_path)
    assert ran.status == 1
    assert "not in plans/pylock.toml: loud: its sources need an edit" in ran.err
    assert "not in plans/pylock.toml: next itself and what it requires" in ran.err
    plan = tomllib.loads((tmp_path / "plans/pylock.toml").read_text())
    (entry,) = plan["packages"]
    (file,) = entry["wheels"]
    assert (entry["name"], entry["version"]) == ("quiet", "1.0.0")
    assert (tmp_path / "plans" / file["path"]).stat().st_size == file["size"]
    ran = pluginkit(*arguments, "plans/set.toml", cwd=tmp_path)
    assert (ran.status, "hint: add --plan plans/pylock.toml" in ran.err) == (2, True)
    assert not (tmp_path / "plans/set.toml").exists()


def test_the_plan_takes_over_the_pins_of_the_release(tmp_path: Path, hosts: dict[str, Api]) -> None:
    plugin(tmp_path / "all", "quiet", "1.0.0", hosts["old"], QUIET)
    pins = (
        'lock-version = "1.0"\ncreated-by = "x"\nrequires-python = ">=3.11"\n\n[[packages]]\nname = "quiet"\n'
        'version = "9"\nwheels = [{path = "quiet-9.whl", hashes = {sha256 = "00"}}]\n\n[[packages]]\nname = "rich"\n'
        'version = "14.0"\nmarker = "os_name == \'posix\'"\nwheels = [{url = "https://index.example/rich.whl", '
        'hashes = {sha256 = "11"}}]\n\n[[packages]]\nname = "acme-host"\nversion = "2"\n'
        'wheels = [{path = "acme_host-2.whl", hashes = {sha256 = "22"}}]\n'
    )
    write(tmp_path / "next", {"pylock.release.toml": pins})
    (tmp_path / "next/release.json").write_bytes(to_bytes(ZERO, ()))
    target = tmp_path / "plans/pylock.next.toml"
    plan = install_plan(asked(tmp_path, "all"), str(tmp_path / "next"), target)
    document = tomllib.loads(plan.text)
    assert document["requires-python"] == ">=3.11"
    assert [(one["name"], one["version"]) for one in document["packages"]] == [
        ("acme-host", "2"),
        ("quiet", "1.0.0"),
        ("rich", "14.0"),
    ]
    assert document["packages"][0]["wheels"][0]["path"] == "../next/acme_host-2.whl"
    assert document["packages"][2]["marker"] == "os_name == 'posix'"
    assert document["packages"][2]["wheels"][0]["url"] == "https://index.example/rich.whl"
    assert plan.left_out == ()


@pytest.mark.parametrize("pins", ["packages = 1", "[[packages]]\nversion = '1'", "[[packages]]\nname = 1", "x"])
def test_pins_that_cannot_be_read_are_an_error(tmp_path: Path, hosts: dict[str, Api], pins: str) -> None:
    plugin(tmp_path / "all", "quiet", "1.0.0", hosts["old"], QUIET)
    found = asked(tmp_path, "all")
    write(tmp_path / "next", {"pylock.release.toml": pins})
    (tmp_path / "next/release.json").write_bytes(to_bytes(ZERO, ()))
    with pytest.raises(PluginkitError, match=r"pylock\.release\.toml"):
        install_plan(found, str(tmp_path / "next"), tmp_path / "pylock.toml")


def test_wheels_of_an_index_are_explained_and_installed_from_there(tmp_path: Path, hosts: dict[str, Api]) -> None:
    quiet = plugin(tmp_path / "all", "quiet", "1.0.0", hosts["old"], QUIET)
    plugin(tmp_path / "all", "loud", "1.0.0", hosts["old"], LOUD)
    with served(tmp_path / "all") as index:
        options = FleetOptions(places=(index.url,), hosts=(str(tmp_path / "now"),))
        found = upgrade(options, str(tmp_path / "next"))
    assert takes(found) == {"loud": "edit", "quiet": "keeps"}
    assert "log" in found.plugins[0].breaks[0].change
    plan = install_plan(found, str(tmp_path / "next"), tmp_path / "pylock.toml")
    (entry,) = tomllib.loads(plan.text)["packages"]
    (file,) = entry["wheels"]
    assert file["url"].startswith("http://127.0.0.1")
    assert file["hashes"]["sha256"] == hashlib.sha256(quiet.read_bytes()).hexdigest()


def test_the_plan_has_urls_and_takes_an_installed_plugin_from_where_its_wheel_is(tmp_path: Path) -> None:
    url = "https://index.example/files/one-1.0.0%2Blocal-py3-none-any.whl"
    fit = Fit(())
    releases = (
        PluginRelease(f"{tmp_path}/env: one-1.0.0", "one", "python", "1.0.0"),
        PluginRelease(url, "one", "python", "1.0.0", digest="sha256:" + "0" * 64),
        PluginRelease(f"{tmp_path}/env: two-1.0.0", "two", "python", "1.0.0"),
    )
    sides = tuple(FleetHost(label, "acme-host", "python", ()) for label in ("now", "next"))
    plugins = tuple(UpgradePlugin(name, "python", "keeps", row, row) for name, row in (("one", 0), ("two", 2)))
    found = Upgrade(Fleet(sides, releases, ((fit, fit),) * 3), plugins)
    plan = install_plan(found, str(tmp_path), tmp_path / "pylock.toml")
    (entry,) = tomllib.loads(plan.text)["packages"]
    assert entry["version"] == "1.0.0+local"
    assert entry["wheels"] == [{"url": url, "hashes": {"sha256": "0" * 64}}]
    assert plan.left_out[0] == "two 1.0.0: it is only installed: name a place that has its file, too"

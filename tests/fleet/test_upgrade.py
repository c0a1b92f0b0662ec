"""`fleet --upgrade-to`: what it reads of wheels that nobody built."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from histories import takes
from monorepo import write
from processes import Ran
from upgrades import API, COMPUTED, LOUD, QUIET, RENAMED, api, asked, host, plugin, put, two_hosts
from wheels import GROUP, ZERO, record, stamp, wheel_files

from pluginkit.core.api import Api, Contract
from pluginkit.core.errors import PluginkitError
from pluginkit.core.frozen import replace
from pluginkit.core.model import Artifact
from pluginkit.core.release import to_bytes
from pluginkit.core.upgrade import UpgradeApi
from pluginkit.operations.fleet import FleetOptions
from pluginkit.operations.fleet.upgrade import upgrade
from pluginkit.surface.python.uses import known_names, read_uses


@pytest.fixture
def hosts(tmp_path: Path) -> dict[str, Api]:
    return two_hosts(tmp_path)


def test_each_plugin_gets_what_it_takes(tmp_path: Path, hosts: dict[str, Api]) -> None:
    old, new = hosts["old"], hosts["new"]
    plugin(tmp_path / "all", "quiet", "1.0.0", old, QUIET)
    plugin(tmp_path / "all", "loud", "1.0.0", old, LOUD)
    plugin(tmp_path / "all", "mended", "1.0.0", old, LOUD)
    plugin(tmp_path / "all", "mended", "1.1.0", new, LOUD.replace("text=", "message="))
    plugin(tmp_path / "all", "ahead", "1.0.0", new, LOUD.replace("text=", "message="))
    found = asked(tmp_path, "all")
    assert takes(found) == {"ahead": "unused", "loud": "edit", "mended": "newer", "quiet": "keeps"}
    loud = found.plugins[1]
    assert [one.places for one in loud.breaks] == [("loud/__init__.py:8",)]
    assert [one.code for one in loud.causes] == ["PK303"]
    mended = found.plugins[2]
    assert [found.release(row).version for row in (mended.now, mended.next)] == ["1.0.0", "1.1.0"]  # type: ignore[union-attr]
    assert [one.name for one in found.broken] == ["loud"]
    assert found.apis == (UpgradeApi("acme-api", "1.0.0", "2.0.0"),)


@pytest.mark.parametrize(
    ("code", "silent", "expected", "note"),
    [
        (QUIET, False, "rebuild", ""),
        (LOUD, False, "edit", ""),
        (LOUD, True, "edit", ""),  # its sources say it
        (COMPUTED, False, "unknown", "it computes names while it runs, so every break may concern it"),
    ],
    ids=["nothing", "names", "silent", "computed"],
)
def test_a_host_with_the_policy_exact_takes_a_rebuild_at_least(
    tmp_path: Path, code: str, silent: bool, expected: str, note: str
) -> None:
    old, new = api(tmp_path, "1.0.0", API), api(tmp_path, "2.0.0", RENAMED)
    host(tmp_path / "now", "1.0.0", old, policy="exact")
    host(tmp_path / "next", "2.0.0", new, policy="exact")
    plugin(tmp_path / "all", "one", "1.0.0", old, code, silent=silent)
    (only,) = asked(tmp_path, "all").plugins
    assert (only.takes, " ".join(only.notes)) == (expected, note)


@pytest.mark.parametrize(
    ("surface_of", "expected"),
    [((), "unknown"), (("unknown acme_api.made",), "unknown")],
    ids=["no surface", "made while it runs"],
)
def test_an_api_that_cannot_be_compared_leaves_it_unknown(
    tmp_path: Path, surface_of: tuple[str, ...], expected: str
) -> None:
    old, new = api(tmp_path, "1.0.0", API), api(tmp_path, "2.0.0", RENAMED)
    host(tmp_path / "now", "1.0.0", old, policy="exact")
    host(tmp_path / "next", "2.0.0", replace(new, surface=surface_of), policy="exact")
    plugin(tmp_path / "all", "one", "1.0.0", old, QUIET)
    (only,) = asked(tmp_path, "all").plugins
    assert only.takes == expected
    assert "what is compiled, or made while it runs, cannot be compared" in only.notes


def test_an_api_that_the_next_host_lacks_takes_an_edit(tmp_path: Path, hosts: dict[str, Api]) -> None:
    other = replace(hosts["new"], name="other-api", modules=("other_api",), surface=("def other_api.run()",))
    third = replace(other, name="third-api", modules=("third_api",), surface=("def third_api.run()",))
    files = wheel_files("acme-host", "3.0.0", files={"acme_host/__init__.py": b""}, entry_points="")
    stamped = stamp(files, kind="host", apis=(other, third), contract=Contract(factory="New", group=GROUP))
    put(tmp_path / "after", "acme-host", "3.0.0", stamped)
    plugin(tmp_path / "all", "loud", "1.0.0", hosts["old"], LOUD)
    (only,) = asked(tmp_path, "all", following="after").plugins
    assert only.takes == "edit"
    assert only.causes[0].code == "PK301"


@pytest.mark.parametrize(
    ("contract", "more", "expected"),
    [
        ({"required": ("batch",)}, {}, ("edit", ["PK504"])),
        ({"group": "acme.others"}, {}, ("edit", ["PK501"])),
        ({}, {"requires": ["rich>=14"]}, ("edit", ["PK404"])),
    ],
    ids=["capability", "group", "requirement"],
)
def test_what_else_the_next_host_asks_takes_an_edit(
    tmp_path: Path,
    hosts: dict[str, Api],
    contract: dict[str, Any],
    more: dict[str, Any],
    expected: tuple[str, list[str]],
) -> None:
    after = host(tmp_path / "after", "1.1.0", hosts["old"], **contract)
    plugin(tmp_path / "all", "one", "1.0.0", hosts["old"], QUIET, **more)
    (tmp_path / "after/release.json").write_bytes(
        to_bytes(ZERO, [Artifact("acme-host", "host", after.name, "0" * 64, 1, ZERO)])
    )
    (only,) = asked(tmp_path, "all", following="after").plugins
    assert (only.takes, [one.code for one in only.causes]) == expected


def test_an_environment_without_stamps_is_a_next_host_by_its_apis(tmp_path: Path, hosts: dict[str, Api]) -> None:
    site = tmp_path / "env/lib/python3.11/site-packages"
    write(tmp_path / "env", {"pyvenv.cfg": "version = 3.11.7\n"})
    files = wheel_files("acme-api", "2.0.0", files={"acme_api/__init__.py": RENAMED.encode()}, entry_points="")
    for name, data in record(files).items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_bytes(data)
    plugin(tmp_path / "all", "loud", "1.0.0", hosts["old"], LOUD)
    plugin(tmp_path / "all", "quiet", "1.0.0", hosts["old"], QUIET)
    now = next((tmp_path / "now").glob("*.whl"))
    options = FleetOptions(places=(str(tmp_path / "all"),), hosts=(str(now),))
    found = upgrade(options, str(tmp_path / "env"))
    assert takes(found) == {"loud": "edit", "quiet": "keeps"}
    assert found.plugins[0].breaks[0].places == ("loud/__init__.py:8",)


def test_an_upgrade_to_the_same_host_keeps_everything(tmp_path: Path, hosts: dict[str, Api]) -> None:
    plugin(tmp_path / "all", "loud", "1.0.0", hosts["old"], LOUD)
    assert takes(asked(tmp_path, "all", following="now")) == {"loud": "keeps"}


def test_what_environments_and_releases_hold_is_in_use(tmp_path: Path, hosts: dict[str, Api]) -> None:
    plugin(tmp_path / "index", "one", "1.0.0", hosts["old"], QUIET)
    plugin(tmp_path / "index", "one", "1.2.0", hosts["old"], QUIET)
    plugin(tmp_path / "index", "other", "1.0.0", hosts["old"], LOUD)
    site = tmp_path / "env/lib/python3.11/site-packages"
    write(tmp_path / "env", {"pyvenv.cfg": "version = 3.11.7\n"})
    files = wheel_files(
        "one", "1.1.0", files={"one/__init__.py": LOUD.encode()}, entry_points=f"[{GROUP}]\none = one:New\n"
    )
    uses = read_uses({"one/__init__.py": LOUD.encode()}, ("acme_api",), known_names([hosts["old"].surface])).lines
    terms = Contract(factory="New", group=GROUP, policy="compatible")
    for name, data in record(stamp(files, apis=(hosts["old"],), contract=terms, uses=uses)).items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_bytes(data)
    found = asked(tmp_path, "env", "index")
    assert takes(found) == {"one": "newer", "other": "unused"}
    assert found.release(found.plugins[0].now).version == "1.1.0"  # type: ignore[union-attr]
    alone = asked(tmp_path, "env")
    assert takes(alone) == {"one": "edit"}
    assert alone.plugins[0].breaks[0].places == ("one/__init__.py:8",)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--host", "now", "--host", "next", "--upgrade-to", "next"], "an upgrade starts from one host"),
        (["--host", "now", "--plan", "x"], "--plan needs the next host"),
        (["--host", "now", "--upgrade-to", "gone"], "gone"),
        (["--host", "now", "--upgrade-to", "two"], "now and two have 3: now, two: acme-host, two: acme-more"),
        (["--host", "two", "--upgrade-to", "two"], "two and two have 4"),
    ],
    ids=["two now", "plan alone", "no next", "two next", "two twice"],
)
def test_what_cannot_be_done_is_said(
    tmp_path: Path, hosts: dict[str, Api], pluginkit: Callable[..., Ran], arguments: list[str], message: str
) -> None:
    plugin(tmp_path / "all", "quiet", "1.0.0", hosts["old"], QUIET)
    host(tmp_path / "two", "1.0.0", hosts["old"])
    files = wheel_files("acme-more", "1.0.0", files={"acme_more/__init__.py": b""}, entry_points="")
    put(tmp_path / "two", "acme-more", "1.0.0", stamp(files, kind="host", apis=(hosts["old"],)))
    ran = pluginkit("fleet", "all", *arguments, cwd=tmp_path)
    assert ran.status == 2
    assert message in ran.err
    assert "hint: " in ran.err or "gone" in arguments


def test_without_a_plugin_in_use_there_is_nothing_to_say(tmp_path: Path, hosts: dict[str, Api]) -> None:
    plugin(tmp_path / "all", "ahead", "1.0.0", hosts["new"], LOUD.replace("text=", "message="))
    with pytest.raises(PluginkitError, match="no plugin that is in use works with"):
        asked(tmp_path, "all")


def test_what_the_next_host_brings_is_not_in_use(tmp_path: Path, hosts: dict[str, Api]) -> None:
    plugin(tmp_path / "all", "one", "1.0.0", hosts["old"], QUIET)
    plugin(tmp_path / "next", "one", "1.1.0", hosts["old"], QUIET)
    (tmp_path / "next/release.json").write_bytes(to_bytes(ZERO, ()))
    options = FleetOptions(places=(str(tmp_path / "all"),), hosts=(str(tmp_path / "now"),))
    found = upgrade(options, str(tmp_path / "next"))
    (only,) = found.plugins
    assert only.takes == "keeps"
    assert found.release(only.now).version == "1.0.0"  # type: ignore[union-attr]
    assert len(found.fleet.releases) == 2

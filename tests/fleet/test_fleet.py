"""`fleet`: every pair as `verify` judges it, each artifact read once, and nothing read again that did not change."""

import os
from pathlib import Path

import pytest
from fleets import API, api, run, settle
from wheels import file_name, good_wheel

from pluginkit.core import clock
from pluginkit.core.api import Contract
from pluginkit.core.errors import PluginkitError
from pluginkit.core.fleet import PluginRelease
from pluginkit.core.frozen import replace
from pluginkit.operations.fleet import pairs
from pluginkit.operations.fleet.order import newest_first
from pluginkit.operations.verify import verify

HOSTS = 4


@pytest.mark.usefixtures("tree")
def test_every_pair_is_what_verify_says_of_it() -> None:
    found = run()
    assert len(found.releases) == 9
    assert len(found.hosts) == HOSTS
    for row, release in enumerate(found.releases):
        for column, host in enumerate(sorted(Path("hosts").iterdir())):
            (verdict,) = verify([Path(release.subject)], [host])
            fit = found.fits[row][column]
            assert fit
            assert (fit.findings, fit.ignored, fit.until) == (verdict.findings, verdict.ignored, verdict.until)
    assert {code for fits in found.fits for fit in fits if fit for code in fit.codes} >= {"PK302", "PK303"}
    assert any(fit and fit.accepted for fits in found.fits for fit in fits)


@pytest.mark.usefixtures("tree")
def test_several_releases_of_a_plugin_are_rows_of_it_the_newest_first() -> None:
    plugins = run().plugins
    assert [one.name for one in plugins] == ["p0000", "p0001", "p0002"]
    found = run()
    assert [found.releases[row].version for row in plugins[0].rows] == ["1.2.0", "1.1.0", "1.0.0"]


@pytest.mark.usefixtures("tree")
def test_a_second_run_reads_nothing_and_says_the_same(reads: list[str]) -> None:
    settle()
    first = run()
    assert len(reads) == 9
    reads.clear()
    assert run() == first
    assert reads == []


def test_after_one_new_release_one_artifact_is_read(tree: Path, reads: list[str]) -> None:
    settle()
    run()
    reads.clear()
    name = file_name("p0001", "1.9.0")
    (tree / "plugins/0" / name).write_bytes(good_wheel("p0001", "1.9.0"))
    settle()
    found = run()
    assert reads == [f"plugins/0/{name}"]
    assert found.releases[found.plugins[1].rows[0]].version == "1.9.0"


def test_a_changed_artifact_is_read_again(tree: Path, reads: list[str]) -> None:
    settle()
    run()
    reads.clear()
    path = tree / "plugins/0" / file_name("p0002", "1.0.0")
    path.write_bytes(path.read_bytes()[:-1])
    settle()
    found = run()
    assert reads == [str(path.relative_to(tree))]
    assert [fit.codes for fit in found.fits[found.plugins[2].rows[-1]] if fit] == [("PK102",)] * HOSTS


def test_a_new_host_leaves_the_old_verdicts(tree: Path, reads: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    settle()
    before = run(hosts=("hosts/py00", "hosts/py01"))
    reads.clear()
    asked: list[tuple[int, ...]] = []
    real = pairs.judged
    monkeypatch.setattr(
        "pluginkit.operations.fleet.judged",
        lambda some, *rest: (asked.extend(columns for _, columns in some), real(some, *rest))[1],
    )
    after = run(hosts=("hosts/py00", "hosts/py01", "hosts/py02"))
    assert set(asked) == {(2,)}
    assert len(reads) == 9
    assert [fits[:2] for fits in after.fits] == list(before.fits)


def test_what_is_not_a_plugin_is_read_once_and_again_only_for_hosts_that_may_load_it(
    tree: Path, reads: list[str]
) -> None:
    (tree / "plugins" / file_name("stranger", "1.0")).write_bytes(good_wheel("stranger", "1.0", stamp=None))
    other = tree / "hosts/zz"
    other.mkdir()
    stamp = {"kind": "host", "apis": (api("1.0.0"),), "contract": Contract(factory="New", group="other.plugins")}
    host = good_wheel("zz-host", "1.0", entry_points="", requires=[API], stamp=stamp)
    (other / file_name("zz-host", "1.0")).write_bytes(host)
    for path in (other, *other.iterdir()):
        os.utime(path, (1, 1))
    settle()
    seen = []
    for hosts in (("hosts/zz",), ("hosts/zz", "hosts/py00"), ("hosts/zz",), ("hosts/zz", "hosts/py00")):
        options = {"places": ("plugins", "hosts/py01"), "hosts": hosts}
        reads.clear()
        found = run(**options)
        names = [one.name for one in found.plugins]
        assert ("stranger" in names, found.left_out) == ((True, 2) if len(hosts) > 1 else (False, 3))
        assert not any(fit is None for fits in found.fits for fit in fits)
        seen.append((sum("stranger" in one for one in reads), sum("hosts" in one for one in reads)))
        reads.clear()
        assert run(**options) == found
        assert reads == []
    assert seen == [(1, 2), (1, 0), (1, 0), (1, 0)]


def test_what_rests_on_files_that_nothing_watches_is_not_remembered(
    tree: Path, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settle()
    real = pairs._row
    monkeypatch.setattr(pairs, "_row", lambda *given: replace(real(*given), lasts=False))
    first = run()
    reads.clear()
    assert run() == first
    assert len(reads) == 9


def test_verdicts_end_with_the_ignores_they_rest_on(
    tree: Path, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settle()
    hosts = ("hosts/py03",)  # ignores PK303 of p003* until 2999
    found = run(hosts=hosts)
    assert {fit.until for fits in found.fits for fit in fits if fit} == {"2999-01-01"}
    reads.clear()
    monkeypatch.setattr(clock, "today", lambda: "2999-01-02")
    run(hosts=hosts)
    assert len(reads) == 9


@pytest.mark.parametrize("damage", [b"", b"x", b"pluginkit runtime 5\n\0\0\0\0"])
def test_a_damaged_memory_is_no_memory(tree: Path, reads: list[str], damage: bytes) -> None:
    settle()
    first = run()
    for path in (tree / "cache/fleet").iterdir():
        path.write_bytes(damage)
    reads.clear()
    assert run() == first
    assert len(reads) == 9


def test_what_is_not_a_plugin_is_left_out(tree: Path) -> None:
    bare = good_wheel("numbers", "1.0", stamp=None, entry_points="")
    (tree / "plugins" / file_name("numbers", "1.0")).write_bytes(bare)
    (tree / "plugins" / file_name("stranger", "1.0")).write_bytes(good_wheel("stranger", "1.0", stamp=None))
    (tree / "plugins/readme.txt").write_text("no artifact")
    found = run(places=("plugins", "hosts"))
    assert found.left_out == 1 + 2 * HOSTS
    stranger = found.plugins[-1]
    assert stranger.name == "stranger"
    assert all("PK201" in fit.codes for fit in found.fits[stranger.rows[0]] if fit)


@pytest.mark.usefixtures("tree")
def test_patterns_choose_plugins(reads: list[str]) -> None:
    found = run(plugins=("P0001", "p*2"))
    assert [one.name for one in found.plugins] == ["p0001", "p0002"]
    assert len(reads) == 6


@pytest.mark.usefixtures("tree")
def test_places_without_plugins_and_places_that_are_not_there_are_said() -> None:
    with pytest.raises(PluginkitError, match="no plugin at hosts"):
        run(places=("hosts",))
    with pytest.raises(PluginkitError, match="no such file or directory"):
        run(places=("nowhere",))
    with pytest.raises(PluginkitError, match="no such file or directory"):
        run(hosts=("nowhere",))


ORDER = [  # newest first
    ("2.0", 0, "v1.0", "a"),
    ("1.10.0", 0, "v1.0", "a"),
    ("1.9.0", 3, "v1.0", "a"),
    ("1.9.0rc1", 9, "v1.0", "a"),
    ("", 3, "v1.0", "a"),
    ("", 2, "v2.0", "a"),
    ("", 2, "v1.10", "a"),
    ("", 2, "v1.9", "r10/a.so"),
    ("", 2, "v1.9", "r9/a.so"),
]


def test_the_newest_release_comes_first() -> None:
    from pluginkit.core.fleet import ApiVersion

    releases = [
        PluginRelease(subject, "a", "go", version, (ApiVersion("api", api, "h1:"),), number=number)
        for version, number, api, subject in ORDER
    ]
    assert sorted({*releases}, key=newest_first) == releases

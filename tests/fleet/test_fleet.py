"""`fleet`: every pair as `verify` judges it, each artifact read once, and nothing read again that did not change."""

import importlib
import inspect
import os
import sys
from pathlib import Path

import pytest
from fleets import wheel_hosts, wheel_plugins
from wheels import file_name, good_wheel

from pluginkit.core import clock
from pluginkit.core.errors import PluginkitError
from pluginkit.core.fleet import Fleet, PluginRelease
from pluginkit.operations.fleet import FleetOptions, fleet, pairs
from pluginkit.operations.fleet.order import newest_first
from pluginkit.operations.verify import verify

HOSTS = 4


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a directory with `plugins`, three in three releases, and `hosts`; the working directory is there."""
    wheel_hosts(tmp_path / "hosts", HOSTS)
    wheel_plugins(tmp_path / "plugins", 3, 3)
    for path in tmp_path.rglob("*"):
        os.utime(path, (1, 1))
    monkeypatch.setenv("PLUGINKIT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Count what is read; in one process."""
    found: list[str] = []
    real = pairs._row

    def row(candidate, *rest):  # type: ignore[no-untyped-def]
        found.append(candidate.subject)
        return real(candidate, *rest)

    monkeypatch.setattr(pairs, "_row", row)
    monkeypatch.setattr(pairs, "spread", lambda work, items: work(items))
    return found


def run(**options: object) -> Fleet:
    hosts = tuple(sorted(str(path) for path in Path("hosts").iterdir()))
    return fleet(FleetOptions(**{"places": ("plugins",), "hosts": hosts, **options}))  # type: ignore[arg-type]


def settle() -> None:
    """Wait until what was written counts as unchanged when it is looked at."""
    import time

    time.sleep(0.03)


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


def test_odd_trees_are_walked_once(tree: Path) -> None:
    (tree / "plugins/0/loop").symlink_to(tree / "plugins")
    (tree / "plugins/dangling.whl").symlink_to(tree / "nowhere")
    (tree / "plugins/directory.whl").mkdir()
    (tree / "plugins/.hidden").mkdir()
    (tree / "plugins/.hidden" / file_name("hidden", "1.0")).write_bytes(good_wheel("hidden", "1.0"))
    (tree / "plugins/0/junk.so").write_bytes(b"\x7fELF")
    (tree / os.fsdecode(b"plugins/\xff.whl")).write_bytes(b"PK")
    found = run()
    names = sorted({release.subject for release in found.releases})
    assert len(names) == len(found.releases) == 9 + 3
    assert not any("loop" in name or "hidden" in name for name in names)
    odd = [fits for release, fits in zip(found.releases, found.fits, strict=True) if release.version == ""]
    assert {code for fits in odd for fit in fits if fit for code in fit.codes} == {"PK101", "PK102"}


def test_an_artifact_is_one_row_whatever_leads_to_it(tree: Path) -> None:
    (tree / "beside").symlink_to("plugins")
    newest = file_name("p0001", "1.2.0")
    (tree / "plugins/0/latest.whl").symlink_to(newest)
    found = run(places=("plugins", "beside", str(tree / "plugins/0"), f"plugins/../plugins/0/{newest}"))
    assert len(found.releases) == 9
    assert all(release.subject.startswith("plugins/0/p000") for release in found.releases)
    assert run(places=("plugins/0/latest.whl",)).releases[0].subject == "plugins/0/latest.whl"


def test_a_tree_may_be_of_any_depth(tree: Path) -> None:
    place = tree.joinpath("plugins", *("d" * 150))
    place.mkdir(parents=True)
    (place / file_name("deep", "1.0.0")).write_bytes(good_wheel("deep", "1.0.0"))
    local = importlib.import_module("pluginkit.operations.fleet.local")
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 100)
    try:
        found = [one.name for one in local.candidates_at(tree / "plugins")]
    finally:
        sys.setrecursionlimit(limit)
    assert "deep" in found


def test_a_directory_that_cannot_be_read_is_said(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.scandir

    def scandir(place: str):  # type: ignore[no-untyped-def]
        if str(place).endswith("closed"):
            raise PermissionError(13, "Permission denied", place)
        return real(place)

    (tree / "plugins/closed").mkdir()
    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(PluginkitError, match="plugins/closed: cannot be read: Permission denied"):
        run()


def test_what_goes_while_it_is_read_is_a_row_that_was_not_read(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    local = importlib.import_module("pluginkit.operations.fleet.local")
    real = local._file

    def file(path: Path, release: str):  # type: ignore[no-untyped-def]
        found = real(path, release)
        if path.name.startswith("p0001-1.2"):
            path.unlink()
        return found

    monkeypatch.setattr(local, "_file", file)
    found = run()
    assert [one.unread for one in found.releases if one.unread] == ["no such file or directory"]
    assert len(found.releases) == 9


@pytest.mark.usefixtures("tree")
def test_no_artifact_of_another_name_is_read(tree: Path, reads: list[str]) -> None:
    for number in range(2000):
        (tree / f"plugins/{number}.txt").touch()
    os.mkfifo(tree / "plugins/pipe.whl")
    assert len(run(plugins=("p0000",)).releases) == len(reads) == 3
    assert {code for fit in run(plugins=("pipe*",)).fits[0] if fit for code in fit.codes} == {"PK101"}


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

"""Where `fleet` finds artifacts: odd, deep, closed and changing trees."""

import importlib
import inspect
import os
import sys
from pathlib import Path

import pytest
from fleets import run
from wheels import file_name, good_wheel

from pluginkit.core.errors import PluginkitError


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


def test_a_damaged_release_has_the_version_of_its_file_name_and_stays_the_newest(tree: Path) -> None:
    damaged = tree / "plugins/0" / file_name("p0001", "9.0.0")
    damaged.write_bytes(good_wheel("p0001", "9.0.0")[:-40])
    found = run()
    newest = found.releases[found.plugins[1].rows[0]]
    assert (newest.subject, newest.version) == (str(damaged.relative_to(tree)), "9.0.0")


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("", "a PLACE is empty"),
        ("ftp://example.org/x", "not a kind of place"),
        ("notes.toml", "no such file"),
    ],
)
@pytest.mark.usefixtures("tree")
def test_what_is_not_a_place_is_said(place: str, said: str) -> None:
    with pytest.raises(PluginkitError, match=said):
        run(places=(place,))

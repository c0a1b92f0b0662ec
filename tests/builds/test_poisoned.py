"""Caches that somebody filed false artifacts in: a build without caches heals, and is the only one that cannot lie."""

import json
import re
import shutil
from pathlib import Path

import pytest
from monorepo import edit, monorepo, settle
from poison import kept_in, poison, poisoned
from signers import Signer
from test_cache import cached, contents

from pluginkit.core.provenance import fetched_from
from pluginkit.core.stamp import BUILDER
from pluginkit.store.blobs import Blobs
from pluginkit.store.remote import open_remote

WHEEL = "dist/acme_filter-1.0.0-py3-none-any.whl"


@pytest.fixture
def victim(tmp_path, pluginkit, own_artifacts) -> tuple[Path, dict[str, str]]:
    """A workspace whose release came from a poisoned shared cache, and what it should be."""
    honest = monorepo(tmp_path / "honest")
    settle()
    assert pluginkit("build", honest).status == 0
    remote = open_remote(f"file://{tmp_path}/shared")
    kept = kept_in(Blobs(own_artifacts / "artifacts"), "acme-filter")
    poison(remote, kept, poisoned(honest / WHEEL), tmp_path / "evil.whl")
    shutil.rmtree(own_artifacts / "artifacts")
    root = shutil.copytree(honest, tmp_path / "victim", ignore=shutil.ignore_patterns(".pluginkit", "dist"))
    settle()
    ran = pluginkit("build", root, "--remote-cache", remote.url)
    assert "2 artifacts built, 1 from the cache" in ran.out, ran.err
    expected = contents(honest)
    assert contents(root)[WHEEL] != expected[WHEEL]
    return root, expected


def test_a_build_without_caches_takes_nothing_from_dist_and_replaces_what_is_cached(
    tmp_path, pluginkit, victim
) -> None:
    root, expected = victim
    assert "nothing changed" in pluginkit("build", root).out
    assert "3 artifacts built, lock" in pluginkit("build", "--no-cache", root).out
    assert contents(root) == expected
    assert "nothing changed" in pluginkit("build", root).out
    other = shutil.copytree(root, tmp_path / "other", ignore=shutil.ignore_patterns(".pluginkit", "dist"))
    settle()
    assert "0 artifacts built, 3 from the cache" in pluginkit("build", other).out
    assert contents(other) == expected


@pytest.mark.slow
def test_a_build_without_caches_does_not_ask_the_shared_one(tmp_path, pluginkit, victim) -> None:
    root, expected = victim
    before = sorted((tmp_path / "shared").rglob("*"))
    assert pluginkit("build", "--no-cache", "--remote-cache", f"file://{tmp_path}/shared", root).status == 0
    assert contents(root) == expected
    assert sorted((tmp_path / "shared").rglob("*")) == before


@pytest.mark.slow
def test_members_named_do_not_keep_the_others_from_being_built(pluginkit, victim) -> None:
    root, expected = victim
    assert "3 artifacts built, lock" in pluginkit("build", root, "acme-host", "--no-cache").out
    assert contents(root) == expected


@pytest.mark.slow
def test_a_build_without_caches_keeps_nothing_new(pluginkit, victim, own_artifacts) -> None:
    root, expected = victim
    shutil.rmtree(own_artifacts / "artifacts")
    assert pluginkit("build", "--no-cache", root).status == 0
    assert contents(root) == expected
    assert cached(own_artifacts, "cas") == []


@pytest.mark.slow
def test_a_damaged_blob_is_replaced_by_a_build_without_caches(pluginkit, victim, own_artifacts) -> None:
    root, _ = victim
    assert pluginkit("build", "--no-cache", root).status == 0
    for path in cached(own_artifacts, "cas"):
        path.write_bytes(b"?")
    assert pluginkit("build", "--no-cache", root).status == 0
    assert all(path.read_bytes() != b"?" for path in cached(own_artifacts, "cas") if path.name in own(root))


def own(root: Path) -> set[str]:
    return set(contents(root).values())


def test_where_an_artifact_came_from_is_told(tmp_path, pluginkit, victim) -> None:
    root, _ = victim
    said = {one["name"]: one["provenance"] for one in inspected(pluginkit, root)}
    assert said["acme-filter"]["url"] == f"file://{tmp_path}/shared"
    assert said["acme-host"]["url"] == ""
    assert {one["by"] for one in said.values()} == {BUILDER}
    assert f"provenance    fetched from file://{tmp_path}/shared, 2" in pluginkit("inspect", root / WHEEL).out
    ran = pluginkit("cache", "info")
    assert re.search(rf"^built here +2\nfetched +1 from file://{tmp_path}/shared$", ran.out, re.MULTILINE), ran.out
    assert pluginkit("build", "--no-cache", root).status == 0
    assert {one["provenance"]["url"] for one in inspected(pluginkit, root)} == {""}


@pytest.mark.slow
def test_it_is_told_of_what_was_signed_too(tmp_path, pluginkit, victim) -> None:
    root, _ = victim
    assert pluginkit("sign", root, "--key", Signer(tmp_path, 1).path, "--out", tmp_path / "signed").status == 0
    before = inspected(pluginkit, root)
    assert [one["provenance"] for one in inspected(pluginkit, tmp_path / "signed")] == [
        one["provenance"] for one in before
    ]


@pytest.mark.slow
def test_what_is_no_artifact_of_this_cache_has_no_provenance(tmp_path, pluginkit, victim) -> None:
    root, _ = victim
    copy = shutil.copy(root / WHEEL, tmp_path)
    assert "provenance" not in pluginkit("inspect", copy).out
    (root / WHEEL).write_bytes((root / WHEEL).read_bytes() + b"?")
    assert "provenance" not in pluginkit("inspect", root / WHEEL).out


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://user:secret@cache.example/a?token=secret", "https://cache.example/a"),
        ("s3://bucket/prefix", "s3://bucket/prefix"),
        ("file:///srv/cache", "file:///srv/cache"),
    ],
)
def test_credentials_are_not_kept(url, told) -> None:
    assert fetched_from(url).url == told


def inspected(pluginkit, root: Path) -> list[dict]:
    return json.loads(pluginkit("inspect", root, "--output-format", "json").out)["artifacts"]


@pytest.mark.slow
def test_what_the_cache_has_is_compared_with_what_its_sources_give(pluginkit, victim, own_artifacts) -> None:
    root, expected = victim
    (own_artifacts / "environments").unlink()  # those of other tests are not to be made anew
    ran = pluginkit("cache", "verify")
    assert (ran.status, "good, 0 set aside" in ran.out, "built again" in ran.out) == (0, True, False)
    ran = pluginkit("cache", "verify", cwd=root)
    assert (ran.status, "3 artifacts built again, 1 set aside" in ran.out) == (1, True), ran.err
    assert "acme-filter: the cache has " in ran.err
    assert ", acme_filter/__init__.py differs\n  cached: fetched from file://" in ran.err
    assert contents(root)[WHEEL] != expected[WHEEL]  # dist is a release that somebody may be running
    assert "`pluginkit build --no-cache`" in ran.err
    ran = pluginkit("cache", "verify", root)
    assert (ran.status, "2 artifacts built again, 0 set aside" in ran.out) == (0, True), ran.err
    assert pluginkit("build", "--no-cache", root).status == 0
    assert contents(root) == expected


@pytest.mark.slow
def test_what_the_lock_does_not_seal_is_not_built_again(pluginkit, victim) -> None:
    root, _ = victim
    edit(root / "plugins/filter/pyproject.toml", '"acme-api>=1"', '"acme-api>=1", "packaging"')
    ran = pluginkit("cache", "verify", root)
    assert (ran.status, "good, 0 set aside" in ran.out, "built again" in ran.out) == (2, True, False), ran.err
    assert "hint: run `pluginkit lock`" in ran.err

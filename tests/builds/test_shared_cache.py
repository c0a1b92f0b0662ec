"""A cache that machines share: another checkout, on another machine, builds nothing again; whatever the cache does."""

import json
import shutil
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from gorepo import go_monorepo
from monorepo import edit, monorepo
from test_cache import contents, no_process

from pluginkit.core.model import CacheEntry
from pluginkit.operations.prewarm import REMOTE_CACHE as URL
from pluginkit.operations.session import READ_ONLY
from pluginkit.store.action_result import decode
from pluginkit.store.artifact_record import from_bytes
from pluginkit.store.cache import action_key, to_bytes
from pluginkit.store.remote import open_remote

pytestmark = pytest.mark.slow

SOURCE = "plugins/filter/acme_filter/__init__.py"


@pytest.fixture
def elsewhere(own_artifacts: Path, tmp_path: Path) -> Callable[[Path, str], Path]:
    """Return what makes a clean checkout, on a machine whose own cache has no artifacts."""

    def checkout(root: Path, name: str = "two") -> Path:
        shutil.rmtree(own_artifacts / "artifacts", ignore_errors=True)
        return shutil.copytree(root, tmp_path / name, ignore=shutil.ignore_patterns(".pluginkit", "dist"))

    return checkout


def test_a_clean_checkout_runs_no_backend(tmp_path, pluginkit, shared, elsewhere, monkeypatch) -> None:
    url, _ = shared
    root = monorepo(tmp_path / "one")
    assert "3 artifacts built" in pluginkit("build", root, "--remote-cache", url).out
    other = elsewhere(root)
    with monkeypatch.context() as patched:
        no_process(patched)
        ran = pluginkit("build", other, "--remote-cache", url)
    assert "0 artifacts built, 3 from the cache" in ran.out, ran.err
    assert (ran.err, contents(other)) == ("", contents(root))
    assert pluginkit("verify", other).status == 0


def test_a_clean_checkout_of_go_starts_no_compiler(tmp_path, pluginkit, shared, elsewhere) -> None:
    url, _ = shared
    root = go_monorepo(tmp_path / "one", plugins=("filter", "transform"))
    assert pluginkit("build", root, "--remote-cache", url).status == 0
    other = elsewhere(root)
    ran = pluginkit("build", other, "--remote-cache", url)
    assert "0 artifacts built, 3 from the cache" in ran.out, ran.err
    assert contents(other) == contents(root)
    assert (other / "dist/bin/host").stat().st_mode & 0o777 == 0o755


def test_what_came_from_it_is_kept_on_this_machine_too(tmp_path, pluginkit, shared, elsewhere) -> None:
    url, files = shared
    root = monorepo(tmp_path / "one")
    pluginkit("build", root, "--remote-cache", url)
    pluginkit("build", elsewhere(root), "--remote-cache", url)
    shutil.rmtree(files)
    third = shutil.copytree(root, tmp_path / "three", ignore=shutil.ignore_patterns(".pluginkit", "dist"))
    assert "0 artifacts built, 3 from the cache" in pluginkit("build", third).out


def test_untrusted_machines_take_and_keep_nothing(tmp_path, pluginkit, shared, elsewhere, monkeypatch) -> None:
    url, files = shared
    root = monorepo(tmp_path / "one")
    pluginkit("build", root, "--remote-cache", url)
    before = sorted(files.rglob("*"))
    monkeypatch.setenv(URL, url)
    monkeypatch.setenv(READ_ONLY, "1")
    other = elsewhere(root)
    edit(other / SOURCE, "return request.body", "return request.body + b'!'")
    assert "1 artifact built, 2 from the cache" in pluginkit("build", other).out
    assert sorted(files.rglob("*")) == before


def others_bytes(files: Path) -> None:
    blobs = list(files.glob("cas/*"))
    for path in blobs:
        path.write_bytes(path.read_bytes()[:-1] + b"?")


def others_records(files: Path) -> None:
    records = list(files.glob("ac/*"))
    said = [path.read_bytes() for path in records]
    for path, data in zip(records, said[1:] + said[:1], strict=True):
        path.write_bytes(data)


def no_blobs(files: Path) -> None:
    shutil.rmtree(files / "cas")


def garbage(files: Path) -> None:
    for path in files.glob("ac/*"):
        path.write_bytes(b"<html>sign in</html>")


def huge_records(files: Path) -> None:
    for path in files.glob("ac/*"):
        path.write_bytes(b"\0" * (2 << 20))


@pytest.mark.parametrize("lie", [others_bytes, others_records, no_blobs, garbage, huge_records])
def test_what_lies_is_not_believed(tmp_path, pluginkit, shared, elsewhere, lie) -> None:
    url, files = shared
    root = monorepo(tmp_path / "one")
    pluginkit("build", root, "--remote-cache", url)
    other = elsewhere(root)
    lie(files)
    ran = pluginkit("build", other, "--remote-cache", url)
    assert ran.status == 0, ran.err
    assert "3 artifacts built" in ran.out
    assert contents(other) == contents(root)
    assert ("has other bytes" in ran.err) == (lie is others_bytes)


@pytest.mark.parametrize("again", [False, True])
def test_an_artifact_of_other_inputs_is_not_taken_for_another(tmp_path, pluginkit, elsewhere, again) -> None:
    """A record that was forged, or moved: its bytes are as it says, and its artifact fits the host."""
    url = f"file://{tmp_path}/shared"
    root = monorepo(tmp_path / "one")
    pluginkit("build", root, "--remote-cache", url)
    old = contents(root)
    edit(root / SOURCE, "request.body", "request.body * 2")
    plan = json.loads(pluginkit("plan", root, "--format", "json").out)
    (inputs,) = (step["inputs"] for step in plan["build"])
    remote = open_remote(url)
    (data,) = (data for path in (tmp_path / "shared/ac").iterdir() if b"acme-filter" in (data := path.read_bytes()))
    kept = from_bytes(decode(data))
    forged = CacheEntry(replace(kept.artifact, inputs=inputs))
    remote.write(action_key("acme-filter", inputs), to_bytes(forged))
    other = elsewhere(root) if not again else root
    ran = pluginkit("build", other, "--remote-cache", url)
    assert (ran.status, "of other inputs, as acme-filter: built here" in ran.err) == (0, True), ran.err
    wheel = "dist/acme_filter-1.0.0-py3-none-any.whl"
    assert contents(other)[wheel] != old[wheel]


def test_a_server_that_is_away_is_a_warning(tmp_path, pluginkit) -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
    root = monorepo(tmp_path / "one")
    ran = pluginkit("build", root, "--remote-cache", f"http://me:secret@127.0.0.1:{port}")
    assert (ran.status, ran.err.count("warning:"), "secret" in ran.err) == (0, 1, False)
    assert f"warning: remote cache http://127.0.0.1:{port}" in ran.err


def test_a_url_that_is_none_builds_nothing(tmp_path, pluginkit) -> None:
    root = monorepo(tmp_path / "one")
    ran = pluginkit("build", root, "--remote-cache", "ftp://me:secret@example.org")
    assert "secret" not in ran.err
    assert (ran.status, "unknown scheme" in ran.err, (root / "dist").exists()) == (2, True, False)


def test_shards_fill_the_cache_that_the_release_is_made_from(
    tmp_path, pluginkit, shared, elsewhere, monkeypatch
) -> None:
    url, _ = shared
    root = monorepo(tmp_path / "one")
    pluginkit("lock", root)
    for member in ("acme-api", "acme-host", "acme-filter"):
        ran = pluginkit("build", root, member, "--cache-only", "--remote-cache", url)
        assert (ran.status, f"in the cache: {member}" in ran.out) == (0, True), ran.err
        assert not (root / "dist").exists()
    other = elsewhere(root)
    no_process(monkeypatch)
    ran = pluginkit("build", other, "--locked", "--remote-cache", url)
    assert "0 artifacts built, 3 from the cache" in ran.out, ran.err


def test_what_this_machine_has_already_is_shared_by_a_shard(tmp_path, pluginkit, shared, elsewhere) -> None:
    url, _ = shared
    root = monorepo(tmp_path / "one")
    pluginkit("build", root)
    assert pluginkit("build", root, "--cache-only", "--remote-cache", url).status == 0
    assert "3 from the cache" in pluginkit("build", elsewhere(root), "--remote-cache", url).out


def test_a_shard_that_cannot_share_says_so(tmp_path, pluginkit) -> None:
    root = monorepo(tmp_path / "one")
    pluginkit("lock", root)
    ran = pluginkit("build", root, "--cache-only", "--remote-cache", "http://127.0.0.1:1")
    assert (ran.status, "warning: remote cache" in ran.err) == (2, True)

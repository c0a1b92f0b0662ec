"""Other machines build: a real dask scheduler and workers, each in a directory of its own with a cache of its own."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

import pytest
from gorepo import go_monorepo
from monorepo import PLUGIN, monorepo
from signers import Signer
from test_cache import contents

from pluginkit.core.key_mark import KEY
from pluginkit.operations import remote_build

pytestmark = pytest.mark.slow

BIN = Path(sys.executable).parent
PLUGINS = 24


@contextmanager
def cluster(place: Path, cache: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Yield the executor's URL, and the processes of two workers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    place.mkdir()
    logs = (place / "log").open("wb")
    options = ["--no-dashboard", "--host", "127.0.0.1"]
    processes = [start(["scheduler", "--port", address.rpartition(":")[2], *options], place / "scheduler", cache, logs)]
    for number in range(2):
        only_one = ["--nworkers", "1", "--nthreads", "1", "--no-nanny"]
        processes.append(start(["worker", f"tcp://{address}", *options, *only_one], place / str(number), cache, logs))
    try:
        wait_for(place / "log", b"Registered to", 2)
        yield f"dask://{address}", processes[1:]
    finally:
        for process in processes:
            process.kill()
            process.wait()
        logs.close()


def start(arguments: list[str], place: Path, cache: Path, logs) -> subprocess.Popen[bytes]:
    own = place / "cache"
    own.mkdir(parents=True)
    for room in ("astools", "compilers", "environments"):  # tools, which would be made again
        (own / room).symlink_to((cache / room).resolve())
    env = {**os.environ, "PLUGINKIT_CACHE_DIR": str(own)}
    return subprocess.Popen([BIN / "dask", *arguments], cwd=place, env=env, stdout=logs, stderr=logs)


def wait_for(log: Path, text: bytes, times: int) -> None:
    for _ in range(600):
        if log.read_bytes().count(text) >= times:
            return
        time.sleep(0.05)
    raise AssertionError(log.read_text())


def many(root: Path) -> Path:
    return monorepo(root, plugins={f"p{number}": PLUGIN for number in range(PLUGINS)})


def test_two_machines_build_and_one_of_them_dies(tmp_path, pluginkit, own_artifacts) -> None:
    root = many(tmp_path / "one")
    assert pluginkit("build", root).status == 0
    shutil.rmtree(own_artifacts / "artifacts")
    other = shutil.copytree(root, tmp_path / "two", ignore=shutil.ignore_patterns(".pluginkit", "dist"))
    with cluster(tmp_path / "cluster", own_artifacts) as (url, workers):
        command = [BIN / "pluginkit", "build", other, "--executor", url, "--remote-cache", f"file://{tmp_path}/shared"]
        build = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        first = build.stdout.readline()
        workers[0].send_signal(signal.SIGKILL)
        out, err = build.communicate(timeout=120)
        assert workers[1].poll() is None
    assert (build.returncode, first.startswith("built acme_")) == (0, True), err
    assert f"0 artifacts built, {PLUGINS + 2} from the cache" in out, err
    assert "did not make" not in err
    assert contents(other) == contents(root)


def test_other_machines_build_go(tmp_path, pluginkit, own_artifacts) -> None:
    root = go_monorepo(tmp_path / "one", plugins=("filter", "transform"))
    assert pluginkit("build", root).status == 0
    shutil.rmtree(own_artifacts / "artifacts")
    other = shutil.copytree(root, tmp_path / "two", ignore=shutil.ignore_patterns(".pluginkit", "dist"))
    with cluster(tmp_path / "cluster", own_artifacts) as (url, _):
        ran = pluginkit("build", other, "--executor", url, "--remote-cache", f"file://{tmp_path}/shared")
    assert "0 artifacts built, 3 from the cache" in ran.out, ran.err
    assert contents(other) == contents(root)
    assert pluginkit("verify", other).status == 0


@pytest.mark.parametrize("has_key", [True, False])
def test_under_a_trust_what_machines_with_a_key_made_counts(
    tmp_path, pluginkit, own_artifacts, monkeypatch, has_key: bool
) -> None:
    signer, root = Signer(tmp_path, 1), monorepo(tmp_path / "one")
    with (root / "pluginkit.toml").open("a") as file:
        file.write(signer.trusted())
    assert pluginkit("build", root).status == 0
    shutil.rmtree(own_artifacts / "artifacts")
    other = shutil.copytree(root, tmp_path / "two", ignore=shutil.ignore_patterns(".pluginkit", "dist"))
    if has_key:
        monkeypatch.setenv(KEY, signer.pem)
    with cluster(tmp_path / "cluster", own_artifacts) as (url, _):
        monkeypatch.delenv(KEY, raising=False)
        ran = pluginkit("build", other, "--executor", url, "--remote-cache", f"file://{tmp_path}/shared")
    assert ("0 artifacts built, 3 from the cache" in ran.out) is has_key, ran.err
    assert ("did not make" in ran.err) is not has_key
    assert contents(other) == contents(root)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--executor", "dask://127.0.0.1:1"], "needs a cache that all machines write to"),
        (["--executor", "ssh://there"], "it is written dask://HOST:PORT"),
        (["--executor", "dask://127.0.0.1:1", "--remote-cache", "file:///{}/shared"], "is the dask scheduler running"),
    ],
)
def test_no_executor_is_an_error(tmp_path, pluginkit, arguments, said) -> None:
    root = monorepo(tmp_path / "one")
    if arguments[1].startswith("ssh"):
        arguments = [*arguments, "--remote-cache", f"file://{tmp_path}/shared"]
    ran = pluginkit("build", root, *(one.format(tmp_path) for one in arguments))
    assert (ran.status, (root / "dist").exists()) == (2, False)
    assert said in ran.err


class Answers(Executor):
    """Other machines that answer whatever they are asked in one way."""

    def __init__(self, answer: Callable[[], object]) -> None:
        self._answer = answer

    def submit(self, *_arguments: object, **_options: object) -> Future[object]:
        future: Future[object] = Future()
        with suppress(TimeoutError):
            future.set_result(self._answer())
        return future


def forged(**changes: object) -> bytes:
    known = {"name": "acme-filter", "kind": "plugin", "file": "acme_filter-1.0.0-py3-none-any.whl", "sha256": "0" * 64}
    return json.dumps({**known, "size": 9, "inputs": f"sha256:{'0' * 64}", "side_effects": [], **changes}).encode()


def never() -> object:
    raise TimeoutError


@pytest.mark.parametrize(
    "answer",
    [
        lambda: None,
        lambda: 7,
        lambda: [7],
        lambda: [b"\xff"],
        lambda: [b"{}", forged()],
        lambda: [forged(file="../x")],
        lambda: [forged(size=1 << 63)],
        lambda: [forged()] * 1000,
        lambda: [bytes(2 << 20)],
        never,
    ],
)
def test_what_other_machines_answer_never_keeps_a_build_from_being_right(
    tmp_path, pluginkit, own_artifacts, monkeypatch, answer
) -> None:
    monkeypatch.setattr(remote_build, "opened", lambda url: nullcontext((Answers(answer), 1)))
    monkeypatch.setattr(remote_build, "LONGEST", 0.2)
    root = monorepo(tmp_path / "one")
    ran = pluginkit("build", root, "--executor", "dask://there:1", "--remote-cache", f"file://{tmp_path}/shared")
    assert (ran.status, "Traceback" in ran.err, "3 artifacts built" in ran.out) == (0, False, True), ran.err
    assert "did not make acme-api, acme-filter, acme-host from these inputs: built here" in ran.err
    assert pluginkit("verify", root).status == 0


def test_an_executor_whose_cache_takes_nothing_is_done_without(tmp_path, pluginkit, monkeypatch) -> None:
    monkeypatch.setattr(remote_build, "opened", lambda url: nullcontext((Answers(never), 1)))
    root = monorepo(tmp_path / "one")
    ran = pluginkit("build", root, "--executor", "dask://there:1", "--remote-cache", "http://127.0.0.1:1")
    assert (ran.status, ran.err.count("warning:"), "3 artifacts built" in ran.out) == (0, 1, True), ran.err

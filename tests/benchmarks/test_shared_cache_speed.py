"""A clean checkout with a warm shared cache, over HTTP where nginx is installed."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from gofixtures import GoTools
from gorepo import go_monorepo
from tree import make_tree
from webdav import NGINX, server

pytestmark = pytest.mark.benchmark

PLUGINKIT = Path(sys.executable).parent / "pluginkit"


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    if NGINX:
        with server(tmp_path / "nginx") as found:
            yield found
    else:
        yield f"file://{tmp_path}/shared"


def build(root: Path, url: str, cache: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Build with an own cache that has no artifacts; return what was said, and what was started."""
    (cache / "traced").mkdir(parents=True)
    for room in ("environments", "astools", "compilers"):
        shared = cache.parent / "tools" / room
        shared.mkdir(parents=True, exist_ok=True)
        (cache / room).symlink_to(shared)
    monkeypatch.setenv("PLUGINKIT_CACHE_DIR", str(cache))
    command = [PLUGINKIT, "build", root, "--remote-cache", url]
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _TRACER, cache / "traced/log", *map(str, command[1:])], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    print(f"\n{time.perf_counter() - start:.2f} s: {done.stdout.splitlines()[-1]}")
    return done.stdout.splitlines()[-1] + "\n" + (cache / "traced/log").read_text()


_TRACER = """
import sys
log = open(sys.argv[1], "w")
def hook(event, arguments):
    if event == "subprocess.Popen":
        print("started", *map(str, arguments[1]), file=log, flush=True)
sys.addaudithook(hook)
from pluginkit.cli import main
sys.exit(main(sys.argv[2:]))
"""


def test_100_python_plugins_come_from_the_cache_and_no_backend_runs(tmp_path, url, monkeypatch) -> None:
    one, two = make_tree(tmp_path / "one", 100), make_tree(tmp_path / "two", 100)
    assert "102 artifacts built" in build(one, url, tmp_path / "first", monkeypatch)
    (two / "pluginkit.lock").write_bytes((one / "pluginkit.lock").read_bytes())
    said = build(two, url, tmp_path / "second", monkeypatch)
    assert "0 artifacts built, 102 from the cache" in said
    assert "started" not in said
    assert [path.read_bytes() for path in sorted(one.glob("dist/*.whl"))] == [
        path.read_bytes() for path in sorted(two.glob("dist/*.whl"))
    ]


def test_10_go_plugins_come_from_the_cache_and_no_compiler_runs(tmp_path, url, go: GoTools, monkeypatch) -> None:
    for name, value in go.env.items():
        monkeypatch.setenv(name, value)
    plugins = ("filter", *(f"p{number}" for number in range(9)))
    one, two = go_monorepo(tmp_path / "one", plugins=plugins), go_monorepo(tmp_path / "two", plugins=plugins)
    assert "11 artifacts built" in build(one, url, tmp_path / "first", monkeypatch)
    (two / "pluginkit.lock").write_bytes((one / "pluginkit.lock").read_bytes())
    said = build(two, url, tmp_path / "second", monkeypatch)
    assert "0 artifacts built, 11 from the cache" in said
    started = [line.split()[2] for line in said.splitlines() if line.startswith("started")]
    assert set(started) <= {"list", "env", "version", "--version", "-print-prog-name=ld"}, said

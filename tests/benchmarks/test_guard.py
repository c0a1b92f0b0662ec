"""What is fast stays fast: a part of the benchmarks that is short, and whose limits hold on a noisy machine.

Instructions are counted where valgrind is installed: no other process changes their number. Elsewhere, and for what
is done by several processes, it is processor time, in the best of three tries.
"""

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest
from gofixtures import GoTools
from gorepo import go_monorepo
from timing import VALGRIND, best_ratio, instructions, processor_seconds
from tree import make_tree
from uv import find_uv_bin

pytestmark = pytest.mark.guard

BIN = Path(sys.executable).parent
CHECKOUT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Guard:
    """A command, and how much of what a peer takes it may take; names in braces are attributes of Places."""

    name: str
    ours: str
    peer: str
    most: float
    """Ours over the peer's; the comment says what it was when the limit was set, to about 1.5 times of it."""
    children: bool = False
    """Other processes do the work, too: processor time is compared even where instructions can be counted."""
    forget: str = ""
    """What is deleted before each run."""


GUARDS = [
    Guard(
        "no-op build of 100 plugins",
        "{pluginkit} build {tree}",
        "{python} -c pass",
        most=2.5,  # 1.69
    ),
    Guard(
        "cold build of 100 plugins",
        "{pluginkit} build --locked --no-cache {tree}",
        "{uv} build --all-packages --wheel --offline --directory {uv_tree} --out-dir {scratch}/uv",
        most=9,  # 4.8 to 6.8; uv's own backend stamps and verifies nothing
        children=True,
        forget="{tree}/.pluginkit {tree}/dist {scratch}/uv",
    ),
    Guard(
        "verify of 12 wheels",
        "{pluginkit} verify {small_tree}",
        "{python} {wheel_reader} {small_tree}/dist",
        most=3.9,  # 2.55
    ),
    Guard(
        "verify of one .so",
        "{pluginkit} verify {go_tree}/dist/plugins/filter.so --host {go_tree}/dist/bin/host",
        "{python} -c pass",
        most=12.5,  # 8.28
    ),
    Guard(
        "first start of a host with 40 plugins",
        "{host_python} {host}",
        "{host_python} {unchecked_host}",
        most=2.0,  # 1.35
        forget="{cache}/runtime",
    ),
    Guard(
        "second start of a host with 40 plugins",
        "{host_python} {host}",
        "{host_python} {unchecked_host}",
        most=0.8,  # 0.49
    ),
]

WHEEL_READER = """
import hashlib, sys, zipfile
from pathlib import Path
for path in Path(sys.argv[1]).glob("*.whl"):
    with zipfile.ZipFile(path) as wheel:
        for name in wheel.namelist():
            hashlib.sha256(wheel.read(name)).hexdigest()
"""
HOST = """
from bench_api import Plugin
from pluginkit.runtime import load_plugins
assert len(load_plugins(api=Plugin).loaded) == 40
"""
UNCHECKED_HOST = """
from importlib.metadata import entry_points
assert len([one.load()() for one in entry_points(group="bench.plugins")]) == 40
"""


class Places:
    """What the commands work on, made when first asked."""

    def __init__(self, scratch: Path, go: GoTools) -> None:
        self.scratch, self._go = scratch, go
        self.pluginkit, self.python, self.uv = BIN / "pluginkit", sys.executable, find_uv_bin()
        # Without what PYTHONDONTWRITEBYTECODE and the like would make of both.
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        self.env: Mapping[str, str] = {**kept, "PYTHONHASHSEED": "0", "PLUGINKIT_CACHE_DIR": str(self.cache)}

    def __getitem__(self, name: str) -> object:
        return getattr(self, name)

    def run(self, *command: object, **env: str) -> None:
        """Run a command that succeeds."""
        done = subprocess.run(map(str, command), env={**self.env, **env}, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    @cached_property
    def cache(self) -> Path:
        """A cache with the build environments of the whole run, and nothing else."""
        environments = Path(os.environ["PLUGINKIT_CACHE_DIR"], "environments")
        environments.mkdir(parents=True, exist_ok=True)
        (self.scratch / "cache").mkdir()
        (self.scratch / "cache/environments").symlink_to(environments)
        return self.scratch / "cache"

    @cached_property
    def tree(self) -> Path:
        return self._built(make_tree(self.scratch / "tree", 100))

    @cached_property
    def small_tree(self) -> Path:
        """A workspace of so few artifacts that one process verifies them."""
        return self._built(make_tree(self.scratch / "small", 10))

    @cached_property
    def host_tree(self) -> Path:
        return self._built(make_tree(self.scratch / "hosted", 40))

    @cached_property
    def uv_tree(self) -> Path:
        return make_tree(self.scratch / "peer", 100, backend="uv_build")

    @cached_property
    def go_tree(self) -> Path:
        return self._built(go_monorepo(self.scratch / "go"), **self._go.env)

    @cached_property
    def host_python(self) -> Path:
        """The interpreter of an environment with pluginkit, and API, host and plugins of one release."""
        python = self.scratch / "env/bin/python"
        self.run(self.uv, "venv", "--python", sys.executable, self.scratch / "env")
        self.run(self.uv, "pip", "install", "--python", python, CHECKOUT)
        self.run(self.uv, "pip", "install", "--python", python, "--no-deps", *self.host_tree.glob("dist/*.whl"))
        self.run(python, "-m", "compileall", "-q", self.scratch / "env/lib")
        return python

    @cached_property
    def wheel_reader(self) -> Path:
        return self._script("reader", WHEEL_READER)

    @cached_property
    def host(self) -> Path:
        return self._script("host", HOST)

    @cached_property
    def unchecked_host(self) -> Path:
        return self._script("unchecked", UNCHECKED_HOST)

    def _built(self, root: Path, **env: str) -> Path:
        """Build a new workspace until it is known that nothing changed."""
        for _ in range(2):
            time.sleep(0.1)
            self.run(self.pluginkit, "build", root, **env)
        return root

    def _script(self, name: str, code: str) -> Path:
        path = self.scratch / f"{name}.py"
        path.write_text(code)
        return path


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory, go: GoTools) -> Places:
    return Places(tmp_path_factory.mktemp("guard"), go)


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_it_is_as_fast_as_it_was(guard: Guard, places: Places) -> None:
    measure = instructions if VALGRIND and not guard.children else processor_seconds
    ours, peer, forgotten = (_words(text, places) for text in (guard.ours, guard.peer, guard.forget))
    for command in (ours, peer):  # what is made once is made
        places.run(*command)

    def forget() -> None:
        for path in map(Path, forgotten):
            path.unlink() if path.is_symlink() else shutil.rmtree(path, ignore_errors=True)

    found = best_ratio(measure, ours, peer, most=guard.most, env=places.env, before=forget)
    assert found <= guard.most, f"{found:.2f} times the {measure.__name__} of `{guard.peer}`, at most {guard.most}"


def _words(text: str, places: Places) -> list[str]:
    return [word.format_map(places) for word in shlex.split(text)]

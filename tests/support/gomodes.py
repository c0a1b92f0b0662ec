"""A workspace with four Go plugins that uses all that can cross to a plugin, and its host, which obeys commands."""

import os
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from monorepo import edit

from pluginkit.stages import scaffold

SOURCES = Path(__file__).parent / "data/gomodes"
MODES = ("plugin", "linked", "subprocess", "wasm")
APART = ("subprocess", "wasm")
"""The modes in which a plugin can end without its host."""
TIMES = re.compile(r"^(\w+ is \w+) after \d+ ms$", re.MULTILINE)
CAPABILITIES = 'known = ["filter", "transform"]'
TABLES = '\n[plugin.audit]\ncapabilities = ["audit"]\n\n[plugin.counter]\ncapabilities = ["count"]\n'
PLUGINKIT = Path(sys.executable).parent / "pluginkit"


def four_plugins(root: Path, *, counter: str = "", twins: int = 0) -> Path:
    """Make the workspace `acme`: filter and transform of the template, audit and counter; return its root.

    `counter` ends the table of that plugin, and `twins` is how many plugins there are just like it, from `counter0` on.
    What any mode needs is required by its module.
    """
    scaffold.new(root, "acme", language="go", toolkit="../..")
    for test in (*root.rglob("main_test.go"), *root.rglob("loader/*_test.go")):
        test.unlink()  # they are for the template's API and host
    shutil.copytree(SOURCES, root, dirs_exist_ok=True)
    edit(root / "pluginkit.toml", CAPABILITIES, CAPABILITIES.replace("]", ', "audit", "count"]'))
    with (root / "pluginkit.toml").open("a") as config:
        config.write(TABLES + counter)
        for number in range(twins):
            config.write(f"\n[plugin.counter{number}]\n{counter}")
            shutil.copytree(root / "plugins/counter", root / f"plugins/counter{number}")
    return root


def release(root: Path, target: Path, mode: str = "") -> Path:
    """Build a workspace, in one mode where that is given, and return the copy of its release."""
    command = [PLUGINKIT, "build", root, *(["--mode", mode] if mode else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    return shutil.copytree(root / "dist", target)


class Host:
    """A host that runs until the end of the `with`: its commands are those of data/gomodes/cmd/host."""

    def __init__(self, release: Path, **environment: str) -> None:
        command = [release / "bin/host", *([release / "plugins"] if (release / "plugins").is_dir() else [])]
        own = {"XDG_CACHE_HOME": str(release.parent / "user-cache")}  # compiled modules, for the next start
        self._log = (release.parent / "host.log").open("w+")
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env={**os.environ, **own, **environment},
        )
        self._left = b""
        self.started = self._answer(120)
        """What it said when its plugins were loaded."""

    def __enter__(self) -> "Host":
        return self

    def __exit__(self, *error: object) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        try:
            self._process.wait(timeout=30)
        finally:
            self._process.kill()
            self._process.wait()
            self._process.stdout.close()
            self._log.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def status(self) -> int | None:
        """Its exit status, once it ended."""
        return self._process.poll()

    @property
    def log(self) -> str:
        """What it wrote to standard error so far."""
        return Path(self._log.name).read_text()

    def logged(self, pattern: str, within: float = 10) -> bool:
        """Return whether it writes a line like `pattern` to standard error in time."""
        until = time.monotonic() + within
        while not (found := re.search(pattern, self.log)) and time.monotonic() < until:
            time.sleep(0.05)
        return found is not None

    def do(self, *words: object, within: float = 300) -> list[str]:
        """Send a command; return the lines of its answer."""
        assert self._process.stdin
        self._process.stdin.write((" ".join(map(str, words)) + "\n").encode())
        self._process.stdin.flush()
        return self._answer(within)

    def _answer(self, within: float) -> list[str]:
        assert self._process.stdout
        until = time.monotonic() + within
        while not (self._left == b".\n" or self._left.endswith(b"\n.\n")):
            ready, _, _ = select.select([self._process.stdout], [], [], max(0.0, until - time.monotonic()))
            assert ready, f"no answer within {within} s\n{self.log}"
            more = os.read(self._process.stdout.fileno(), 1 << 16)
            assert more, f"the host ended: {self._process.wait(timeout=10)}\n{self.log[-5000:]}"
            self._left += more
        lines, self._left = self._left.decode().splitlines()[:-1], b""
        return lines

    def children(self) -> list[int]:
        """Return the processes that it started, with those that ended and that it did not wait for."""
        found = []
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                parent = path.read_text().rpartition(")")[2].split()[1]
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(parent) == self.pid:
                found.append(int(path.parent.name))
        return sorted(found)

    def child(self, name: str) -> int:
        """Return the process of one plugin, whose only argument is its name."""
        (found,) = [pid for pid in self.children() if _arguments(pid) == [name]]
        return found

    def kill(self, name: str) -> None:
        """End the process of one plugin by SIGKILL."""
        os.kill(self.child(name), signal.SIGKILL)

    def files(self) -> int:
        """Return how many descriptors it has open."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def memory(self) -> tuple[int, int]:
        """Return the KiB of memory that it has, and those of its children."""
        return _resident(self.pid), sum(map(_resident, self.children()))


def _arguments(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")[:-1]
    except (FileNotFoundError, ProcessLookupError):
        return []


def _resident(pid: int) -> int:
    found = re.search(r"^VmRSS:\s+(\d+) kB$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return int(found[1]) if found else 0


def without_times(lines: Sequence[str]) -> list[str]:
    """Return what a host said, but for what takes another time in each run."""
    return [TIMES.sub(r"\1", line) for line in lines]


def first_difference(expected: Sequence[str], found: Sequence[str]) -> str:
    """Return where two transcripts part, with the line before; empty where they are equal."""
    for number, (one, other) in enumerate(zip(expected, found, strict=False)):
        if one != other:
            before = next((line for line in reversed(expected[:number]) if line.startswith("request-")), "the start")
            return f"line {number}, of {before}:\n  {one}\n  {other}"
    return "" if len(expected) == len(found) else f"{len(expected)} lines and {len(found)}"


def sizes(release: Path) -> Mapping[str, int]:
    """Return the bytes of host and plugins of a release, by name."""
    files = [path for path in (*release.glob("bin/*"), *release.glob("plugins/*")) if path.is_file()]
    return {path.name: path.stat().st_size for path in files}

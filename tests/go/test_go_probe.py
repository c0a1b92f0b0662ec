"""The Go host's probe: what would end the process is opened in a child process first, and skipped."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pluginkit.stages import scaffold

pytestmark = pytest.mark.slow

MARK = """
	file, _ := os.OpenFile(os.Getenv("MARKS"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	file.WriteString("x")
	println("marked")
"""
MARKS = ('import "os"', f"func init() {{{MARK}}}")
BAD = {
    # Each passes the static rules: none of them is certain to end the process, as far as its code tells.
    "constructs": (
        "// static int *volatile nowhere;\n"
        '// __attribute__((constructor)) static void early(void) { *nowhere = 1; }\nimport "C"',
        "",
    ),
    "exits": ('import "os"', f"func init() {{{MARK}if file != nil {{ os.Exit(42) }}\n}}"),
    "hangs": ('import "sync/atomic"\n\nvar never atomic.Bool', "func init() { for !never.Load() { } }"),
    "killed": ('import "syscall"', "func init() { syscall.Kill(syscall.Getpid(), syscall.SIGKILL) }"),
    "panics": ('import "os"', 'func init() { if len(os.Args) > 0 { panic("no luck") } }'),
    "throws": ('import "sync"\n\nvar mutex sync.Mutex', "func init() { mutex.Unlock() }"),
}


@dataclass(frozen=True)
class Started:
    """How a start of the host ended."""

    status: int
    out: str
    err: str
    plugins: dict[str, dict[str, Any]]

    def codes(self) -> dict[str, list[str]]:
        return {name: [finding["code"] for finding in one["findings"]] for name, one in self.plugins.items()}


@dataclass
class Site:
    """A release that was built, and where its host remembers."""

    root: Path
    cache: Path
    env: dict[str, str] = field(default_factory=dict)

    def command(self, *flags: str) -> list[str]:
        return [str(self.root / "dist/bin/host"), *flags, str(self.root / "dist/plugins")]

    def environment(self) -> dict[str, str]:
        marks = {"MARKS": str(self.root / "marks"), "XDG_CACHE_HOME": str(self.cache), "HOME": str(self.cache)}
        return {**os.environ, **marks, **self.env}

    def start(self, *flags: str) -> Started:
        report = self.root / "report.json"
        command = self.command("-report", str(report), *flags)
        done = subprocess.run(command, env=self.environment(), capture_output=True, text=True, check=False, timeout=60)
        found = json.loads(report.read_text())
        assert (found["version"], found["stamped"]) == (1, True)
        return Started(done.returncode, done.stdout, done.stderr, {one["name"]: one for one in found["plugins"]})

    def marks(self) -> int:
        """Return how often init functions that leave a mark ran."""
        path = self.root / "marks"
        return len(path.read_text()) if path.exists() else 0

    def memory(self) -> Path:
        (path,) = (self.cache / "pluginkit/probes").iterdir()
        return path


def site(root: Path, pluginkit: Any, plugins: Iterable[str]) -> Site:
    """Build a workspace of `filter`, and of plugins with an init function of BAD or MARKS."""
    scaffold.new(root / "acme", "acme", language="go", plugins=("filter", *plugins))
    for name in plugins:
        head, init = BAD.get(name, MARKS)
        (root / "acme/plugins" / name / "init.go").write_text(f"package main\n\n{head}\n\n{init}\n")
    ran = pluginkit("build", cwd=root / "acme")
    assert ran.status == 0, ran.out + ran.err
    return Site(root / "acme", root / "cache")


def test_a_probing_host_skips_exactly_what_would_end_it(tmp_path, pluginkit) -> None:
    one = site(tmp_path, pluginkit, [*BAD, "marks"])
    ran = pluginkit("verify", cwd=one.root)
    assert ran.status == 0, ran.out

    first = one.start("-probe", "-timeout", "3s")
    assert first.status == 0, first.err
    assert "filter       200 hello, plugins" in first.out
    assert first.codes() == {
        "constructs": ["PK507"],
        "exits": ["PK507"],
        "filter": [],
        "hangs": ["PK507"],
        "killed": ["PK507"],
        "marks": [],
        "panics": ["PK508"],
        "throws": ["PK507"],
    }
    findings = {name: found["findings"][0] for name, found in first.plugins.items() if found["findings"]}
    for name, (status, message, detail) in {
        "constructs": ("refused", "exit status 2", "SIGSEGV: segmentation violation"),
        "exits": ("refused", "exit status 42", "marked"),
        "hangs": ("refused", "takes longer than 3s", None),
        "killed": ("refused", "signal: killed", None),
        "panics": ("failed", "panic: no luck", None),
        "throws": ("refused", "exit status 2", "fatal error: sync: unlock of unlocked mutex"),
    }.items():
        finding = findings[name]
        assert (first.plugins[name]["status"], finding["severity"]) == (status, "error")
        assert message in finding["message"]
        assert finding.get("details", [None])[0] == detail
        assert str(one.memory()) in finding["hint"]
    assert one.marks() == 3  # the probe of each, and the host
    assert first.err.count("marked") == 1  # what a probe prints is not the host's

    second = one.start("-probe", "-strict")
    assert second.status == 1
    assert second.codes() == first.codes()
    assert one.marks() == 4  # the host only


def test_what_was_not_probed_is_probed_and_nothing_else(tmp_path, pluginkit) -> None:
    one = site(tmp_path, pluginkit, ["marks"])
    assert (one.start().status, one.marks()) == (0, 1)
    assert not one.cache.exists()
    assert (one.start("-probe").status, one.marks()) == (0, 3)

    for damage in (b"", b"\xff{", b'{"version": 1, "plugins": [3]}'):
        one.memory().write_bytes(damage)
        before = one.marks()
        assert (one.start("-probe").status, one.marks()) == (0, before + 2)
        assert (one.start("-probe").status, one.marks()) == (0, before + 3)
    remembered = one.memory()
    remembered.unlink()
    os.mkfifo(remembered)
    assert (one.start("-probe").status, one.marks()) == (0, 14)
    one.env = {"XDG_CACHE_HOME": "", "HOME": ""}
    assert (one.start("-probe").status, one.marks()) == (0, 16)


def test_a_new_build_of_one_plugin_is_probed_alone(tmp_path, pluginkit) -> None:
    one = site(tmp_path, pluginkit, ["marks"])
    assert (one.start("-probe").status, one.marks()) == (0, 2)
    head, init = BAD["panics"]
    (one.root / "plugins/filter/init.go").write_text(f"package main\n\n{head}\n\n{init}\n")
    assert pluginkit("build", cwd=one.root).status == 0
    started = one.start("-probe")
    assert (started.codes(), one.marks()) == ({"filter": ["PK508"], "marks": []}, 3)
    assert "probe it again" in started.plugins["filter"]["findings"][0]["hint"]


def test_a_host_that_is_killed_leaves_no_probe_behind(tmp_path, pluginkit) -> None:
    one = site(tmp_path, pluginkit, ["hangs"])
    host = subprocess.Popen(one.command("-probe"), env=one.environment(), stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: lasting_child(host.pid))
        child = lasting_child(host.pid)
        assert os.getpgid(child) == child
    finally:
        host.kill()
        host.wait()
    wait_for(lambda: not is_running(child))


def lasting_child(pid: int) -> int:
    """Return the one child of a process that is still there after a while, 0 where there is none or more."""
    before = children(pid)
    time.sleep(0.5)
    return before[0] if len(before) == 1 and before == children(pid) else 0


def children(pid: int) -> list[int]:
    return [int(child) for path in Path(f"/proc/{pid}/task").glob("*/children") for child in path.read_text().split()]


def is_running(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def wait_for(condition: Callable[[], object]) -> None:
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)

"""A build that fails or dies anywhere leaves the old release or the new one, and the next build needs no cleaning."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from unittest import mock

import pytest
from faults import CHANGING, READING, Ended, Fault, Scenario, Tally, build, command, points, scenarios, strike
from monorepo import PLAIN, edit, monorepo
from signers import Signer

from pluginkit.core import files
from pluginkit.core.key_mark import KEY
from pluginkit.store.staging import staging

NAMES = ("first", "edit", "back", "fetch")
needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Scenario]:
    return scenarios(tmp_path_factory.mktemp("faults"), Path(os.environ["PLUGINKIT_CACHE_DIR"]))


def sound(tally: Tally) -> bool:
    print(tally, tally.all())
    return not (tally.torn or tally.wrong or tally.unclean)


SAMPLE = [
    ("threads", "copy_file_range", "cas/", Fault("ENOSPC", lasting=True)),
    ("build", "rename", "artifacts/ac/", Fault("ENOSPC", lasting=True)),
    ("build", "unlinkat", ".work/0", Fault("EIO")),
    ("build", "rename", "workspace/dist", Fault("SIGKILL")),
    ("build", "fsync", "workspace>", Fault("EIO")),
]


@pytest.mark.slow
@needs_strace
def test_a_fault_leaves_a_whole_release(tmp_path, started) -> None:
    """A call in an edit's build, what its line names, and the fault; the whole table of them is the sweep below."""
    tally = Tally()
    for number, (of, call, named, fault) in enumerate(SAMPLE, 1):
        found = points(started["edit"].copy(tmp_path / f"{number}-before"), (call,), of)
        point = next(one for one in found if named in one.line)
        strike(started["edit"], tmp_path / str(number), point, fault, tally)
    assert sound(tally), tally.all()
    assert not tally.missed


@needs_strace
@pytest.mark.faults
@pytest.mark.parametrize(
    ("name", "calls", "of"),
    [
        ("edit", (*CHANGING, "openat"), "build"),
        ("edit", (*CHANGING, "openat", *READING), "worker"),
        ("edit", READING, "build"),
        *((name, (*CHANGING, "openat"), "build") for name in ("fetch", "back", "first", "cold")),
        *((name, ("fsync", "copy_file_range"), "threads") for name in NAMES),
    ],
)
def test_no_fault_at_any_call_leaves_less_than_a_whole_release(tmp_path, started, name, calls, of) -> None:
    """The sweep: every call of an undisturbed build that touches the workspace or the cache, with every fault.

    Calls that change nothing are tried in one scenario, where something was edited; and where build environments
    are to be made, only the calls that make them.
    """
    tally = Tally()
    found = points(started[name].copy(tmp_path / "0000"), calls, of)
    if name != "edit":
        found = [point for point in found if point.changes()]
    if name == "cold":
        found = [point for point in found if "/cache/environments" in point.line]
    pairs = [(point, fault) for point in found for fault in point.faults()]
    for number, (point, fault) in enumerate(pairs, 1):
        strike(started[name], tmp_path / f"{number:04}", point, fault, tally)
    assert sound(tally), tally.all()


class Layer:
    """Stands for `os` in `core.files`; from its nth call on, or just then, the disk fails."""

    CALLS = frozenset(("open", "write", "fchmod", "fsync", "rename", "link", "symlink", "makedirs", "copy_file_range"))

    def __init__(self, nth: int, kind: str, *, lasting: bool) -> None:
        self.nth, self.kind, self.lasting, self.count = nth, kind, lasting, 0

    def __getattr__(self, name: str):
        return getattr(os, name) if name not in self.CALLS else lambda *given, **named: self.call(name, *given, **named)

    def call(self, name: str, *given, **named):
        self.count += 1
        if self.count == self.nth or (self.lasting and self.count > self.nth):
            raise OSError(getattr(errno, self.kind), f"injected at call {self.count}, {name}")
        return getattr(os, name)(*given, **named)


def fail(scenario: Scenario, here: Path, layer: Layer, tally: Tally) -> None:
    scenario.copy(here)
    with mock.patch.object(files, "os", layer):
        ended = build(here)
    tally.count(f"in process {layer.kind}{'+' * layer.lasting}")
    scenario.judge(here, ended, f"{scenario.place.name} {layer.kind} at file operation {layer.nth}", tally)


def operations(scenario: Scenario, here: Path) -> int:
    scenario.copy(here)
    layer = Layer(0, "EIO", lasting=False)
    with mock.patch.object(files, "os", layer):
        assert build(here).status == 0
    return layer.count


@pytest.mark.slow
@pytest.mark.parametrize(("name", "kind", "lasting"), [("edit", "ENOSPC", True), ("fetch", "EIO", False)])
def test_failing_file_operations_leave_a_whole_release(tmp_path, started, name, kind, lasting) -> None:
    tally = Tally()
    for nth in range(1, operations(started[name], tmp_path / "0") + 1, 9):
        fail(started[name], tmp_path / str(nth), Layer(nth, kind, lasting=lasting), tally)
    assert sound(tally), tally.all()


@pytest.mark.slow
def test_failing_file_operations_leave_a_whole_signed_release(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv(KEY, Signer(tmp_path, 1).pem)
    (tmp_path / "started").mkdir()
    started = scenarios(tmp_path / "started", Path(os.environ["PLUGINKIT_CACHE_DIR"]))["edit"]
    tally = Tally()
    for nth in range(1, operations(started, tmp_path / "0") + 1, 9):
        fail(started, tmp_path / str(nth), Layer(nth, "ENOSPC", lasting=nth % 2 == 0), tally)
    assert "release.sig.json" in started.new
    assert sound(tally), tally.all()


@pytest.mark.faults
@pytest.mark.parametrize("name", NAMES)
def test_no_failing_file_operation_leaves_less_than_a_whole_release(tmp_path, started, name) -> None:
    """The same sweep for systems without strace, over the operations that `core.files` knows."""
    tally = Tally()
    for nth in range(1, operations(started[name], tmp_path / "0") + 1):
        for kind in ("ENOSPC", "EIO"):
            for lasting in (False, True):
                fail(started[name], tmp_path / f"{nth}{kind}{lasting}", Layer(nth, kind, lasting=lasting), tally)
    assert sound(tally), tally.all()


def limited(scenario: Scenario, here: Path, most: int, tally: Tally) -> None:
    """Build where no file may grow past `most` bytes: the kernel's own lasting fault, for children too."""
    scenario.copy(here)
    code = f"import resource as r; r.setrlimit(r.RLIMIT_FSIZE, ({most}, -1)); from pluginkit.__main__ import main"
    line = [sys.executable, "-B", "-c", f"import sys; {code}; sys.exit(main(sys.argv[1:]))", *command(here)[-2:]]
    environment = {**os.environ, "PLUGINKIT_CACHE_DIR": str(here / "cache")}
    done = subprocess.run(line, env=environment, capture_output=True, text=True, check=False)
    tally.count("no room")
    scenario.judge(
        here, Ended(done.returncode, done.stdout + done.stderr), f"{scenario.place.name}, {most} bytes a file", tally
    )


def test_a_full_disk_leaves_a_whole_release(tmp_path, started) -> None:
    tally = Tally()
    limited(started["edit"], tmp_path / "here", 900, tally)
    assert sound(tally), tally.all()


@pytest.mark.faults
@pytest.mark.parametrize("name", NAMES)
def test_no_lack_of_room_leaves_less_than_a_whole_release(tmp_path, started, name) -> None:
    tally = Tally()
    for most in range(0, 6000, 150):
        limited(started[name], tmp_path / str(most), most, tally)
    assert sound(tally), tally.all()


@pytest.mark.slow
def test_a_build_that_waits_goes_on_when_the_lock_holder_is_killed(tmp_path) -> None:
    root = monorepo(tmp_path / "workspace")
    assert build(tmp_path).status == 0
    edit(root / "host/acme_host/__init__.py", "The host", "Another host")
    code = "import fcntl, sys; file = open(sys.argv[1]); fcntl.flock(file, 2); print(flush=True); sys.stdin.read()"
    holder = subprocess.Popen(
        [sys.executable, "-c", code, root / ".pluginkit/build.lock"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    holder.stdout.readline()
    before = os.readlink(root / "dist")
    waiting = subprocess.Popen(command(tmp_path), stdout=subprocess.DEVNULL)
    time.sleep(0.6)
    assert waiting.poll() is None
    assert os.readlink(root / "dist") == before
    holder.kill()
    holder.communicate()
    assert waiting.wait(60) == 0
    assert os.readlink(root / "dist") != before


@pytest.mark.slow
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_build_told_to_end_takes_its_children_along(tmp_path, sent) -> None:
    root = monorepo(tmp_path / "workspace", plugins={f"p{number}": PLAIN for number in range(20)})
    assert build(tmp_path).status == 0
    before = os.readlink(root / "dist")
    for path in root.glob("plugins/*/*/__init__.py"):
        edit(path, "...", "x = 1")
    child = subprocess.Popen(command(tmp_path), start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    child.send_signal(sent)  # to the build alone, as `kill` and many CI systems do; a terminal tells the children too
    _, err = child.communicate(timeout=60)  # ends when nobody has those pipes
    assert child.returncode == {signal.SIGINT: 130, signal.SIGTERM: -signal.SIGTERM}[sent]
    assert b"Traceback" not in err
    assert os.readlink(root / "dist") == before
    for _ in range(100):  # a worker ends when its pipe does
        try:
            os.killpg(child.pid, 0)
        except ProcessLookupError:
            break
        time.sleep(0.05)
    else:
        raise AssertionError("a child is still there")


@pytest.mark.slow
def test_what_a_killed_build_left_is_gone_after_the_next(tmp_path) -> None:
    root = monorepo(tmp_path / "workspace")
    assert build(tmp_path).status == 0
    killed = subprocess.Popen(["true"])
    killed.wait()
    lives = f".pluginkit/.index.{os.getpid()}.0"
    (root / f".dist.{killed.pid}.6").symlink_to(os.readlink(root / "dist"))
    for name in (f".pluginkit.lock.{killed.pid}.0", f".pluginkit/.index.{killed.pid}.1", lives):
        (root / name).write_text("half")
    (root / ".pluginkit/releases/.building-x/.work").mkdir(parents=True)
    edit(root / "api/pyproject.toml", "1.0.0", "1.0.1")
    ended = build(tmp_path)
    assert "wrote " in ended.said
    left = {str(path.relative_to(root)) for path in root.rglob(".*")}
    assert left == {".pluginkit", ".pluginkit/.gitignore", lives}


def test_a_work_directory_that_cannot_be_removed_is_not_published(tmp_path, monkeypatch) -> None:
    root = monorepo(tmp_path / "workspace")
    remove = os.rmdir

    def rmdir(path, **named) -> None:
        if str(path).endswith(".work"):
            raise OSError(errno.EIO, "Input/output error", str(path))
        remove(path, **named)

    monkeypatch.setattr(os, "rmdir", rmdir)
    ended = build(tmp_path)
    assert (ended.status, (root / "dist").exists()) == (2, False)
    assert ".work: Input/output error" in ended.said
    monkeypatch.undo()


def test_what_was_killed_while_it_was_made_goes_after_a_while(tmp_path) -> None:
    for name, age in (("old", 7200), ("new", 60)):
        (tmp_path / f".making-{name}").mkdir()
        os.utime(tmp_path / f".making-{name}", (time.time() - age,) * 2)
    with staging(tmp_path / "place") as scratch:
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted([".making-new", scratch.name])
    assert [path.name for path in tmp_path.iterdir()] == [".making-new"]


@pytest.mark.parametrize("call", ["stat", "scandir"])
@pytest.mark.parametrize(("kind", "told"), [("EIO", True), ("EMFILE", True), ("ENOENT", False), ("EACCES", False)])
def test_what_a_backend_cannot_look_at_is_not_missing(tmp_path, call, kind, told) -> None:
    """A wheel without a directory that could not be listed would be published, and kept in the cache."""
    code = (
        "import errno, os, sys; from pluginkit.backends.python.building import worker; worker.be_strict()\n"
        f"def fail(*given, **named): raise OSError(errno.{kind}, 'injected')\n"
        f"os.{call} = fail\n"
        f"print(os.path.isdir('.'), os.path.isfile('.'), os.path.exists('.')) if '{call}' == 'stat' else None\n"
        f"print(list(os.walk('.'))) if '{call}' == 'scandir' else None"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ("injected" in done.stderr) == told, done.stderr
    assert done.stdout == ("" if told else "False False False\n" if call == "stat" else "[]\n")

"""Builds that are failed or killed at one system call, and what must hold after each."""

import contextlib
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from unittest import mock

from monorepo import edit, monorepo

from pluginkit.cli import main
from pluginkit.core.release import read_release
from pluginkit.incremental import sealed

SOURCE, HOST = "plugins/filter/acme_filter/__init__.py", "host/acme_host/__init__.py"
CHANGING = (
    *("write", "fsync", "rename", "mkdir", "rmdir", "unlink", "unlinkat", "symlink", "link", "copy_file_range"),
    *("chmod", "fchmod", "utimensat", "flock"),
)
"""The calls between which a disk has another state each; between two of them a kill changes nothing."""
READING = ("read", "getdents64", "newfstatat", "readlink")
OWN = (".pluginkit", ".gitignore")
"""Hidden names in a workspace."""
Release = Mapping[str, tuple[int, str]]
"""Mode and sha256 by path; empty where there is none."""


@dataclass(frozen=True)
class Fault:
    """What the kernel answers instead of what it was asked."""

    kind: str
    """`SIGKILL`, or the name of an errno."""
    lasting: bool = False
    """From then on, each time."""

    def __str__(self) -> str:
        return self.kind + "+" * self.lasting


@dataclass(frozen=True)
class Point:
    """The nth time that a process makes a system call; the line is strace's of the undisturbed run."""

    call: str
    nth: int
    line: str = ""
    of: str = "build"
    """The process: the `build`, its `worker`, or `threads`, which is all at once."""

    def changes(self) -> bool:
        return self.call in CHANGING or "O_CREAT" in self.line

    def faults(self) -> Iterator[Fault]:
        """Yield what is to be tried here."""
        more = {"openat": ("EMFILE",), "flock": ("ENOLCK",), "copy_file_range": ("EXDEV",)}.get(self.call, ())
        yield from map(Fault, ("EIO", *more))
        if self.call not in READING:
            yield from (Fault("SIGKILL"), Fault("EIO", lasting=True))
        if self.changes():
            yield from (Fault("ENOSPC"), Fault("ENOSPC", lasting=True))


@dataclass(frozen=True)
class Ended:
    """How a build under fault ended."""

    status: int
    said: str
    log: str = ""
    """Strace's."""

    def struck(self) -> bool:
        return "(INJECTED)" in self.log or "+++ killed by SIGKILL" in self.log

    def trouble(self, root: Path) -> str:
        """Tell what is wrong with the exit; a fault of the interpreter's own files or of the terminal excuses it."""
        if any("(INJECTED)" in line and not _concerns(line, root) for line in self.log.splitlines()):
            return ""
        if "Traceback" in self.said or "Exception ignored" in self.said:
            return f"a traceback: {self.said[-300:]}"
        clean = self.status in (0, -9) or (self.status == 2 and "error: " in self.said)
        clean = clean or (self.status == 1 and "PK101" in self.said)  # the verifier could not read an artifact
        return "" if clean else f"status {self.status}: {self.said[-300:]}"


@dataclass
class Tally:
    """What came of many runs."""

    runs: dict[str, int] = field(default_factory=dict)
    missed: int = 0
    """Runs that did not come to the call this time."""
    torn: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    unclean: list[str] = field(default_factory=list)

    def count(self, what: str) -> None:
        self.runs[what] = self.runs.get(what, 0) + 1

    def all(self) -> str:
        """Return all that went wrong."""
        return "\n".join(("", *self.torn, *self.wrong, *self.unclean))

    def __str__(self) -> str:
        each = "\n".join(f"  {number:5} {what}" for what, number in sorted(self.runs.items()))
        return (
            f"\n{each}\n{sum(self.runs.values())} runs under fault ({self.missed} more did not come to the call): "
            f"{len(self.torn)} torn releases, {len(self.wrong)} wrong bytes, {len(self.unclean)} unclean exits"
        )


def contents(root: Path) -> Release:
    """Return what `dist` leads to, read without any index."""
    dist = root / "dist"
    found = [path for path in dist.resolve().rglob("*") if path.is_file()] if dist.is_symlink() else []
    return {
        str(path.relative_to(dist.resolve())): (
            path.stat().st_mode & 0o7777,
            hashlib.sha256(path.read_bytes()).hexdigest(),
        )
        for path in found
    }


def whole(root: Path) -> bool:
    """Return whether `dist` is a release, complete and as its statement says."""
    statement = json.loads((root / "dist/release.json").read_bytes())
    sizes = {name: one["size"] for name, one in statement["predicate"]["artifacts"].items()}
    files = {name: (root / "dist" / name).read_bytes() for name in sizes}
    digests = {one["name"]: one["digest"]["sha256"] for one in statement["subject"]}
    read_release(root / "dist")
    return (
        {name: len(data) for name, data in files.items()} == sizes
        and {name: hashlib.sha256(data).hexdigest() for name, data in files.items()} == digests
        and {path.name for path in (root / "dist/").iterdir()} - {"release.sig.json"}
        == {*files, "release.json", "pylock.release.toml"}
    )


def build(place: Path, name: str = "workspace") -> Ended:
    """Build in this process what lies in `place`, with the cache that lies there."""
    out, err = io.StringIO(), io.StringIO()
    own = mock.patch.dict(os.environ, {"PLUGINKIT_CACHE_DIR": str(place / "cache")})
    with own, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        return Ended(main(["build", str(place / name)]), out.getvalue() + err.getvalue())


class Scenario:
    """A workspace and its cache before a build, and the releases before and after it."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.old = contents(place / "workspace")

    @cached_property
    def new(self) -> Release:
        """What an undisturbed build makes."""
        here = self.copy(self.place.with_name("expected"))
        ended = build(here)
        assert ended.status == 0, ended.said
        assert whole(here / "workspace")
        found = contents(here / "workspace")
        assert found != self.old
        shutil.rmtree(here)
        return found

    def copy(self, here: Path) -> Path:
        return shutil.copytree(self.place, here, symlinks=True)

    def judge(self, here: Path, ended: Ended, what: str, tally: Tally) -> None:
        """Hold what a build under fault left against what must hold."""
        root, left = here / "workspace", contents(here / "workspace")
        if trouble := ended.trouble(here):
            tally.unclean.append(f"{what}: {trouble}")
        if left not in ((self.new,) if ended.status == 0 else (self.old, self.new)) or (left and not whole(root)):
            tally.torn.append(f"{what}: status {ended.status}, dist has {sorted(left)}")
        other = here.with_name(f"{here.name}-other")
        shutil.copytree(here / "cache", other / "cache", symlinks=True)
        shutil.copytree(root, other / "elsewhere", ignore=shutil.ignore_patterns(".pluginkit", "dist"))
        for place, name in ((here, "workspace"), (other, "elsewhere")):
            again = build(place, name)
            if (again.status, contents(place / name)) != (0, self.new):
                tally.wrong.append(f"{what}: then {name}: status {again.status}: {again.said[-300:]}")
        scraps = sorted(str(path.relative_to(root)) for path in root.rglob(".*") if path.name not in OWN)
        if scraps and ended.status != 0:  # else there was nothing to do, and what could not be removed waits
            tally.unclean.append(f"{what}: {scraps} left after the second build")
        for path in (here, other):
            shutil.rmtree(path, ignore_errors=True)


def scenarios(base: Path, shared: Path) -> dict[str, Scenario]:
    """Make what builds find: no release; no build environment either; an edit; one taken back; one in the cache."""
    place = base / "start"
    (place / "cache").mkdir(parents=True)
    (place / "cache/environments").symlink_to(shared / "environments")
    monorepo(place / "workspace")
    found = {"first": shutil.copytree(place, base / "first", symlinks=True)}
    found["cold"] = shutil.copytree(place, base / "cold", symlinks=True)
    (found["cold"] / "cache/environments").unlink()
    assert build(place).status == 0
    edit(place / "workspace" / SOURCE, "request.body", "request.body * 2")
    edit(place / "workspace" / HOST, "The host", "Another host")
    found["edit"] = shutil.copytree(place, base / "edit", symlinks=True)
    first = (place / "workspace/dist").resolve()
    assert build(place).status == 0
    edit(place / "workspace" / SOURCE, "request.body * 2", "request.body")
    edit(place / "workspace" / HOST, "Another host", "The host")
    found["back"] = shutil.copytree(place, base / "back", symlinks=True)
    shutil.rmtree(first)
    found["fetch"] = place
    return {name: Scenario(path) for name, path in found.items()}


def command(here: Path) -> list[str]:
    return [sys.executable, "-B", "-m", "pluginkit", "build", str(here / "workspace")]


def traced(here: Path, options: Sequence[str], of: str = "build") -> Ended:
    """Build in a process under strace; or with its worker, a process of its own, under strace."""
    log = here / "strace"
    strace = ["strace", "-qq", "-y", "-s", "0", "-o", str(log), *options]
    line = {"build": strace, "threads": [*strace, "-f"], "worker": []}[of]
    environment = {**os.environ, "PLUGINKIT_CACHE_DIR": str(here / "cache")}
    with _traced_worker(here, strace) if of == "worker" else contextlib.nullcontext():
        done = subprocess.run(
            [*line, *command(here)], cwd="/", env=environment, capture_output=True, text=True, check=False
        )
    return Ended(done.returncode, done.stdout + done.stderr, log.read_text() if log.exists() else "")


@contextlib.contextmanager
def _traced_worker(here: Path, strace: Sequence[str]) -> Iterator[None]:
    """Lend the workspace build environments whose interpreter is traced."""
    lent, own = here.parent / "environments", here / "cache/environments"
    shared = own.readlink()
    for ready in shared.glob("*/.complete"):
        environment = lent / ready.parent.name
        if not environment.exists():
            shutil.copytree(ready.parent, environment, symlinks=True)
            (environment / "bin/python").rename(environment / "bin/really")
        python = environment / "bin/python"
        python.write_text(f'#!/bin/sh\nexec {" ".join(strace)} "{environment}/bin/really" "$@"\n')
        python.chmod(0o755)
        sealed.seal(environment)
    own.unlink()
    own.symlink_to(lent)
    yield
    own.unlink()
    own.symlink_to(shared)


def points(here: Path, calls: Sequence[str], of: str = "build") -> list[Point]:
    """Return where an undisturbed build touches the workspace or the cache, in order."""
    ended = traced(here, ["-e", f"trace={','.join(calls)}"], of)
    assert ended.status == 0, ended.said
    counts: dict[str, int] = {}
    found = {}
    for line in ended.log.splitlines():
        called = re.match(r"(\d+ +)?(\w+)\(", line)
        if called:  # strace counts for each thread
            counts[called[0]] = nth = counts.get(called[0], 0) + 1
            if _concerns(line, here) and called[2] in calls:
                found.setdefault((called[2], nth), Point(called[2], nth, line, of))
    return list(found.values())


def _concerns(line: str, here: Path) -> bool:
    """Return whether a call touches what lies in `here`, by whatever path it names it."""
    return str(here) in re.sub(r'AT_FDCWD<[^>]*>, "/', '"/', line)


def strike(scenario: Scenario, here: Path, point: Point, fault: Fault, tally: Tally) -> None:
    """Build with one fault, and judge what it left."""
    scenario.copy(here)
    how = f"signal={fault.kind}" if fault.kind.startswith("SIG") else f"error={fault.kind}"
    when = f"{point.nth}{'+' * fault.lasting}"
    options = ["-e", f"trace={point.call}", "-e", f"inject={point.call}:{how}:when={when}"]
    ended = traced(here, options, point.of)
    if ended.struck():
        tally.count(f"{point.of} {point.call} {fault}")
    else:
        tally.missed += 1
    scenario.judge(here, ended, f"{scenario.place.name} {fault} at {point.nth} {point.line}", tally)

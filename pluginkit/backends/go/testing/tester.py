"""The Tester for Go: `go test -json` for the packages of one plugin, as the lock builds them."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from pluginkit.backends.go.building.command import Go, go_for
from pluginkit.backends.go.building.packages import member_pattern
from pluginkit.backends.go.building.seal import toolchain_of
from pluginkit.backends.go.testing.closure import closure_digest
from pluginkit.backends.go.testing.events import compiled, read_events
from pluginkit.backends.go.testing.outside import SETTINGS, lone_workspace, packages, take_beside
from pluginkit.backends.go.toolchain import find_go, machine
from pluginkit.backends.process import run_group
from pluginkit.backends.testing import Bench
from pluginkit.core.digest import fields_digest
from pluginkit.core.lock import Lock
from pluginkit.core.lockfile import parse_lock
from pluginkit.core.model import Member, Workspace
from pluginkit.core.target import cgo_of
from pluginkit.core.trial import Ran

_LOCK = "pluginkit.lock"
_GRACE = 10.0
"""Seconds beyond the limit after which the go command is killed: what it compiles comes before the tests, and a test
binary that ends itself says which test it was in."""
_PLAIN = {"NO_COLOR": "1"}
"""For what the tests print (no-color.org)."""


class GoTester:
    """Implements `backends.testing.Tester`, and what plugins in other repositories take."""

    @property
    def version(self) -> str:
        """The Go that runs tests where no lock names one."""
        return find_go(cgo=False).version

    def lone(self, root: Path, names: Collection[str]) -> Workspace | None:
        """Return a module that requires one of these APIs as a workspace; its plugins are its main packages."""
        return lone_workspace(root, names)

    def beside(self, root: Path, members: tuple[Member, ...], apis: Mapping[str, Path]) -> Bench:
        """Let a copy of a repository take the modules of these APIs from where they lie."""
        workspace = Workspace(root, "go", tuple(apis), members, settings=SETTINGS)
        take_beside(_go(workspace), apis)
        return Bench(workspace)

    def digest(self, workspace: Workspace, lock: Lock, member: Member) -> str:
        """Return the digest of the toolchain, of what pins modules, and of the packages that a plugin's tests import.

        No process is started. Of the plugin's own directory all files count, of other packages of the checkout those
        that Go reads and what lies in `testdata`.
        """
        toolchain = _own(lock).toolchain
        told = [f"{name}={value}" for name, value in sorted(toolchain.items())]
        sources = closure_digest(workspace.root, member.path, workspace.apis)
        return fields_digest("pluginkit go test v1", [member.path.encode(), sources.encode(), *map(str.encode, told)])

    def barred(self, workspace: Workspace) -> Mapping[str, str]:
        """Return nothing: Go takes the newest version that anyone requires, and plugins exclude none."""
        return {}

    def bench(self, workspace: Workspace, members: tuple[Member, ...]) -> Bench:
        """Return the copy as it is: `go test` compiles what it needs, and of the lock only the toolchain counts.

        Raises PluginkitError where that toolchain is not installed.
        """
        _go(workspace)
        return Bench(workspace)

    def run(self, bench: Bench, member: Member, *, seconds: float, compile_only: bool = False) -> Ran:
        """Run `go test` for the packages in a plugin's directory, or compile their tests only.

        Names of tests are `PACKAGE TestName/sub`. Of a test that fails because parts of it do, the parts are named.
        """
        workspace, begun = bench.workspace, time.monotonic()
        go, patterns = _go(workspace), tuple(_patterns(workspace, member))
        if not patterns:
            return Ran("none")
        tests = ("test", "-json", "-count=1", f"-timeout={seconds:g}s", *go.ldflags)
        doing = ("list", "-test", "-export", '-f={{""}}') if compile_only else tests
        command = [str(go.toolchain.go), *doing, *go.flags, *patterns]
        done = run_group(command, cwd=workspace.root, extra={**go.extra, **_PLAIN}, seconds=seconds + _GRACE)
        read = compiled if compile_only else read_events
        return read(done, workspace.root, time.monotonic() - begun)


def _go(workspace: Workspace) -> Go:
    """Return the go command that the lock of a workspace seals; where there is no lock yet, what it would seal."""
    file = workspace.root / _LOCK
    if file.is_file():
        return go_for(workspace.root, _own(parse_lock(file.read_bytes(), _LOCK)).toolchain)
    settings = {**workspace.settings, "cgo": cgo_of(workspace.settings["cgo"], f"linux/{machine()}")}
    toolchain = find_go(cgo=settings["cgo"] == "1")
    return Go(toolchain, workspace.root, toolchain_of(toolchain, settings, "linux", machine(), {}))


def _own(lock: Lock) -> Lock:
    """Return the lock of the target that is this machine, where its tests can run; else what comes closest."""
    views = lock.views()
    own = next((one for one in views if _is_own(one.toolchain)), None)
    return own or _moved(views[0])


def _is_own(toolchain: Mapping[str, str]) -> bool:
    return (toolchain["goos"], toolchain["goarch"]) == ("linux", machine())


def _moved(lock: Lock) -> Lock:
    """Return a lock for another system or processor as it would be for this one."""
    kept = {name: value for name, value in lock.toolchain.items() if name != "goamd64"}
    return replace(lock, toolchain=kept | {"goos": "linux", "goarch": machine()})


def _patterns(workspace: Workspace, member: Member) -> Iterator[str]:
    """Yield how the go command is told a plugin's packages: all beneath its directory but those of other members."""
    within = [one.path for one in workspace.members if one.path != member.path and _is_within(one.path, member.path)]
    if not within:
        yield "./..." if member.path == "." else f"{member_pattern(member)}/..."
        return
    for directory in packages(workspace.root / member.path, {workspace.root / path for path in within}):
        inside = directory.relative_to(workspace.root).as_posix()
        yield "." if inside == "." else f"./{inside}"


def _is_within(path: str, directory: str) -> bool:
    return directory == "." or path.startswith(f"{directory}/")

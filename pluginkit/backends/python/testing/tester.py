"""The tests of Python plugins: pytest, in an environment with what the lock pins and the release of the copy."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from pluginkit.backends.copies import files_of
from pluginkit.backends.process import TIMED_OUT, Completed, run_group
from pluginkit.backends.python.aligning.requirements import excluded, rewrite, widen
from pluginkit.backends.python.building.environment import interpreter
from pluginkit.backends.python.building.uv import replay
from pluginkit.backends.python.testing.junit import ran
from pluginkit.backends.python.testing.requirements import configures_pytest, name_of, requirements_of_tests
from pluginkit.backends.testing import Bench, file_digests, sources_digest
from pluginkit.core.config import DIST
from pluginkit.core.digest import fields_digest
from pluginkit.core.errors import PluginkitError
from pluginkit.core.lock import Lock
from pluginkit.core.lockfile import NAME as LOCK
from pluginkit.core.model import Member, Workspace
from pluginkit.core.release import PYLOCK
from pluginkit.core.toml import read_toml
from pluginkit.core.trial import Ran

_TROUBLE = "the environment of the tests cannot be made"


class PythonTester:
    """Implements `backends.testing.Tester`."""

    version = sys.version

    def __init__(self) -> None:
        self._trees: dict[Path, Mapping[str, str]] = {}
        self._made: dict[tuple[Path, str], Path | PluginkitError] = {}

    def digest(self, workspace: Workspace, lock: Lock, member: Member) -> str:
        """Return what the run of a plugin's tests depends on: its files, those of no plugin, the lock, this Python."""
        root = workspace.root
        if root not in self._trees:
            self._trees[root] = file_digests(root, (*files_of(root), LOCK))
        sources = sources_digest(self._trees[root], workspace, member)
        return fields_digest("pluginkit python tests v2", [sources.encode(), sys.version.encode()])

    def barred(self, workspace: Workspace) -> Mapping[str, str]:
        """Widen the requirements of plugins that exclude what their copy has of an API."""
        pins = {one.name: one.version for one in workspace.members if one.kind != "plugin" and one.version}
        found: dict[str, str] = {}
        for member in (one for one in workspace.members if one.kind == "plugin"):
            for one in excluded(workspace.root / member.path / "pyproject.toml", pins, ""):
                rewrite(one.manifest, one.line, widen(one))
                found[member.name] = f"it requires {one.line}, and this has {one.name} {one.pin}"
        return found

    def bench(self, workspace: Workspace, members: tuple[Member, ...]) -> Bench:
        """Make the environments with the release that was built in a copy: one for all with the same requirements.

        Where one cannot be made, the plugins that need it have errors, and the others run.
        """
        root, made = workspace.root, dict[tuple[str, ...], Path | PluginkitError]()
        for member in members:
            wanted = requirements_of_tests(root, member.path)
            if wanted not in made:
                made[wanted] = _attempt(_environment, root, wanted)
            self._made[root, member.name] = made[wanted]
        return Bench(workspace)

    def lone(self, root: Path, names: Collection[str]) -> Workspace | None:
        """Return a project that depends on one of these distributions as a workspace of one plugin."""
        manifest = root / "pyproject.toml"
        project = read_toml(manifest).table("project").values if manifest.is_file() else {}
        needed = {name_of(line) for line in project.get("dependencies") or () if isinstance(line, str)}
        if not needed.intersection(names) or not isinstance(project.get("name"), str):
            return None
        return Workspace(root, "python", tuple(sorted(needed & {*names})), (Member(project["name"], "plugin", "."),))

    def beside(self, root: Path, members: tuple[Member, ...], apis: Mapping[str, Path]) -> Bench:
        """Make an environment for each plugin, with these sources instead of the distributions of their names."""
        for member in members:
            wanted = requirements_of_tests(root, member.path)
            self._made[root, member.name] = _attempt(
                _environment_beside, root, (str(root / member.path), *wanted), apis
            )
        return Bench(Workspace(root, "python", tuple(apis), members))

    def run(self, bench: Bench, member: Member, *, seconds: float, compile_only: bool = False) -> Ran:
        """Run pytest for a plugin as it is run by hand: in its directory, where that configures pytest, else the root.

        Raises PluginkitError where it has no environment.
        """
        root = bench.workspace.root
        python = self._made[root, member.name]
        if isinstance(python, PluginkitError):
            raise python
        own = configures_pytest(root / member.path)
        with tempfile.TemporaryDirectory(prefix="pluginkit-") as scratch:
            report, began = Path(scratch, "report.xml"), time.monotonic()
            options = [
                "-p",
                "no:cacheprovider",
                "--no-header",
                "--override-ini=junit_family=xunit1",
                f"--junitxml={report}",
                f"--basetemp={Path(scratch, 'temporary')}",  # whatever others left where pytest keeps its own
            ]
            command = [
                str(python),
                "-P",
                "-m",
                "pytest",
                *options,
                *(() if own else (f"--rootdir={root}", "--", member.path)),
            ]
            place = root / member.path if own else root
            done = run_group(command, cwd=place, seconds=seconds, extra={"PYTHONDONTWRITEBYTECODE": "1"})
            took, printed = time.monotonic() - began, _cleaned(done.stdout, root, report)
            if done.status == TIMED_OUT:
                return Ran("late", output=printed[-6000:], seconds=took)
            return ran(report, done.status, printed, took)


def _cleaned(printed: str, root: Path, report: Path) -> str:
    """Return what pytest printed without the places that only this run has."""
    lines = printed.replace(f"{root}/", "").splitlines(keepends=True)
    return "".join(line for line in lines if str(report) not in line)


def _attempt(make: Callable[..., Path], *arguments: object) -> Path | PluginkitError:
    try:
        return make(*arguments)
    except PluginkitError as error:
        return error


def _environment(root: Path, wanted: tuple[str, ...]) -> Path:
    """Return the interpreter of a new environment with the release in a copy and those requirements."""
    python = _empty(root)
    _uv(root, "pip", "sync", "--python", str(python), str(root / DIST / PYLOCK))
    _add(root, python, wanted)
    return python


def _environment_beside(root: Path, wanted: Sequence[str], apis: Mapping[str, Path]) -> Path:
    """Return the interpreter of a new environment with requirements; of the APIs that they ask for, it has these."""
    python = _empty(root)
    overrides = python.parent.parent / "overrides.txt"
    overrides.write_text("".join(f"{name} @ {place.as_uri()}\n" for name, place in apis.items()), encoding="utf-8")
    _uv(root, "pip", "install", "--python", str(python), "--overrides", str(overrides), *wanted)
    return python


def _empty(root: Path) -> Path:
    place = Path(tempfile.mkdtemp(prefix=".environment-", dir=root)) / "env"
    _uv(root, "venv", "--no-project", "--python", sys.executable, str(place))
    return interpreter(place)


def _add(root: Path, python: Path, wanted: tuple[str, ...]) -> None:
    """Install what the tests need, of the versions that the lock pins where it does."""
    frozen = _uv(root, "pip", "freeze", "--python", str(python)).stdout.splitlines()
    pins = [line for line in frozen if "==" in line]
    have = {name_of(line.partition(" @ ")[0]) for line in frozen}
    missing = [line for line in wanted if "[" in line or name_of(line) not in have]  # an extra may bring more
    if missing:
        constraints = python.parent.parent / "constraints.txt"
        constraints.write_text("\n".join(pins), encoding="utf-8")
        _uv(root, "pip", "install", "--python", str(python), "--constraints", str(constraints), *missing)


def _uv(root: Path, *arguments: str) -> Completed:
    done = replay(root, *arguments, "--quiet") if arguments[1] != "freeze" else replay(root, *arguments)
    if done.status != 0:
        raise PluginkitError(f"{_TROUBLE}: {done.stderr.strip()}")
    return done

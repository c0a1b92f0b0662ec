"""The tests of Python plugins: pytest, in an environment with what the lock pins and the release of the copy."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from threading import Lock as Mutex

from pluginkit.backends.process import TIMED_OUT, Completed, run_group
from pluginkit.backends.python.aligning.requirements import excluded, rewrite, widen
from pluginkit.backends.python.building.environment import interpreter
from pluginkit.backends.python.building.uv import replay
from pluginkit.backends.python.testing.junit import ran
from pluginkit.backends.python.testing.requirements import name_of, requirements_of_tests
from pluginkit.backends.testing import Bench, sources_digest
from pluginkit.core.config import DIST
from pluginkit.core.digest import fields_digest
from pluginkit.core.errors import PluginkitError
from pluginkit.core.lock import Lock
from pluginkit.core.model import Member, Workspace
from pluginkit.core.release import PYLOCK
from pluginkit.core.trial import Ran

_TROUBLE = "the environment of the tests cannot be made"


class PythonTester:
    """Implements `backends.testing.Tester`."""

    def __init__(self) -> None:
        self._made: dict[tuple[Path, tuple[str, ...]], Path] = {}
        self._making = Mutex()

    def digest(self, workspace: Workspace, lock: Lock, member: Member) -> str:
        """Return what the run of a plugin's tests depends on: its files, those of no plugin, and this Python."""
        return fields_digest(
            "pluginkit python tests v1", [sources_digest(workspace, member).encode(), sys.version.encode()]
        )

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
        """Make the environment with the release that was built in a copy."""
        python = self._environment(workspace.root, self._wanted(workspace, members[0]))
        return Bench(workspace, python)

    def run(self, bench: Bench, member: Member, *, seconds: float, compile_only: bool = False) -> Ran:
        """Run pytest on a plugin's directory, from the root of the copy, where its configuration is looked for."""
        root = bench.workspace.root
        with self._making:
            python = self._environment(root, self._wanted(bench.workspace, member))
        with tempfile.TemporaryDirectory(prefix="pluginkit-") as scratch:
            report, began = Path(scratch, "report.xml"), time.monotonic()
            options = ["-p", "no:cacheprovider", "--override-ini=junit_family=xunit1", f"--junitxml={report}"]
            command = [str(python), "-m", "pytest", *options, "--", member.path]
            done = run_group(command, cwd=root, seconds=seconds, extra={"PYTHONDONTWRITEBYTECODE": "1"})
            took = time.monotonic() - began
            if done.status == TIMED_OUT:
                return Ran("late", output=done.stdout[-6000:], seconds=took)
            return ran(report, done.status, done.stdout.replace(f"{root}/", ""), took)

    def _wanted(self, workspace: Workspace, member: Member) -> tuple[str, ...]:
        return requirements_of_tests(workspace.root, member.path)

    def _environment(self, root: Path, wanted: tuple[str, ...]) -> Path:
        """Return the interpreter of the environment with the release in a copy and those requirements."""
        key = (root, wanted)
        if key not in self._made:
            place = Path(tempfile.mkdtemp(prefix=".environment-", dir=root)) / "env"
            _uv(root, "venv", "--no-project", "--python", sys.executable, str(place))
            python = interpreter(place)
            _uv(root, "pip", "sync", "--python", str(python), str(root / DIST / PYLOCK))
            self._add(root, python, wanted)
            self._made[key] = python
        return self._made[key]

    def _add(self, root: Path, python: Path, wanted: tuple[str, ...]) -> None:
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

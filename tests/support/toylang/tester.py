"""The Tester of the toy language: a test is a line of a plugin's `tests.txt`, the name of it and what an API has."""

from collections.abc import Mapping
from pathlib import Path

from pluginkit.backends.copies import files_of
from pluginkit.backends.testing import Bench, files_digest
from pluginkit.core.errors import PluginkitError
from pluginkit.core.lock import Lock
from pluginkit.core.model import Member, Workspace
from pluginkit.core.trial import Ran
from toylang.project import lines


class ToyTester:
    """A test passes where the API has the line; one that wants `luck` fails each other time; `hang` takes too long."""

    runs: list[str] = []  # noqa: RUF012 - what was run by any of them, for a test to see
    luck: dict[str, int] = {}  # noqa: RUF012

    def __init__(self) -> None:
        self._ready: set[tuple[Path, str]] = set()

    def digest(self, workspace: Workspace, lock: Lock, member: Member) -> str:
        return files_digest(workspace.root, [path for path in files_of(workspace.root) if _is_read(path, member)])

    def barred(self, workspace: Workspace) -> Mapping[str, str]:
        shy = [one for one in workspace.members if "shy" in _text(workspace, one) and "2.0.0" in _api(workspace)]
        return {one.name: "it is too shy for 2.0.0" for one in shy}

    def bench(self, workspace: Workspace, members: tuple[Member, ...]) -> Bench:
        if "no bench" in _api(workspace):
            raise PluginkitError("no toys can be made")
        self._ready |= {(workspace.root, one.name) for one in members}
        return Bench(workspace)

    def run(self, bench: Bench, member: Member, *, seconds: float, compile_only: bool = False) -> Ran:
        assert (bench.workspace.root, member.name) in self._ready
        self.runs.append(member.name)
        file = bench.workspace.root / member.path / "tests.txt"
        tests = [line.split(" ", 1) for line in lines(file)] if file.is_file() else []
        if any(wanted == "missing" for _, wanted in tests):
            raise PluginkitError("nobody to play with")
        if any(wanted == "hang" and "hang" in _api(bench.workspace) for _, wanted in tests):
            return Ran("late", output="still at it")
        passed = tuple(name for name, wanted in tests if self._passes(wanted, bench.workspace))
        failed = tuple(name for name, _ in tests if name not in passed)
        return Ran("failed" if failed else "passed" if passed else "none", passed, failed)

    def _passes(self, wanted: str, workspace: Workspace) -> bool:
        if wanted != "luck" or "luck" not in _api(workspace):
            return wanted in ("hang", "luck") or wanted in _api(workspace)
        self.luck["luck"] = self.luck.get("luck", 0) + 1
        return self.luck["luck"] % 2 == 0


def _is_read(path: str, member: Member) -> bool:
    return not path.startswith("plugins/") or path.startswith(f"{member.path}/")


def _api(workspace: Workspace) -> str:
    return Path(workspace.root, "api/api.txt").read_text(encoding="utf-8")


def _text(workspace: Workspace, member: Member) -> str:
    return "".join(path.read_text(encoding="utf-8") for path in (workspace.root / member.path).glob("*.txt"))

"""A plugin loaded in a child process first, so that what would end the host's process ends only that.

The one room of the runtime that starts a process; the host enters it when it asks for a probe.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from pluginkit.core.verdict import Finding
from pluginkit.runtime.plan import Accepted, class_of, spelled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_START = "import sys; sys.path[:] = {path!r}; from pluginkit.runtime.probe import child; child()"
_FIELDS = 6
"""Those of a finding, in the child's answer."""
_LAST_LINES, _LONGEST = 10, 4096
_HINT = "mend and rebuild it, or remove it; the host goes on without it"


def probe(
    plugins: Sequence[Accepted], apis: Sequence[type], modules: Sequence[str], seconds: float
) -> list[Finding | None]:
    """Load each plugin in a child of its own; return what was wrong with each, None where it loaded.

    A child that dies, exits, or has not loaded its plugin after `seconds` is PK507.
    """
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return list(pool.map(lambda one: _probe(one, spelled(class_of(one, apis)), modules, seconds), plugins))


def _probe(one: Accepted, api: str, modules: Sequence[str], seconds: float) -> Finding | None:
    with tempfile.TemporaryDirectory(prefix="pluginkit-") as place:
        answer = Path(place, "answer.json")
        task = {"plugin": _fields(one), "api": api, "answer": str(answer)}
        status, output = _run(json.dumps({**task, "modules": list(modules)}), seconds)
        try:
            found = json.loads(answer.read_bytes()) if status == 0 else None
        except (OSError, ValueError):
            found = None
    if isinstance(found, list) and len(found) in (0, _FIELDS):
        return Finding(*found) if found else None
    message = f"loading it {_ending(status, seconds)}, tried in a process of its own"
    facts = {"output": output} if output else {}
    return Finding("PK507", "error", one.path, message, _HINT, facts)


def _run(task: str, seconds: float) -> tuple[int | None, tuple[str, ...]]:
    """Return the child's exit status, None if it took too long, and the last lines it printed."""
    command = [sys.executable, "-c", _START.format(path=sys.path)]
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.PIPE, stdout=output, stderr=output, start_new_session=True
        )
        status: int | None = None
        try:
            with suppress(subprocess.TimeoutExpired):
                process.communicate(task.encode(), timeout=seconds)
                status = process.returncode
        finally:
            _end(process)
        output.seek(max(output.tell() - _LONGEST, 0))
        lines = output.read(_LONGEST).decode("utf-8", "replace").splitlines()
    return status, tuple(lines[-_LAST_LINES:])


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the child, and what it started and left behind."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


def _ending(status: int | None, seconds: float) -> str:
    if status is None:
        return f"did not end within {seconds:g} seconds"
    if status < 0:
        names = {one.value: one.name for one in signal.Signals}
        return f"ended the process by {names.get(-status, f'signal {-status}')}"
    return f"ended the process with status {status}"


def _fields(one: Accepted) -> dict[str, Any]:
    names = ["name", "reference", "path", "root", "digest", "factory", "kind", "arguments"]
    names += ["capabilities", "api_versions", "development"]
    return {name: getattr(one, name) for name in names}


def child() -> None:
    """Load the plugin that standard input tells of, and write what was wrong to the file it names."""
    import importlib

    from pluginkit.runtime.conformance import shared
    from pluginkit.runtime.guard import Guard
    from pluginkit.runtime.load import load

    task = json.load(sys.stdin)
    plugin = {name: tuple(value) if isinstance(value, list) else value for name, value in task["plugin"].items()}
    module, _, name = task["api"].partition(":")
    api = importlib.import_module(module)
    for part in name.split("."):
        api = getattr(api, part)
    with Guard() as guard:
        result, _ = load(Accepted(**plugin), shared(api, task["modules"]), None, guard)  # type: ignore[arg-type]
    answer = [] if result.status == "loaded" else _spelled(result.findings[0])
    Path(task["answer"]).write_text(json.dumps(answer), encoding="ascii")
    with suppress(Exception):  # the plugin may have closed it
        sys.stdout.flush()
    os._exit(0)  # threads and exit handlers of the plugin have nothing to say here


def _spelled(finding: Finding) -> list[Any]:
    return [finding.code, finding.severity, finding.subject, finding.message, finding.hint, dict(finding.facts)]

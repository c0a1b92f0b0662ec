"""The only place that starts a process. Children get an allow-list of variables, never our environment."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from pluginkit.core.environment import ALLOWED, PREFIXES
from pluginkit.core.errors import PluginkitError

TIMED_OUT = 124
"""As the command `timeout` has it."""


@dataclass(frozen=True, slots=True)
class Completed:
    """How a child ended."""

    status: int
    stdout: str
    stderr: str


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the variables a child may see: the allowed ones of ours, then `extra`.

    PATH names no relative directories, and is not empty, which means the working directory: that may be a stranger's.
    """
    kept = {name: value for name, value in os.environ.items() if name in ALLOWED or name.startswith(PREFIXES)}
    path = {"PATH": os.environ.get("PATH", os.defpath)}
    found = kept | path | dict(extra or {}) | _variables
    return found | {"PATH": os.pathsep.join(_absolute(found["PATH"].split(os.pathsep))) or os.devnull}


@contextmanager
def children_with(variables: Mapping[str, str]) -> Iterator[None]:
    """Let all children of this process have these variables, whatever the list of the allowed ones says."""
    _variables.update(variables)
    try:
        yield
    finally:
        for name in variables:
            del _variables[name]


_variables: dict[str, str] = {}
"""What all children have for the moment."""


def search_path() -> Sequence[str]:
    """Return the directories of PATH in which programs are looked for: the absolute ones."""
    return _absolute(os.get_exec_path())


def _absolute(folders: Sequence[str]) -> list[str]:
    return [folder for folder in folders if Path(folder).is_absolute()]


def find_program(name: str) -> str | None:
    """Return the path of the program of that name; None where no directory of PATH has it."""
    found = shutil.which(name, path=os.pathsep.join(search_path()))
    return found if found and Path(found).is_absolute() else None


def run(
    command: Sequence[str | os.PathLike[str]],
    *,
    cwd: Path | None = None,
    stdin: str = "",
    extra: Mapping[str, str] | None = None,
    hear: Callable[[str], None] | None = None,
    seconds: float | None = None,
) -> Completed:
    """Run `command` to its end and return what it printed, whatever its status.

    `hear` is called with each line of its standard error while it runs. One that runs longer than `seconds` is killed,
    and has the status 124. Raises PluginkitError when it cannot be started.
    """
    with _listening(hear) if hear else nullcontext((subprocess.PIPE, None)) as (stderr, lines):
        try:
            child = subprocess.run(  # noqa: S603
                [os.fspath(part) for part in command],
                cwd=cwd,
                input=stdin,
                env=environment(extra),
                stdout=subprocess.PIPE,
                stderr=stderr,
                encoding="utf-8",
                errors="replace",
                check=False,
                timeout=seconds,
            )
        except subprocess.TimeoutExpired:
            return Completed(TIMED_OUT, "", f"still running after {seconds:g} s")
        except OSError as error:
            raise _not_startable(command, error) from None
    return Completed(child.returncode, child.stdout, child.stderr if lines is None else "".join(lines))


@contextmanager
def _listening(hear: Callable[[str], None]) -> Iterator[tuple[int, list[str] | None]]:
    """Yield a file descriptor to write to, and the lines written to it; they are complete in the end."""
    reading, writing = os.pipe()
    lines: list[str] = []

    def listen() -> None:
        with os.fdopen(reading, encoding="utf-8", errors="replace") as written:
            for line in written:
                lines.append(line)
                hear(line.rstrip("\n"))

    listener = Thread(target=listen, daemon=True)
    listener.start()
    try:
        yield writing, lines
    finally:
        os.close(writing)
        listener.join()


def run_bytes(
    command: Sequence[str | os.PathLike[str]],
    *,
    stdin: bytes = b"",
    extra: Mapping[str, str] | None = None,
    seconds: float | None = None,
) -> tuple[int, bytes, str]:
    """Run `command` to its end; return its status, the bytes it printed, and what it wrote to standard error.

    One that runs longer than `seconds` is killed, and has the status 124. Raises PluginkitError when it cannot be
    started.
    """
    parts = [os.fspath(part) for part in command]
    try:
        child = subprocess.run(  # noqa: S603
            parts, input=stdin, env=environment(extra), capture_output=True, check=False, timeout=seconds
        )
    except subprocess.TimeoutExpired:
        return TIMED_OUT, b"", f"still running after {seconds:g} s"
    except OSError as error:
        raise _not_startable(command, error) from None
    return child.returncode, child.stdout, child.stderr.decode("utf-8", "replace")


def run_group(
    command: Sequence[str | os.PathLike[str]], *, cwd: Path, seconds: float, extra: Mapping[str, str] | None = None
) -> Completed:
    """Run `command` in a process group of its own, which is killed in the end, and return what it printed in all.

    One that runs longer than `seconds` has the status 124; when this thread or program is interrupted, the group ends
    too. Raises PluginkitError when it cannot be started.
    """
    with tempfile.TemporaryFile() as output:  # what a process left behind still holds open keeps nobody waiting
        try:
            child = subprocess.Popen(  # noqa: S603
                [os.fspath(part) for part in command],
                cwd=cwd,
                env=environment(extra),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise _not_startable(command, error) from None
        _groups.add(child.pid)
        try:
            status = child.wait(seconds)
        except subprocess.TimeoutExpired:
            status = TIMED_OUT
        finally:
            _end_group(child.pid)
            child.wait()
        output.seek(0)
        return Completed(status, output.read().decode("utf-8", "replace"), "")


_groups: set[int] = set()
"""The process groups that `run_group` waits for."""


def end_groups() -> None:
    """Kill all process groups that `run_group` waits for, in whatever thread."""
    for group in tuple(_groups):
        _end_group(group)


def _end_group(group: int) -> None:
    _groups.discard(group)
    with suppress(OSError):  # it has ended already
        os.killpg(group, signal.SIGKILL)


def start(
    command: Sequence[str | os.PathLike[str]],
    *,
    extra: Mapping[str, str] | None = None,
    keep: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start `command` in a process group of its own, with the file descriptors that it shall `keep` and no input.

    Raises PluginkitError when it cannot be started.
    """
    try:
        return subprocess.Popen(  # noqa: S603
            [os.fspath(part) for part in command],
            env=environment(extra),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=tuple(keep),
            start_new_session=True,
        )
    except OSError as error:
        raise _not_startable(command, error) from None


def _not_startable(command: Sequence[str | os.PathLike[str]], error: OSError) -> PluginkitError:
    return PluginkitError(f"cannot run {os.fspath(command[0])}: {error.strerror}")

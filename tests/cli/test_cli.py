"""The command line itself: statuses, messages, and trouble with the machine."""

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from monorepo import PLAIN, monorepo, write

from pluginkit import __version__
from pluginkit.cli.slow import telling


def test_version_is_printed_without_a_parser() -> None:
    code = "import sys; from pluginkit.cli import main; main(['--version']); sys.exit('argparse' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"pluginkit {__version__}\n")


@pytest.mark.parametrize("arguments", [[], ["bild"], ["build", "--lokced"], ["build", "-j", "0"], ["verify", "--host"]])
def test_a_wrong_command_line_exits_with_2(pluginkit, arguments) -> None:
    ran = pluginkit(*arguments)
    assert ran.status == 2
    assert "usage: pluginkit" in ran.err


def test_every_command_has_help(pluginkit) -> None:
    from pluginkit.cli.commands import COMMANDS

    for command in COMMANDS:
        ran = pluginkit(command, "--help")
        assert ran.status == 0
        assert "exit status" in ran.out


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_workspace_is_an_error_not_a_traceback(tmp_path, pluginkit) -> None:
    root = monorepo(tmp_path / "acme")
    root.chmod(stat.S_IRUSR | stat.S_IXUSR)
    ran = pluginkit("lock", cwd=root)
    root.chmod(stat.S_IRWXU)
    assert ran.status == 2
    assert "Permission denied" in ran.err


def test_an_unwritable_place_is_an_error_not_a_traceback(tmp_path, pluginkit) -> None:
    root = monorepo(tmp_path / "acme")
    write(root, {".pluginkit": "a file where a directory belongs"})
    ran = pluginkit("build", cwd=root)
    assert ran.status == 2
    assert ".pluginkit" in ran.err
    assert "Traceback" not in ran.err


def test_children_see_no_stray_variables(monkeypatch) -> None:
    from pluginkit.backends.process import environment

    for name in ("UV_PYTHON", "UV_RESOLUTION", "PIP_INDEX_URL", "PYTHONPATH", "GOFLAGS", "SOURCE_DATE_EPOCH"):
        monkeypatch.setenv(name, "stray")
    monkeypatch.setenv("UV_INDEX_ACME_PASSWORD", "secret")
    seen = environment({"EXTRA": "1"})
    assert "stray" not in seen.values()
    assert seen["UV_INDEX_ACME_PASSWORD"] == "secret"
    assert seen["EXTRA"] == "1"


def test_without_the_build_extra_a_build_says_what_to_install(tmp_path, pluginkit) -> None:
    root = monorepo(tmp_path / "acme")
    locked = monorepo(tmp_path / "locked")
    assert pluginkit("lock", locked).status == 0
    code = (
        "import sys\n"
        "for name in ('uv', 'tomli_w', 'jinja2', 'rich'): sys.modules[name] = None\n"
        "from pluginkit.cli import main\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    for command in (["lock", root], ["build", locked], ["new", "fresh", "--directory", tmp_path / "fresh"]):
        done = subprocess.run(
            [sys.executable, "-c", code, *map(str, command)], capture_output=True, text=True, check=False, cwd=tmp_path
        )
        assert done.returncode == 2, done.stderr
        assert "pluginkit-toolchain[build]" in done.stderr
        assert "built" not in done.stdout


def test_an_interrupted_build_leaves_the_old_release(tmp_path, pluginkit) -> None:
    import signal

    root = monorepo(tmp_path / "acme", plugins={f"p{number}": PLAIN for number in range(40)})
    assert pluginkit("build", root).status == 0
    before = (root / "dist").readlink()
    for source in root.glob("*/*/*/__init__.py"):
        source.write_text("class New:\n    N = 1\n")
    command = [sys.executable, "-m", "pluginkit", "build", root]
    child = subprocess.Popen(command, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert child.stdout is not None
    child.stdout.readline()
    os.killpg(child.pid, signal.SIGINT)
    _, err = child.communicate()
    assert child.returncode == 130
    assert "Traceback" not in err
    assert (root / "dist").readlink() == before
    assert not [path for path in Path(root, ".pluginkit/releases").iterdir() if path.name.startswith(".")]


NO_SPACE = "error: No space left on device\n"
STREAMS = [
    ("build acme > /dev/full", 2, NO_SPACE),
    ("verify acme > /dev/full", 2, NO_SPACE),
    ("--version > /dev/full", 2, NO_SPACE),
    ("build nowhere 2> /dev/full", 2, ""),  # 1 would say that an artifact was refused
    ("build acme > /dev/full 2> /dev/full", 2, ""),
    ("build acme >&-", 0, ""),
    ("build acme <&- >&- 2>&-", 0, ""),
]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_streams_that_take_nothing_end_no_command_with_a_traceback(tmp_path, pluginkit, unbuffered) -> None:
    root = monorepo(tmp_path / "acme")
    assert pluginkit("build", root).status == 0
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    found = []
    for number, (line, _, _) in enumerate(STREAMS):
        (root / "host/acme_host/__init__.py").write_text(f"N = {number}\n")
        command = ["sh", "-c", f'exec "$0" -m pluginkit {line}', sys.executable]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        found.append((line, done.returncode, done.stderr))
    assert found == STREAMS


def test_a_reader_that_goes_is_no_trouble(tmp_path, pluginkit) -> None:
    assert pluginkit("build", monorepo(tmp_path / "acme")).status == 0
    line = '("$0" -m pluginkit verify acme; echo "status $?" >&2) | true'
    done = subprocess.run(["sh", "-c", line, sys.executable], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stderr == "status 2\n"


def test_work_that_takes_long_says_what_it_is_at(capsys) -> None:
    with telling("reading", 0.01) as progress:
        progress("packages/one")
        time.sleep(0.1)
    with telling("reading") as progress:
        progress("packages/two")
    assert capsys.readouterr().err == "reading packages/one\n"

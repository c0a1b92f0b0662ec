"""Where reports go: standard output, a file, GitHub's summary of a job; of verify and of build."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from monorepo import PLAIN, PLUGIN, edit, monorepo

from pluginkit.report import FORMATS


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, pluginkit, copied) -> None:
    copied(monorepo, tmp_path)
    for name in FORMATS:
        ran = pluginkit("verify", "--output-format", name, "--output-file", tmp_path / "report")
        assert (ran.status, ran.out) == (0, "")
        assert (tmp_path / "report").read_text().strip()
    assert pluginkit("verify", "--output-file", tmp_path / "no/such/report").status == 2


def test_build_reports_what_it_refuses_in_any_format(tmp_path: Path, pluginkit, monkeypatch) -> None:
    monorepo(tmp_path)
    edit(tmp_path / "plugins/filter/acme_filter/__init__.py", "class New", "class Old")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    ran = pluginkit("build", "--output-format", "github")
    assert ran.status == 1
    assert "::error file=dist/acme_filter-1.0.0-py3-none-any.whl,title=PK501" in ran.out
    assert "| PK501 |" in (tmp_path / "summary").read_text()
    ran = pluginkit("build", "--output-format", "json", "--output-file", tmp_path / "report")
    assert json.loads((tmp_path / "report").read_text())["verdicts"][0]["accepted"] is False
    assert json.loads((tmp_path / "report").read_text())["verdicts"][0]["host"] == "dist"


@pytest.fixture
def refused(tmp_path: Path) -> Path:
    """A workspace whose plugin lacks the factory."""
    return monorepo(tmp_path / "acme", plugins={"filter": PLAIN.replace("New", "Nwe")})


@pytest.mark.parametrize("name", ["json", "sarif", "junit"])
def test_a_builds_report_for_machines_stands_alone_on_the_output(refused: Path, pluginkit, name: str) -> None:
    ran = pluginkit("build", "--output-format", name, cwd=refused)
    assert ran.status == 1
    assert ran.out[0] in "{<"
    assert "PK501" in ran.out
    assert "built acme_filter" in ran.err
    edit(refused / "plugins/filter/acme_filter/__init__.py", "Nwe", "New")
    ran = pluginkit("build", "--output-format", name, cwd=refused)
    assert ran.status == 0
    assert ran.out[0] in "{<"
    assert "dist: 1 artifact built, 2 from the cache" in ran.err


def test_a_builds_warnings_are_reported_once(tmp_path: Path, pluginkit) -> None:
    root = monorepo(tmp_path / "acme", plugins={"filter": f"{PLUGIN}\nopen(__file__).close()\n"})
    ran = pluginkit("build", cwd=root)
    assert (ran.status, ran.out.count("PK506")) == (0, 1)
    assert ran.out.splitlines()[-1].startswith("dist: 3 artifacts built")


def test_a_report_that_cannot_be_written_is_an_error_not_a_traceback(refused: Path, tmp_path: Path, pluginkit) -> None:
    ran = pluginkit("build", "--output-file", tmp_path / "no/such/report", cwd=refused)
    assert (ran.status, "Traceback" in ran.err) == (2, False)
    ran = pluginkit("build", "--output-file", tmp_path, cwd=refused)
    assert (ran.status, "Traceback" in ran.err) == (2, False)


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path, pluginkit) -> None:
    root = monorepo(tmp_path / "acme")
    assert pluginkit("build", cwd=root).status == 0
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    command = [sys.executable, "-m", "pluginkit", "verify", "--output-format", "json", "--output-file", pipe]
    child = subprocess.Popen(command, cwd=root)
    assert json.loads(pipe.read_text())["verdicts"][0]["accepted"] is True
    assert child.wait() == 0
    assert pipe.is_fifo()


def test_a_summary_that_cannot_be_written_changes_no_verdict(tmp_path: Path, pluginkit, monkeypatch) -> None:
    root = monorepo(tmp_path / "acme")
    assert pluginkit("build", cwd=root).status == 0
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "no/such/summary"))
    ran = pluginkit("verify", "--output-format", "github", cwd=root)
    assert ran.status == 0
    assert "no summary" in ran.err


def test_what_a_backend_says_is_no_command_and_moves_no_cursor(tmp_path, pluginkit) -> None:
    root = monorepo(tmp_path, backend="setuptools")
    code = 'import sys\nsys.exit("first\\n::error::stop\\n##[group]x\\n\\x1b[2Jtabs\\tstay blanks")\n'
    (root / "plugins/filter/setup.py").write_text(code)
    ran = pluginkit("build")
    assert ran.status == 2
    assert "plugins/filter: its build backend failed" in ran.err
    assert "\n\\x3a\\x3aerror" in ran.err
    assert not any(line.lstrip().startswith("::") or "##[" in line or "\x1b" in line for line in ran.err.splitlines())

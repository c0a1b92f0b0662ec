"""The tutorials: each command as printed, from an empty directory, and what it prints."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from gofixtures import GoTools

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^```(sh|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def _tried(page: Path, directory: Path, environment: dict[str, str]) -> None:
    """Run the commands of a page, and find the lines it shows after them in what they print."""
    printed, here = "", directory
    for kind, text in BLOCK.findall(page.read_text()):
        if kind == "sh":
            script = f"set -euo pipefail\ncd '{here}'\n{text}\npwd > '{directory}/.here'\n"
            done = subprocess.run(
                ["bash", "-c", script], env=environment, check=False, capture_output=True, text=True, timeout=300
            )
            printed = done.stdout + done.stderr
            assert done.returncode == 0, f"{text}\n{printed}"
            here = Path((directory / ".here").read_text().strip())
        else:
            missing = [line for line in text.splitlines() if not _shown(line, printed)]
            assert missing == [], f"{page.name} shows {missing}, but the command printed:\n{printed}"


def _shown(line: str, printed: str) -> bool:
    pattern = ".*".join(re.escape(part) for part in line.split("..."))
    return re.search(f"^.*{pattern}", printed, re.MULTILINE) is not None


@pytest.fixture
def environment() -> dict[str, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "NO_COLOR": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


@pytest.mark.slow
def test_the_python_tutorial_runs_as_printed(tmp_path: Path, environment: dict[str, str]) -> None:
    _tried(DOCS / "tutorials/python.md", tmp_path, environment)


@pytest.mark.slow
def test_the_go_tutorial_runs_as_printed(tmp_path: Path, environment: dict[str, str], go: GoTools) -> None:
    path = f"{go.go.parent}{os.pathsep}{environment['PATH']}"
    _tried(DOCS / "tutorials/go.md", tmp_path, environment | go.env | {"PATH": path})
    command = [go.go.parent / "gofmt", "-l", tmp_path / "acme"]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == ""


@pytest.mark.slow
def test_signing_works_as_printed(tmp_path: Path, environment: dict[str, str]) -> None:
    command = [Path(sys.executable).parent / "pluginkit", "new", "acme", "--plugin", "greeter"]
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True)
    _tried(DOCS / "how-to/signing.md", tmp_path / "acme", environment)


@pytest.mark.slow
def test_a_fleet_is_shown_as_printed(tmp_path: Path, environment: dict[str, str]) -> None:
    _tried(DOCS / "how-to/fleet.md", tmp_path, environment | {"COLUMNS": "100"})


@pytest.mark.fleet
def test_a_change_is_tried_as_printed(tmp_path: Path, environment: dict[str, str]) -> None:
    somebody = {f"GIT_{who}_{what}": "n@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    _tried(DOCS / "how-to/test-before-release.md", tmp_path, environment | somebody | {"COLUMNS": "100"})


LINK = re.compile(r"\]\(([^)#:]+\.md)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: page.relative_to(DOCS).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    assert [link for link in LINK.findall(page.read_text()) if not (page.parent / link).is_file()] == []


def test_the_site_builds_without_a_complaint(tmp_path: Path) -> None:
    root = DOCS.parent
    shutil.copytree(DOCS, tmp_path / "docs")  # follows the link to the rules
    shutil.copy(root / "zensical.toml", tmp_path)
    command = [Path(sys.executable).parent / "zensical", "build", "--strict"]
    done = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    pages = {path.relative_to(DOCS).with_suffix("").as_posix() for path in DOCS.rglob("*.md")} - {"index"}
    assert [page for page in sorted(pages) if not (tmp_path / "site" / page / "index.html").is_file()] == []

"""The job that tries a changed API with the plugins' tests, as a pull request starts it."""

from pathlib import Path

import pytest
from gitrepo import committed, git
from monorepo import edit
from workflows import Runner, locked_workspace

ROUNDED = "    def __post_init__(self) -> None:\n        object.__setattr__(self, 'status', 500)\n\n    @property\n"


def _tried(root: Path, place: Path) -> tuple[str, str]:
    """Commit what changed in a repository and run the job; return the summary and the JUnit report."""
    git(root, "commit", "--all", "-m", "change")
    place, printed = Runner(root, place).run("test")
    assert "::warning::The API of this pull request breaks plugins" in printed
    return (place / "summary.md").read_text().replace("\\", ""), (place / "temp/test.xml").read_text()


@pytest.mark.slow
def test_a_pull_request_is_told_where_plugins_use_what_is_gone(tmp_path: Path) -> None:
    root = committed(locked_workspace(tmp_path / "acme", "go"))
    edit(root / "pluginapi/api.go", "\tSetting(name", "\tOption(name")
    for report in _tried(root, tmp_path / "runner"):
        assert "plugins/filter/filter.go:" in report


@pytest.mark.fleet
def test_a_pull_request_is_told_which_tests_fail(tmp_path: Path) -> None:
    root = committed(locked_workspace(tmp_path / "acme", "python"))
    edit(
        root / "pluginapi/src/acme_pluginapi/__init__.py",
        "    @property\n    def ok",
        f"{ROUNDED}    def ok",
    )
    for report in _tried(root, tmp_path / "runner"):
        assert "test_a_body_may_be_as_large_as_the_host_allows[five!-413]" in report

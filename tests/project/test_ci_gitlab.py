"""The CI pipeline of GitLab: valid, and its own steps do what they say."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from workflows import BIN, LANGUAGES, ROOT, WORKSPACES, fake, locked_workspace, passes, shell

from pluginkit.stages.scaffold import new

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_gitlab_pipeline_is_valid(tmp_path: Path, pluginkit, language: str) -> None:
    new(tmp_path / "acme", "acme", language=language)
    ran = pluginkit("ci", "gitlab", tmp_path / "acme")
    assert (ran.status, ran.out) == (0, "wrote acme/.gitlab-ci.yml\n")
    pipeline = tmp_path / "acme/.gitlab-ci.yml"
    passes(BIN / "check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", pipeline, cwd=tmp_path)
    jobs = yaml.safe_load(pipeline.read_text())
    assert jobs["pluginkit"]["script"][:2] == ["pluginkit lock --check", "pluginkit build --locked"]
    assert "variables" not in jobs["pluginkit"]
    assert [name for name, job in jobs.items() if "script" in job] == ["pluginkit", "test", "fleet"]
    assert all(jobs["pluginkit"]["before_script"] == jobs[name]["before_script"] for name in ("test", "fleet"))


@pytest.fixture(params=LANGUAGES)
def pipeline(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, dict[str, Any]]:
    """Return a locked workspace, and the jobs of its GitLab pipeline."""
    root = locked_workspace(tmp_path / "acme", request.param)
    passes(BIN / "pluginkit", "ci", "gitlab", cwd=root)
    return root, yaml.safe_load((root / ".gitlab-ci.yml").read_text())


@pytest.mark.parametrize("pipeline", WORKSPACES, indirect=True)
def test_the_gitlab_script_runs_and_keeps_the_release(pipeline: tuple[Path, dict[str, Any]]) -> None:
    root, jobs = pipeline
    job = jobs["pluginkit"]
    lines = [line for line in job["before_script"] if "apt-get" not in line]
    script = "\n".join(
        [*lines, 'test "$(command -v pluginkit)" = "$CI_PROJECT_DIR/.venv/bin/pluginkit"', *job["script"]]
    )
    done = shell(script, root, CI_PROJECT_DIR=str(root))
    assert done.returncode == 0, done.stdout + done.stderr
    assert (root / job["artifacts"]["reports"]["junit"]).is_file()
    kept = [path for pattern in job["artifacts"]["paths"] for path in root.glob(pattern)]
    assert not any(path.is_symlink() for path in kept)  # the runner follows none
    assert root / "dist/release.json" in kept
    (script,) = jobs["fleet"]["script"]
    done = shell(f"PATH={root}/.venv/bin:$PATH\n{script}", root)
    assert done.returncode == 0, done.stdout + done.stderr
    linked = not any((root / "dist").rglob("*filter*"))
    assert ("All plugins are linked into this host." in done.stdout) == linked
    assert linked or "</html>" in (root / "fleet.html").read_text()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("job", ["fleet", "test"])
@pytest.mark.parametrize("answer", [0, 1, 2])
def test_a_job_ends_as_pluginkit_does(job: str, answer: int, language: str, tmp_path: Path) -> None:
    (script,) = yaml.safe_load((ROOT / f"templates/{language}/gitlab-ci.yml").read_text())[job]["script"]
    (tmp_path / "dist/plugins").mkdir(parents=True)
    api = 'echo "| API | breaks |" > diff.md; exit 1'
    fake(tmp_path / "pluginkit", f'if [ "$1" = diff ]; then {api}; fi\nexit "$ANSWER"')
    fake(tmp_path / "git", "exit 0")
    done = shell(f"PATH={tmp_path}:$PATH\n{script}", tmp_path, ANSWER=str(answer))
    assert done.returncode == answer, done.stderr


def test_a_refusal_stands_in_gitlabs_log_and_in_its_report(pipeline: tuple[Path, dict[str, Any]]) -> None:
    root, jobs = pipeline
    passes(BIN / "pluginkit", "build", cwd=root)
    plugin = next(path for path in (root / "dist").rglob("*filter*") if path.is_file())
    plugin.write_bytes(plugin.read_bytes()[:-100])
    (line,) = (line for line in jobs["pluginkit"]["script"] if "junit" in line)
    done = shell(line, root, shell=("bash", "-e", "-c"))
    assert (done.returncode, "PK10" in done.stdout) == (1, True)
    assert "<failure" in (root / "verify.xml").read_text()

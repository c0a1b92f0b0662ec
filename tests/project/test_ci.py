"""The CI workflows of GitHub: valid, without a finding, and their own steps do what they say."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from gitrepo import committed, git
from gofixtures import GoTools
from monorepo import edit, monorepo
from signers import Signer
from workflows import BIN, LANGUAGES, ROOT, WORKSPACES, Runner, fake, locked_workspace, passes, shell

from pluginkit.stages.scaffold import new

pytestmark = pytest.mark.slow

ACTIONLINT = "v1.7.12"


@pytest.fixture
def workspace_of(tmp_path: Path) -> Callable[[str], Path]:
    """Make a locked workspace in a language, with plugins of a mode."""
    return lambda kind: locked_workspace(tmp_path / "acme", kind)


@pytest.fixture(params=LANGUAGES)
def workspace(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    new(tmp_path / "acme", "acme", language=request.param)
    return tmp_path / "acme"


def test_the_workflows_are_valid(workspace: Path) -> None:
    paths = sorted((workspace / ".github/workflows").glob("*.yml"))
    assert [path.name for path in paths] == ["ci.yml", "pluginkit.yml"]
    for schema in ("vendor.github-workflows", "custom.github-workflows-require-timeout"):
        passes(BIN / "check-jsonschema", "--builtin-schema", schema, *paths, cwd=workspace)


def test_zizmor_finds_nothing(workspace: Path) -> None:
    passes(BIN / "zizmor", "--offline", "--no-progress", "--quiet", "--pedantic", ".github", cwd=workspace)


def test_every_action_is_pinned_and_nothing_is_allowed_but_what_is_asked(workspace: Path) -> None:
    for path in (workspace / ".github/workflows").glob("*.yml"):
        workflow = yaml.safe_load(path.read_text())
        assert workflow["permissions"] == {}
        for job in workflow["jobs"].values():
            assert job["timeout-minutes"]
            for step in job["steps"]:
                action, _, sha = step.get("uses", "x@" + "0" * 40).partition("@")
                assert len(sha) == 40, action


@pytest.mark.parametrize("kind", WORKSPACES)
def test_the_jobs_share_the_work_and_make_one_release(
    tmp_path: Path, workspace_of: Callable[[str], Path], kind: str
) -> None:
    runner = Runner(workspace_of(kind), tmp_path / "runner")
    place, _ = runner.run("plan")
    outputs = dict(line.split("=", 1) for line in (place / "output").read_text().splitlines())
    shards = json.loads(outputs["matrix"])["include"]
    assert shards
    artifacts = tmp_path / "runner/release/temp/cache/artifacts"
    for shard in shards:
        place, _ = runner.run("build", f"build {shard['shard'][0]}", MEMBERS=shard["members"])
        shutil.copytree(place / "temp/cache/artifacts", artifacts, dirs_exist_ok=True)  # as upload and download do
    place, printed = runner.run("release")
    assert "dist: 0 artifacts built" in printed
    assert " accepted, 0 refused" in (place / "summary.md").read_text()
    if kind != "python":
        assert outputs["go"].startswith("1.")
    shutil.copytree(place / "checkout/dist", tmp_path / "runner/fleet/temp/release")
    place, printed = runner.run("fleet")
    if kind == "go linked":
        assert "All plugins are linked into this host." in printed
        return
    assert (place / "summary.md").read_text() == (place / "checkout/fleet.md").read_text() != ""
    assert "</html>" in (place / "checkout/fleet.html").read_text()


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_hosts_ask_signatures_for_is_signed_where_nothing_is_built(
    tmp_path: Path, workspace_of: Callable[[str], Path], language: str
) -> None:
    root, signer = workspace_of(language), Signer(tmp_path, 1)
    table = signer.trusted()
    config = root / "pluginkit.toml"
    if not config.is_file():
        config, table = root / "pyproject.toml", table.replace("[trust.", "[tool.pluginkit.trust.")
    config.write_text(f"{config.read_text()}\n{table}")
    runner = Runner(root, tmp_path / "runner")
    assert "trust=true" in (runner.run("plan")[0] / "output").read_text()
    built = subprocess.run([BIN / "pluginkit", "build"], cwd=root, check=True, capture_output=True, text=True)
    assert "nobody signed this release" in built.stderr
    signing = tmp_path / "runner/sign/temp/release"
    shutil.copytree(root / "dist", signing)
    place, _ = runner.run("sign", PLUGINKIT_SIGNING_KEY=signer.pem)
    assert " accepted, 0 refused" in (place / "summary.md").read_text()
    passes(BIN / "pluginkit", "build", "--sign-with", signer.path, cwd=root)
    passes("diff", "-r", root / "dist/", place / "temp/signed", cwd=root)  # as if the build had signed


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_builds_that_share_nothing_are_equal(
    tmp_path: Path, workspace_of: Callable[[str], Path], language: str
) -> None:
    _, printed = Runner(workspace_of(language), tmp_path / "runner").run("rebuild")
    assert " from the cache" not in printed


@pytest.fixture
def pull_request(tmp_path: Path, workspace_of: Callable[[str], Path]) -> Path:
    """A repository whose last commit takes something out of the API."""
    root = committed(workspace_of("python"))
    edit(root / "pluginapi/src/acme_pluginapi/__init__.py", "    def handle(", "    def answer(")
    git(root, "commit", "--all", "-m", "change")
    return root


def test_a_pull_request_is_told_what_its_api_breaks(tmp_path: Path, pull_request: Path) -> None:
    place, _ = Runner(pull_request, tmp_path / "runner").run("diff")
    summary = (place / "summary.md").read_text()
    assert "### The API breaks what was written for it: 2 plugins: 2 break" in summary
    assert "plugins/filter/src/acme\\_filter/\\_\\_init\\_\\_.py:" in summary
    assert (place / "output").read_text().endswith("compared=true\nchanged=true\n")
    assert (place / "checkout/diff.md").read_text() == summary


@pytest.mark.parametrize("job", ["fleet", "test"])
@pytest.mark.parametrize(("answer", "status", "summary"), [(0, 0, "said\n"), (1, 1, "said\n"), (2, 2, "")])
def test_what_pluginkit_answers_is_what_becomes_of_the_job(
    job: str, answer: int, status: int, summary: str, tmp_path: Path, workspace: Path
) -> None:
    answers = 'for file; do :; done\n[ "$ANSWER" -eq 2 ] || echo said > "$file"\nexit "$ANSWER"'
    fake(tmp_path / "pluginkit", answers)
    fake(tmp_path / "git", "exit 0")
    (tmp_path / "release/plugins").mkdir(parents=True)
    steps = yaml.safe_load((workspace / ".github/workflows/pluginkit.yml").read_text())["jobs"][job]["steps"]
    script = f"PATH={tmp_path}:$PATH\n{[step['run'] for step in steps if 'run' in step][-1]}"
    names = {"RUNNER_TEMP": str(tmp_path), "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")}
    done = shell(script, tmp_path, ANSWER=str(answer), **names)
    warned = job == "test" and answer == 1
    assert (done.returncode, "::warning::" in done.stdout) == (0 if warned else status, warned), done.stderr
    assert not summary or (tmp_path / "summary.md").read_text() == summary


def test_a_pull_request_that_adds_pluginkit_is_not_compared(
    tmp_path: Path, workspace_of: Callable[[str], Path]
) -> None:
    root = workspace_of("python")
    lock = (root / "pluginkit.lock").read_bytes()
    (root / "pluginkit.lock").unlink()
    committed(root)
    (root / "pluginkit.lock").write_bytes(lock)
    git(root, "add", "--all")
    git(root, "commit", "-m", "lock")
    place, _ = Runner(root, tmp_path / "runner").run("diff")
    assert not (place / "summary.md").exists()
    assert not (place / "checkout/diff.md").exists()


@pytest.mark.parametrize(
    ("known", "changed", "called"),
    [
        ("", "yes", ["POST comments"]),
        ("17\n18\n", "yes", ["PATCH edited/17"]),
        ("17\n", "", ["PATCH edited/17"]),
        ("", "", []),
    ],
)
def test_one_comment_is_written_and_kept_up_to_date(
    known: str, changed: str, called: list[str], tmp_path: Path, workspace: Path
) -> None:
    job = yaml.safe_load((workspace / ".github/workflows/pluginkit.yml").read_text())["jobs"]["comment"]
    (script,) = [step["run"] for step in job["steps"] if "run" in step]
    fake(tmp_path / "gh", 'case "$*" in *--paginate*) printf "$KNOWN" ;; *) echo "$4 $5 $6 $7" >> calls ;; esac')
    (tmp_path / "diff.md").write_text("<!-- pluginkit diff -->\n" + ("| API | breaks |\n" if changed else ""))
    names = {"COMMENTS": "comments", "EDITED": "edited", "KNOWN": known}
    done = shell(f"PATH={tmp_path}:$PATH\n{script}", tmp_path, shell=("bash", "-e", "-c"), **names)
    assert done.returncode == 0, done.stderr
    calls = tmp_path / "calls"
    lines = calls.read_text().splitlines() if calls.exists() else []
    assert lines == [f"{one} --field body=@diff.md" for one in called]


def test_only_the_comment_may_write_and_it_runs_nothing_of_the_pull_request(workspace: Path) -> None:
    jobs = yaml.safe_load((workspace / ".github/workflows/pluginkit.yml").read_text())["jobs"]
    writers = [name for name, job in jobs.items() if job["permissions"].get("pull-requests")]
    assert writers == ["comment"]
    assert not any("checkout" in step.get("uses", "") for step in jobs["comment"]["steps"])


def _installing(workspace: Path) -> str:
    """Return the script that installs pluginkit: the same in every job, but for its extras."""
    jobs = yaml.safe_load((workspace / ".github/workflows/pluginkit.yml").read_text())["jobs"].values()
    scripts = [step["run"] for job in jobs for step in job["steps"] if "uv tool install" in step.get("run", "")]
    assert len(scripts) == 8
    (script,) = {script.replace("[remote,trust]", "[trust]").replace("[trust]", "[build]") for script in scripts}
    return script


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_workflow_installs_the_wheel_of_the_workspace(
    tmp_path: Path, workspace_of: Callable[[str], Path], language: str
) -> None:
    root = workspace_of(language)
    places = {"UV_TOOL_DIR": str(tmp_path / "tools"), "UV_TOOL_BIN_DIR": str(tmp_path / "bin")}
    done = shell(_installing(root), root, **places)
    assert done.returncode == 0, done.stderr
    assert ".whl: OK" in done.stdout
    passes(tmp_path / "bin/pluginkit", "lock", "--check", cwd=root)
    (wheel,) = (root / "toolkit").iterdir()
    wheel.write_bytes(wheel.read_bytes() + b"\0")
    done = shell(_installing(root), root, **places)
    assert (done.returncode, "WARNING" in done.stderr) == (1, True)


def _asked_of_uv(root: Path, place: Path) -> str:
    """Return what the script asks uv for, where the locked version is to come from an index."""
    place.mkdir()
    fake(place / "uv", 'echo "$@"')
    done = shell(f"PATH={place}:$PATH\n{_installing(root)}", root)
    return done.stdout + done.stderr


def test_without_a_wheel_the_workflow_installs_the_locked_version(tmp_path: Path) -> None:
    new(tmp_path / "acme", "acme", toolkit="")
    lock = tmp_path / "acme/pluginkit.lock"
    lock.write_text('schema = 2\nlanguage = "python"\n\n[toolkit]\nversion = "1.2.3"\n\n[[package]]\nversion = "9"\n')
    assert _asked_of_uv(tmp_path / "acme", tmp_path / "one") == "tool install pluginkit-toolchain[build]==1.2.3\n"
    lock.write_text('schema = 1\nlanguage = "python"\n')
    assert "version: run pluginkit lock, which seals it" in _asked_of_uv(tmp_path / "acme", tmp_path / "other")


def test_ci_adds_a_workflow_to_a_workspace_and_overwrites_none(tmp_path: Path, pluginkit) -> None:
    monorepo(tmp_path)
    path = tmp_path / ".github/workflows/pluginkit.yml"
    for _ in range(2):
        assert pluginkit("ci", "github").out == "wrote .github/workflows/pluginkit.yml\n"
    path.write_text("name: mine\n")
    ran = pluginkit("ci", "github")
    assert (ran.status, path.read_text()) == (2, "name: mine\n")
    assert "is there already" in ran.err


@pytest.fixture(scope="session")
def actionlint(tmp_path_factory: pytest.TempPathFactory, go: GoTools) -> Path:
    """actionlint, built from its module where that can be had."""
    place = tmp_path_factory.mktemp("actionlint")
    command = [go.go, "install", f"github.com/rhysd/actionlint/cmd/actionlint@{ACTIONLINT}"]
    environment = {**go.env, "GOBIN": str(place), "CGO_ENABLED": "0"}
    done = subprocess.run(command, env=environment, cwd=place, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"actionlint cannot be had: {done.stderr}")
    return place / "actionlint"


def test_actionlint_finds_nothing(actionlint: Path) -> None:
    paths = [*ROOT.glob(".github/workflows/*.yml"), *ROOT.glob("templates/*/template/.github/workflows/*.yml")]
    assert len(paths) == 5
    passes(actionlint, "-no-color", "-shellcheck=", *paths, cwd=ROOT)

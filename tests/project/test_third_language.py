"""A third language is a room with Members, a Builder and an Inspector, and one entry in LANGUAGES; nothing else."""

import inspect
import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from monorepo import edit, settle, write
from toylang import TOY

from pluginkit.backends.language import LANGUAGES, resolve
from pluginkit.backends.protocol import Builder, Inspector, Members
from pluginkit.core.errors import PluginkitError, StaleLockError
from pluginkit.core.verdict import Verdict
from pluginkit.incremental.reasons import Reason, reasons
from pluginkit.operations.build import Built, build
from pluginkit.operations.lock import check, lock
from pluginkit.operations.options import BuildOptions
from pluginkit.operations.plan import plan
from pluginkit.operations.reporter import Silent
from pluginkit.operations.verify import verify

CONFIG = """\
language = "toy"
api = "api"
hosts = ["host"]
plugins = ["plugins/*"]

[contract.capabilities]
known = ["squeak"]

[plugin.duck]
capabilities = ["squeak"]

[toy]
volume = "loud"
"""
FILES = {
    "pluginkit.toml": CONFIG,
    "toys.txt": "no other toys\n",
    "api/api.txt": "version 1.0.0\nsqueak\n",
    "host/main.txt": "version 1.0.0\nhost of ducks\n",
    "plugins/duck/main.txt": "version 1.0.0\nsqueak\n",
    "plugins/duck/more.txt": "squeak again\n",
    "plugins/bear/main.txt": "version 2.0.0\ngrowl\n",
}


@pytest.fixture(autouse=True)
def toys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LANGUAGES, "toy", TOY)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return write(tmp_path / "toys", FILES)


def built(root: Path, **options: object) -> Built:
    made = build(BuildOptions(root, **options), Silent())
    assert isinstance(made, Built), made.verdicts
    return made


def codes(verdicts: tuple[Verdict, ...]) -> Mapping[str, set[str]]:
    """Return the codes of the findings, by the file that each is about."""
    (verdict,) = verdicts
    found: dict[str, set[str]] = {Path(subject).name: set() for subject in verdict.subjects}
    for finding in verdict.findings:
        found[Path(finding.subject).name].add(finding.code)
    return found


def test_a_workspace_is_locked_built_and_verified(workspace: Path) -> None:
    made = lock(workspace)
    assert (made.changed, made.lock.toolchain) == (True, {"volume": "loud"})
    assert lock(workspace).changed is False
    check(workspace)
    release = built(workspace, locked=True).release
    assert [artifact.file for artifact in release.artifacts] == ["bear.toy", "duck.toy", "host.toy"]
    assert (workspace / "dist/duck.toy").read_text().endswith("}\nversion 1.0.0\nsqueak\nsqueak again\n")
    assert codes(verify([workspace])) == {"bear.toy": set(), "duck.toy": set(), "host.toy": set()}
    assert codes(verify([workspace / "dist/duck.toy"], [workspace])) == {"duck.toy": set()}
    assert codes(verify([workspace / "dist/duck.toy"], [workspace / "dist/host.toy"])) == {"duck.toy": set()}


def test_what_did_not_change_is_not_built_again(workspace: Path) -> None:
    built(workspace)
    settle()
    assert built(workspace).unchanged
    edit(workspace / "plugins/duck/more.txt", "again", "twice")
    planned, last_build = plan(BuildOptions(workspace), Silent())
    assert [step.member.name for step in planned.steps] == ["duck"]
    assert reasons(planned, last_build) == {"duck": (Reason("source", "plugins/duck/more.txt changed"),)}
    assert [step.member.name for step in built(workspace).plan.steps] == ["duck"]


def test_a_plugin_of_another_copy_of_the_api_is_refused(workspace: Path, tmp_path: Path) -> None:
    other = write(tmp_path / "other", FILES | {"api/api.txt": "version 1.0.0\nsqueak\nroar\n"})
    for root in (workspace, other):
        built(root)
    shutil.copy(other / "dist/duck.toy", tmp_path / "duck.toy")
    (verdict,) = verify([tmp_path / "duck.toy"], [workspace])
    (finding,) = verdict.findings
    assert (finding.code, verdict.accepted) == ("PK303", False)
    assert finding.facts["changed"] == ("module api: removed roar()",)


DIFFERENCES = [
    ("another version of the API", {"api/api.txt": "version 1.1.0\nsqueak\n"}, {"PK302", "PK303"}),
    ("another API", {"api2/api.txt": "squeak\n", "pluginkit.toml": CONFIG.replace('"api"', '"api2"')}, {"PK301"}),
    ("another lock", {"toys.txt": "other toys\n"}, {"PK406"}),
    (
        "a capability that the host does not know",
        {"pluginkit.toml": CONFIG.replace('"squeak"', '"quack"')},
        {"PK504"},
    ),
]


@pytest.mark.parametrize(("files", "expected"), [row[1:] for row in DIFFERENCES], ids=[row[0] for row in DIFFERENCES])
def test_each_difference_has_its_code(workspace: Path, tmp_path: Path, files, expected: set[str]) -> None:
    other = write(tmp_path / "other", FILES | files)
    for root in (workspace, other):
        built(root)
    assert codes(verify([other / "dist/duck.toy"], [workspace])) == {"duck.toy": expected}


def test_what_is_no_artifact_is_a_finding_that_fits_the_language(workspace: Path) -> None:
    built(workspace)
    place = workspace / "plugins-dropped"
    place.mkdir()
    good = (workspace / "dist/duck.toy").read_bytes()
    (place / "edited.toy").write_bytes(good + b"and more\n")
    (place / "unstamped.toy").write_bytes(b"squeak\n")
    (place / "malformed.toy").write_bytes(good[1:])
    (place / "loop.toy").symlink_to(place / "loop.toy")
    (verdict,) = verify([place], [workspace])
    assert codes((verdict,)) == {
        "edited.toy": {"PK104"},
        "unstamped.toy": {"PK201"},
        "malformed.toy": {"PK201"},
        "loop.toy": {"PK101"},
    }
    assert not [finding.hint for finding in verdict.findings if "pyproject" in finding.hint or "wheel" in finding.hint]


def test_an_edited_api_makes_the_lock_stale(workspace: Path) -> None:
    built(workspace)
    edit(workspace / "api/api.txt", "squeak", "squeal")
    with pytest.raises(StaleLockError, match=r"the bytes of api 1\.0\.0 changed"):
        check(workspace)
    with pytest.raises(StaleLockError):
        build(BuildOptions(workspace, locked=True), Silent())
    with pytest.raises(PluginkitError, match=r"removed .*squeak"):
        lock(workspace)


def test_the_command_line_needs_to_know_nothing_of_it(workspace: Path, tmp_path: Path, pluginkit) -> None:
    ran = pluginkit("build", cwd=workspace)
    assert (ran.status, ran.err) == (0, "")
    assert "toys that are loud" in ran.out
    assert pluginkit("verify", cwd=workspace).out == "3 artifacts accepted\n"
    assert "kind          plugin (toy)" in pluginkit("inspect", workspace / "dist/duck.toy").out
    (kept,) = json.loads(pluginkit("inspect", "--output-format", "json", workspace / "dist/bear.toy").out)["artifacts"]
    assert (kept["language"], kept["stamp"]["language"], kept["version"]) == ("toy", "toy", "2.0.0")
    (workspace / "pluginkit.toml").unlink()
    (workspace / "pluginkit.lock").unlink()
    ran = pluginkit("init", "--yes", cwd=workspace)
    assert (ran.status, ran.err) == (0, "")
    assert 'language = "toy"' in (workspace / "pluginkit.toml").read_text()
    assert pluginkit("new", "acme", "--language", "toy").status == 2


def test_its_artifacts_come_from_the_cache_of_another_checkout(workspace: Path, tmp_path: Path) -> None:
    settle()  # what was written in the very moment of a build is not kept
    built(workspace)
    other = write(tmp_path / "other", FILES)
    assert [kept.artifact.name for kept in built(other).plan.fetched] == ["host", "bear", "duck"]
    assert (other / "dist/duck.toy").read_bytes() == (workspace / "dist/duck.toy").read_bytes()


@pytest.mark.parametrize("name", ["toy", *LANGUAGES])
@pytest.mark.parametrize("part", [Members, Builder, Inspector], ids=lambda part: part.__name__)
def test_each_language_brings_what_the_protocols_name(name: str, part: type) -> None:
    brings = resolve(getattr(LANGUAGES[name], part.__name__.lower()))
    wanted = {key: value for key, value in vars(part).items() if inspect.isfunction(value) and key[0] != "_"}
    assert wanted
    for method, declared in wanted.items():
        theirs = [*inspect.signature(getattr(brings, method)).parameters.values()]
        ours = [*inspect.signature(declared).parameters.values()]
        skipped = 0 if inspect.isclass(brings) else 1  # a module's functions have no `self`
        assert [(one.name, one.kind) for one in theirs] == [(one.name, one.kind) for one in ours[skipped:]], method

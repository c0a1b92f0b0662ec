"""`pluginkit rebuild`: the same bytes again, or where they differ and why."""

import json
import os
import shutil
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from example import copy_example
from gitrepo import committed, git
from gorepo import go_monorepo
from monorepo import edit, write
from seeded import INSIDE, SEEDS, Seed, released, workspace
from signing import envelope

from pluginkit import __version__
from pluginkit.backends.go import toolchain
from pluginkit.backends.signatures import signatures_of
from pluginkit.core.release import read_release, to_bytes


def findings(pluginkit, *arguments: object, cwd: Path) -> list[dict]:
    ran = pluginkit("rebuild", *arguments, "--output-format", "json", cwd=cwd)
    assert "Traceback" not in ran.err
    verdict = json.loads(ran.out)["verdicts"][0]
    assert (ran.status, bool(verdict["findings"])) in ((0, False), (1, True)), ran.err
    assert {one["code"] for one in verdict["findings"]} <= {"PK604"}
    return verdict["findings"]


def test_a_workspace_is_reproduced(tmp_path: Path, pluginkit) -> None:
    dist = released(workspace(tmp_path / "root"))
    ran = pluginkit("rebuild", dist, tmp_path / "root")
    assert (ran.status, ran.out) == (0, f"4 artifacts reproduced: the same bytes as in {dist}\n"), ran.err


def checked_out(root: Path) -> Path:
    return shutil.copytree(root, root.with_name("checkout"), symlinks=True, ignore=shutil.ignore_patterns("dist"))


@pytest.mark.sampled(4)
@pytest.mark.parametrize("name", SEEDS)
def test_the_reason_is_named(name: str, tmp_path: Path, pluginkit) -> None:
    seed: Seed = SEEDS[name]
    root = workspace(tmp_path / "root", seed.expression)
    seed.before(root)
    dist = released(root, seed.variables)
    checkout = checked_out(root)
    for path in checkout.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    found = findings(pluginkit, dist, checkout, cwd=tmp_path)
    assert len(found) == 1, json.dumps(found, indent=1)
    one = found[0]
    assert one["message"] == f"not reproduced: {INSIDE}, line 1"
    assert one["facts"]["reason"].startswith(f"{seed.reason}: ")
    (quick,) = findings(pluginkit, dist, checkout, "--quick", cwd=tmp_path)
    assert ("reason" in quick["facts"]) == (name in ("time", "date", "machine", "home"))
    assert quick["hint"] == one["hint"] if "reason" in quick["facts"] else "--quick" in quick["hint"]


def sign(dist: Path, release: Path) -> Path:
    """Make a release of another one, whose artifacts somebody signed."""
    shutil.copytree(dist, release)
    found, artifacts = read_release(dist), []
    for one in found.artifacts:
        place = signatures_of(dist / one.file)
        stamp, _ = place.envelope(dist / one.file)
        place.with_envelope(dist / one.file, release / one.file, envelope(stamp, "ci"))
        data = (release / one.file).read_bytes()
        artifacts.append(replace(one, sha256=sha256(data).hexdigest(), size=len(data)))
    (release / "release.json").write_bytes(to_bytes(found.lock_digest, artifacts))
    return release


@pytest.mark.slow
@pytest.mark.parametrize("make", [workspace, go_monorepo])
def test_a_release_is_reproduced_after_it_was_signed(make, tmp_path: Path, pluginkit) -> None:
    root = make(tmp_path / "root")
    release = sign(released(root), tmp_path / "signed")
    assert findings(pluginkit, release, root, cwd=tmp_path) == []


SOURCE = "plugins/filter/acme_filter/__init__.py"


def edited(root: Path) -> None:
    edit(root / SOURCE, "request: Request", "request: 'Request'")


def with_crlf(root: Path) -> None:
    (root / SOURCE).write_bytes((root / SOURCE).read_bytes().replace(b"\n", b"\r\n"))


def with_mode(root: Path) -> None:
    (root / SOURCE).chmod(0o755)


def with_readme(root: Path) -> None:
    (root / "plugins/filter/notes.md").write_text("Not shipped.\n")


def with_more(root: Path) -> None:
    (root / "plugins/filter/acme_filter/more.py").write_text("")


OTHERS = {
    "an edited source": (edited, "other sources", (SOURCE,)),
    "line endings": (with_crlf, "sources with other line endings", (SOURCE,)),
    "a mode": (with_mode, "sources with other file modes", (SOURCE,)),
    "a file that is not shipped": (with_readme, "other sources", "a file that the build reads and does not ship"),
    "one file more": (with_more, "other sources", ("plugins/filter/acme_filter/more.py",)),
}


@pytest.mark.sampled(4)
@pytest.mark.parametrize("name", OTHERS)
def test_what_the_checkout_has_otherwise_is_said(name: str, tmp_path: Path, pluginkit) -> None:
    change, what, changed = OTHERS[name]
    root = workspace(tmp_path / "root")
    dist = released(root)
    checkout = checked_out(root)
    change(checkout)
    found = findings(pluginkit, dist, checkout, cwd=tmp_path)
    assert [one["message"] for one in found] == [f"not reproduced: built from {what}"], json.dumps(found, indent=1)
    said = found[0]["facts"]["changed"]
    assert said.startswith(changed) if isinstance(changed, str) else tuple(said) == changed


@pytest.mark.slow
def test_another_lock_and_other_tools_are_said_first(tmp_path: Path, pluginkit) -> None:
    root = workspace(tmp_path / "root")
    released(root)
    checkout = checked_out(root)
    shutil.rmtree(root / ".git")
    edit(root / "plugins/filter/pyproject.toml", '["hatchling"]', '["hatchling<1.27"]')
    first, *others = findings(pluginkit, released(root), checkout, cwd=tmp_path)
    assert first["message"].startswith("built by another pluginkit.lock than ")
    said = {Path(one["subject"]).name.split("-")[0]: one for one in others}
    assert said["acme_filter"]["message"] == "not reproduced: built from other tools"
    assert said["acme_filter"]["facts"]["released"].startswith("backend hatchling 1.26")
    assert set(said) == {"acme_filter"}


@pytest.mark.slow
def test_an_api_that_the_lock_does_not_describe_is_said(tmp_path: Path, pluginkit) -> None:
    root = workspace(tmp_path / "root")
    dist = released(root)
    checkout = checked_out(root)
    edit(checkout / "api/acme_api/__init__.py", "id: str", "id: int")
    (one,) = findings(pluginkit, dist, checkout, cwd=tmp_path)
    assert one["subject"] == str(dist / "release.json")
    assert "acme-api 1.0.0" in one["message"]


def test_what_cannot_be_compared_is_an_error(tmp_path: Path, pluginkit) -> None:
    root = workspace(tmp_path / "root")
    dist = released(root)
    copy = shutil.copytree(dist, tmp_path / "release")
    wheel = next(copy.glob("acme_host*"))
    wheel.write_bytes(wheel.read_bytes()[:-1])
    ran = pluginkit("rebuild", copy, root)
    assert (ran.status, f"{wheel} is not the file that release.json names" in ran.err) == (2, True)
    wheel.unlink()
    os.mkfifo(wheel)
    assert pluginkit("rebuild", copy, root).status == 2
    assert "no such file" in pluginkit("rebuild", tmp_path / "absent", root).err.lower()
    lock = root / "pluginkit.lock"
    edit(lock, f'version = "{__version__}"', 'version = "99.0"')
    ran = pluginkit("rebuild", dist, root)
    assert (ran.status, "sealed for pluginkit 99.0" in ran.err) == (2, True), ran.err


@pytest.mark.slow
def test_the_checkout_is_left_as_it_is(tmp_path: Path, pluginkit) -> None:
    root = workspace(tmp_path / "root")
    dist = released(root)
    checkout = checked_out(root)
    before = sorted(path.relative_to(checkout) for path in checkout.rglob("*"))
    assert pluginkit("rebuild", dist, checkout).status == 0
    assert sorted(path.relative_to(checkout) for path in checkout.rglob("*")) == before


@pytest.mark.slow
@pytest.mark.parametrize("language", ["python", "go"])
def test_the_examples_are_reproduced(language: str, tmp_path: Path, pluginkit) -> None:
    root = copy_example(language, tmp_path / language)
    assert pluginkit("build", root).status == 0
    ran = pluginkit("rebuild", root / "dist", root)
    assert (ran.status, "reproduced" in ran.out) == (0, True), ran.out + ran.err


@pytest.mark.slow
def test_packages_of_go_that_were_edited_are_named(tmp_path: Path, pluginkit) -> None:
    root = go_monorepo(tmp_path / "root", plugins=("filter", "other"))
    dist = released(root)
    checkout = checked_out(root)
    assert findings(pluginkit, dist, checkout, cwd=tmp_path) == []
    edit(checkout / "plugins/filter/filter.go", 'return "filter"', 'return "changed"')
    (one,) = findings(pluginkit, dist, checkout, cwd=tmp_path)
    assert one["subject"] == str(dist / "plugins/filter.so")
    assert one["message"] == "not reproduced: built from other sources"
    assert one["facts"]["changed"] == ["acme/plugins/filter"]


@pytest.mark.slow
def test_another_c_compiler_is_named(tmp_path: Path, pluginkit, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ziglang")
    dist = released(go_monorepo(tmp_path / "root"))
    checkout = checked_out(tmp_path / "root")
    monkeypatch.setattr(toolchain, "find_program", lambda name: None)
    found = findings(pluginkit, dist, checkout, cwd=tmp_path)
    assert {one["message"] for one in found} == {"not reproduced: built from another C compiler"}
    assert "GCC" in found[0]["facts"]["released"]


TAGGED = (
    '[build-system]\nrequires = ["hatchling", "hatch-vcs"]\nbuild-backend = "hatchling.build"\n'
    '[project]\nname = "acme-filter"\ndynamic = ["version"]\nrequires-python = ">=3.11"\n'
    'dependencies = ["acme-api>=1"]\n[project.entry-points."acme.plugins"]\nfilter = "acme_filter:New"\n'
    '[tool.hatch.version]\nsource = "vcs"\nraw-options = { root = "../../.." }\n'
)


@pytest.mark.slow
def test_a_version_that_the_repository_says_is_reproduced(tmp_path: Path, pluginkit) -> None:
    """Also in a worktree, below the top of its repository, beside what git ignores."""
    top = tmp_path / "top"
    root = workspace(top / "below")
    write(root / "plugins/filter", {"pyproject.toml": TAGGED})
    write(top, {".gitignore": "dist\n.pluginkit/\n*.tmp\n"})
    git(committed(top), "tag", "v1.1.0")
    assert pluginkit("lock", root).status == 0
    git(top, "add", "--all")
    git(top, "commit", "-m", "lock")
    git(top, "tag", "v1.2.0")
    assert pluginkit("build", root).status == 0
    write(root / "plugins/filter", {"acme_filter/left.tmp": "1"})
    git(top, "worktree", "add", str(tmp_path / "linked"))
    assert list((root / "dist").glob("acme_filter-1.2.0-*"))
    for checkout in (root, tmp_path / "linked/below"):
        assert findings(pluginkit, root / "dist", checkout, cwd=tmp_path) == []


@pytest.mark.slow
def test_a_release_for_two_targets_is_reproduced(tmp_path: Path, pluginkit) -> None:
    more = '\n[go]\ntargets = ["linux/arm64", "linux/amd64"]\n'
    root = go_monorepo(tmp_path / "root", more=more)
    dist = released(root)
    ran = pluginkit("rebuild", dist, root)
    assert (ran.status, ran.out) == (0, f"4 artifacts reproduced: the same bytes as in {dist}\n"), ran.err
    one = shutil.copytree(dist, tmp_path / "one")
    shutil.rmtree(one / "linux_arm64")
    found = read_release(one)
    kept = [artifact for artifact in found.artifacts if artifact.file.startswith("linux_amd64/")]
    (one / "release.json").write_bytes(to_bytes(found.lock_digest, kept))
    assert findings(pluginkit, one, root, cwd=tmp_path) == []

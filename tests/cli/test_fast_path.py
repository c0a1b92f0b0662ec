"""The build that finds nothing to do: it says so at once, and is never wrong."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from gorepo import go_monorepo
from monorepo import PLAIN, PLUGIN, edit, monorepo, project, settle, write

SOURCE = "plugins/filter/acme_filter/__init__.py"
NOTHING = "nothing changed"


def in_place(path: Path, data: bytes) -> None:
    """Write other bytes of the same length, and put the times back."""
    before = path.stat()
    assert len(data) == before.st_size
    path.write_bytes(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def plain(root: Path) -> None:
    monorepo(root)
    write(root, {".gitignore": "*.log\n"})


@pytest.fixture
def built(tmp_path, pluginkit, copied) -> Path:
    """Return a workspace that was built, and found to be built."""
    copied(plain, tmp_path)
    settle()
    assert NOTHING in pluginkit("build").out
    settle()
    return tmp_path


def test_nothing_is_imported_and_nothing_started_where_nothing_changed(built) -> None:
    code = "import sys; from pluginkit.cli import main; main(['build']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=built, capture_output=True, text=True, check=True)
    said, modules = done.stdout.splitlines()
    assert said.startswith(f"dist: {NOTHING}, 3 artifacts")
    heavy = {"argparse", "dataclasses", "hashlib", "json", "pathlib", "re", "subprocess", "tomllib", "typing"}
    assert not heavy & set(modules.split()) - set(_bare_modules())


def _bare_modules() -> list[str]:
    done = subprocess.run([sys.executable, "-c", "import sys; print(*sys.modules)"], capture_output=True, check=True)
    return done.stdout.decode().split()


ENTRY = '\n[project.entry-points."acme.plugins"]\nother = "acme_other:New"\n'
OTHER = project("acme-other", PLAIN, entry_points=ENTRY)
CHANGES = {
    "edit": lambda root: edit(root / SOURCE, "request.body", "request.body * 2"),
    "edit of the same size and time": lambda root: in_place(
        root / SOURCE, (root / SOURCE).read_bytes().replace(b"body", b"eyes")
    ),
    "new file": lambda root: write(root, {"plugins/filter/acme_filter/more.py": ""}),
    "new directory": lambda root: write(root, {"plugins/filter/acme_filter/more/data.txt": "x"}),
    "file gone": lambda root: (root / "host/acme_host/extra.py").unlink(),
    "executable": lambda root: (root / SOURCE).chmod(0o755),
    "new member": lambda root: write(root / "plugins/other", project("acme-other", PLAIN, entry_points=ENTRY)),
    "member gone": lambda root: shutil.rmtree(root / "plugins/filter"),
    "configuration": lambda root: edit(root / "pluginkit.toml", 'factory = "New"', 'factory = ""'),
    "another configuration": lambda root: write(root, {"pyproject.toml": '[tool.pluginkit]\napi = "api"\n'}),
    "lock": lambda root: write(root, {"pluginkit.lock": (root / "pluginkit.lock").read_text() + "# more\n"}),
    "ignore file": lambda root: write(root, {".gitignore": "*.txt\n"}),
    "artifact": lambda root: in_place(
        next(root.glob("dist/acme_host-*.whl")), next(root.glob("dist/acme_host-*.whl")).read_bytes()[::-1]
    ),
    "artifact gone": lambda root: next(root.glob("dist/acme_host-*.whl")).unlink(),
    "statement gone": lambda root: (root / "dist/release.json").unlink(),
    "no release": lambda root: (root / "dist").unlink(),
    "index": lambda root: (root / ".pluginkit/index").write_bytes((root / ".pluginkit/index").read_bytes()[:-9]),
}


def with_more(root: Path) -> None:
    plain(root)
    write(root, {"host/acme_host/extra.py": "X = 1\n"})


@pytest.mark.parametrize("change", CHANGES)
def test_what_changed_is_noticed(tmp_path, pluginkit, copied, change) -> None:
    copied(with_more, tmp_path)
    settle()
    assert NOTHING in pluginkit("build").out
    settle()
    CHANGES[change](tmp_path)
    changed = pluginkit("build")
    left = sorted(path.name for path in tmp_path.glob("dist/*"))
    if change in ("another configuration", "member gone"):
        assert (changed.status, NOTHING in changed.out) == (2, False)
        return
    assert changed.status == 0, changed.err
    anew = pluginkit("build", "--rehash")
    assert anew.status == 0, anew.err
    assert "carried over" not in anew.out  # what the build before left is all there is to do
    assert sorted(path.name for path in tmp_path.glob("dist/*")) == left
    assert (change == "index") == (NOTHING in changed.out)


@pytest.mark.parametrize("name", ["UV_INDEX_URL", "PATH"])
def test_another_environment_is_looked_at_again(built, pluginkit, monkeypatch, name) -> None:
    index = (built / ".pluginkit/index").read_bytes()
    monkeypatch.setenv(name, f"{os.environ.get(name, '')}:/elsewhere")
    pluginkit("build")
    assert (built / ".pluginkit/index").read_bytes() != index


def test_an_index_holds_no_credentials(tmp_path, pluginkit, copied, monkeypatch) -> None:
    monkeypatch.setenv("UV_INDEX_MINE_PASSWORD", "secret-word")
    copied(monorepo, tmp_path)
    assert b"secret-word" not in (tmp_path / ".pluginkit/index").read_bytes()


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / SOURCE).touch(),
        lambda root: write(root, {"plugins/filter/acme_filter/__pycache__/x.pyc": "x"}),
        lambda root: write(root, {"plugins/filter/build/x.o": "x", "plugins/filter/dist/x.whl": "x"}),
        lambda root: write(root, {".venv/lib/x.py": "x", "node_modules/x.js": "x"}),
        lambda root: shutil.rmtree(root / ".pluginkit/clock", ignore_errors=True),
        lambda root: shutil.move(root, root.with_name("moved")) and root.with_name("moved").rename(root),
    ],
    ids=["touched", "bytecode", "build directories", "environments", "clock", "moved"],
)
def test_what_is_no_change_is_none(built, pluginkit, change) -> None:
    before = os.readlink(built / "dist")
    change(built)
    assert NOTHING in pluginkit("build").out
    assert NOTHING in pluginkit("build").out
    assert os.readlink(built / "dist") == before


def test_only_what_changed_is_built_and_only_that_is_read(tmp_path, pluginkit) -> None:
    monorepo(tmp_path, plugins=dict.fromkeys(("a", "b", "c"), PLAIN))
    settle()
    assert pluginkit("build").status == 0
    settle()
    write(tmp_path, {"plugins/b/acme_b/__init__.py": f"{PLAIN}    x = 1\n"})
    ran = pluginkit("build")
    assert "1 artifact built, 4 carried over" in ran.out
    assert pluginkit("verify").status == 0
    settle()
    assert NOTHING in pluginkit("build").out


def test_edits_in_quick_succession_are_all_built(tmp_path, pluginkit, copied) -> None:
    copied(monorepo, tmp_path)
    for number in range(100, 112):
        (tmp_path / SOURCE).write_text(f"{PLAIN}    x = {number}\n")
        assert pluginkit("build").status == 0
        if number % 2:
            assert pluginkit("build").status == 0
        with zipfile.ZipFile(next(tmp_path.glob("dist/acme_filter-*.whl"))) as wheel:
            assert f"x = {number}".encode() in wheel.read("acme_filter/__init__.py")


def test_a_member_carried_over_by_name_is_still_built_later(tmp_path, pluginkit) -> None:
    monorepo(tmp_path, plugins=dict.fromkeys(("a", "b"), PLAIN))
    settle()
    assert pluginkit("build").status == 0
    settle()
    for name in ("a", "b"):
        write(tmp_path, {f"plugins/{name}/acme_{name}/__init__.py": f"{PLAIN}    x = 1\n"})
    assert "1 artifact built, 3 carried over" in pluginkit("build", "a").out
    settle()
    assert "1 artifact built, 3 carried over" in pluginkit("build").out
    settle()
    assert NOTHING in pluginkit("build").out


def test_rehash_trusts_no_stat(built, pluginkit) -> None:
    """A file system that lies: other bytes, and the index says the stat is that of before."""
    index, source = built / ".pluginkit/index", built / SOURCE
    old = source.stat()
    edit(source, "request.body", "request.eyes")
    new = source.stat()
    signed = [f"{one.st_mtime_ns} {one.st_ctime_ns} {one.st_size} {one.st_ino}".encode() for one in (old, new)]
    index.write_bytes(index.read_bytes().replace(*signed))
    assert NOTHING in pluginkit("build").out
    assert "1 artifact built" in pluginkit("build", "--rehash").out


@pytest.mark.parametrize(
    ("manifest", "exact"),
    [
        ("", True),
        ('[tool.hatch.build.targets.wheel]\npackages = ["acme_filter"]\n', True),
        ("[tool.hatch.build.hooks.pluginkit]\n", True),
        ("[tool.hatch.build.hooks.custom]\n", False),
        ('[tool.hatch.build]\nartifacts = ["*.so"]\n', False),
        ('[tool.hatch.build.targets.wheel.force-include]\n"../x" = "y"\n', False),
        ('[tool.hatch.build.targets.wheel]\npackages = ["../acme_filter"]\n', False),
        ('[tool.hatch.metadata.hooks.custom]\npath = "x.py"\n', False),
        ('[tool.hatch.version]\nsource = "vcs"\n', True),  # nothing dynamic asks for it
    ],
)
def test_a_backend_that_may_read_more_runs_in_every_build(tmp_path, manifest, exact) -> None:
    from pluginkit.stages.discover import discover

    monorepo(tmp_path)
    with (tmp_path / "plugins/filter/pyproject.toml").open("a") as file:
        file.write(manifest)
    member = discover(tmp_path).member("acme-filter")
    assert member is not None
    assert member.exact is exact


@pytest.mark.parametrize(
    ("manifest", "exact"),
    [
        ("", True),
        ('[tool.uv.build-backend]\nmodule-root = ""\nnamespace = true\n', True),
        ('[tool.uv.build-backend]\ndata = { scripts = "bin" }\nmodule-name = ["a", "b"]\n', True),
        ('[tool.uv.build-backend]\nmodule-root = "../elsewhere"\n', False),
        ('[tool.uv.build-backend]\ndata = { scripts = "/usr/bin" }\n', False),
        ("[tool.uv.build-backend]\ndefault-excludes = false\n", False),
        ("[tool.uv.build-backend]\nsomething-new = true\n", False),
    ],
)
def test_uvs_backend_needs_no_second_build_of_the_same(tmp_path, manifest, exact) -> None:
    from pluginkit.stages.discover import discover

    monorepo(tmp_path, backend="uv")
    with (tmp_path / "plugins/filter/pyproject.toml").open("a") as file:
        file.write(manifest)
    member = discover(tmp_path).member("acme-filter")
    assert member is not None
    assert member.exact is exact


def test_wheels_of_uvs_backend_are_carried_over(tmp_path, pluginkit) -> None:
    monorepo(tmp_path, backend="uv", plugins={"filter": PLUGIN, "other": PLUGIN})
    for name in ("filter", "other"):
        with (tmp_path / f"plugins/{name}/pyproject.toml").open("a") as file:
            file.write('[tool.uv.build-backend]\nmodule-root = ""\n')
    settle()
    assert "4 artifacts built" in pluginkit("build").out
    assert NOTHING in pluginkit("build").out
    edit(tmp_path / SOURCE, "request.body", "request.body + b''")
    assert "1 artifact built, 3 carried over" in pluginkit("build").out
    assert pluginkit("verify").status == 0


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["setuptools", "flit", "pdm", "poetry"])
def test_no_backend_runs_where_nothing_changed(tmp_path, pluginkit, backend) -> None:
    monorepo(tmp_path / "one", backend=backend)
    settle()
    assert pluginkit("build", cwd=tmp_path / "one").status == 0
    assert NOTHING in pluginkit("build", cwd=tmp_path / "one").out
    write(tmp_path / "one", {"plugins/filter/build/lib/acme_filter/old.py": "", "plugins/filter/dist/x": ""})
    assert NOTHING in pluginkit("build", cwd=tmp_path / "one").out
    # Where they do run, they give the same bytes: from another place, and after a build of theirs left its traces.
    monorepo(tmp_path / "other" / "place", backend=backend)
    for path in ("build/lib/acme_filter/old.py", "acme_filter.egg-info/SOURCES.txt", "dist/x"):
        write(tmp_path / "other/place/plugins/filter", {path: "acme_filter/old.py\n"})
    assert pluginkit("build", "--no-cache", cwd=tmp_path / "other/place").status == 0
    assert release(tmp_path / "one") == release(tmp_path / "other/place")
    edit(tmp_path / "one" / SOURCE, "request.body", "request.body + b''")
    assert "1 artifact built, 2 carried over" in pluginkit("build", cwd=tmp_path / "one").out


def release(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(root.glob("dist/*.whl"))}


def test_a_backend_that_runs_code_of_a_member_runs_in_every_build(tmp_path, pluginkit) -> None:
    monorepo(tmp_path, backend="setuptools")
    write(tmp_path, {"plugins/filter/setup.py": "from setuptools import setup\nsetup(keywords=[])\n"})
    settle()
    assert pluginkit("build").status == 0
    settle()
    ran = pluginkit("build")
    assert "1 artifact built, 2 carried over" in ran.out


def test_what_git_ignores_but_hatchling_ships_is_built_anew(tmp_path, pluginkit) -> None:
    """A file that no digest covers may be in the wheel: then nothing is taken from before."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    monorepo(tmp_path)
    write(tmp_path / "plugins/filter", {".gitignore": "", "acme_filter/.gitignore": "made.py\n"})
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    settle()
    assert pluginkit("build").status == 0
    write(tmp_path, {"plugins/filter/acme_filter/made.py": "MADE = 1\n"})
    assert pluginkit("build").status == 0
    with zipfile.ZipFile(next(tmp_path.glob("dist/acme_filter-*.whl"))) as wheel:
        assert "acme_filter/made.py" in wheel.namelist()
    write(tmp_path, {"plugins/filter/acme_filter/made.py": "MADE = 2\n"})
    assert pluginkit("build").status == 0
    with zipfile.ZipFile(next(tmp_path.glob("dist/acme_filter-*.whl"))) as wheel:
        assert wheel.read("acme_filter/made.py") == b"MADE = 2\n"


USES = """\
import (
	"embed"

	"acme/internal/shared"
	"acme/pluginapi"
)

//go:embed static
var files embed.FS

var S = &shared.Shared
"""
GO_CHANGES = {
    "edit": lambda root: edit(root / "plugins/filter/filter.go", 'return "filter"', 'return "sieve"'),
    "new file": lambda root: write(root, {"plugins/filter/more.go": "package main\n\nvar More = 1\n"}),
    "package it needs": lambda root: edit(root / "internal/shared/shared.go", "1", "2"),
    "file in a package it needs": lambda root: write(root, {"internal/shared/x.go": "package shared\n\nvar X = 1\n"}),
    "embedded file": lambda root: write(root, {"plugins/filter/static/deep/a.txt": "other"}),
    "new embedded file": lambda root: write(root, {"plugins/filter/static/empty/b.txt": "new"}),
    "module within": lambda root: write(root, {"internal/go.mod": "module elsewhere\n"}),
    "workspace of modules": lambda root: write(root, {"go.work": "go 1.24\n\nuse .\n"}),
}


def go_with_files(root: Path) -> None:
    go_monorepo(root)
    shared = {"internal/shared/shared.go": "package shared\n\nvar Shared = 1\n"}
    write(root, {**shared, "plugins/filter/static/deep/a.txt": ""})
    (root / "plugins/filter/static/empty").mkdir()
    edit(root / "plugins/filter/filter.go", 'import "acme/pluginapi"\n', USES)


@pytest.mark.parametrize("change", GO_CHANGES)
def test_what_changed_in_go_is_noticed(tmp_path, pluginkit, copied, change) -> None:
    root = copied(go_with_files, tmp_path)
    settle()
    assert NOTHING in pluginkit("build").out
    settle()
    GO_CHANGES[change](root)
    assert NOTHING not in pluginkit("build").out


def test_nothing_is_started_for_go_where_nothing_changed(tmp_path, pluginkit, monkeypatch) -> None:
    go_monorepo(tmp_path)
    settle()
    assert pluginkit("build").status == 0
    before = os.readlink(tmp_path / "dist")
    settle()
    monkeypatch.setattr(subprocess, "run", None)
    monkeypatch.setattr(subprocess, "Popen", None)
    assert NOTHING in pluginkit("build").out
    assert os.readlink(tmp_path / "dist") == before


def test_a_deleted_dist_is_linked_anew(built, pluginkit, monkeypatch) -> None:
    before = {path.name: path.stat().st_ino for path in built.glob("dist/*.whl")}
    (built / "dist").unlink()
    shutil.rmtree(os.environ["PLUGINKIT_CACHE_DIR"] + "/artifacts")
    monkeypatch.setattr(subprocess, "Popen", None)
    ran = pluginkit("build")
    assert "0 artifacts built, 3 carried over" in ran.out, ran.err
    assert {path.name: path.stat().st_ino for path in built.glob("dist/*.whl")} == before


def test_a_deleted_dist_whose_release_was_edited_is_built_anew(built, pluginkit) -> None:
    wheel = next(built.glob("dist/acme_filter-*.whl"))
    good = wheel.read_bytes()
    wheel.write_bytes(good[:-1] + b"?")
    (built / "dist").unlink()
    assert pluginkit("build").status == 0
    assert next(built.glob("dist/acme_filter-*.whl")).read_bytes() == good


def test_what_somebody_put_into_dist_is_not_in_the_next_release(built, pluginkit) -> None:
    before = sorted(path.name for path in (built / "dist/").iterdir())
    (built / "dist/stranger-1.0.0-py3-none-any.whl").write_bytes(b"")
    assert "0 artifacts built, 3 carried over" in pluginkit("build").out
    assert sorted(path.name for path in (built / "dist/").iterdir()) == before
    assert pluginkit("verify").status == 0

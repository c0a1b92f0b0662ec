"""`pluginkit lock --no-build`: the same lock, or an error that says whose backend would have to run."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from gorepo import go_monorepo
from monorepo import BUILD_SYSTEMS, edit, monorepo, project, write
from processes import UV, run
from seeded import workspace
from strangers import Marks, arm_programs, python_tree

from pluginkit.backends.python.building import workers


@pytest.fixture(autouse=True)
def no_worker(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return a function after which a build backend that runs is an error."""

    def forbid() -> None:
        def started(*_arguments: object) -> None:
            raise AssertionError("a build backend runs")

        monkeypatch.setattr(workers.Worker, "__init__", started)

    return forbid


def api_of(root: Path, backend: str) -> Path:
    monorepo(root)
    more = '[tool.uv.build-backend]\nmodule-root = ""\n' if backend == "uv" else ""
    write(root / "api", project("acme-api", "def f() -> int: ...\n", backend=backend, more=more))
    return write(root, {"api/acme_api/more/__init__.py": "", "api/tests/test_api.py": ""})


@pytest.mark.slow
@pytest.mark.parametrize("backend", [name for name in BUILD_SYSTEMS if name != "poetry"])
@pytest.mark.parametrize("data", [False, True])
def test_it_is_the_same_lock(backend: str, data: bool, tmp_path: Path, pluginkit, no_worker) -> None:
    for name in ("built", "unbuilt"):
        write(api_of(tmp_path / name, backend) / "api", {"acme_api/data.txt": "data\n"} if data else {})
    assert pluginkit("lock", tmp_path / "built").status == 0
    no_worker()
    ran = pluginkit("lock", "--no-build", tmp_path / "unbuilt")
    if data and backend == "setuptools":  # whether it ships that depends on more than its manifest
        assert "api: which files its wheel has: only its build backend (setuptools.build_meta) knows" in ran.err
        return
    assert ran.status == 0, ran.err
    one, other = ((tmp_path / name / "pluginkit.lock").read_text() for name in ("built", "unbuilt"))
    assert one == other


def test_a_new_plugin_is_locked(tmp_path: Path, pluginkit, no_worker) -> None:
    """Of what needs its backend the lock has already what there is to know."""
    root = workspace(tmp_path / "root")
    assert pluginkit("lock", root).status == 0
    write(root / "plugins/more", project("acme-more", "class New: ...\n", requires='"acme-api>=1"'))
    no_worker()
    assert pluginkit("lock", "--no-build", root).status == 0
    assert 'name = "acme-more"' in (root / "pluginkit.lock").read_text()


def dynamic(root: Path) -> None:
    edit(root / "plugins/filter/pyproject.toml", 'version = "1.0.0"', 'dynamic = ["version"]')
    write(root / "plugins/filter", {"acme_filter/__init__.py": "__version__ = '1.0.0'\n"})


def in_tree(root: Path) -> None:
    edit(root / "plugins/filter/pyproject.toml", '"hatchling.build"', '"backend"\nbackend-path = ["own"]')


def api_in_tree(root: Path) -> None:
    edit(root / "api/pyproject.toml", '"hatchling.build"', '"backend"\nbackend-path = ["own"]')


REFUSED = {
    "dynamic": (dynamic, "plugins/filter: its dynamic version: only its build backend (hatchling.build) knows"),
    "in the tree": (in_tree, "plugins/filter: what it needs beyond [build-system] requires: only its build backend"),
    "an API": (api_in_tree, "api: "),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_only_a_backend_knows_is_refused(name: str, tmp_path: Path, pluginkit, no_worker) -> None:
    change, message = REFUSED[name]
    change(monorepo(tmp_path / "root"))
    no_worker()
    ran = pluginkit("lock", "--no-build", tmp_path / "root")
    assert (ran.status, f"error: {message}" in ran.err, "--no-build" in ran.err) == (2, True, True), ran.err
    assert "`pluginkit lock`" in ran.err
    assert not (tmp_path / "root/pluginkit.lock").exists()


def test_nothing_of_a_stranger_runs(tmp_path: Path, pluginkit, no_worker) -> None:
    marks = Marks(tmp_path / "marks")
    root = python_tree(tmp_path / "root", marks)
    assert pluginkit("lock", root).status == 0
    assert marks.left() == {"backend"}
    arm_programs(root, marks)
    write(root, {".venv/pyvenv.cfg": "home = /usr/bin\nversion = 3.11.0\n", ".python-version": "./python\n"})
    no_worker()
    ran = pluginkit("lock", "--no-build", root, cwd=root)
    assert (ran.status, marks.left()) == (0, set()), ran.err


@pytest.mark.slow
def test_a_followed_lock_of_uv_is_taken_as_it_is(tmp_path: Path, pluginkit, no_worker) -> None:
    """To see whether it is up to date, uv would run backends of all projects, and the interpreter in `.venv`."""
    marks = Marks(tmp_path / "marks")
    root = monorepo(tmp_path / "root")
    manifest = '[tool.uv.workspace]\nmembers = ["api", "host", "plugins/*", "tool"]\n'
    backend = f"from hatchling.build import *\n{marks.python('backend')}"
    write(root, {"pyproject.toml": manifest, **{f"tool/{name}": text for name, text in project("tool", "").items()}})
    write(root, {"tool/own/backend.py": backend})
    edit(root / "tool/pyproject.toml", '"hatchling.build"', '"backend"\nbackend-path = ["own"]')
    edit(root / "tool/pyproject.toml", "dependencies = []", 'dynamic = ["dependencies"]')
    for path in ("host", "plugins/filter"):
        manifest = root / path / "pyproject.toml"
        manifest.write_text(manifest.read_text() + "\n[tool.uv.sources]\nacme-api = { workspace = true }\n")
    run(UV, "lock", "--quiet", cwd=root)
    marks.left()
    arm_programs(root, marks)
    write(root, {".venv/pyvenv.cfg": "home = /usr/bin\nversion = 3.11.0\n"})
    no_worker()
    ran = pluginkit("lock", "--no-build", root)
    assert (ran.status, marks.left()) == (0, set()), ran.err


def test_an_sdist_of_a_dependency_is_not_built(tmp_path: Path, pluginkit, monkeypatch: pytest.MonkeyPatch) -> None:
    ran_by = tmp_path / "ran"
    about = "Metadata-Version: 2.1\nName: acme-dep\nVersion: 1.0.0\n"
    files = {"setup.py": f"open({str(ran_by)!r}, 'w')\n", "PKG-INFO": about}
    write(tmp_path / "acme_dep-1.0.0", files)
    (tmp_path / "index").mkdir()
    shutil.make_archive(str(tmp_path / "index/acme_dep-1.0.0"), "gztar", tmp_path, "acme_dep-1.0.0")
    monkeypatch.setenv("UV_FIND_LINKS", str(tmp_path / "index"))
    root = monorepo(tmp_path / "root")
    edit(root / "plugins/filter/pyproject.toml", '"acme-api>=1"', '"acme-api>=1", "acme-dep"')
    ran = pluginkit("lock", "--no-build", root)
    assert (ran.status, ran_by.exists()) == (2, False)
    assert "acme-dep" in ran.err


def test_go_locks_without_building(tmp_path: Path, pluginkit) -> None:
    for name, more in (("one", []), ("other", ["--no-build"])):
        assert pluginkit("lock", *more, go_monorepo(tmp_path / name)).status == 0
    assert (tmp_path / "one/pluginkit.lock").read_text() == (tmp_path / "other/pluginkit.lock").read_text()

"""The build: stamped, reproducible, complete or absent."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest
from monorepo import PLAIN, PLUGIN, edit, monorepo, project, write

from pluginkit.core.lockfile import read_lock, sealed_digest
from pluginkit.core.stamp import parse_stamp


def stamp_of(wheel: Path):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/pluginkit.json"))
        return parse_stamp(archive.read(name))


def wheels(dist: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(dist.glob("*.whl"))}


def test_build_makes_a_release_of_stamped_wheels(tmp_path, pluginkit) -> None:
    monorepo(tmp_path)
    ran = pluginkit("build")
    assert ran.status == 0, ran.err
    dist = tmp_path / "dist"
    assert dist.is_symlink()
    assert sorted(wheels(dist)) == [f"acme_{name}-1.0.0-py3-none-any.whl" for name in ("api", "filter", "host")]
    lock = sealed_digest(read_lock(tmp_path / "pluginkit.lock")[0])
    stamps = {name: stamp_of(dist / name) for name in wheels(dist)}
    assert {stamp.kind for stamp in stamps.values()} == {"api", "host", "plugin"}
    assert {stamp.lock for stamp in stamps.values()} == {lock}
    assert len({stamp.apis for stamp in stamps.values()}) == 1
    statement = json.loads((dist / "release.json").read_bytes())
    assert {entry["name"]: entry["digest"]["sha256"] for entry in statement["subject"]} == {
        name: hashlib.sha256(data).hexdigest() for name, data in wheels(dist).items()
    }


@pytest.mark.parametrize("backend", ["setuptools", "flit"])
def test_every_backend_is_stamped_alike(tmp_path, pluginkit, backend) -> None:
    monorepo(tmp_path, backend=backend)
    before = sorted(path.name for path in (tmp_path / "plugins/filter").rglob("*"))
    ran = pluginkit("build")
    assert ran.status == 0, ran.err
    stamp = stamp_of(tmp_path / "dist/acme_filter-1.0.0-py3-none-any.whl")
    assert (stamp.kind, stamp.name) == ("plugin", "acme-filter")
    assert stamp.toolchain["backend"].startswith(backend)
    assert sorted(path.name for path in (tmp_path / "plugins/filter").rglob("*")) == before
    assert pluginkit("verify").status == 0


def test_two_directories_give_the_same_bytes(tmp_path, pluginkit, monkeypatch) -> None:
    first, second = tmp_path / "one", tmp_path / "a longer name/two"
    for backend, plugin in (("hatchling", "filter"), ("setuptools", "other"), ("flit", "third")):
        code = PLAIN
        entry = f'\n[project.entry-points."acme.plugins"]\n{plugin} = "acme_{plugin}:New"\n'
        files = project(f"acme-{plugin}", code, requires='"acme-api"', backend=backend, entry_points=entry)
        write(first / "plugins" / plugin, files)
    monorepo(first)
    shutil.copytree(first, second)
    assert pluginkit("build", first).status == 0
    shutil.copy(first / "pluginkit.lock", second)
    for path in second.rglob("*.py"):
        os.utime(path, (2_000_000_000, 2_000_000_000))
        path.chmod(0o600)
    (second / "plugins/filter/__pycache__").mkdir()
    (second / "plugins/filter/.pytest_cache").mkdir()
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    before = os.umask(0o077)
    try:
        assert pluginkit("build", "--locked", "-j", "1", second).status == 0
    finally:
        os.umask(before)
    one, two = (sorted(path for path in (root / "dist").iterdir()) for root in (first, second))
    assert [path.name for path in one] == [path.name for path in two]
    assert all(left.read_bytes() == right.read_bytes() for left, right in zip(one, two, strict=True))


def test_a_failing_member_is_named_and_the_release_stays(tmp_path, pluginkit, copied) -> None:
    copied(monorepo, tmp_path)
    before = os.readlink(tmp_path / "dist")
    (tmp_path / "plugins/filter/acme_filter").rename(tmp_path / "plugins/filter/elsewhere")
    (tmp_path / "host/acme_host").rename(tmp_path / "host/elsewhere")
    ran = pluginkit("build")
    assert ran.status == 2
    assert ran.err.index("host: its build backend failed") < ran.err.index("plugins/filter: its build backend failed")
    assert os.readlink(tmp_path / "dist") == before
    assert sorted(os.listdir(tmp_path / ".pluginkit/releases")) == [Path(before).name]


def test_a_module_that_does_not_parse_stops_the_build_with_its_place(tmp_path, pluginkit, copied) -> None:
    copied(monorepo, tmp_path)
    before = os.readlink(tmp_path / "dist")
    for module in ("host/acme_host/extra.py", "plugins/filter/acme_filter/__init__.py"):
        whole = (tmp_path / module).read_bytes() if (tmp_path / module).exists() else b""
        (tmp_path / module).write_bytes(b"x = 1\ndef (\n" + whole)
        ran = pluginkit("build")
        assert (ran.status, os.readlink(tmp_path / "dist")) == (2, before)
        assert f"{module}:2:5: invalid syntax" in ran.err
        (tmp_path / module).write_bytes(whole)
    (tmp_path / "plugins/filter/acme_filter/template").mkdir()
    (tmp_path / "plugins/filter/acme_filter/template/project.py").write_text("{{ name }} = {%\n")
    assert pluginkit("build").status == 0


def test_a_subpackage_that_the_backend_left_out_is_named_with_a_hint_that_works(tmp_path, pluginkit) -> None:
    monorepo(tmp_path)
    write(
        tmp_path,
        {".gitignore": "lib/\n.pluginkit\ndist\n", "plugins/filter/acme_filter/lib/__init__.py": "LIMIT = 1\n"},
    )
    (tmp_path / ".git").mkdir()
    filter_ = tmp_path / "plugins/filter"
    edit(filter_ / "acme_filter/__init__.py", "from acme_api", "from acme_filter.lib import LIMIT\nfrom acme_api")
    ran = pluginkit("build")
    assert ran.status == 1
    assert "PK520 dist/acme_filter-1.0.0-py3-none-any.whl: it lacks the module acme_filter.lib" in ran.out + ran.err
    assert "plugins/filter/acme_filter/lib/__init__.py" in ran.out + ran.err
    hint = re.search(r"add `(.*)` to (\S+) of plugins/filter/pyproject.toml", ran.out + ran.err)
    with (filter_ / "pyproject.toml").open("a", encoding="utf-8") as manifest:
        manifest.write(f"\n{hint[2]}\n{hint[1]}\n")
    assert pluginkit("build").status == 0


def test_a_wheel_that_an_ignore_file_above_the_workspace_emptied_says_so(tmp_path, pluginkit) -> None:
    monorepo(tmp_path)
    write(tmp_path, {".gitignore": "acme_filter\n"})
    (tmp_path / ".git").mkdir()
    ran = pluginkit("build")
    assert ran.status == 1
    assert "PK503" in ran.out + ran.err
    assert "left out  plugins/filter/acme_filter/__init__.py" in ran.out + ran.err
    assert ".gitignore ignores it by 'acme_filter'" in ran.out + ran.err


def test_a_subpackage_that_setuptools_is_not_told_of_is_named(tmp_path, pluginkit) -> None:
    monorepo(tmp_path, backend="setuptools")
    filter_ = write(tmp_path / "plugins/filter", {"acme_filter/lib/__init__.py": "LIMIT = 1\n"})
    edit(filter_ / "acme_filter/__init__.py", "from acme_api", "from .lib import LIMIT\nfrom acme_api")
    with (filter_ / "pyproject.toml").open("a", encoding="utf-8") as manifest:
        manifest.write('\n[tool.setuptools]\npackages = ["acme_filter"]\n')
    ran = pluginkit("build")
    assert (ran.status, "name acme_filter.lib in `packages` of [tool.setuptools]" in ran.out + ran.err) == (1, True)


def test_an_import_that_no_requirement_brings_is_a_warning(tmp_path, pluginkit) -> None:
    monorepo(tmp_path, plugins={"filter": f"import click\nimport acme_more\n{PLUGIN}", "more": PLUGIN})
    ran = pluginkit("build")
    said = ran.out + ran.err
    assert ran.status == 0
    assert (
        "acme_filter-1.0.0-py3-none-any.whl: warning: it imports click, which none of its requirements brings" in said
    )
    assert "acme_filter/__init__.py:1" in said
    assert "add acme-more to `dependencies`" in said
    edit(tmp_path / "plugins/filter/pyproject.toml", '"acme-api>=1"', '"acme-api>=1", "acme-more"')
    edit(tmp_path / "plugins/filter/acme_filter/__init__.py", "import click\n", "")
    ran = pluginkit("build")
    assert (ran.status, "PK510" in ran.out + ran.err) == (0, False), ran.err


def test_a_directory_named_dist_is_left_alone(tmp_path, pluginkit) -> None:
    monorepo(tmp_path)
    write(tmp_path, {"dist/mine.txt": "mine"})
    ran = pluginkit("build")
    assert ran.status == 2
    assert "is in the way" in ran.err
    assert (tmp_path / "dist/mine.txt").read_text() == "mine"


def test_names_build_those_members_and_carry_the_others_over(tmp_path, pluginkit) -> None:
    monorepo(tmp_path, plugins={"filter": PLAIN, "other": PLAIN})
    assert pluginkit("build").status == 0
    before = wheels(tmp_path / "dist")
    for name in ("filter", "other"):
        (tmp_path / f"plugins/{name}/acme_{name}/__init__.py").write_text(f"{PLAIN}    x = 1\n")
    ran = pluginkit("build", "filter")
    assert ran.status == 0, ran.err
    assert "1 artifact built, 3 carried over" in ran.out
    after = wheels(tmp_path / "dist")
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"acme_filter-1.0.0-py3-none-any.whl"}
    assert pluginkit("verify").status == 0


@pytest.mark.parametrize(
    ("here", "name"),
    [(".", "./plugins/filter/"), ("plugins", "filter"), ("plugins/filter", "."), ("plugins/other", "../filter")],
)
def test_a_path_from_the_current_directory_names_a_member(tmp_path, pluginkit, here, name) -> None:
    monorepo(tmp_path, plugins={"filter": PLAIN, "other": PLAIN})
    assert pluginkit("build").status == 0
    for plugin in ("filter", "other"):
        (tmp_path / f"plugins/{plugin}/acme_{plugin}/__init__.py").write_text(f"{PLAIN}    x = 1\n")
    ran = pluginkit("build", name, cwd=tmp_path / here)
    assert ran.status == 0, ran.err
    assert re.findall(r"built (\w+)-1", ran.out) == ["acme_filter"]


def test_an_unknown_name_is_refused_with_the_nearest(tmp_path, pluginkit) -> None:
    monorepo(tmp_path)
    ran = pluginkit("build", "acme-fitler")
    assert ran.status == 2
    assert "did you mean 'acme-filter'?" in ran.err


def test_the_release_before_is_kept_and_older_ones_are_not(tmp_path, pluginkit) -> None:
    monorepo(tmp_path)
    for number in range(3):
        (tmp_path / "host/acme_host/__init__.py").write_text(f"N = {number}\n")
        assert pluginkit("build").status == 0
    assert len(os.listdir(tmp_path / ".pluginkit/releases")) == 2


def test_a_damaged_release_is_not_published_again(tmp_path, pluginkit, copied) -> None:
    copied(monorepo, tmp_path)
    good = wheels(tmp_path / "dist")
    (tmp_path / "dist/acme_host-1.0.0-py3-none-any.whl").write_bytes(b"damaged")
    assert pluginkit("build").status == 0
    assert wheels(tmp_path / "dist") == good


def test_two_builds_at_once_both_end_well(tmp_path) -> None:
    monorepo(tmp_path)
    command = [sys.executable, "-m", "pluginkit", "build"]
    subprocess.run([*command[:-1], "lock"], cwd=tmp_path, check=True, capture_output=True)
    statuses = []

    def build() -> None:
        statuses.append(subprocess.run(command, cwd=tmp_path, check=False, capture_output=True).returncode)

    threads = [threading.Thread(target=build) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [0, 0, 0]
    assert len(wheels(tmp_path / "dist")) == 3


def test_a_killed_build_leaves_the_old_release_and_needs_no_cleaning(tmp_path, pluginkit, copied) -> None:
    copied(monorepo, tmp_path)
    before = os.readlink(tmp_path / "dist")
    (tmp_path / "host/acme_host/__init__.py").write_text("N = 1\n")
    child = subprocess.Popen([sys.executable, "-m", "pluginkit", "build"], cwd=tmp_path, stdout=subprocess.DEVNULL)
    while not list((tmp_path / ".pluginkit/releases").glob(".building-*")) and child.poll() is None:
        pass
    child.kill()
    child.wait()
    assert os.readlink(tmp_path / "dist") == before
    assert pluginkit("build").status == 0
    assert os.readlink(tmp_path / "dist") != before
    assert not list((tmp_path / ".pluginkit/releases").glob(".building-*"))


def test_a_source_edited_during_the_build_fails_it(tmp_path, pluginkit) -> None:
    hook = "\n[tool.hatch.build.hooks.custom]\n"
    monorepo(tmp_path)
    with (tmp_path / "host/pyproject.toml").open("a") as file:
        file.write(hook)
    code = (
        "from pathlib import Path\n"
        "from hatchling.builders.hooks.plugin.interface import BuildHookInterface\n"
        "class Hook(BuildHookInterface):\n"
        "    def initialize(self, version, build_data):\n"
        "        Path(self.root, 'acme_host/__init__.py').write_text('EDITED = 1')\n"
    )
    write(tmp_path / "host", {"hatch_build.py": code})
    ran = pluginkit("build")
    assert ran.status == 2
    assert "host was edited during the build" in ran.err
    assert not (tmp_path / "dist").exists()


def test_a_backends_own_requirements_are_locked_too(tmp_path, pluginkit) -> None:
    monorepo(tmp_path)
    hook = "\n[tool.hatch.build.hooks.custom]\ndependencies = ['six']\n"
    with (tmp_path / "host/pyproject.toml").open("a") as file:
        file.write(hook)
    code = (
        "import six\n"
        "from hatchling.builders.hooks.plugin.interface import BuildHookInterface\n"
        "class Hook(BuildHookInterface): ...\n"
    )
    write(tmp_path / "host", {"hatch_build.py": code})
    ran = pluginkit("build")
    assert ran.status == 0, ran.err
    assert 'name = "six"' in (tmp_path / "pluginkit.lock").read_text()


def test_a_computed_version_is_stamped(tmp_path, pluginkit) -> None:
    monorepo(tmp_path)
    edit(tmp_path / "api/pyproject.toml", 'version = "1.0.0"', 'dynamic = ["version"]')
    with (tmp_path / "api/pyproject.toml").open("a") as file:
        file.write('\n[tool.hatch.version]\npath = "acme_api/__init__.py"\n')
    edit(tmp_path / "api/acme_api/__init__.py", "from typing", '__version__ = "1.7.0"\nfrom typing')
    assert pluginkit("build").status == 0
    assert stamp_of(tmp_path / "dist/acme_filter-1.0.0-py3-none-any.whl").apis[0].version == "1.7.0"


def test_a_build_does_not_publish_what_its_host_would_refuse(tmp_path, pluginkit) -> None:
    monorepo(tmp_path)
    (tmp_path / "plugins/filter/acme_filter/__init__.py").write_text("def Old() -> None: ...\n")
    ran = pluginkit("build")
    assert ran.status == 1
    assert "PK501 dist/acme_filter-1.0.0-py3-none-any.whl" in ran.out
    assert not (tmp_path / "dist").exists()
    (tmp_path / "plugins/filter/acme_filter/__init__.py").write_text(PLAIN)
    assert pluginkit("build").status == 0


def _git(root: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.invalid"]
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_files_that_a_backend_generates_and_git_ignores_change_no_byte(tmp_path, pluginkit) -> None:
    root = monorepo(tmp_path / "acme")
    edit(root / "host/pyproject.toml", 'version = "1.0.0"', 'dynamic = ["version"]')
    edit(root / "host/pyproject.toml", '["hatchling"]', '["hatchling", "hatch-vcs"]')
    with (root / "host/pyproject.toml").open("a") as file:
        file.write(
            '\n[tool.hatch.version]\nsource = "vcs"\nraw-options = { root = ".." }\n'
            '[tool.hatch.build.hooks.vcs]\nversion-file = "acme_host/_version.py"\n'
        )
    write(root, {".gitignore": "_version.py\n/dist\n"})
    for command in (("init",), ("add", "."), ("commit", "-m", "first"), ("tag", "v1.2.3")):
        _git(root, *command)
    ran = pluginkit("build", cwd=root)
    assert ran.status == 0, ran.err
    assert (root / "host/acme_host/_version.py").exists()
    first = wheels(root / "dist")
    assert "acme_host-1.2.3-py3-none-any.whl" in first
    assert pluginkit("build", "--locked", cwd=root).status == 0
    assert wheels(root / "dist") == first
    _git(tmp_path, "clone", str(root), "clone")
    shutil.copy(root / "pluginkit.lock", tmp_path / "clone")
    assert pluginkit("build", "--locked", tmp_path / "clone").status == 0
    assert wheels(tmp_path / "clone/dist") == first


@pytest.mark.skipif(shutil.which("cc") is None, reason="a C compiler is not installed")
def test_compiled_plugins_are_the_same_from_two_directories(tmp_path, pluginkit) -> None:
    root = monorepo(tmp_path / "one directory", backend="setuptools")
    plugin = root / "plugins/filter"
    with (plugin / "pyproject.toml").open("a") as file:
        file.write('\n[tool.setuptools]\npackages = ["acme_filter"]\n')
        file.write('[[tool.setuptools.ext-modules]]\nname = "acme_filter._x"\nsources = ["x.c"]\n')
    code = (
        "#include <Python.h>\n"
        'static struct PyModuleDef m = {PyModuleDef_HEAD_INIT, "_x", 0, -1, 0};\n'
        "PyMODINIT_FUNC PyInit__x(void) { return PyModule_Create(&m); }\n"
    )
    write(plugin, {"x.c": code})
    other = shutil.copytree(root, tmp_path / "another")
    assert pluginkit("build", root).status == 0
    shutil.copy(root / "pluginkit.lock", other)
    assert pluginkit("build", "--locked", other).status == 0
    assert wheels(root / "dist") == wheels(other / "dist")
    assert not any(name.endswith("acme_filter-1.0.0-py3-none-any.whl") for name in wheels(other / "dist"))
    assert pluginkit("verify", root).status == 0


def test_a_backend_that_kills_its_process_is_named_alone(tmp_path, pluginkit) -> None:
    monorepo(tmp_path, plugins=dict.fromkeys(("a", "b", "c"), PLAIN))
    assert pluginkit("lock").status == 0
    with (tmp_path / "plugins/b/pyproject.toml").open("a") as file:
        file.write("\n[tool.hatch.build.hooks.custom]\n")
    write(tmp_path / "plugins/b", {"hatch_build.py": "import os\nos._exit(42)\n"})
    ran = pluginkit("build")
    assert ran.status == 2
    assert "plugins/b: its build backend failed\nthe build process ended with status 42" in ran.err
    assert "plugins/a" not in ran.err
    assert "plugins/c" not in ran.err


def test_a_backend_in_the_members_own_tree_is_used(tmp_path, pluginkit) -> None:
    monorepo(tmp_path)
    manifest = tmp_path / "plugins/filter/pyproject.toml"
    edit(manifest, 'build-backend = "hatchling.build"', 'build-backend = "own"\nbackend-path = ["backend"]')
    code = (
        "from hatchling.build import *\n"
        "from hatchling import build as _hatchling\n"
        "from pathlib import Path\n"
        "def build_wheel(directory, settings=None, metadata=None):\n"
        "    Path('acme_filter/generated.py').write_text('MADE = 1')\n"
        "    return _hatchling.build_wheel(directory, settings, metadata)\n"
    )
    write(tmp_path / "plugins/filter", {"backend/own.py": code})
    ran = pluginkit("build")
    assert ran.status == 0, ran.err
    with zipfile.ZipFile(tmp_path / "dist/acme_filter-1.0.0-py3-none-any.whl") as archive:
        assert "acme_filter/generated.py" in archive.namelist()
    assert stamp_of(tmp_path / "dist/acme_filter-1.0.0-py3-none-any.whl").toolchain["backend"].startswith("hatchling")


def test_a_pipe_among_the_sources_is_refused_and_not_waited_for(tmp_path, pluginkit) -> None:
    monorepo(tmp_path)
    assert pluginkit("lock").status == 0
    os.mkfifo(tmp_path / "plugins/filter/acme_filter/pipe.py")
    ran = pluginkit("build")
    assert ran.status == 2
    assert "pipe.py: a pipe, socket or device" in ran.err


def test_processes_begun_for_one_lock_do_not_build_by_another(tmp_path, pluginkit, copied) -> None:
    """They are started before it is known whether the lock still holds: another one may pin another backend."""
    from pluginkit.backends.python.building.builder import PythonBuilder
    from pluginkit.backends.python.building.process_pool import IMPORTED, ProcessPools
    from pluginkit.core.lockfile import read_lock

    copied(monorepo, tmp_path)
    python = PythonBuilder().prewarms(read_lock(tmp_path / "pluginkit.lock")[0])
    pools = ProcessPools()
    try:
        pools.begin(Path(python), 1)
        other = pools.pool(Path(sys.executable), modules=IMPORTED)
        same = pools.pool(Path(python), modules=IMPORTED)
        again = pools.pool(Path(python), modules=IMPORTED)
        assert len({other, same, again}) == 3
        assert pools._all.index(same) == 0
    finally:
        pools.end()

"""`pluginkit verify` end to end: real wheels, real environments, every way to name a host."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from monorepo import PLUGIN, edit, monorepo, project, write
from uv import find_uv_bin
from wheels import wheel as make_wheel


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """Return a built workspace; tests copy it, or only read it."""
    root = monorepo(tmp_path_factory.mktemp("acme"))
    subprocess.run([sys.executable, "-m", "pluginkit", "build", root], check=True, capture_output=True)
    return root


@pytest.fixture(scope="module")
def built_again(built, tmp_path_factory) -> Path:
    """Return that workspace built again with another API under the same version."""
    root = shutil.copytree(built, tmp_path_factory.mktemp("again") / "acme", symlinks=True)
    edit(root / "api/acme_api/__init__.py", "    body: bytes\n", "    body: bytes\n    trace: str\n")
    for command in (["lock", "--allow-same-version"], ["build", "--locked"]):
        subprocess.run([sys.executable, "-m", "pluginkit", *command, root], check=True, capture_output=True)
    return root


@pytest.fixture
def old(built, built_again, tmp_path) -> tuple[Path, Path]:
    """Return a plugin's wheel, and a copy of its workspace built again."""
    wheel = shutil.copy(built / "dist/acme_filter-1.0.0-py3-none-any.whl", tmp_path)
    return Path(wheel), shutil.copytree(built_again, tmp_path / "acme", symlinks=True)


def codes(ran) -> set[str]:
    return {word for word in ran.out.replace(":", " ").split() if word.startswith("PK") and word[2:].isdigit()}


def test_a_fresh_release_is_accepted(built, pluginkit) -> None:
    ran = pluginkit("verify", cwd=built)
    assert (ran.status, codes(ran)) == (0, set())
    assert pluginkit("verify", built).status == 0
    assert pluginkit("verify", built / "dist").status == 0


def test_an_old_plugin_is_refused_with_what_changed(old, pluginkit) -> None:
    wheel, root = old
    ran = pluginkit("verify", wheel, "--host", root / "dist")
    assert ran.status == 1
    assert "PK303" in codes(ran)
    assert "trace: str" in ran.out
    assert "pluginkit build" in ran.out


@pytest.mark.parametrize("host", ["dist", "dist/acme_host-1.0.0-py3-none-any.whl", "."])
def test_a_host_is_a_release_a_wheel_or_a_workspace(old, pluginkit, host) -> None:
    wheel, root = old
    assert pluginkit("verify", wheel, "--host", root / host).status == 1
    fresh = root / "dist" / wheel.name
    assert pluginkit("verify", fresh, "--host", root / host).status == 0


def test_inside_a_workspace_its_release_is_the_host(old, pluginkit) -> None:
    wheel, root = old
    assert pluginkit("verify", wheel, cwd=root / "plugins").status == 1


def test_several_hosts_give_a_matrix(old, built, pluginkit) -> None:
    wheel, root = old
    ran = pluginkit("verify", wheel, "--host", built / "dist", "--host", root / "dist")
    assert ran.status == 1
    last = ran.out.rstrip().splitlines()[-1]
    assert wheel.name in last
    assert "ok" in last
    assert "PK303" in last


def test_a_flipped_byte_is_refused(built, tmp_path, pluginkit) -> None:
    with zipfile.ZipFile(built / "dist/acme_filter-1.0.0-py3-none-any.whl") as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    files["acme_filter/__init__.py"] = files["acme_filter/__init__.py"].replace(b"request.body", b"request.id  ")
    wheel = tmp_path / "acme_filter-1.0.0-py3-none-any.whl"
    wheel.write_bytes(make_wheel(files))
    ran = pluginkit("verify", wheel, "--host", built / "dist")
    assert ran.status == 1
    assert codes(ran) >= {"PK103", "PK104"}


def test_a_wheel_without_a_stamp_is_refused(built, tmp_path, pluginkit) -> None:
    command = [find_uv_bin(), "build", "--quiet", "--wheel", "--out-dir", tmp_path, built / "plugins/filter"]
    subprocess.run(command, check=True)
    ran = pluginkit("verify", tmp_path / "acme_filter-1.0.0-py3-none-any.whl", "--host", built / "dist")
    assert (ran.status, codes(ran)) == (1, {"PK201"})


UNUSABLE = [
    (["missing.whl"], "no such file or directory"),
    (["empty"], "no artifact in it"),
    (["note.txt"], "not a kind of artifact"),
    (["dist", "--host", "missing"], "no such file or directory"),
    (["dist", "--host", "dist/acme_filter-1.0.0-py3-none-any.whl"], "no stamped host in it"),
    (["dist", "--host", "note.txt", "--unstamped"], "not a kind of artifact"),
]


@pytest.mark.parametrize(("arguments", "message"), UNUSABLE)
def test_what_cannot_be_checked_exits_with_2(built, tmp_path, pluginkit, arguments, message) -> None:
    shutil.copytree(built / "dist", tmp_path / "dist")
    write(tmp_path, {"empty/.keep": "", "note.txt": ""})
    ran = pluginkit("verify", *arguments)
    assert ran.status == 2
    assert message in ran.err


def test_an_artifact_without_any_host_is_not_accepted(built, tmp_path, pluginkit) -> None:
    shutil.copy(built / "dist/acme_filter-1.0.0-py3-none-any.whl", tmp_path)
    ran = pluginkit("verify", "acme_filter-1.0.0-py3-none-any.whl")
    assert ran.status == 2
    assert "--host" in ran.err


def test_a_workspace_without_a_host_is_compared_with_what_its_lock_seals(tmp_path, pluginkit) -> None:
    root = monorepo(tmp_path / "acme")
    edit(root / "pluginkit.toml", 'hosts = ["host"]', "hosts = []")
    assert pluginkit("build", cwd=root).status == 0
    wheel = shutil.copy(root / "dist/acme_filter-1.0.0-py3-none-any.whl", tmp_path)
    for arguments, place in (((), root), ((root,), tmp_path), ((root / "dist",), tmp_path), ((wheel,), root)):
        ran = pluginkit("verify", *arguments, cwd=place)
        assert (ran.status, codes(ran)) == (0, set()), (arguments, ran.out, ran.err)
        assert "no member of" in ran.err
        assert "pluginkit.lock" in ran.err
    edit(root / "api/acme_api/__init__.py", "    body: bytes\n", "    body: bytes\n    trace: str\n")
    assert pluginkit("lock", "--allow-same-version", cwd=root).status == 0
    ran = pluginkit("verify", wheel, cwd=root)
    assert ran.status == 1
    assert "PK303" in codes(ran)


def test_a_library_that_only_a_plugin_needs_lies_beside_the_host(tmp_path, pluginkit) -> None:
    root = monorepo(tmp_path / "acme")
    write(root / "libs/common", project("acme-common", "X = 1\n"))
    edit(root / "plugins/filter/pyproject.toml", '"acme-api>=1"', '"acme-api>=1", "acme-common"')
    edit(root / "pluginkit.toml", 'api = "api"', 'api = ["api", "libs/common"]')
    assert pluginkit("build", cwd=root).status == 0
    assert pluginkit("verify", cwd=root).status == 0
    dist, env = root / "dist", tmp_path / "env"
    subprocess.run([find_uv_bin(), "venv", "--quiet", "--python", sys.executable, env], check=True)
    install = [find_uv_bin(), "pip", "install", "--quiet", "--no-deps", "--no-index", "--python", env]
    subprocess.run([*install, *dist.glob("*.whl")], check=True)
    plugin = tmp_path / "acme_filter-1.0.0-py3-none-any.whl"
    shutil.copy(dist / plugin.name, plugin)
    hosts = (dist, dist / "acme_host-1.0.0-py3-none-any.whl", env, root)
    for host in hosts:
        ran = pluginkit("verify", plugin, "--host", host)
        assert ran.status == 0, ran.out
    assert pluginkit("verify", env).status == 0
    edit(root / "libs/common/acme_common/__init__.py", "X = 1", "X = 2")
    edit(root / "libs/common/pyproject.toml", '"1.0.0"', '"1.1.0"')
    assert pluginkit("build", cwd=root).status == 0
    for host in (dist, root):
        assert codes(pluginkit("verify", plugin, "--host", host)) == {"PK302", "PK303"}
    assert pluginkit("verify", plugin, "--host", env).status == 0


def test_two_hosts_of_one_release_are_told_apart(tmp_path, pluginkit) -> None:
    root = monorepo(tmp_path / "acme")
    write(root / "worker", project("acme-worker", "", requires='"acme-api"'))
    edit(root / "pluginkit.toml", 'hosts = ["host"]', 'hosts = ["host", "worker"]')
    for ran in (
        pluginkit("build", "--output-format", "json", cwd=root),
        pluginkit("verify", "--output-format", "json", cwd=root),
    ):
        hosts = [verdict["host"] for verdict in json.loads(ran.out)["verdicts"]]
        assert hosts == ["dist: acme-host", "dist: acme-worker"]


def test_a_workspace_as_host_takes_members_whose_version_is_computed(tmp_path, pluginkit) -> None:
    root = monorepo(tmp_path / "acme", plugins={"filter": PLUGIN, "other": PLUGIN})
    edit(root / "plugins/other/pyproject.toml", 'version = "1.0.0"', 'dynamic = ["version"]')
    with (root / "plugins/other/pyproject.toml").open("a") as file:
        file.write('[tool.hatch.version]\npath = "acme_other/__init__.py"\n')
    write(root, {"plugins/other/acme_other/__init__.py": f'{PLUGIN}\n__version__ = "2.1.0"\n'})
    edit(root / "plugins/filter/pyproject.toml", '"acme-api>=1"', '"acme-api>=1", "acme-other>=2"')
    assert pluginkit("build", cwd=root).status == 0
    for host in (root, root / "dist"):
        ran = pluginkit("verify", root / "dist/acme_filter-1.0.0-py3-none-any.whl", "--host", host)
        assert ran.status == 0, ran.out


def test_all_mismatches_of_a_plugin_stand_in_one_report(tmp_path, pluginkit) -> None:
    root = monorepo(tmp_path / "acme", more='policy = "exact"\n')
    edit(root / "pluginkit.toml", 'factory = "New"', 'factory = "New"\ncapabilities = { required = [] }')
    assert pluginkit("build", cwd=root).status == 0
    wheel = shutil.copy(root / "dist/acme_filter-1.0.0-py3-none-any.whl", tmp_path)
    edit(root / "api/acme_api/__init__.py", "body: bytes", "body: str")
    edit(root / "api/pyproject.toml", '"1.0.0"', '"2.0.0"')
    edit(root / "pluginkit.toml", "required = []", 'required = ["batch"]')
    (root / "plugins/filter").rename(tmp_path / "elsewhere")
    assert pluginkit("lock", cwd=root).status == 0
    assert pluginkit("build", cwd=root).status == 0
    ran = pluginkit("verify", wheel, "--host", root / "dist", "--output-format", "json")
    assert ran.status == 1
    (verdict,) = json.loads(ran.out)["verdicts"]
    assert [finding["code"] for finding in verdict["findings"]] == ["PK302", "PK303", "PK504"]


def test_a_compatible_host_accepts_what_breaks_no_plugin(tmp_path, pluginkit) -> None:
    root = monorepo(tmp_path / "acme", more='policy = "compatible"\nversioning = "none"\n')
    assert pluginkit("build", cwd=root).status == 0
    wheel = shutil.copy(root / "dist/acme_filter-1.0.0-py3-none-any.whl", tmp_path)
    edit(root / "api/acme_api/__init__.py", "    body: bytes\n", '    body: bytes\n    trace: str = ""\n')
    edit(root / "api/pyproject.toml", '"1.0.0"', '"1.1.0"')
    assert pluginkit("build", cwd=root).status == 0
    ran = pluginkit("verify", wheel, "--host", root / "dist")
    assert ran.status == 0, ran.out
    edit(root / "api/acme_api/__init__.py", ' = ""', "")  # a field that hosts have to give, and no plugin
    edit(root / "api/pyproject.toml", '"1.1.0"', '"1.2.0"')
    assert pluginkit("build", cwd=root).status == 0
    ran = pluginkit("verify", wheel, "--host", root / "dist")
    assert ran.status == 0, ran.out
    edit(root / "api/acme_api/__init__.py", "    body: bytes\n", "")
    edit(root / "api/pyproject.toml", '"1.2.0"', '"1.3.0"')
    edit(root / "plugins/filter/acme_filter/__init__.py", "request.body", 'b""')
    assert pluginkit("build", cwd=root).status == 0
    ran = pluginkit("verify", wheel, "--host", root / "dist")
    assert ran.status == 1
    assert "removed body: bytes" in ran.out
    assert "acme_filter/__init__.py:8" in ran.out


@pytest.fixture(scope="module")
def environment(built, tmp_path_factory) -> Path:
    """Return an environment into which uv installed the release."""
    place = tmp_path_factory.mktemp("venv") / "env"
    subprocess.run([find_uv_bin(), "venv", "--quiet", "--python", sys.executable, place], check=True)
    sync = [find_uv_bin(), "pip", "sync", "--quiet", "--python", place, built / "dist/pylock.release.toml"]
    subprocess.run(sync, check=True, capture_output=True)
    return place


def test_an_installed_environment_is_a_host(environment, old, built, pluginkit) -> None:
    wheel, root = old
    assert pluginkit("verify", wheel, "--host", environment).status == 0
    ran = pluginkit("verify", root / "dist" / wheel.name, "--host", environment)
    assert ran.status == 1
    assert "PK303" in codes(ran)
    assert pluginkit("verify", environment).status == 0


def test_an_edited_api_in_the_hosts_environment_is_found(environment, built, tmp_path, pluginkit) -> None:
    copy = shutil.copytree(environment, tmp_path / "env", symlinks=True)
    (module,) = copy.glob("lib/python3*/site-packages/acme_api/__init__.py")
    module.write_text(module.read_text() + "\nEDITED = 1\n")
    ran = pluginkit("verify", built / "dist/acme_filter-1.0.0-py3-none-any.whl", "--host", copy)
    assert ran.status == 1
    assert "PK305" in codes(ran)


@pytest.mark.parametrize("kind", ["another release", "unstamped", "editable", "missing"])
def test_another_api_beside_the_host_is_found(environment, built, old, tmp_path, pluginkit, kind) -> None:
    _, other = old
    copy = shutil.copytree(environment, tmp_path / "env", symlinks=True)
    source = {
        "another release": [other / "dist/acme_api-1.0.0-py3-none-any.whl"],
        "unstamped": [other / "api"],
        "editable": ["--editable", other / "api"],
    }
    pip = [find_uv_bin(), "pip"]
    command = [*pip, "install", "--no-deps", "--reinstall", "--python", copy, *source.get(kind, ())]
    if kind == "missing":
        command = [*pip, "uninstall", "--python", copy, "acme-api"]
    subprocess.run(command, check=True, capture_output=True)
    assert "PK305" in codes(pluginkit("verify", copy))
    ran = pluginkit("verify", built / "dist/acme_filter-1.0.0-py3-none-any.whl", "--host", copy)
    assert ran.status == 1
    assert "PK305" in codes(ran)


def test_an_editable_plugin_is_no_release(environment, built, tmp_path, pluginkit) -> None:
    copy = shutil.copytree(environment, tmp_path / "env", symlinks=True)
    plugin = shutil.copytree(built / "plugins/filter", tmp_path / "filter")
    command = [find_uv_bin(), "pip", "install", "--no-deps", "--reinstall", "--python", copy, "--editable", plugin]
    subprocess.run(command, check=True, capture_output=True)
    ran = pluginkit("verify", copy)
    assert ran.status == 1
    assert "PK201" in codes(ran)


def test_another_api_in_a_release_is_found(built, old, tmp_path, pluginkit) -> None:
    _, other = old
    dist = shutil.copytree(built / "dist", tmp_path / "dist")
    shutil.copy(other / "dist/acme_api-1.0.0-py3-none-any.whl", dist)
    ran = pluginkit("verify", dist)
    assert ran.status == 1
    assert "PK305" in codes(ran)


def test_a_file_slipped_into_an_installed_api_is_found(environment, built, tmp_path, pluginkit) -> None:
    copy = shutil.copytree(environment, tmp_path / "env", symlinks=True)
    (package,) = copy.glob("lib/python3*/site-packages/acme_api")
    (package / "more.py").write_text("MORE = 1\n")
    ran = pluginkit("verify", built / "dist/acme_filter-1.0.0-py3-none-any.whl", "--host", copy)
    assert ran.status == 1
    assert codes(ran) == {"PK103", "PK305"}


def _fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


ENVIRONMENTS = [
    ("no RECORD", "RECORD", lambda path: path.unlink(), {"PK101"}),
    ("RECORD is not UTF-8", "RECORD", lambda path: path.write_bytes(b"\xff\xfe,,\n"), {"PK103"}),
    ("RECORD has a 200 kB field", "RECORD", lambda path: path.write_text("a" * 200_000 + ",,\n"), {"PK103"}),
    (
        "RECORD lists twins",
        "RECORD",
        lambda path: path.write_text("acme_filter/__init__.py,,\nA.py,,\na.py,,\n"),
        {"PK103"},
    ),
    ("RECORD has no hash", "RECORD", lambda path: path.write_text("acme_filter/__init__.py,,\n"), {"PK103"}),
    ("METADATA without headers", "METADATA", lambda path: path.write_text("nonsense"), {"PK105"}),
    (
        "METADATA of another",
        "METADATA",
        lambda path: edit(path, "Version: 1.0.0", "Version: 2.0.0"),
        {"PK103", "PK105"},
    ),
    ("no METADATA", "METADATA", lambda path: path.unlink(), {"PK101"}),
    ("METADATA with less", "METADATA", lambda path: edit(path, "Requires-Dist", "X-Requires"), {"PK103"}),
    ("another entry point", "entry_points.txt", lambda path: edit(path, "filter =", "other ="), {"PK103"}),
    (
        "WHEEL of another",
        "WHEEL",
        lambda path: edit(path, "Root-Is-Purelib: true", "Root-Is-Purelib: false"),
        {"PK103"},
    ),
    ("a stamp that is no JSON", "pluginkit.json", lambda path: path.write_text("{"), {"PK103", "PK202"}),
    (
        "a stamp of schema 99",
        "pluginkit.json",
        lambda path: edit(path, '"schema":2', '"schema":99'),
        {"PK103", "PK203"},
    ),
    ("a module that is a pipe", "../acme_filter/__init__.py", _fifo, {"PK103", "PK503"}),
    ("a stamp that is a pipe", "pluginkit.json", _fifo, {"PK202"}),
    ("entry points in doubt", "entry_points.txt", lambda path: path.write_text("x = y\n"), {"PK103", "PK105", "PK501"}),
]


@pytest.mark.parametrize(
    ("name", "break_it", "expected"), [row[1:] for row in ENVIRONMENTS], ids=[row[0] for row in ENVIRONMENTS]
)
def test_a_broken_distribution_in_an_environment_is_refused(
    environment, tmp_path, pluginkit, name, break_it, expected
) -> None:
    copy = shutil.copytree(environment, tmp_path / "env", symlinks=True)
    (dist_info,) = copy.glob("lib/python3*/site-packages/acme_filter-1.0.0.dist-info")
    break_it(dist_info / name)
    ran = pluginkit("verify", copy)
    assert (ran.status, codes(ran)) == (1, expected), ran.out + ran.err


def test_an_unstamped_plugin_in_an_environment_is_refused(environment, built, tmp_path, pluginkit) -> None:
    copy = shutil.copytree(environment, tmp_path / "env", symlinks=True)
    (stamp,) = copy.glob("lib/python3*/site-packages/acme_filter-1.0.0.dist-info/pluginkit.json")
    stamp.unlink()
    ran = pluginkit("verify", copy)
    assert (ran.status, codes(ran)) == (1, {"PK201"})


ENTRY = "[acme.plugins]\nstray = acme_stray:New\n"


def _beside(site: Path, name: str = "beside") -> Path:
    """Return a directory outside of an environment that is on its import path."""
    place = site.parents[3] / name
    place.mkdir()
    (site / "beside.pth").write_text(f"# by hand\nimport sys\n\n{place}\n")
    return place


STRAYS = {
    "egg-info": lambda site: write(site, {"acme_stray.egg-info/entry_points.txt": ENTRY}),
    "egg": lambda site: write(
        _beside(site, "acme_stray-1.0.egg"),
        {"EGG-INFO/entry_points.txt": ENTRY, "EGG-INFO/PKG-INFO": "Name: stray"},
    ),
    "dist-info without METADATA": lambda site: write(site, {"acme_stray-1.0.dist-info/entry_points.txt": ENTRY}),
    "what pip left behind": lambda site: write(site, {"~cme_stray-1.0.dist-info/entry_points.txt": ENTRY}),
    "behind a .pth": lambda site: write(_beside(site), {"acme_stray-1.0.dist-info/entry_points.txt": ENTRY}),
    "develop": lambda site: write(_beside(site), {"acme_stray.egg-info/entry_points.txt": ENTRY}),
}


@pytest.mark.parametrize("stray", STRAYS.values(), ids=STRAYS)
def test_whatever_registers_a_plugin_in_an_environment_is_looked_at(environment, tmp_path, pluginkit, stray) -> None:
    copy = shutil.copytree(environment, tmp_path / "env", symlinks=True)
    (site,) = copy.glob("lib/python3*/site-packages")
    stray(site)
    code = "from importlib.metadata import entry_points; print(*entry_points(group='acme.plugins').names)"
    loads = subprocess.run([copy / "bin/python", "-c", code], capture_output=True, text=True, check=True)
    assert "stray" in loads.stdout.split()
    ran = pluginkit("verify", copy)
    assert (ran.status, len(codes(ran))) == (1, 1), ran.out
    assert codes(ran) <= {"PK101", "PK201"}


def test_a_pth_that_is_no_text_is_passed_over(environment, tmp_path, pluginkit) -> None:
    copy = shutil.copytree(environment, tmp_path / "env", symlinks=True)
    (site,) = copy.glob("lib/python3*/site-packages")
    os.mkfifo(site / "pipe.pth")
    (site / "bytes.pth").write_bytes(b"\xff\xfe\0/\n" + b"a" * 5000 + b"\n.\n..\n\0\n")
    (site / "directory.pth").mkdir()
    (site / "loop.pth").symlink_to("loop.pth")
    ran = pluginkit("verify", copy)
    assert (ran.status, ran.out) == (0, "3 artifacts accepted\n")


def test_a_stamped_plugin_behind_a_pth_is_accepted(environment, tmp_path, pluginkit) -> None:
    copy = shutil.copytree(environment, tmp_path / "env", symlinks=True)
    (site,) = copy.glob("lib/python3*/site-packages")
    beside = _beside(site)
    for path in site.glob("acme_filter*"):
        path.rename(beside / path.name)
    ran = pluginkit("verify", copy)
    assert (ran.status, ran.out) == (0, "3 artifacts accepted\n")
    (beside / "acme_filter/__init__.py").write_text(PLUGIN + "# edited\n")
    assert codes(pluginkit("verify", copy)) == {"PK103"}


def test_system_site_packages_count_where_they_are_on_the_path(environment, tmp_path, pluginkit) -> None:
    copy = shutil.copytree(environment, tmp_path / "env", symlinks=True)
    base = tmp_path / "base"
    write(base / "lib/python3.11/site-packages", {"acme_stray-1.0.dist-info/entry_points.txt": ENTRY})
    config = copy / "pyvenv.cfg"
    lines = [line for line in config.read_text().splitlines() if line.partition("=")[0].strip() not in MADE]
    lines += [f"home = {base}/bin", "version_info = 3.11.7"]
    config.write_text("\n".join((*lines, "include-system-site-packages = false")))
    assert pluginkit("verify", copy).status == 0
    config.write_text("\n".join((*lines, "include-system-site-packages = true")))
    assert codes(pluginkit("verify", copy)) == {"PK101"}


MADE = ("home", "version_info", "include-system-site-packages")


def test_a_release_that_names_no_wheel_is_an_error_not_a_traceback(built, tmp_path, pluginkit) -> None:
    dist = shutil.copytree(built / "dist", tmp_path / "dist")
    path = dist / "release.json"
    path.write_text(path.read_text().replace("acme_api-1.0.0-py3-none-any.whl", "x"))
    ran = pluginkit("verify", dist)
    assert ran.status == 2
    assert "release.json" in ran.err


def test_a_damaged_host_spoils_its_release(built, tmp_path, pluginkit) -> None:
    dist = shutil.copytree(built / "dist", tmp_path / "dist")
    host = dist / "acme_host-1.0.0-py3-none-any.whl"
    host.write_bytes(host.read_bytes()[:-30])
    ran = pluginkit("verify", dist)
    assert (ran.status, codes(ran)) == (1, {"PK102"})


def test_pip_and_uv_install_the_release_and_refuse_a_changed_byte(built, tmp_path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "pip"], check=True)
    subprocess.run([find_uv_bin(), "venv", "--quiet", "--python", sys.executable, tmp_path / "uv"], check=True)
    pip = [sys.executable, "-m", "pip", "--python", tmp_path / "pip/bin/python", "install", "-r"]
    uv = [find_uv_bin(), "pip", "sync", "--python", tmp_path / "uv"]
    for command, python in ((pip, tmp_path / "pip/bin/python"), (uv, tmp_path / "uv/bin/python")):
        subprocess.run([*command, built / "dist/pylock.release.toml"], check=True, capture_output=True)
        subprocess.run([python, "-c", "import acme_host, acme_filter"], check=True)
    damaged = shutil.copytree(built / "dist", tmp_path / "damaged")
    wheel = damaged / "acme_filter-1.0.0-py3-none-any.whl"
    data = bytearray(wheel.read_bytes())
    data[len(data) // 3] ^= 1
    wheel.write_bytes(data)
    for command in ([*pip[:-1], "--force-reinstall", "-r"], [*uv, "--reinstall"]):
        done = subprocess.run([*command, damaged / "pylock.release.toml"], check=False, capture_output=True)
        assert done.returncode != 0, command


HEAVY = {"hatchling", "jinja2", "uv", "rich", "zipfile", "tomli_w", "pluginkit.backends.process"}


def test_verify_needs_no_build_tool(built) -> None:
    code = (
        "import sys; from pluginkit.cli import main; status = main(['verify', sys.argv[1]]); "
        f"heavy = {HEAVY} & set(sys.modules); print(heavy); sys.exit(status or len(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code, built / "dist"], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_inspect_prints_what_an_artifact_says(built, pluginkit) -> None:
    wheel = built / "dist/acme_filter-1.0.0-py3-none-any.whl"
    ran = pluginkit("inspect", wheel)
    assert ran.status == 0
    assert "acme-api 1.0.0" in ran.out
    assert json.loads(pluginkit("inspect", wheel, "--output-format", "json").out)


def test_explain_prints_a_rules_page(pluginkit) -> None:
    assert "PK303" in pluginkit("explain").out
    page = pluginkit("explain", "PK303")
    assert page.status == 0
    assert page.out == pluginkit("explain", "api-digest").out
    assert pluginkit("explain", "PK999").status == 2

"""`pluginkit align` and `host` for Python: requirements and locks within what a host has."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from monorepo import monorepo, project, write
from wheels import file_name, good_wheel

from pluginkit.cli import main

pytestmark = pytest.mark.slow

DEP = "def old(): return 1\n"
NEWER = DEP + "def new(): return 2\n"
ENTRY = '\n[project.entry-points."acme_pluginapi"]\naudit = "acme_audit:New"\n'
CODE = "import acme_dep\nimport acme_pluginapi\n\n\ndef New(): return acme_dep.old()\n"
NAMING = """\
import acme_dep
from acme_api import Request


class New:
    def handle(self, request: Request) -> bytes: ...
"""
NEEDS_NEWER = CODE.replace("acme_dep.old()", "1\n\n\nacme_dep.new()")


def wheel(directory: Path, name: str, version: str, code: str) -> Path:
    """Write a wheel of one module."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / file_name(name, version)
    files = {f"{name.replace('-', '_')}/__init__.py": code.encode()}
    path.write_bytes(good_wheel(name, version, files=files, entry_points="", stamp=None))
    return path


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a directory of wheels beside the index: two versions of a package, and an API."""
    place = tmp_path / "wheels"
    for version, code in (("1.0", DEP), ("2.0", NEWER)):
        wheel(place, "acme-dep", version, code)
    wheel(place, "acme-pluginapi", "1.0", "class Plugin: ...\n")
    monkeypatch.setenv("UV_FIND_LINKS", str(place))
    return place


@pytest.fixture
def environment(tmp_path: Path, index: Path) -> Path:
    """Return the environment of a host that has the older version."""
    place = tmp_path / "env"
    subprocess.run([sys.executable, "-m", "uv", "venv", "-q", "--python", sys.executable, place], check=True)
    command = [sys.executable, "-m", "uv", "pip", "install", "-q", "--no-index", "--python", place / "bin/python"]
    subprocess.run([*command, "--find-links", index, "acme-dep==1.0", "acme-pluginapi"], check=True)
    return place


def plugin(root: Path, requires: str, code: str = CODE, more: str = "") -> Path:
    lines = f'"acme-pluginapi>=1", "{requires}"'
    return write(root, project("acme-audit", code, requires=lines, entry_points=ENTRY, more=more))


def test_a_requirement_that_excludes_the_hosts_version_is_widened_where_the_plugin_loads_with_it(
    tmp_path: Path, environment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = plugin(tmp_path / "audit", "acme-dep>=2,!=3")
    assert main(["align", str(root), "--host", str(environment), "--write"]) == 0
    said = capsys.readouterr().out
    assert "its entry points load in the host's environment" in said
    assert '"acme-dep>=1.0,!=3"' in (root / "pyproject.toml").read_text()
    assert main(["align", str(root), "--host", str(environment)]) == 0
    assert "in step: nothing to write" in capsys.readouterr().out


def test_a_plugin_that_needs_the_later_version_is_left_alone_and_says_why(
    tmp_path: Path, environment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = plugin(tmp_path / "audit", "acme-dep>=2", NEEDS_NEWER)
    before = (root / "pyproject.toml").read_text()
    assert main(["align", str(root), "--host", str(environment), "--write", "--output-format", "json"]) == 1
    (unmet,) = json.loads(capsys.readouterr().out)["unmet"]
    assert (unmet["need"], unmet["offered"]) == ("acme-dep>=2", "acme-dep 1.0")
    assert "AttributeError" in unmet["needed_by"][0]
    assert (root / "pyproject.toml").read_text() == before


def test_a_release_proves_nothing_of_a_version_that_is_excluded(
    tmp_path: Path, index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = plugin(tmp_path / "audit", "acme-dep>=2", more=WITHIN.format(host=released(tmp_path)))
    assert main(["align", str(root), "--write"]) == 1
    said = capsys.readouterr().out
    assert "cannot be met: acme-dep>=2; the host has acme-dep 1.0" in said
    assert "needed by pyproject.toml" in said


WITHIN = '\n[tool.pluginkit]\napi = "acme-api"\nplugins = ["."]\ngroup = "acme.plugins"\nhost = "{host}"\n'


def released(tmp_path: Path) -> Path:
    """Build a host that pins the older version; return its release.json."""
    root = monorepo(tmp_path / "host")
    text = (root / "host/pyproject.toml").read_text()
    (root / "host/pyproject.toml").write_text(text.replace('"acme-api>=1"', '"acme-api>=1", "acme-dep<2"'))
    assert main(["build", str(root)]) == 0
    return root / "dist/release.json"


def test_lock_keeps_within_the_release_that_the_configuration_names(
    tmp_path: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = released(tmp_path)
    for path in release.parent.glob("acme_api-*.whl"):
        (index / path.name).write_bytes(path.read_bytes())
    entry = ENTRY.replace("acme_pluginapi", "acme.plugins")
    lines = '"acme-api>=1", "acme-dep"'
    files = project("acme-audit", NAMING, requires=lines, entry_points=entry, more=WITHIN.format(host=release))
    monkeypatch.chdir(write(tmp_path / "audit", files))
    assert main(["align", "--write"]) == 0
    assert 'name = "acme-dep"\nversion = "1.0"' in Path("pluginkit.lock").read_text()
    assert main(["build"]) == 0
    assert main(["verify"]) == 0


def test_a_lock_of_uvs_is_brought_to_the_hosts_versions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    uv, env = [sys.executable, "-m", "uv"], tmp_path / "env"
    subprocess.run([*uv, "venv", "-q", "--python", sys.executable, env], check=True)
    subprocess.run([*uv, "pip", "install", "-q", "--python", env / "bin/python", "iniconfig==2.0.0"], check=True)
    within = WITHIN.format(host=env).replace("acme-api", "iniconfig").replace("acme.plugins", "iniconfig")
    entry = ENTRY.replace("acme_pluginapi", "iniconfig")
    code = "import iniconfig\n\n\ndef New(): return iniconfig.IniConfig\n"
    files = project("acme-audit", code, requires='"iniconfig"', entry_points=entry, more=within)
    monkeypatch.chdir(write(tmp_path / "audit", files))
    subprocess.run([*uv, "lock", "-q"], check=True)
    assert main(["lock"]) == 2
    assert ", the host has 2.0.0" in capsys.readouterr().err
    assert main(["align", "--write"]) == 0
    assert 'name = "iniconfig"\nversion = "2.0.0"' in Path("uv.lock").read_text()
    assert main(["lock", "--check"]) == 0

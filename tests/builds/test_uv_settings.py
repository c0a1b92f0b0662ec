"""What uv is configured with: it decides how a lock is resolved, and only its indexes how pins are installed."""

import subprocess
import tomllib
from pathlib import Path

import pytest
from monorepo import edit, monorepo, write
from uv import find_uv_bin

from pluginkit.backends.python.building.uv_settings import build_constraints, build_settings, index_settings
from pluginkit.core.lockfile import parse_lock

WORKSPACE = '[tool.uv]\npackage = false\n{}\n[project]\nname = "root"\nversion = "0"\nrequires-python = ">=3.11"\n'
SOURCES = (
    '\n[tool.uv.workspace]\nmembers = ["api", "host", "plugins/*"]\n[tool.uv.sources]\nacme-api = {workspace = true}\n'
)


def configured(root: Path, settings: str, requirement: str, *, uv_lock: bool) -> Path:
    """Write the monorepo with settings for uv, a host that requires something, and `uv.lock` where that is wanted."""
    monorepo(root)
    edit(root / "host/pyproject.toml", '"acme-api>=1"', f'"acme-api>=1", "{requirement}"')
    write(root, {"pyproject.toml": WORKSPACE.format(settings) + (SOURCES if uv_lock else "")})
    if uv_lock:
        subprocess.run([find_uv_bin(), "lock", "--quiet"], cwd=root, check=True)
    return root


def locked(root: Path) -> dict[str, str]:
    """Return the versions that the lock pins."""
    packages = parse_lock((root / "pluginkit.lock").read_bytes(), "lock").packages
    return {package.name: package.version for package in packages}


SETTINGS = [
    ("an override", 'override-dependencies = ["six==1.16.0"]', "six==1.15.0", {"six": "1.16.0"}),
    ("a constraint", 'constraint-dependencies = ["six<1.16", "idna<4"]', "six", {"six": "1.15.0"}),
    ("an exclusion", 'exclude-dependencies = ["six"]', "python-dateutil==2.9.0", {"python-dateutil": "2.9.0"}),
    ("the lowest versions", 'resolution = "lowest"', "six>=1.15", {"six": "1.15.0"}),
    ("no wheels", 'no-binary-package = ["six"]', "six==1.16.0", {"six": "1.16.0"}),
]


@pytest.mark.slow
@pytest.mark.parametrize("uv_lock", [False, True], ids=["resolved", "uv.lock"])
@pytest.mark.parametrize(
    ("settings", "requirement", "pins"), [row[1:] for row in SETTINGS], ids=[r[0] for r in SETTINGS]
)
def test_a_setting_decides_the_lock_and_not_how_it_is_installed(
    tmp_path, pluginkit, monkeypatch, settings, requirement, pins, uv_lock
) -> None:
    configured(tmp_path, settings, requirement, uv_lock=uv_lock)
    monkeypatch.setenv("PLUGINKIT_CACHE_DIR", str(tmp_path.parent / f"{tmp_path.name}-cache"))  # nothing made before
    built = pluginkit("build")
    assert built.status == 0, built.err
    assert locked(tmp_path) == pins
    release = tomllib.loads((tmp_path / "dist/pylock.release.toml").read_text())
    served = {package["name"]: package["version"] for package in release["packages"]}
    assert served == {**pins, "acme-api": "1.0.0", "acme-filter": "1.0.0", "acme-host": "1.0.0"}
    assert pluginkit("lock", "--check").status == 0


def test_build_requirements_are_resolved_as_uv_build_does(tmp_path, pluginkit) -> None:
    settings = 'resolution = "lowest"\noverride-dependencies = ["hatchling<1.20"]\n'
    configured(tmp_path, f'{settings}build-constraint-dependencies = ["packaging<25"]', "six==1.16.0", uv_lock=False)
    assert pluginkit("lock").status == 0
    (environment,) = parse_lock((tmp_path / "pluginkit.lock").read_bytes(), "lock").environments
    versions = {one.name: tuple(map(int, one.version.split(".")[:2])) for one in environment.packages}
    assert versions["hatchling"] > (1, 20)
    assert versions["packaging"] < (25, 0)


def settings_at(root: Path) -> dict[str, object]:
    return tomllib.loads(index_settings(root).decode())


@pytest.fixture(autouse=True)
def _nobodys_settings(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "nobody"))
    monkeypatch.delenv("UV_CONFIG_FILE", raising=False)


INDEXES = [
    ("of [tool.uv]", {"pyproject.toml": '[tool.uv]\nindex-url = "https://a.test/s"\nresolution = "lowest"\n'}),
    ("of uv.toml", {"uv.toml": 'index-url = "https://a.test/s"\n', "pyproject.toml": "[tool.uv]\nno-index = true\n"}),
    ("for pip", {"uv.toml": 'index-url = "https://b.test/s"\n[pip]\nindex-url = "https://a.test/s"\nno-deps = true\n'}),
    ("above", {"../pyproject.toml": '[tool.uv]\nindex-url = "https://a.test/s"\n', "pyproject.toml": "[project]\n"}),
    (
        "of the uv workspace around",
        {
            "../pyproject.toml": '[tool.uv]\nindex-url = "https://a.test/s"\n[tool.uv.workspace]\nmembers = ["w"]\n',
            "pyproject.toml": "[tool.uv]\nno-index = true\n",
        },
    ),
    ("of the user", {"../nobody/uv/uv.toml": 'index-url = "https://a.test/s"\nno-binary = true\n'}),
]


@pytest.mark.parametrize("files", [row[1] for row in INDEXES], ids=[row[0] for row in INDEXES])
def test_pins_are_installed_from_the_indexes(tmp_path, files) -> None:
    assert settings_at(write(tmp_path / "w", files)) == {"index-url": "https://a.test/s"}


def test_a_file_that_the_environment_names_stands_for_all(tmp_path, monkeypatch) -> None:
    write(tmp_path, {"named.toml": "offline = true\n", "w/uv.toml": "no-index = true\n"})
    monkeypatch.setenv("UV_CONFIG_FILE", str(tmp_path / "named.toml"))
    assert settings_at(tmp_path / "w") == {"offline": True}


def test_lists_of_project_and_user_are_joined_and_places_are_absolute(tmp_path) -> None:
    write(tmp_path, {"nobody/uv/uv.toml": 'find-links = ["https://a.test/f"]\nno-index = false\n'})
    write(tmp_path / "w", {"uv.toml": 'find-links = ["wheels"]\nno-index = true\n[[index]]\nurl = "../i"\n'})
    place = (tmp_path / "w").resolve()
    assert settings_at(tmp_path / "w") == {
        "find-links": [f"{place}/wheels", "https://a.test/f"],
        "no-index": True,
        "index": [{"url": f"{place}/../i"}],
    }


EXPLICIT = '[[tool.uv.index]]\nname = "cpu"\nurl = "https://a.test/s"\nexplicit = true\n'
USERS = [
    ("nobody", {}, True),
    ("the root", {"pyproject.toml": f'{EXPLICIT}[tool.uv.sources]\ntorch = {{ index = "cpu" }}\n'}, False),
    (
        "a member",
        {
            "pyproject.toml": f'{EXPLICIT}[tool.uv.workspace]\nmembers = ["a"]\n',
            "a/pyproject.toml": '[tool.uv.sources]\ntorch = [{ index = "cpu", marker = "os_name == \'nt\'" }]\n',
        },
        False,
    ),
]


@pytest.mark.parametrize(("files", "stays"), [row[1:] for row in USERS], ids=[row[0] for row in USERS])
def test_an_explicit_index_is_asked_where_somebody_takes_packages_from_it(tmp_path, files, stays) -> None:
    found = settings_at(write(tmp_path, {"pyproject.toml": EXPLICIT, **files}))
    index = {"name": "cpu", "url": "https://a.test/s"}
    best = {"index": [index], "index-strategy": "unsafe-best-match"}
    assert found == ({"index": [{**index, "explicit": True}]} if stays else best)
    assert tomllib.loads(build_settings(tmp_path).decode()) == {"index": [{**index, "explicit": True}]}


def test_a_manifest_that_nobody_can_read_is_passed_over(tmp_path) -> None:
    write(tmp_path, {"pyproject.toml": "[tool.uv\n", "w/pyproject.toml": "[project]\nname = 'x'\n"})
    assert settings_at(tmp_path / "w") == {}


def test_build_requirements_have_settings_of_their_own(tmp_path) -> None:
    write(
        tmp_path,
        {
            "uv.toml": 'exclude-newer = "2026-01-01T00:00:00Z"\nno-build = true\noverride-dependencies = ["a"]\n'
            'prerelease = "allow"\nbuild-constraint-dependencies = ["b<2"]\n'
        },
    )
    assert tomllib.loads(build_settings(tmp_path).decode()) == {
        "exclude-newer": "2026-01-01T00:00:00Z",
        "no-build": True,
    }
    assert build_constraints(tmp_path) == ("b<2",)


def test_a_project_does_not_say_where_the_cache_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    write(tmp_path, {"config/uv/uv.toml": "offline = true\n", "root/uv.toml": 'cache-dir = "here"\nno-index = true\n'})
    assert tomllib.loads(index_settings(tmp_path / "root").decode()) == {"no-index": True, "offline": True}
    write(tmp_path, {"config/uv/uv.toml": f'cache-dir = "{tmp_path}/cache"\n'})
    assert tomllib.loads(index_settings(tmp_path / "root").decode())["cache-dir"] == f"{tmp_path}/cache"

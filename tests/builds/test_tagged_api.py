"""An API whose version comes from the tags of a repository: its lock is current on the commit that holds it."""

from pathlib import Path

import pytest
from gitrepo import committed, git
from monorepo import edit, monorepo, write

from pluginkit.core.lockfile import parse_lock

NAMED = '[project]\nname = "acme-api"\ndynamic = ["version"]\nrequires-python = ">=3.11"\ndescription = "acme-api"\n'
BACKENDS = {
    "hatch-vcs": (
        '[build-system]\nrequires = ["hatchling", "hatch-vcs"]\nbuild-backend = "hatchling.build"\n'
        '[tool.hatch.version]\nsource = "vcs"\nraw-options = { root = ".." }\n'
        '[tool.hatch.build.hooks.vcs]\nversion-file = "acme_api/_version.py"\n'
    ),
    "setuptools-scm": (
        '[build-system]\nrequires = ["setuptools", "setuptools-scm"]\nbuild-backend = "setuptools.build_meta"\n'
        '[tool.setuptools]\npackages = ["acme_api"]\n'
        '[tool.setuptools_scm]\nroot = ".."\nversion_file = "acme_api/_version.py"\n'
    ),
    "pdm-backend": (
        '[build-system]\nrequires = ["pdm-backend"]\nbuild-backend = "pdm.backend"\n'
        '[tool.pdm.version]\nsource = "scm"\nwrite_to = "acme_api/_version.py"\n'
        "write_template = \"__version__ = '{}'\\n\"\n"
    ),
}


def tagged(root: Path, backend: str) -> Path:
    """Write a monorepo whose API has its version from tags, in a repository of which the first commit is 1.2.0."""
    monorepo(root)
    write(
        root,
        {"api/pyproject.toml": NAMED + BACKENDS[backend], ".gitignore": "_version.py\ndist\n.pluginkit\n*.egg-info\n"},
    )
    git(committed(root), "tag", "v1.2.0")
    return root


def commit(root: Path) -> None:
    git(root, "add", "--all")
    git(root, "commit", "--allow-empty", "-m", "more")


def version(root: Path) -> str:
    """Return the version that the lock seals."""
    return parse_lock((root / "pluginkit.lock").read_bytes(), "lock").api("acme-api").version


def wheels(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (root / "dist").glob("*.whl")}


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_committed_lock_is_current_on_its_commit_and_in_a_clone(tmp_path, pluginkit, backend) -> None:
    root = tagged(tmp_path / "one", backend)
    commit(root)  # between two tags
    assert pluginkit("lock", cwd=root).status == 0
    assert version(root) == "1.2.1.dev1"
    commit(root)
    assert pluginkit("lock", "--check", cwd=root).status == 0
    assert pluginkit("lock", cwd=root).out.startswith("unchanged")
    assert pluginkit("build", "--locked", cwd=root).status == 0
    assert "acme_api-1.2.1.dev1-py3-none-any.whl" in wheels(root)
    assert pluginkit("verify", cwd=root).status == 0
    git(tmp_path, "clone", "--no-tags", root.as_uri(), "other")
    assert pluginkit("lock", "--check", cwd=tmp_path / "other").status == 0
    assert pluginkit("build", "--locked", cwd=tmp_path / "other").status == 0
    assert wheels(tmp_path / "other") == wheels(root)


@pytest.mark.slow
def test_other_bytes_are_another_version_and_so_is_a_tag(tmp_path, pluginkit) -> None:
    root = tagged(tmp_path, "hatch-vcs")
    assert pluginkit("lock", cwd=root).status == 0
    assert version(root) == "1.2.0"
    commit(root)
    edit(root / "api/acme_api/__init__.py", "    body: bytes\n", "    body: bytes\n    trace: str\n")
    commit(root)
    ran = pluginkit("lock", "--check", cwd=root)
    assert (ran.status, "the bytes of acme-api 1.2.0 changed" in ran.err) == (2, True), ran.err
    assert pluginkit("lock", cwd=root).status == 0
    assert version(root) == "1.2.1.dev2"
    commit(root)
    git(root, "tag", "v2.0.0")
    assert pluginkit("lock", "--check", cwd=root).status == 0
    assert pluginkit("build", "--locked", cwd=root).status == 0
    assert pluginkit("lock", cwd=root).status == 0
    assert version(root) == "2.0.0"
    commit(root)
    assert pluginkit("lock", cwd=root).out.startswith("unchanged")


def test_a_version_of_a_file_is_not_one_of_tags(tmp_path, pluginkit) -> None:
    monorepo(tmp_path)
    edit(tmp_path / "api/pyproject.toml", 'version = "1.0.0"\n', 'dynamic = ["version"]\n')
    with (tmp_path / "api/pyproject.toml").open("a") as file:
        file.write('[tool.hatch.version]\npath = "acme_api/version.py"\n')
    write(tmp_path, {"api/acme_api/version.py": '__version__ = "1.1.dev1"\n'})
    assert pluginkit("build").status == 0
    assert version(tmp_path) == "1.1.dev1"
    edit(tmp_path / "api/acme_api/version.py", "dev1", "dev2")
    assert pluginkit("lock").status == 0
    assert version(tmp_path) == "1.1.dev2"

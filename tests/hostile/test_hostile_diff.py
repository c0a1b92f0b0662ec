"""`pluginkit diff` of a stranger's tree: nothing of it runs, git's own configuration included."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from gitrepo import committed, git
from monorepo import monorepo, project, write

PROBES: dict[str, Callable[[Path, str], None]] = {
    "fsmonitor": lambda root, command: git(root, "config", "core.fsmonitor", command),
    "hooks": lambda root, command: _hooks(root, command),
    "smudge filter": lambda root, command: _filter(root, "smudge", command),
    "process filter": lambda root, command: _filter(root, "process", command),
    "text conversion": lambda root, command: git(root, "config", "diff.x.textconv", command),
    "pager": lambda root, command: git(root, "config", "core.pager", command),
    "ssh": lambda root, command: git(root, "config", "core.sshCommand", command),
    "external diff": lambda root, command: git(root, "config", "diff.external", command),
    "alias": lambda root, command: git(root, "config", "alias.cat-file", f"!{command}"),
}


def _hooks(root: Path, command: str) -> None:
    for name in ("post-checkout", "post-index-change", "reference-transaction", "pre-auto-gc"):
        hook = root / ".git/hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\n{command}\n")
        hook.chmod(0o755)


def _filter(root: Path, kind: str, command: str) -> None:
    git(root, "config", f"filter.x.{kind}", command)
    (root / ".git/info").mkdir(exist_ok=True)
    (root / ".git/info/attributes").write_text("* filter=x diff=x\n")


@pytest.mark.parametrize("probe", PROBES)
def test_git_runs_nothing_that_a_repository_names(probe: str, tmp_path: Path, pluginkit) -> None:
    root = committed(write(tmp_path / "repository", {"api/__init__.py": "def f(): ...\n"}))
    script = tmp_path / "probe"
    script.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    script.chmod(0o755)
    PROBES[probe](root, str(script))
    ran = pluginkit("diff", "git:HEAD:api", "git:HEAD:api", cwd=root)
    assert (ran.status, ran.out.splitlines()[-1]) == (0, "api: no difference"), ran.err
    assert not (tmp_path / "ran").exists()


def test_a_partial_clone_fetches_nothing(tmp_path: Path, pluginkit) -> None:
    root = committed(write(tmp_path / "repository", {"api/__init__.py": "def f(): ...\n"}))
    script = tmp_path / "probe"
    script.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    script.chmod(0o755)
    for name, value in (
        ("core.repositoryFormatVersion", "1"),
        ("extensions.partialClone", "origin"),
        ("remote.origin.url", f"ext::{script}"),
        ("remote.origin.promisor", "true"),
        ("remote.origin.partialclonefilter", "blob:none"),
        ("protocol.ext.allow", "always"),
    ):
        git(root, "config", name, value)
    blob = subprocess.run(
        ["git", "rev-parse", "HEAD:api/__init__.py"], cwd=root, capture_output=True, text=True, check=True
    ).stdout.strip()
    (root / ".git/objects" / blob[:2] / blob[2:]).unlink()
    ran = pluginkit("diff", "git:HEAD:api", "git:HEAD:api", cwd=root)
    assert ran.status == 2
    assert f"git has no object {blob}" in ran.err
    assert not (tmp_path / "ran").exists()


def test_links_and_submodules_of_a_revision_are_left_out(tmp_path: Path, pluginkit) -> None:
    root = write(tmp_path / "repository", {"api/__init__.py": "def f(): ...\n"})
    (root / "api/secret.py").symlink_to(write(tmp_path, {"secret.py": "def secret(): ...\n"}) / "secret.py")
    (root / "api/up").symlink_to("../..")
    committed(root)
    ran = pluginkit("diff", "git:HEAD:api", "git:HEAD:api", "--output-format", "json", cwd=root)
    assert ran.status == 0
    assert "secret" not in ran.out


def test_attributes_change_no_file_of_a_revision(tmp_path: Path, pluginkit) -> None:
    files = {"api/__init__.py": "COMMIT = '$Format:%H$'\nID = '$Id$'\n", "api/more.py": ""}
    root = committed(write(tmp_path / "repository", files))
    attributes = "*.py export-subst ident eol=crlf working-tree-encoding=UTF-16\nmore.py export-ignore\n"
    write(root, {".gitattributes": attributes, ".git/info/attributes": attributes})
    ran = pluginkit("diff", "git:HEAD:api", "api", cwd=root)
    assert (ran.status, ran.out.splitlines()[-1]) == (0, "api: no difference"), ran.err


def test_variables_of_git_do_not_lead_elsewhere(tmp_path: Path, pluginkit, monkeypatch: pytest.MonkeyPatch) -> None:
    root = committed(write(tmp_path / "repository", {"api/__init__.py": "def f(): ...\n"}))
    other = committed(write(tmp_path / "other", {"elsewhere/__init__.py": ""}))
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    assert pluginkit("diff", "git:HEAD:api", "git:HEAD:api", cwd=root).status == 0


def test_no_build_backend_runs(tmp_path: Path, pluginkit) -> None:
    """Not of projects, not of a workspace's members, and not of an sdist that an index has."""
    evil = f"open({str(tmp_path / 'ran')!r}, 'w')\n"
    files = {
        "api/setup.py": evil,
        "api/acme_api/__init__.py": f"def f(): ...\n{evil}",
        "api/acme_api/conftest.py": evil,
        "api/pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "evil"\nbackend-path = ["."]\n\n'
        '[project]\nname = "acme-api"\ndynamic = ["version"]\n',
        "api/evil.py": evil,
    }
    old, new = (write(monorepo(tmp_path / name), files) for name in ("old", "new"))
    for one, other in ((old, new), (old / "api", new / "api"), (old / "api/acme_api", new / "api/acme_api")):
        ran = pluginkit("diff", one, other, "--plugins", new / "plugins", new / "api")
        assert (ran.status, "no difference" in ran.out) == (0, True), ran.err
    assert not (tmp_path / "ran").exists()


def test_an_sdist_is_not_built(tmp_path: Path, pluginkit, monkeypatch: pytest.MonkeyPatch) -> None:
    import tarfile

    tree = write(
        tmp_path / "acme_api-1.0.0",
        {**project("acme-api", "", backend="setuptools"), "setup.py": f"open({str(tmp_path / 'ran')!r}, 'w')\n"},
    )
    write(tree, {"PKG-INFO": "Metadata-Version: 2.1\nName: acme-api\nVersion: 1.0.0\n"})
    (tmp_path / "index").mkdir()
    with tarfile.open(tmp_path / "index/acme_api-1.0.0.tar.gz", "w:gz") as archive:
        archive.add(tree, tree.name)
    monkeypatch.setenv("UV_FIND_LINKS", str(tmp_path / "index"))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    write(tmp_path, {"new/acme_api/__init__.py": ""})
    ran = pluginkit("diff", "acme-api==1.0.0", tmp_path / "new")
    assert ran.status == 2
    assert "no wheel of acme-api 1.0.0 can be had" in ran.err
    assert not (tmp_path / "ran").exists()

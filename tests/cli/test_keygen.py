"""`pluginkit keygen`: two files, and lines that a trust takes as they are."""

import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from processes import Ran

from pluginkit.cli import keygen as command
from pluginkit.core.config import read_trusted
from pluginkit.core.key_mark import PASSWORD
from pluginkit.core.private_key import find_key
from pluginkit.core.toml import parse_toml
from pluginkit.core.trust import read_trust

Pluginkit = Callable[..., Ran]


def test_what_it_prints_is_a_trust_in_its_key(pluginkit: Pluginkit, tmp_path: Path) -> None:
    ran = pluginkit("keygen", "ci")
    assert (ran.status, ran.err) == (0, "")
    key = find_key(tmp_path / "ci.pem", {})
    assert key
    alone, configured = ran.out.split("\n[")[1:]
    trusts = (
        read_trust(parse_toml(f"[{alone}".partition("or in")[0].encode(), "t")),
        read_trusted(parse_toml(f"[{configured}".encode(), "c")),
    )
    assert [one.keys[0].public for one in trusts if one] == [key.public, key.public]
    assert stat.S_IMODE((tmp_path / "ci.pem").stat().st_mode) == 0o600
    assert (tmp_path / "ci.pub.pem").is_file()


@pytest.mark.parametrize("existing", ["release.pem", "release.pub.pem"])
def test_no_key_is_overwritten(pluginkit: Pluginkit, tmp_path: Path, existing: str) -> None:
    (tmp_path / existing).write_text("mine")
    ran = pluginkit("keygen")
    assert ran.status == 2
    assert f"{existing} exists" in ran.err
    assert [path.name for path in tmp_path.iterdir()] == [existing]
    assert (tmp_path / existing).read_text() == "mine"


def test_a_name_that_no_trust_can_have_is_refused(pluginkit: Pluginkit, tmp_path: Path) -> None:
    assert pluginkit("keygen", "a.b").status == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("ignored", "warned"), [("*.pem\n", False), ("", True)])
def test_a_key_that_git_would_commit_is_warned_of(
    pluginkit: Pluginkit, tmp_path: Path, ignored: str, warned: bool
) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / ".gitignore").write_text(ignored)
    (tmp_path / "secret").mkdir()
    ran = pluginkit("keygen", "--out", "secret/ci.pem")
    assert ("git would commit secret/ci.pem" in ran.err) is warned
    assert (tmp_path / "secret/ci.pub.pem").is_file()


def test_a_password_encrypts_it(pluginkit: Pluginkit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSWORD, "pass")
    assert pluginkit("keygen").status == 0
    assert b"ENCRYPTED" in (tmp_path / "release.pem").read_bytes()
    assert find_key(tmp_path / "release.pem", {PASSWORD: "pass"})


@pytest.mark.parametrize(("typed", "status"), [(["a", "a"], 0), (["a", "b"], 2), ([""], 0)])
def test_it_is_asked_for_at_a_terminal(
    pluginkit: Pluginkit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: list[str], status: int
) -> None:
    answers = iter(typed)
    monkeypatch.setattr(command, "getpass", lambda prompt: next(answers))
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    assert pluginkit("keygen").status == status
    if status == 0:
        assert (b"ENCRYPTED" in (tmp_path / "release.pem").read_bytes()) == bool(typed[0])

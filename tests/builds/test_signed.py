"""`build --sign-with`: each stamp and the release are signed, to equal bytes; without a key nothing is."""

import hashlib
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from gorepo import go_monorepo
from monorepo import PLUGIN, edit, monorepo, settle
from processes import Ran, run
from signers import Signer, artifacts, who_signed

from pluginkit.core.key_mark import KEY
from pluginkit.core.release import read_release

Pluginkit = Callable[..., Ran]
NOTHING = "nothing changed"


def of_two(root: Path) -> None:
    monorepo(root, plugins={"filter": PLUGIN, "other": PLUGIN})


@pytest.fixture
def built(tmp_path, pluginkit, copied) -> Path:
    """Return a workspace that was built without a key."""
    root = tmp_path / "acme"
    root.mkdir()
    copied(of_two, root)
    settle()
    return root


@pytest.fixture
def signer(tmp_path) -> Signer:
    return Signer(tmp_path, 1)


def _bytes(release: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(release.rglob("*")) if path.is_file()}


def _signers(release: Path) -> set[str]:
    """Return who signed each stamp and the release."""
    found = [who_signed(path) for path in (*artifacts(release), release / "release.json")]
    assert all(one == found[0] for one in found)
    return found[0]


def test_a_release_is_signed_with_the_key_and_without_it_is_what_it_was(built, pluginkit, signer) -> None:
    plain = _bytes(built / "dist")
    ran = pluginkit("build", "--sign-with", signer.path, cwd=built)
    assert ran.status == 0, ran.err
    signed = _bytes(built / "dist")
    assert _signers(built / "dist") == {signer.keyid}
    for artifact in read_release(built / "dist").artifacts:
        data = signed[artifact.file]
        assert (artifact.sha256, artifact.size) == (hashlib.sha256(data).hexdigest(), len(data))
    wheels = [
        one
        for package in tomllib.loads(signed["pylock.release.toml"].decode())["packages"]
        for one in package["wheels"]
    ]
    assert {one["path"]: one["hashes"]["sha256"] for one in wheels} == {
        name: hashlib.sha256(data).hexdigest() for name, data in signed.items() if name.endswith(".whl")
    }
    assert pluginkit("build", cwd=built).status == 0
    assert _bytes(built / "dist") == plain
    assert _signers(built / "dist") == set()


def test_with_the_same_key_there_is_nothing_to_do(built, pluginkit, signer, tmp_path) -> None:
    first = pluginkit("build", "--sign-with", signer.path, cwd=built)
    assert "0 artifacts built, 4 carried over" in first.out
    place = os.path.realpath(built / "dist")
    settle()
    assert NOTHING in pluginkit("build", "--sign-with", signer.path, cwd=built).out
    command = ["build", "--sign-with", str(signer.path)]
    code = f"import sys; from pluginkit.cli import main; main({command}); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=built, capture_output=True, text=True, check=True)
    said, modules = done.stdout.splitlines()
    assert said.startswith(f"dist: {NOTHING}, 4 artifacts")
    assert not {"argparse", "cryptography", "json", "pathlib", "tomllib"} & set(modules.split())
    (built / ".pluginkit/index").unlink()
    assert NOTHING in pluginkit("build", "--sign-with", signer.path, cwd=built).out
    assert os.path.realpath(built / "dist") == place


def test_the_environment_gives_the_key_too(built, pluginkit, signer, monkeypatch) -> None:
    monkeypatch.setenv(KEY, signer.pem)
    assert pluginkit("build", cwd=built).status == 0
    assert _signers(built / "dist") == {signer.keyid}
    settle()
    assert NOTHING in pluginkit("build", cwd=built).out
    monkeypatch.delenv(KEY)
    assert NOTHING not in pluginkit("build", cwd=built).out
    assert _signers(built / "dist") == set()


@pytest.mark.slow
def test_another_key_signs_anew(built, pluginkit, signer, tmp_path) -> None:
    other = Signer(tmp_path, 2, "other")
    pluginkit("build", "--sign-with", signer.path, cwd=built)
    settle()
    assert pluginkit("build", "--sign-with", other.path, cwd=built).status == 0
    assert _signers(built / "dist") == {other.keyid}


def test_what_changed_is_built_and_signed_and_the_rest_stays(built, pluginkit, signer) -> None:
    pluginkit("build", "--sign-with", signer.path, cwd=built)
    before = {path.name: path.stat().st_ino for path in artifacts(built / "dist")}
    settle()
    edit(built / "plugins/filter/acme_filter/__init__.py", "request.body", "request.body * 2")
    ran = pluginkit("build", "--sign-with", signer.path, cwd=built)
    assert "1 artifact built, 3 carried over" in ran.out
    assert _signers(built / "dist") == {signer.keyid}
    after = {path.name: path.stat().st_ino for path in artifacts(built / "dist")}
    assert [name for name in after if after[name] != before[name]] == ["acme_filter-1.0.0-py3-none-any.whl"]


@pytest.mark.slow
def test_two_checkouts_give_equal_bytes(tmp_path, pluginkit, signer, monkeypatch) -> None:
    releases = []
    for name in ("one", "another"):
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / f"cache-{name}"))
        root = monorepo(tmp_path / name)
        assert pluginkit("build", "--sign-with", signer.path, cwd=root).status == 0
        releases.append(_bytes(root / "dist"))
    assert releases[0] == releases[1]
    assert "release.sig.json" in releases[0]


@pytest.mark.slow
def test_what_the_cache_has_is_signed_with_the_key_at_hand(built, pluginkit, signer) -> None:
    pluginkit("build", "--sign-with", signer.path, cwd=built)
    signed = _bytes(built / "dist")
    for path in (built / "dist", built / ".pluginkit/index"):
        path.unlink()
    for path in sorted((built / ".pluginkit/releases").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    ran = pluginkit("build", "--sign-with", signer.path, cwd=built)
    assert "0 artifacts built, 4 from the cache" in ran.out
    assert _bytes(built / "dist") == signed


@pytest.mark.slow
@pytest.mark.parametrize("damage", [b"{}", b"", None], ids=["other bytes", "nothing", "missing"])
def test_a_release_whose_signature_is_damaged_is_made_anew(built, pluginkit, signer, damage) -> None:
    pluginkit("build", "--sign-with", signer.path, cwd=built)
    beside = built / "dist/release.sig.json"
    signed = beside.read_bytes()
    settle()
    beside.unlink()
    if damage is not None:
        beside.write_bytes(damage)
    assert pluginkit("build", "--sign-with", signer.path, cwd=built).status == 0
    assert beside.read_bytes() == signed


def test_what_is_no_artifact_in_a_release_is_not_signed_but_made_anew(built, pluginkit, signer) -> None:
    wheel, statement = built / "dist/acme_filter-1.0.0-py3-none-any.whl", built / "dist/release.json"
    old, data = hashlib.sha256(wheel.read_bytes()).hexdigest(), bytes(wheel.stat().st_size)
    wheel.write_bytes(data)
    edit(statement, old, hashlib.sha256(data).hexdigest())
    (built / ".pluginkit/index").unlink()
    assert pluginkit("build", cwd=built).status == 0  # which goes by release.json
    assert pluginkit("build", "--sign-with", signer.path, cwd=built).status == 0
    assert _signers(built / "dist") == {signer.keyid}
    assert pluginkit("verify", cwd=built).status == 0


def test_a_key_that_cannot_be_read_builds_nothing(built, pluginkit, tmp_path) -> None:
    before = os.path.realpath(built / "dist")
    (tmp_path / "no.pem").write_text("no key")
    for place, message in ((tmp_path / "no.pem", "expected an Ed25519 private key"), (tmp_path / "x.pem", "No such")):
        ran = pluginkit("build", "--sign-with", place, cwd=built)
        assert (ran.status, message in ran.err) == (2, True), ran.err
    assert os.path.realpath(built / "dist") == before


def test_a_key_that_others_can_read_is_warned_of(built, pluginkit, signer) -> None:
    signer.path.chmod(0o644)
    assert "others can read the private key" in pluginkit("build", "--sign-with", signer.path, cwd=built).err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ((), ""),
        (('may-sign = ["acme-*", "release.json"]',), ""),
        (('may-sign = ["acme-*"]',), "who signed it may not sign 'release.json'"),
        (('may-sign = ["acme-a*", "acme-f*", "acme-h*", "release.json"]',), "who signed it may not sign 'acme-other'"),
        (("until = 2020-01-01",), "the key that signed it no longer counts"),
    ],
)
def test_a_key_that_the_hosts_would_refuse_signs_nothing(tmp_path, pluginkit, signer, lines, message) -> None:
    root = tmp_path / "acme"
    root.mkdir()
    of_two(root)
    with (root / "pluginkit.toml").open("a") as file:
        file.write(signer.trusted(*lines))
    ran = pluginkit("build", "--sign-with", signer.path, cwd=root)
    if not message:
        assert (ran.status, ran.err) == (0, ""), ran.err
        assert _signers(root / "dist") == {signer.keyid}
        return
    assert (ran.status, message in ran.err, "PK603" in ran.err) == (2, True, True), ran.err
    assert not (root / "dist").exists()


def test_a_release_that_its_hosts_would_find_too_old_is_not_built(tmp_path, pluginkit, signer) -> None:
    root = tmp_path / "acme"
    root.mkdir()
    monorepo(root, more="release = 3")
    with (root / "pluginkit.toml").open("a") as file:
        file.write(f"[trust]\nminimum-release = 4\n{signer.trusted()}")
    ran = pluginkit("build", "--sign-with", signer.path, cwd=root)
    assert (ran.status, "before the first that is accepted" in ran.err) == (2, True), ran.err
    assert not (root / "dist").exists()


def test_a_key_that_nobody_trusts_says_how_it_would_be(tmp_path, pluginkit, signer) -> None:
    root = tmp_path / "acme"
    root.mkdir()
    monorepo(root, more="")
    with (root / "pluginkit.toml").open("a") as file:
        file.write(Signer(tmp_path, 2, "other").trusted())
    ran = pluginkit("build", "--sign-with", signer.path, cwd=root)
    assert (ran.status, "not among the keys of [trust]" in ran.err) == (2, True), ran.err
    assert not (root / "dist").exists()


def test_without_a_key_hosts_that_ask_for_signatures_are_built_and_warned_of(tmp_path, pluginkit, signer) -> None:
    root = tmp_path / "acme"
    root.mkdir()
    monorepo(root)
    with (root / "pluginkit.toml").open("a") as file:
        file.write(signer.trusted())
    ran = pluginkit("build", cwd=root)
    assert ran.status == 0
    assert "warning: nobody signed this release, and its hosts refuse what is not signed" in ran.err
    assert "hint: give the key to sign with: `pluginkit build --sign-with KEY`" in ran.err
    assert _signers(root / "dist") == set()


@pytest.mark.slow
def test_a_threshold_that_one_key_does_not_reach_is_for_the_others(tmp_path, pluginkit, signer) -> None:
    root = tmp_path / "acme"
    root.mkdir()
    monorepo(root)
    with (root / "pluginkit.toml").open("a") as file:
        file.write(signer.trusted() + Signer(tmp_path, 2, "other").trusted() + "[trust.threshold]\nacme-filter = 2\n")
    ran = pluginkit("build", "--sign-with", signer.path, cwd=root)
    assert ran.status == 0
    assert "more keys have to sign before the hosts of this release accept it: acme-filter (2)" in ran.err


def test_what_is_signed_is_accepted_and_what_is_not_is_refused(tmp_path, pluginkit, signer) -> None:
    root = tmp_path / "acme"
    root.mkdir()
    monorepo(root)
    with (root / "pluginkit.toml").open("a") as file:
        file.write(signer.trusted())
    assert pluginkit("build", cwd=root).status == 0
    ran = pluginkit("verify", cwd=root)
    assert (ran.status, "PK601" in ran.out) == (1, True), ran.out
    assert pluginkit("build", "--sign-with", signer.path, cwd=root).status == 0
    ran = pluginkit("verify", cwd=root)
    assert (ran.status, "PK6" in ran.out) == (0, False), ran.out


@pytest.mark.slow
def test_go_is_signed_to_equal_bytes_and_still_loads(tmp_path, pluginkit, signer) -> None:
    releases = []
    for name in ("one", "another"):
        root = go_monorepo(tmp_path / name, more=f"\n{signer.trusted()}")
        ran = pluginkit("build", "--sign-with", signer.path, cwd=root)
        assert (ran.status, ran.err) == (0, ""), ran.err
        assert _signers(root / "dist") == {signer.keyid}
        releases.append(_bytes(root / "dist"))
    assert releases[0] == releases[1]
    assert run(root / "dist/bin/host", root / "dist/plugins/filter.so") == "filter v1.0.0 [filter]\n"
    ran = pluginkit("verify", cwd=root)
    assert (ran.status, "PK6" in ran.out) == (0, False), ran.out
    settle()
    assert NOTHING in pluginkit("build", "--sign-with", signer.path, cwd=root).out
    assert "0 artifacts built, 2 carried over" in pluginkit("build", cwd=root).out
    assert _signers(root / "dist") == set()
    ran = pluginkit("verify", cwd=root)
    assert (ran.status, "PK601" in ran.out) == (1, True), ran.out

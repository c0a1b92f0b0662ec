"""`pluginkit sign`: one more signature on an artifact, or on a release; on what is damaged, none."""

import hashlib
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from monorepo import monorepo, settle
from processes import Ran
from signers import Signer, artifacts, who_signed

from pluginkit.core.key_mark import KEY
from pluginkit.core.release import read_release

Pluginkit = Callable[..., Ran]
WHEEL = "acme_filter-1.0.0-py3-none-any.whl"


@pytest.fixture
def built(tmp_path, pluginkit, copied) -> Path:
    """Return a workspace that was built without a key."""
    root = tmp_path / "acme"
    root.mkdir()
    copied(monorepo, root)
    return root


@pytest.fixture
def keys(tmp_path) -> tuple[Signer, Signer]:
    return Signer(tmp_path, 1), Signer(tmp_path, 2, "second")


def _bytes(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(directory.rglob("*")) if path.is_file()}


def test_an_artifact_that_anyone_built_is_signed_in_place(built, pluginkit, keys, tmp_path) -> None:
    wheel = Path(shutil.copy(built / "dist" / WHEEL, tmp_path))
    wheel.chmod(0o640)
    for number, key in enumerate(keys, 1):
        ran = pluginkit("sign", wheel, "--key", key.path)
        assert ran.out.startswith(f"signed {WHEEL} with the key {key.keyid[:12]}"), ran.err
        assert len(who_signed(wheel)) == number
    assert who_signed(wheel) == {key.keyid for key in keys}
    assert wheel.stat().st_mode & 0o777 == 0o640
    signed = wheel.read_bytes()
    assert pluginkit("sign", wheel, "--key", keys[0].path).out.startswith("signed before, and unchanged")
    assert wheel.read_bytes() == signed
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


def test_a_release_is_countersigned_in_place_and_a_build_leaves_that(built, pluginkit, keys) -> None:
    pluginkit("build", "--sign-with", keys[0].path, cwd=built)
    before = _bytes(built / "dist")
    settle()
    ran = pluginkit("sign", built, "--key", keys[1].path)
    assert "release.sig.json with the key" in ran.out, ran.err
    assert who_signed(built / "dist/release.json") == {key.keyid for key in keys}
    after = _bytes(built / "dist")
    assert {name for name in before if before[name] != after[name]} == {"release.sig.json"}
    settle()
    for _ in range(2):
        assert "nothing changed" in pluginkit("build", "--sign-with", keys[0].path, cwd=built).out
    assert _bytes(built / "dist") == after


def test_a_sigstore_bundle_beside_a_release_stays_with_it_alone(built, pluginkit, keys, tmp_path) -> None:
    bundle = built / "dist/release.sigstore.json"
    bundle.write_text("{}")
    settle()
    assert "nothing changed" in pluginkit("build", cwd=built).out
    assert pluginkit("sign", built, "--key", keys[0].path).status == 0
    ran = pluginkit("sign", built, "--key", keys[0].path, "--out", tmp_path / "out")
    assert ran.status == 0, ran.err
    assert bundle.exists()
    assert not (tmp_path / "out" / bundle.name).exists()


def test_a_signature_on_each_stamp_makes_another_release(built, pluginkit, keys, tmp_path) -> None:
    pluginkit("build", "--sign-with", keys[0].path, cwd=built)
    before = _bytes(built / "dist")
    ran = pluginkit("sign", "dist", "--key", keys[1].path, "--out", tmp_path / "new", cwd=built)
    assert (ran.status, ran.err) == (0, "")
    assert _bytes(built / "dist") == before
    found = read_release(tmp_path / "new")
    assert [who_signed(path) for path in artifacts(tmp_path / "new")] == [{key.keyid for key in keys}] * 3
    assert who_signed(tmp_path / "new/release.json") == {keys[1].keyid}
    assert all(
        one.sha256 == hashlib.sha256((tmp_path / "new" / one.file).read_bytes()).hexdigest() for one in found.artifacts
    )
    packages = tomllib.loads((tmp_path / "new/pylock.release.toml").read_text())["packages"]
    named = {one["path"]: one["hashes"]["sha256"] for package in packages for one in package["wheels"]}
    assert named == {one.file: one.sha256 for one in found.artifacts}
    assert pluginkit("verify", tmp_path / "new").status == 0
    assert pluginkit("sign", "dist", "--key", keys[1].path, "--out", tmp_path / "new", cwd=built).status == 2
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


def test_an_artifact_of_a_release_is_not_signed_alone(built, pluginkit, keys) -> None:
    before = _bytes(built / "dist")
    ran = pluginkit("sign", built / "dist" / WHEEL, "--key", keys[0].path)
    assert (ran.status, "belongs to the release in" in ran.err) == (2, True), ran.err
    assert _bytes(built / "dist") == before


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-30])


def _edited(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data.replace(b"acme_filter/__init__.py", b"acme_filter/__InIt__.py"))


def _text(path: Path) -> None:
    path.write_text("not even an archive")


@pytest.mark.parametrize("damage", [_cut, _edited, _text, Path.unlink])
def test_what_is_damaged_is_not_signed(built, pluginkit, keys, tmp_path, damage) -> None:
    wheel = Path(shutil.copy(built / "dist" / WHEEL, tmp_path))
    damage(wheel)
    before = wheel.read_bytes() if wheel.exists() else None
    ran = pluginkit("sign", wheel, "--key", keys[0].path)
    assert ran.status == 2
    assert "Traceback" not in ran.err
    assert (wheel.read_bytes() if wheel.exists() else None) == before


def test_what_has_no_stamp_is_not_signed(built, pluginkit, keys, tmp_path) -> None:
    import zipfile

    wheel = tmp_path / WHEEL
    with zipfile.ZipFile(built / "dist" / WHEEL) as source, zipfile.ZipFile(wheel, "w") as target:
        for entry in source.infolist():
            if not entry.filename.endswith("pluginkit.json"):
                target.writestr(entry, source.read(entry))
    ran = pluginkit("sign", wheel, "--key", keys[0].path)
    assert (ran.status, "is not signed: PK" in ran.err) == (2, True), ran.err


def test_a_release_that_is_not_whole_is_not_signed(built, pluginkit, keys, tmp_path) -> None:
    place = shutil.copytree(built / "dist", tmp_path / "copy")
    (place / "more.whl").write_bytes(b"more")
    ran = pluginkit("sign", place, "--key", keys[0].path)
    assert (ran.status, "does not name: more.whl" in ran.err) == (2, True), ran.err
    (place / "more.whl").unlink()
    _cut(place / WHEEL)
    for more in ([], ["--out", tmp_path / "new"]):
        ran = pluginkit("sign", place, "--key", keys[0].path, *more)
        assert (ran.status, "is not the file that release.json names" in ran.err) == (2, True), ran.err
    assert not (place / "release.sig.json").exists()
    assert not (tmp_path / "new").exists()


def test_an_envelope_of_something_else_stays_as_it_is(built, pluginkit, keys, tmp_path) -> None:
    places = []
    for name, change in (("one", ""), ("another", "release = 2\n")):
        if change:
            with (built / "pluginkit.toml").open("r+") as file:
                text = file.read()
                file.seek(0)
                file.write(change + text)
            assert pluginkit("build", cwd=built).status == 0
        places.append(shutil.copytree(built / "dist", tmp_path / name))
        assert pluginkit("sign", places[-1], "--key", keys[0].path).status == 0
    shutil.copy(places[0] / "release.sig.json", places[1])
    before = _bytes(places[1])
    ran = pluginkit("sign", places[1], "--key", keys[1].path)
    assert (ran.status, "what was signed before is something else" in ran.err) == (2, True), ran.err
    (places[0] / "release.sig.json").write_text("{}")
    ran = pluginkit("sign", places[0], "--key", keys[1].path)
    assert (ran.status, "the envelope there cannot be read" in ran.err) == (2, True), ran.err
    assert _bytes(places[1]) == before


def test_more_signatures_than_are_read_are_not_made(built, pluginkit, tmp_path) -> None:
    wheel = Path(shutil.copy(built / "dist" / WHEEL, tmp_path))
    for number in range(100, 116):
        assert pluginkit("sign", wheel, "--key", Signer(tmp_path, number, f"k{number}").path).status == 0
    signed = wheel.read_bytes()
    ran = pluginkit("sign", wheel, "--key", Signer(tmp_path, 116, "more").path)
    assert (ran.status, "it has 16 signatures" in ran.err) == (2, True), ran.err
    assert wheel.read_bytes() == signed


def test_a_key_is_needed(built, pluginkit, keys, tmp_path, monkeypatch) -> None:
    wheel = Path(shutil.copy(built / "dist" / WHEEL, tmp_path))
    assert "no key to sign with" in pluginkit("sign", wheel).err
    monkeypatch.setenv(KEY, keys[0].pem)
    assert pluginkit("sign", wheel).status == 0
    assert pluginkit("sign", wheel, "--out", tmp_path / "x").status == 2

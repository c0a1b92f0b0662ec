"""Shared caches under a trust: only what a trusted key signed counts, and nothing unsigned is shared."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from monorepo import monorepo, settle
from poison import kept_in, poison, poisoned
from processes import Ran
from signers import Signer, artifacts, who_signed
from wheels import record, wheel

from pluginkit.backends.python.wheel.stamper import stamp_wheel
from pluginkit.backends.signatures import signatures_of
from pluginkit.core.dsse import STAMP, Signature
from pluginkit.core.signatures import sign
from pluginkit.core.stamp import parse_stamp
from pluginkit.store.blobs import Blobs
from pluginkit.store.cache import encoded
from pluginkit.store.remote import open_remote
from pluginkit.store.signed_record import signed_key

pytestmark = pytest.mark.slow
Pluginkit = Callable[..., Ran]
WHEEL = "acme_filter-1.0.0-py3-none-any.whl"


@pytest.fixture
def signer(tmp_path) -> Signer:
    return Signer(tmp_path, 1)


def trusting(root: Path, signer: Signer) -> Path:
    """Write a monorepo whose hosts trust a key."""
    monorepo(root)
    with (root / "pluginkit.toml").open("a") as file:
        file.write(signer.trusted())
    return root


class Machines:
    """Machines that share a cache: each has a checkout and a cache of its own."""

    def __init__(self, tmp_path: Path, pluginkit: Pluginkit, monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
        self._tmp_path, self._pluginkit, self._monkeypatch, self._cache = tmp_path, pluginkit, monkeypatch, cache
        self.shared, self.url = tmp_path / "shared", f"file://{tmp_path}/shared"

    def build(self, name: str, source: Path, *options: object) -> tuple[Ran, Path]:
        """Build a copy of the workspace `source` on the machine of that name."""
        root, cache = self._tmp_path / name, self._tmp_path / f"cache-{name}"
        if not root.exists():
            shutil.copytree(source, root, ignore=shutil.ignore_patterns(".pluginkit", "dist"))
            shutil.copytree(self._cache, cache, symlinks=True, ignore=shutil.ignore_patterns("artifacts"))
            settle()
        self._monkeypatch.setenv("PLUGINKIT_CACHE_DIR", str(cache))
        return self._pluginkit("build", "--remote-cache", self.url, *options, cwd=root), root


@pytest.fixture
def machines(tmp_path, pluginkit, monkeypatch, own_artifacts) -> Machines:
    return Machines(tmp_path, pluginkit, monkeypatch, own_artifacts)


def _bytes(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((root / "dist").rglob("*")) if path.is_file()}


def test_what_a_machine_with_the_key_built_is_for_all_others(tmp_path, machines, signer) -> None:
    source = trusting(tmp_path / "source", signer)
    ran, ci = machines.build("ci", source, "--sign-with", signer.path)
    assert "3 artifacts built, lock" in ran.out, ran.err
    ran, fork = machines.build("fork", ci)
    assert "0 artifacts built, 3 from the cache" in ran.out, ran.err
    assert [who_signed(path) for path in artifacts(fork / "dist")] == [set()] * 3
    ran, again = machines.build("again", ci, "--sign-with", signer.path)
    assert "0 artifacts built, 3 from the cache" in ran.out, ran.err
    assert _bytes(again) == _bytes(ci)


def test_what_a_machine_without_the_key_built_stays_there(tmp_path, machines, signer) -> None:
    source = trusting(tmp_path / "source", signer)
    ran, fork = machines.build("fork", source)
    assert "3 artifacts built, lock" in ran.out, ran.err
    assert [path for path in machines.shared.rglob("*") if path.is_file()] == []
    shutil.rmtree(fork / ".pluginkit")
    (fork / "dist").unlink()
    assert "0 artifacts built, 3 from the cache" in machines.build("fork", source)[0].out
    assert "3 artifacts built, lock" in machines.build("other", fork)[0].out


def test_another_key_is_not_one_that_is_trusted(tmp_path, machines, signer) -> None:
    other = Signer(tmp_path, 2, "other")
    source = trusting(tmp_path / "source", signer)
    ran, root = machines.build("ci", source, "--sign-with", signer.path)
    changed = shutil.copytree(root, tmp_path / "changed", ignore=shutil.ignore_patterns(".pluginkit", "dist"))
    text = (changed / "pluginkit.toml").read_text()
    (changed / "pluginkit.toml").write_text(text.partition("[trust")[0] + other.trusted())
    ran, _ = machines.build("fork", changed)
    assert "3 artifacts built, lock" in ran.out, ran.err


def _with_its_stamp(path: Path) -> bytes:
    """Return a wheel with more code in it, and the stamp that it had."""
    honest = next(data for name, data in _files(path).items() if name.endswith("pluginkit.json"))
    bare = wheel(record({name: data for name, data in _files_of(poisoned(path)).items() if not name.endswith(".json")}))
    return stamp_wheel(bare, path.name, lambda facts: parse_stamp(honest))


def _files(path: Path) -> dict[str, bytes]:
    return _files_of(path.read_bytes())


def _files_of(data: bytes) -> dict[str, bytes]:
    with ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


UNSIGNED = "what the shared cache has as acme-filter is not signed by a key that is trusted: built here"
DAMAGED = "the cache has damaged artifacts, or those of other inputs, as acme-filter: built here"
FORGERIES = {
    "another key": (poisoned, 2, "its own", UNSIGNED),
    "of the honest stamp": (poisoned, 1, "honest", UNSIGNED),
    "another key's name": (_with_its_stamp, 2, "honest", UNSIGNED),
    "honest stamp, other code": (_with_its_stamp, 1, "honest", DAMAGED),
}


@pytest.mark.parametrize(("make", "number", "signed", "warning"), FORGERIES.values(), ids=FORGERIES)
def test_what_is_not_signed_rightly_is_built_here_with_one_warning(
    tmp_path, machines, signer, make, number, signed, warning
) -> None:
    _, honest = machines.build("honest", trusting(tmp_path / "source", signer))  # which shares nothing
    good = honest / "dist" / WHEEL
    kept, data = kept_in(Blobs(tmp_path / "cache-honest/artifacts"), "acme-filter"), make(good)
    (tmp_path / "evil.whl").write_bytes(data)
    stamp, _ = signatures_of(good).envelope(good if signed == "honest" else tmp_path / "evil.whl")
    value = sign(stamp, STAMP, Signer(tmp_path, number, "forger").private).signatures[0].value
    artifact = replace(kept.artifact, sha256=sha256(data).hexdigest(), size=len(data))
    forged = replace(kept, artifact=artifact, signature=Signature(signer.keyid, value))
    remote = open_remote(machines.url)
    remote.put(artifact.sha256, tmp_path / "evil.whl")
    remote.write(signed_key(artifact.key, artifact.inputs, signer.keyid), encoded(forged))
    ran, victim = machines.build("victim", honest)
    assert "3 artifacts built, lock" in ran.out, ran.err
    assert ran.err.count(warning) == 1
    assert _bytes(victim) == _bytes(honest)
    shutil.rmtree(victim / ".pluginkit")
    (victim / "dist").unlink()
    ran, _ = machines.build("victim", honest)
    assert "0 artifacts built, 3 from the cache" in ran.out, ran.err
    assert warning not in ran.err


def test_what_came_from_a_cache_before_there_was_a_trust_is_not_signed(
    tmp_path, pluginkit, machines, signer, own_artifacts
) -> None:
    plain = monorepo(tmp_path / "plain")
    ran, honest = machines.build("honest", plain)
    cache = tmp_path / "cache-honest"
    shutil.rmtree(machines.shared)
    kept = kept_in(Blobs(cache / "artifacts"), "acme-filter")
    poison(open_remote(machines.url), kept, poisoned(honest / "dist" / WHEEL), tmp_path / "evil")
    ran, victim = machines.build("victim", honest)
    assert "2 artifacts built, 1 from the cache" in ran.out, ran.err
    assert _bytes(victim)[WHEEL] != _bytes(honest)[WHEEL]
    settle()
    ran, _ = machines.build("victim", honest, "--sign-with", signer.path)
    assert "1 artifact built, 2 carried over" in ran.out, ran.err
    ran, _ = machines.build("honest", honest, "--sign-with", signer.path)
    assert "0 artifacts built, 3 carried over" in ran.out, ran.err
    assert _bytes(victim) == _bytes(honest)


def test_a_key_without_a_trust_shares_for_both_who_ask_and_who_do_not(tmp_path, machines, signer) -> None:
    plain = monorepo(tmp_path / "plain")
    _ran, ci = machines.build("ci", plain, "--sign-with", signer.path)
    assert "0 artifacts built, 3 from the cache" in machines.build("other", ci)[0].out
    assert "0 artifacts built, 3 from the cache" in machines.build("own", ci, "--sign-with", signer.path)[0].out
    other = Signer(tmp_path, 2, "other")
    assert "3 artifacts built, lock" in machines.build("else", ci, "--sign-with", other.path)[0].out


def test_members_built_into_the_caches_are_signed_there(tmp_path, machines, signer) -> None:
    source = trusting(tmp_path / "source", signer)
    _, first = machines.build("first", source)
    ran, _ = machines.build("shard", first, "--cache-only")
    assert "warning: nothing is shared: the configuration has [trust]" in ran.err
    ran, _ = machines.build("keyed", first, "--cache-only", "--sign-with", signer.path)
    assert (ran.status, ran.err) == (0, "")
    assert "0 artifacts built, 3 from the cache" in machines.build("release", first)[0].out

"""`pluginkit verify --trust` end to end: files, directories, releases, environments and several hosts."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import throwaway_sigstore
from monorepo import monorepo
from signing import envelope, key, sign_release, sign_wheel, trust_toml
from uv import find_uv_bin

from pluginkit.core.dsse import STATEMENT

WHEEL = "acme_filter-1.0.0-py3-none-any.whl"
HOST = "acme_host-1.0.0-py3-none-any.whl"
API = "acme_api-1.0.0-py3-none-any.whl"


@pytest.fixture(scope="module")
def unsigned(tmp_path_factory) -> Path:
    """The release of a workspace that signs nothing."""
    root = monorepo(tmp_path_factory.mktemp("acme"))
    subprocess.run([sys.executable, "-m", "pluginkit", "build", root], check=True, capture_output=True)
    return (root / "dist").resolve()


@pytest.fixture
def release(unsigned, tmp_path) -> Path:
    """The same release, all of it signed by `ci`."""
    return sign_release(unsigned, tmp_path / "release", "ci")


@pytest.fixture
def trust(tmp_path) -> Path:
    place = tmp_path / "trust.toml"
    place.write_text(trust_toml("ci", "release"))
    return place


def codes(ran) -> list[str]:
    return sorted(word for word in ran.out.replace(":", " ").split() if word.startswith("PK") and word[2:].isdigit())


def test_what_is_signed_is_accepted_wherever_it_lies(release, trust, tmp_path, pluginkit) -> None:
    assert pluginkit("verify", release, "--trust", trust).status == 0
    assert pluginkit("verify", release / WHEEL, "--host", release, "--trust", trust).status == 0
    assert pluginkit("verify", release / WHEEL, "--host", release / HOST, "--trust", trust).status == 0
    plain = tmp_path / "plain"
    plain.mkdir()
    shutil.copy(release / WHEEL, plain)
    assert pluginkit("verify", plain, "--host", release, "--trust", trust, "--unstamped").status == 0
    assert pluginkit("verify", plain, "--host", release, "--host", release / HOST, "--trust", trust).status == 0


def test_nothing_unsigned_is_accepted_anywhere(unsigned, release, trust, pluginkit) -> None:
    ran = pluginkit("verify", unsigned, "--trust", trust, cwd=unsigned)
    assert (ran.status, set(codes(ran))) == (1, {"PK601"})
    assert "pluginkit sign" in ran.out
    assert codes(pluginkit("verify", unsigned / WHEEL, "--host", release, "--trust", trust)) == ["PK601"]
    both = ("--host", release, "--trust", trust, "--unstamped")
    assert codes(pluginkit("verify", unsigned / WHEEL, *both)) == ["PK601"]
    ran = pluginkit("verify", release / WHEEL, "--host", unsigned / HOST, "--trust", trust)
    assert (ran.status, codes(ran)) == (1, ["PK601"])
    ran = pluginkit("verify", release / WHEEL, "--host", release, "--host", unsigned, "--trust", trust)
    assert ran.status == 1
    assert set(codes(ran)) == {"PK601"}


@pytest.mark.parametrize("file", [WHEEL, HOST, API])
def test_one_that_is_not_signed_spoils_a_release(release, unsigned, trust, file, pluginkit) -> None:
    shutil.copy(unsigned / file, release)
    ran = pluginkit("verify", release, "--trust", trust)
    assert ran.status == 1
    assert "PK601" in codes(ran)


def test_a_release_is_what_was_signed(release, unsigned, trust, pluginkit) -> None:
    statement = release / "release.json"
    signature = release / "release.sig.json"
    made = signature.read_bytes()

    def found() -> list[str]:
        ran = pluginkit("verify", release, "--trust", trust)
        return [ran.status, *codes(ran)]

    signature.unlink()
    assert found() == [1, "PK601"]
    signature.write_bytes(envelope(statement.read_bytes(), "stranger", payload_type=STATEMENT))
    assert found() == [1, "PK603"]
    signature.write_bytes(envelope(statement.read_bytes(), "ci"))
    assert found() == [1, "PK602"]
    signature.write_bytes(made)
    sign_wheel(unsigned / WHEEL, release / WHEEL, "release")  # as good, and another file
    assert found() == [1, "PK603"]
    (release / WHEEL).unlink()
    assert found() == [1, "PK603"]
    sign_wheel(unsigned / WHEEL, release / WHEEL, "ci")
    assert found() == [0]
    sign_wheel(unsigned / WHEEL, release / "acme_filter-1.0.0-py2.py3-none-any.whl", "ci")
    assert "PK603" in found()


def test_an_older_release_is_refused(unsigned, tmp_path, pluginkit) -> None:
    trust = tmp_path / "trust.toml"
    trust.write_text(trust_toml("ci", more="minimum-release = 8"))
    signed = sign_release(unsigned, tmp_path / "seven", "ci", number=7)
    ran = pluginkit("verify", signed, "--trust", trust)
    assert (ran.status, set(codes(ran))) == (1, {"PK603"})
    assert "release.json" in ran.out


def test_two_keys_for_what_matters(unsigned, release, tmp_path, pluginkit) -> None:
    trust = tmp_path / "trust.toml"
    trust.write_text(trust_toml("ci", "release", more='[threshold]\n"acme-filter" = 2'))
    ran = pluginkit("verify", release, "--trust", trust)
    assert (ran.status, codes(ran)) == (1, ["PK603"])
    assert "1: ci" in ran.out
    both = sign_release(unsigned, tmp_path / "both", "ci", "release")
    assert pluginkit("verify", both, "--trust", trust).status == 0


@pytest.mark.parametrize("form", ["json", "github", "sarif", "junit", "html"])
def test_every_report_says_it(unsigned, trust, form, pluginkit) -> None:
    ran = pluginkit("verify", unsigned, "--trust", trust, "--output-format", form)
    assert ran.status in (1, 2)
    if ran.status == 1:
        assert "PK601" in ran.out


def test_a_trust_that_makes_no_sense_is_an_error(release, trust, pluginkit) -> None:
    trust.write_text("[keys.ci]\n")
    assert pluginkit("verify", release, "--trust", trust).status == 2
    assert pluginkit("verify", release, "--trust", trust.with_name("none.toml")).status == 2


def test_an_environment_is_asked_for_signatures(release, unsigned, trust, tmp_path, pluginkit) -> None:
    uv = find_uv_bin()
    place = tmp_path / "venv"
    subprocess.run([uv, "venv", "-q", place, "--python", sys.executable], check=True)
    install = [uv, "pip", "install", "-q", "--no-deps", "--python", place]
    wheels = [release / file for file in (WHEEL, HOST, API)]
    subprocess.run([*install, *wheels], check=True)
    ran = pluginkit("verify", place, "--trust", trust)
    assert (ran.status, ran.out.count("PK")) == (0, 0)
    module = next(place.rglob("acme_filter/__init__.py"))
    record = next(place.rglob("acme_filter-1.0.0.dist-info")) / "RECORD"
    source = module.read_bytes()
    module.unlink()
    module.write_bytes(source + b"\nbad = 1\n")
    assert "PK103" in codes(pluginkit("verify", place, "--trust", trust))
    _relist(record, "acme_filter/__init__.py", module)
    assert codes(pluginkit("verify", place, "--trust", trust)) == ["PK104"]
    subprocess.run([*install, "--reinstall", unsigned / WHEEL], check=True)
    assert codes(pluginkit("verify", place, "--trust", trust)) == ["PK601"]
    assert pluginkit("verify", place).status == 0


def _relist(record: Path, path: str, file: Path) -> None:
    """Give RECORD, which nobody signs, the hash of a file as it is now."""
    import base64
    import hashlib

    digest = base64.urlsafe_b64encode(hashlib.sha256(file.read_bytes()).digest()).rstrip(b"=").decode()
    rows = [f"{path},sha256={digest},{file.stat().st_size}" if row.startswith(f"{path},") else row
            for row in record.read_text().splitlines()]  # fmt: skip
    record.unlink()
    record.write_text("\n".join(rows) + "\n")


def test_inspect_says_who_signed(unsigned, release, trust, tmp_path, pluginkit) -> None:
    keyid = key("ci").keyid
    assert f"{keyid}  not checked" in pluginkit("inspect", release / WHEEL).out
    assert f"signed by     {keyid}  ci\n" in pluginkit("inspect", release / WHEEL, "--trust", trust).out
    assert "signed by" not in pluginkit("inspect", unsigned / WHEEL, "--trust", trust).out
    both = sign_wheel(unsigned / WHEEL, tmp_path / WHEEL, "ci", "stranger")
    shown = json.loads(pluginkit("inspect", both, "--trust", trust, "--output-format", "json").out)
    (found,) = [one["signed"] for one in shown["artifacts"]]
    assert {one["keyid"]: one["key"] for one in found["by"]} == {keyid: "ci", key("stranger").keyid: None}
    assert found["code"] == ""
    alone = sign_wheel(unsigned / WHEEL, tmp_path / WHEEL, "stranger")
    assert "PK603" in pluginkit("inspect", alone, "--trust", trust).out


def test_an_identity_may_sign_a_release_by_sigstore(release, trust, tmp_path, pluginkit) -> None:
    (tmp_path / "trusted_root.json").write_text(throwaway_sigstore.trusted_root())
    who = f'[identities.workflow]\nissuer = "{throwaway_sigstore.ISSUER}"\nsubject = "{throwaway_sigstore.SUBJECT}"\n'
    root = 'sigstore-trusted-root = "trusted_root.json"'
    trust.write_text(trust_toml("ci", more=root) + who + '[threshold]\n"release.json" = 2\n')
    statement, beside = (release / "release.json").read_bytes(), release / "release.sigstore.json"

    def found() -> list[str]:
        ran = pluginkit("verify", release, "--trust", trust)
        return [ran.status, *codes(ran), *(["ci, workflow"] if "ci, workflow" in ran.out else [])]

    assert found() == [1, "PK603"]
    beside.write_text(json.dumps(throwaway_sigstore.bundle(statement)))
    assert found() == [0]
    (release / "release.sig.json").unlink()
    assert found() == [1, "PK603"]
    trust.write_text(trust_toml("ci", more=root) + who)
    assert found() == [0]
    beside.write_text(json.dumps(throwaway_sigstore.bundle(statement, subject="bob@example.com")))
    assert found() == [1, "PK603", "ci, workflow"]
    beside.write_text(json.dumps(throwaway_sigstore.bundle(statement + b" ")))
    assert found() == [1, "PK602"]
    beside.unlink()
    assert found() == [1, "PK601", "ci, workflow"]

"""A workspace of the template whose hosts ask for signatures: built, signed, and started."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from signers import Signer

from pluginkit.backends.go.signatures import with_envelope
from pluginkit.stages import scaffold

pytestmark = pytest.mark.slow


def started(release: Path) -> dict[str, list[str]]:
    """Return the codes that a release's host has for each plugin; none for one that runs."""
    report = release / "report.json"
    command = [release / "bin/host", "-report", report, release / "plugins"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert report.exists(), done.stderr
    found = json.loads(report.read_text())["plugins"]
    return {Path(one["path"]).stem: [finding["code"] for finding in one["findings"]] for one in found}


def test_a_host_with_a_trust_runs_what_its_build_signed(tmp_path: Path, pluginkit) -> None:
    root, key = tmp_path / "acme", Signer(tmp_path, 1)
    scaffold.new(root, "acme", language="go", plugins=("filter",))
    with (root / "pluginkit.toml").open("a") as file:
        file.write("\n" + key.trusted('may-sign = ["filter", "host", "release.json"]'))
    ran = pluginkit("build", cwd=root)
    assert (ran.status, "--sign-with" in ran.err) == (0, True), ran.err
    plain = shutil.copytree(root / "dist", tmp_path / "plain")
    ran = pluginkit("build", "--sign-with", key.path, cwd=root)
    assert ran.status == 0, ran.err
    assert pluginkit("verify", cwd=root).status == 0
    signed = shutil.copytree(root / "dist", tmp_path / "signed")
    assert started(plain) == {"filter": ["PK601"]}
    assert started(signed) == {"filter": []}
    for name in ("bin/host", "plugins/filter.so"):
        with_envelope(signed / name, signed / name, None)
        assert (signed / name).read_bytes() == (plain / name).read_bytes()
    assert started(signed) == {"filter": ["PK601"]}
    ran = pluginkit("verify", signed / "plugins", "--host", root / "dist", cwd=root)
    assert (ran.status, "PK601" in ran.out) == (1, True), ran.out

"""Forged signatures, one a line: neither `verify` nor a loader accepts any, and both accept every honest one."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from forgeries import FORGED, HONEST, SIGNATURE_AT, Case, listed, plugin, side
from installer import install
from installer.destinations import SchemeDictionaryDestination
from installer.sources import WheelFile
from securesystemslib import dsse as other
from securesystemslib.signer import SSlibKey
from signing import PRIVATE, envelope

from pluginkit.backends.python.wheel.archive import read_archive
from pluginkit.core.dsse import STATEMENT
from pluginkit.core.model import Artifact
from pluginkit.core.release import to_bytes
from pluginkit.core.verdict import Finding
from pluginkit.operations.verify import verify

CASES = [*FORGED, *HONEST]
LOCK = "sha256:" + "0" * 64
ASK = """\
import json, sys
from pathlib import Path
import pluginkit.runtime as runtime

path, found = [*sys.path], []
for case in json.load(sys.stdin):
    sys.path[:] = [*case["roots"], *path]
    import acme_api
    trust = Path(case["trust"])
    asked = runtime.Asked(case["directory"], case["group"], trust=(str(trust), trust.read_bytes()))
    plan = runtime.check(asked, acme_api.Plugin)
    refused = [[one.code for one in result.findings if "filter" in one.subject] for result in plan.refused]
    found.append([len(plan.accepted), sorted({code for codes in refused for code in codes})])
print(json.dumps(found))
"""


@dataclass(frozen=True)
class Place:
    """Where the table lies on the disk: each case in a directory, and a host with its API, installed."""

    root: Path
    site: Path

    def of(self, case: Case) -> Path:
        return self.root / str(CASES.index(case))


def _install(wheel: Path, site: Path) -> None:
    schemes = dict.fromkeys(("purelib", "platlib"), str(site))
    schemes |= {name: str(site.parent / name) for name in ("scripts", "headers", "data")}
    destination = SchemeDictionaryDestination(schemes, interpreter=sys.executable, script_kind="posix")
    with WheelFile.open(wheel) as source:
        install(source, destination, additional_metadata={})


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    root = tmp_path_factory.mktemp("forgeries")
    for kind in ("api", "host"):
        file, data = side(kind)
        (root / file).write_bytes(data)
        _install(root / file, root / "site")
    for number, case in enumerate(CASES):
        here = root / str(number)
        (here / "wheels").mkdir(parents=True)
        (here / "wheels" / case.file).write_bytes(case.data)
        (here / "trust.toml").write_text(case.trust)
        if case.installs:
            _install(here / "wheels" / case.file, here / "site")
    return Place(root, root / "site")


def _verified(place: Place, case: Case) -> tuple[bool, set[str], Sequence[Finding]]:
    """Return whether `verify` accepts a wheel, and what it finds in it; nothing is wrong with its host."""
    wheel = place.of(case) / "wheels" / case.file
    host = place.root / side("host")[0]
    verdicts = verify([wheel], [host], trust=place.of(case) / "trust.toml")
    mine = [one for verdict in verdicts for one in verdict.findings]
    assert {one.subject for one in mine} <= {str(wheel)}
    accepted = not any(one.severity == "error" for one in mine)
    return accepted, {one.code for one in mine}, mine


@pytest.mark.parametrize("case", FORGED, ids=lambda case: case.name)
def test_verify_refuses(case: Case, place: Place) -> None:
    accepted, codes, findings = _verified(place, case)
    assert not accepted
    assert case.code in codes
    assert all(one.hint for one in findings)
    if case.code in ("PK602", "PK603"):
        assert codes == {case.code}, "nothing else was read"


@pytest.mark.parametrize("case", HONEST, ids=lambda case: case.name)
def test_verify_accepts(case: Case, place: Place) -> None:
    assert _verified(place, case)[:2] == (True, set())


def _asked(place: Place, cases: Sequence[Case], *, installed: bool) -> list[Any]:
    """Ask the loader in a process of its own for its plan of each case."""
    rows = []
    for case in cases:
        here = place.of(case)
        roots = [str(place.site), *([str(here / "site")] if installed else [])]
        where = {"directory": "" if installed else str(here / "wheels"), "group": "acme.plugins" if installed else ""}
        rows.append({"roots": roots, "trust": str(here / "trust.toml"), **where})
    command = [sys.executable, "-c", ASK]
    done = subprocess.run(command, input=json.dumps(rows), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: list[Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    "installed", [pytest.param(False, marks=pytest.mark.slow), pytest.param(True, marks=pytest.mark.attacks)]
)
def test_no_loader_accepts_any(place: Place, installed: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PLUGINKIT_CACHE_DIR", str(tmp_path))
    cases = [case for case in FORGED if case.installs or not installed]
    answers = _asked(place, cases, installed=installed)
    assert [case.name for case, (accepted, _) in zip(cases, answers, strict=True) if accepted] == []
    if not installed:  # installers write RECORD anew, and other metadata
        wrong = {case.name: codes for case, (_, codes) in zip(cases, answers, strict=True) if case.code not in codes}
        assert wrong == {}
        alone = ("PK602", "PK603")  # nothing else was read
        more = {case.name: codes for case, (_, codes) in zip(cases, answers, strict=True) if case.code in alone}
        assert {name for name, codes in more.items() if len(codes) > 1} == set()


@pytest.mark.parametrize("installed", [False, True])
def test_every_loader_accepts_what_is_honest(
    place: Place, installed: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PLUGINKIT_CACHE_DIR", str(tmp_path))
    answers = _asked(place, HONEST, installed=installed)
    assert dict(zip([case.name for case in HONEST], answers, strict=True)) == {case.name: [1, []] for case in HONEST}


@pytest.mark.parametrize("case", HONEST, ids=lambda case: case.name)
def test_securesystemslib_accepts_every_honest_envelope(case: Case) -> None:
    archive = read_archive(case.data)
    read = other.Envelope.from_dict(json.loads(archive.read(SIGNATURE_AT)))
    keys = [SSlibKey.from_crypto(PRIVATE[name].public_key()) for name in ("ci", "release")]
    assert read.verify([one for one in keys if one.keyid in read.signatures], 1)


def test_there_are_sixty() -> None:
    assert len(FORGED) >= 60
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("given", ["file", "directory", "toolkit"])
@pytest.mark.parametrize("signers", [(), ("stranger",), ("ci",)])
def test_a_release_that_nobody_signed_brings_nothing_along(
    place: Place, tmp_path: Path, given: str, signers: tuple[str, ...]
) -> None:
    inside = tmp_path / "toolkit" if given == "toolkit" else tmp_path
    inside.mkdir(exist_ok=True)
    path = inside / CASES[0].file
    path.write_bytes(listed(plugin()))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    file = path.relative_to(tmp_path).as_posix()
    kind = "toolkit" if given == "toolkit" else "package"
    statement = to_bytes(LOCK, [Artifact("acme-filter", kind, file, digest, path.stat().st_size, LOCK)])
    (tmp_path / "release.json").write_bytes(statement)
    if signers:
        (tmp_path / "release.sig.json").write_bytes(envelope(statement, *signers, payload_type=STATEMENT))
    host = place.root / side("host")[0]
    named = {"file": path, "directory": tmp_path, "toolkit": inside}[given]
    (verdict,) = verify([named], [host], trust=place.root / "0/trust.toml")
    assert verdict.accepted == (signers == ("ci",))

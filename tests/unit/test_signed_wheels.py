"""The envelope of a wheel: read from where it lies, written beside the stamp, and all else as it was."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest
from installer import install
from installer.destinations import SchemeDictionaryDestination
from installer.sources import WheelFile
from signing import TRUST, envelope, signed
from uv import find_uv_bin
from wheels import file_name, good_wheel, make_stamp, record, stamp, stem, wheel, wheel_files

from pluginkit.backends.python.distributions import distributions, listing
from pluginkit.backends.python.installed import inspect_distribution
from pluginkit.backends.python.wheel.layout import payload_digest
from pluginkit.backends.python.wheel.reader import inspect_bytes, inspect_wheel
from pluginkit.backends.python.wheel.stamper import stamp_wheel
from pluginkit.backends.signatures import signatures_of
from pluginkit.core.errors import PluginkitError
from pluginkit.core.signatures import Signed

SIGNATURE = f"{stem()}.dist-info/pluginkit.sig.json"


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A wheel as a build leaves it."""
    place = tmp_path / file_name()
    place.write_bytes(stamp_wheel(wheel(record(wheel_files())), place.name, lambda facts: make_stamp(wheel_files())))
    return place


def test_all_but_the_envelope_is_as_it_was(built: Path, tmp_path: Path) -> None:
    there = signatures_of(built)
    stamp, found = there.envelope(built)
    assert found is None
    made = envelope(stamp, "ci")
    target = tmp_path / "signed" / built.name
    target.parent.mkdir()
    there.with_envelope(built, target, made)
    assert there.envelope(target) == (stamp, made)
    assert ZipFile(target).read(SIGNATURE) == made
    evidence = inspect_wheel(target, "x", TRUST)
    assert (evidence.defects, evidence.withheld, evidence.signed) == ((), False, Signed(stamp, made))
    other, again, bare = tmp_path / "other.whl", tmp_path / "again.whl", tmp_path / "bare.whl"
    there.with_envelope(target, other, envelope(stamp, "release"))
    there.with_envelope(other, again, made)
    assert again.read_bytes() == target.read_bytes() != other.read_bytes()
    there.with_envelope(target, bare, None)
    assert bare.read_bytes() == built.read_bytes()


def test_the_payload_is_that_of_the_wheel_without_it() -> None:
    hashes = dict.fromkeys(("a.py", "a-1.dist-info/METADATA"), "0" * 64)
    beside = {f"a-1.dist-info/pluginkit{end}": "1" * 64 for end in (".json", ".sig.json")}
    assert payload_digest(hashes | beside, "a-1.dist-info") == payload_digest(hashes, "a-1.dist-info")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"not a wheel", "cannot be read"),
        (good_wheel(stamp=None), "no stamp"),
        (wheel(record({**wheel_files(), "other-1.dist-info/METADATA": b""})), "2 metadata directories"),
    ],
)
def test_what_cannot_be_signed_says_why(data: bytes, message: str, tmp_path: Path) -> None:
    place = tmp_path / file_name()
    place.write_bytes(data)
    for act in (signatures_of(place).envelope, lambda path: signatures_of(path).with_envelope(path, path, None)):
        with pytest.raises(PluginkitError, match=message):
            act(place)
    assert place.read_bytes() == data


def test_other_files_are_not_signed() -> None:
    with pytest.raises(PluginkitError, match="not a kind of artifact"):
        signatures_of(Path("README.md"))


@pytest.mark.parametrize("signers", [(), ("stranger",)])
def test_nothing_is_parsed_of_what_is_not_trusted(built: Path, signers: tuple[str, ...]) -> None:
    there = signatures_of(built)
    stamp, _ = there.envelope(built)
    data = built.read_bytes()
    if signers:
        there.with_envelope(built, built.with_name("x.whl"), envelope(stamp, *signers))
        data = built.with_name("x.whl").read_bytes()
    evidence = inspect_bytes(data, built.name, "x", TRUST)
    assert (evidence.name, evidence.version) == ("acme-filter", "1.0.0")  # of its file name
    assert (evidence.stamp, evidence.withheld, evidence.files) == (None, True, ())
    assert evidence.signed == signed(stamp, *signers)


INFO = f"{stem()}.dist-info"
DATA = f"{stem()}.data"
TOOL = b"#!python\nprint(1)\n"
PLACED = {
    "acme_filter/__init__.py": b"class New: ...\n",
    f"{DATA}/scripts/tool": TOOL,
    f"{DATA}/data/share/acme/x.txt": b"x",
    f"{DATA}/headers/acme.h": b"int x;\n",
}
MOVED = {f"{DATA}/purelib/acme_filter/__init__.py": b"class New: ...\n"}
POINTS = "[acme.plugins]\nfilter = acme_filter\n[console_scripts]\nacme = acme_filter:New\n"


def _with_installer(place: Path, wheel: Path) -> None:
    schemes = {
        "purelib": "lib/site", "platlib": "lib/site", "scripts": "bin", "data": "", "headers": "include/acme_filter",
    }  # fmt: skip
    paths = {name: str(place / path) for name, path in schemes.items()}
    destination = SchemeDictionaryDestination(paths, interpreter=sys.executable, script_kind="posix")
    with WheelFile.open(wheel) as source:
        install(source, destination, additional_metadata={"INSTALLER": b"installer"})


def _with_uv(place: Path, wheel: Path) -> None:
    uv = find_uv_bin()
    subprocess.run([uv, "venv", "-q", place, "--python", sys.executable], check=True)
    subprocess.run(
        [uv, "pip", "install", "-q", "--no-deps", "--compile-bytecode", "--python", place, wheel], check=True
    )


@pytest.mark.parametrize("files", [PLACED, MOVED], ids=["placed", "moved"])
@pytest.mark.parametrize("installer", [_with_installer, _with_uv])
def test_what_is_installed_is_compared_with_what_was_signed(
    tmp_path: Path, files: dict[str, bytes], installer: Callable[[Path, Path], None]
) -> None:
    made = stamp(wheel_files(files=files, entry_points=POINTS))
    made[SIGNATURE] = envelope(made[f"{INFO}/pluginkit.json"], "ci")
    source = tmp_path / file_name()
    source.write_bytes(wheel(record(made)))
    assert inspect_wheel(source, "x", TRUST).defects == ()
    installer(tmp_path / "env", source)
    root = next(path for path in (tmp_path / "env").rglob(INFO)).parent

    def found() -> list[str]:
        (one,) = (one for one in distributions(listing([str(root)])) if one.name == "acme-filter")
        return [defect.code for defect in inspect_distribution(one, "x", TRUST).defects]

    assert found() == []
    for path in [*(tmp_path / "env").rglob("tool"), *(tmp_path / "env").rglob("x.txt"), *root.rglob("METADATA")]:
        before = path.read_bytes()
        path.write_bytes(before + b"\n")
        assert "PK104" in found()
        path.write_bytes(before)
    assert found() == []

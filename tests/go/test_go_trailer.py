"""The envelope behind an image: read back as written, refused where it is framed otherwise, and nothing to a loader."""

import hashlib
import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from gofixtures import GoBinaries, GoTools, read

from pluginkit.backends.go.binary.content import read_file, read_signed
from pluginkit.backends.go.binary.elf import ElfError
from pluginkit.backends.go.binary.stamps import BEGIN, END, UNKNOWN
from pluginkit.backends.go.binary.trailer import MARK, frame
from pluginkit.backends.go.signatures import envelope, with_envelope
from pluginkit.core.dsse import MAX_SIZE
from pluginkit.core.errors import PluginkitError

STAMP = f'{{"payload":"{UNKNOWN}"}}'.encode()
IMAGE = b"\x7fELF" + bytes(60) + BEGIN + STAMP + END + b"and more"
ENVELOPE = b'{"payload":""}'


def framed(size: int, envelope: bytes = ENVELOPE) -> bytes:
    return envelope + struct.pack("<Q", size) + MARK


def at(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("data", "image", "found"),
    [
        (IMAGE, IMAGE, None),
        (IMAGE + frame(ENVELOPE), IMAGE, ENVELOPE),
        (IMAGE + frame(b"x"), IMAGE, b"x"),
        (IMAGE + frame(b"x" * MAX_SIZE), IMAGE, b"x" * MAX_SIZE),
        (IMAGE + frame(BEGIN + b"{}" + END), IMAGE, BEGIN + b"{}" + END),
        (IMAGE + b"junk" + frame(ENVELOPE), IMAGE + b"junk", ENVELOPE),
        (IMAGE + frame(ENVELOPE) + b"\n", IMAGE + frame(ENVELOPE) + b"\n", None),
        (IMAGE + frame(ENVELOPE) + IMAGE, IMAGE + frame(ENVELOPE) + IMAGE, None),
        (IMAGE + frame(ENVELOPE)[:-1], IMAGE + frame(ENVELOPE)[:-1], None),
        (IMAGE + frame(ENVELOPE)[1:], IMAGE[:-1], IMAGE[-1:] + ENVELOPE[1:]),
        (MARK[1:], MARK[1:], None),
        (b"", b"", None),
        (framed(len(ENVELOPE)), b"", ENVELOPE),
    ],
)
def test_an_envelope_is_what_a_frame_at_the_end_encloses(
    tmp_path: Path, data: bytes, image: bytes, found: bytes | None
) -> None:
    read, envelope = read_signed(at(tmp_path / "p.so", data))
    assert (bytes(read[:]), envelope) == (image, found)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (IMAGE + frame(ENVELOPE) + frame(ENVELOPE), "two envelopes"),
        (IMAGE + framed(0, b""), "would have 0 bytes"),
        (IMAGE + framed(len(IMAGE + ENVELOPE) + 1), f"would have {len(IMAGE + ENVELOPE) + 1} bytes"),
        (IMAGE + framed((1 << 64) - 1), f"would have {(1 << 64) - 1} bytes"),
        (IMAGE + framed(10 << 20, b"x" * (10 << 20)), "would have 10485760 bytes"),
        (IMAGE + framed(MAX_SIZE + 1, b"x" * (MAX_SIZE + 1)), "would have 3145729 bytes"),
        (framed(1, b""), "would have 1 bytes"),
        (IMAGE + MARK + frame(ENVELOPE), "two envelopes"),
    ],
)
def test_another_frame_is_refused(tmp_path: Path, data: bytes, message: str) -> None:
    found = read_file(at(tmp_path / "p.so", data), beside=False)
    assert isinstance(found, ElfError)
    assert message in str(found)


@pytest.mark.parametrize("envelope", [b"", b"x" * (MAX_SIZE + 1)])
def test_what_nobody_would_read_is_not_written(envelope: bytes) -> None:
    with pytest.raises(ValueError, match="3145728"):
        frame(envelope)


def test_it_can_be_put_on_in_place(tmp_path: Path) -> None:
    with_envelope(at(tmp_path / "p.so", IMAGE), tmp_path / "p.so", ENVELOPE)
    assert envelope(tmp_path / "p.so") == (STAMP, ENVELOPE)


def test_it_is_put_on_replaced_and_taken_off(tmp_path: Path) -> None:
    plain, signed, again = at(tmp_path / "plain", IMAGE), tmp_path / "signed", tmp_path / "again"
    plain.chmod(0o750)
    assert envelope(plain) == (STAMP, None)
    with_envelope(plain, signed, ENVELOPE)
    assert envelope(signed) == (STAMP, ENVELOPE)
    assert signed.stat().st_mode & 0o777 == 0o750
    with_envelope(signed, again, b"other")
    assert envelope(again) == (STAMP, b"other")
    with_envelope(again, signed, None)
    assert signed.read_bytes() == IMAGE


def test_no_digest_covers_it(tmp_path: Path) -> None:
    files = [at(tmp_path / "plain", IMAGE), at(tmp_path / "signed", IMAGE + frame(ENVELOPE))]
    contents = [read_file(path, beside=beside) for path in files for beside in (False, True)]
    (payload,) = {one.payload() for one in contents if not isinstance(one, Exception)}
    assert payload == f"sha256:{hashlib.sha256(IMAGE).hexdigest()}"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not an ELF object"),
        (IMAGE + frame(ENVELOPE) * 2, "two envelopes"),
    ],
)
def test_what_is_not_read_is_not_signed(tmp_path: Path, data: bytes, message: str) -> None:
    source = at(tmp_path / "p.so", data)
    for work in (envelope, lambda path: with_envelope(path, tmp_path / "target", ENVELOPE)):
        with pytest.raises(PluginkitError, match=message):
            work(source)
    assert not (tmp_path / "target").exists()


@pytest.mark.parametrize("begin", [b"\xcf\xfa\xed\xfe", b"MZ"])
def test_programs_of_other_systems_have_no_envelope_and_get_none(tmp_path: Path, begin: bytes) -> None:
    source, target = at(tmp_path / "host.exe", begin + IMAGE), tmp_path / "target"
    assert envelope(source) == (STAMP, None)
    with pytest.raises(PluginkitError, match="not an ELF object") as raised:
        with_envelope(source, target, ENVELOPE)
    assert "pluginkit sign RELEASE --key KEY" in raised.value.hint
    assert not target.exists()
    with_envelope(source, target, None)
    assert target.read_bytes() == begin + IMAGE


@pytest.mark.parametrize(("data", "message"), [(b"\x7fELF" + bytes(60), "no stamp"), (IMAGE * 2, "2 stamps")])
def test_only_one_stamp_can_be_signed(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(PluginkitError, match=message):
        envelope(at(tmp_path / "p.so", data))


def test_a_loader_does_not_mind_it(go_binaries: GoBinaries, tmp_path: Path) -> None:
    host, plugin = tmp_path / "host", tmp_path / "filter.so"
    for source, target in ((go_binaries.host, host), (go_binaries.stripped, plugin)):
        target.write_bytes(source.read_bytes() + frame(ENVELOPE))
        target.chmod(0o755)
    done = subprocess.run([host, plugin, "Many"], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.startswith("func(main.Exported")
    assert read(plugin) == read(go_binaries.stripped)


def test_strip_takes_it_off(go: GoTools, go_binaries: GoBinaries, tmp_path: Path) -> None:
    strip = shutil.which("strip")
    if strip is None:
        pytest.skip("no strip here")
    plugin = tmp_path / "filter.so"
    plugin.write_bytes(go_binaries.plugin.read_bytes() + frame(ENVELOPE))
    subprocess.run([strip, plugin], check=True, capture_output=True)
    assert read_signed(plugin)[1] is None

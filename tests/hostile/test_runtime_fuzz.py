"""Ten thousand damaged wheels through discovery and verification: no exception, and no hang."""

import random
from collections.abc import Mapping
from pathlib import Path

import pytest
from cost import assert_cheap, cpu_seconds
from wheels import api_of, record, stamp, wheel, wheel_files

from pluginkit.core.api import Contract
from pluginkit.core.verdict import Host
from pluginkit.runtime.discovery import read_wheel
from pluginkit.runtime.host import Hosting
from pluginkit.runtime.verify import verify

pytestmark = pytest.mark.slow

COUNT, SHARES = 10_000, 4
SLICES = (1, 2, 4, 8, 30, 46)


def _mutated(data: bytes, chance: random.Random) -> bytes:
    """Return bytes with one to four edits: a flipped bit, a byte, a copied, removed or repeated run, a cut."""
    edited = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at, size = chance.randrange(len(edited)), chance.choice(SLICES)
        match chance.randrange(7):
            case 0:
                edited[at] ^= 1 << chance.randrange(8)
            case 1:
                edited[at] = chance.choice((0, 1, 0x7F, 0x80, 0xFF))
            case 2:
                edited[at : at + size] = bytes(chance.randrange(256) for _ in range(size))
            case 3:
                other = chance.randrange(len(edited))
                edited[at : at + size] = edited[other : other + size]
            case 4:
                del edited[at : at + size]
            case 5:
                edited[at:at] = edited[at : at + size]
            case _:
                edited[at:] = b"" if chance.random() < 0.2 else edited[at:]
        edited = edited or bytearray(b"P")
    return bytes(edited)


def _damaged(files: Mapping[str, bytes], chance: random.Random) -> bytes:
    """Damage the archive, or one file in it while all else is right, which reaches the readers behind the archive's."""
    if chance.random() < 0.4:
        return _mutated(wheel(files), chance)
    name = chance.choice(list(files))
    damaged = {**files, name: _mutated(files[name], chance)}
    return wheel(damaged if name.endswith("/RECORD") else record(damaged))


@pytest.mark.parametrize("share", range(SHARES))
def test_no_damaged_wheel_escapes_or_hangs(tmp_path: Path, share: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLUGINKIT_CACHE_DIR", str(tmp_path / "cache"))
    api = api_of(wheel_files("acme-pluginapi"))
    chance, files = random.Random(share), record(stamp(wheel_files(), apis=(api,)))
    hosting = Hosting(Host("host", "acme-host", (api,), Contract(group="acme.plugins", factory="New")), True, (object,))
    path, codes = tmp_path / "acme_filter-1.0.0-py3-none-any.whl", set()

    def read():
        found = read_wheel(path)
        return found, verify([found], hosting)

    path.write_bytes(wheel(files))
    whole, plan = read()
    assert plan.accepted
    usual = cpu_seconds(read)
    for _ in range(COUNT // SHARES):
        path.write_bytes(_damaged(files, chance))
        candidate, plan = assert_cheap(read, usual)
        codes |= {finding.code for result in plan.refused for finding in result.findings}
        if plan.accepted:  # a date or a mode in the archive, or a field of the stamp that nothing compares
            assert (candidate.evidence.content, candidate.entries) == (whole.evidence.content, whole.entries)
    assert codes > {"PK102", "PK103", "PK104", "PK105", "PK202"}

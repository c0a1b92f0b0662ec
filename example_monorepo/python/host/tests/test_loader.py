import hashlib
import sys
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from acme_host.cli import main
from acme_host.loader import GROUP, Skipped, load

INFO = "guest-1.0.dist-info"

Install = Callable[[str | None], None]


@dataclass(frozen=True)
class Settings:
    max_body: int = 100


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Install a plugin `guest` from elsewhere, with that stamp, for the length of one test."""

    def install(stamp: str | None) -> None:
        files = {
            "guest_code.py": "raise AssertionError('it ran')\n",
            f"{INFO}/METADATA": "Metadata-Version: 2.1\nName: guest\nVersion: 1.0\n",
            f"{INFO}/entry_points.txt": f"[{GROUP}]\nguest = guest_code:New\n",
        }
        if stamp is not None:
            files[f"{INFO}/pluginkit.json"] = stamp
        (tmp_path / INFO).mkdir()
        for name, text in files.items():
            (tmp_path / name).write_text(text)
        rows = [f"{name},sha256={digest(text)},{len(text)}\n" for name, text in files.items()]
        (tmp_path / INFO / "RECORD").write_text("".join([*rows, f"{INFO}/RECORD,,\n"]))

    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "guest_code", raising=False)
    return install


def digest(text: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def test_every_plugin_of_the_workspace_loads() -> None:
    report = load(Settings())
    assert report.loaded
    assert report.skipped == ()


@pytest.mark.parametrize(("stamp", "code"), [(None, "PK201"), ("{}", "PK202"), ('{"schema":99}', "PK203")])
def test_a_stranger_is_refused_before_its_code_runs(install: Install, stamp: str | None, code: str) -> None:
    install(stamp)
    report = load(Settings())
    assert [(skipped.name, skipped.code) for skipped in report.skipped] == [("guest", code)]
    assert report.loaded
    assert "guest_code" not in sys.modules


def test_a_refused_plugin_is_listed_with_the_reason(install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    install(None)
    (skipped,) = load(Settings()).skipped
    assert isinstance(skipped, Skipped)
    assert main(["--plugins"]) == 1
    assert f"guest\tskipped\tPK201\t{skipped.reason}\n" in capsys.readouterr().out

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

from acme_host.loader import GROUP, Loaded, Report, Skipped, load
from acme_host.verify import installed_api

API = asdict(installed_api())
OTHER = API | {"digest": "h1:" + "A" * 43 + "="}
WELL = """
class Guest:
    name = "guest"
    def handle(self, request): return request
New = Guest
"""

Install = Callable[..., None]


@dataclass(frozen=True)
class Settings:
    max_body: int = 100


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Install a plugin `guest` as an installer would, for the length of one test."""

    def install(stamp: str | None, code: str = WELL, distribution: str = "guest") -> None:
        info = tmp_path / f"{distribution}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[{GROUP}]\nguest = guest_code:New\n")
        if stamp is not None:
            (info / "pluginkit.json").write_text(stamp)
        (tmp_path / "guest_code.py").write_text(code)

    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "guest_code", raising=False)
    return install


def stamp(*apis: dict[str, Any]) -> str:
    return json.dumps({"schema": 1, "apis": apis, "capabilities": []})


def guest(report: Report) -> Loaded | Skipped:
    results: tuple[Loaded | Skipped, ...] = (*report.loaded, *report.skipped)
    return next(result for result in results if result.name == "guest")


def test_every_plugin_of_the_workspace_loads() -> None:
    report = load(Settings())
    assert report.loaded
    assert report.skipped == ()


def test_a_plugin_built_against_this_api_is_loaded(install: Install) -> None:
    install(stamp(API))
    assert isinstance(guest(load(Settings())), Loaded)


@pytest.mark.parametrize(
    ("stamp", "code"),
    [
        (None, "PK201"),
        ("{", "PK202"),
        ("[]", "PK202"),
        ('{"schema": 1}', "PK202"),
        ("[" * 100_000, "PK202"),
        ('{"schema": 99}', "PK203"),
        (stamp(), "PK301"),
        (stamp(API | {"name": "other-api"}), "PK301"),
        (stamp(API | {"version": "0.9"}), "PK302"),
        (stamp(OTHER), "PK303"),
        (stamp(API, OTHER), "PK303"),
    ],
)
def test_a_stranger_is_refused_before_its_code_runs(install: Install, stamp: str | None, code: str) -> None:
    install(stamp, code="raise AssertionError('it ran')")
    result = guest(load(Settings()))
    assert isinstance(result, Skipped)
    assert result.code == code
    assert "guest_code" not in sys.modules


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("", "AttributeError: module 'guest_code' has no attribute 'New'"),
        ("New = dict", "TypeError: guest_code:New made a dict, which is no Plugin"),
        (WELL + "def init(self, host): raise OSError('no disk')\nGuest.init = init", "OSError: no disk"),
    ],
)
def test_a_plugin_that_fails_is_skipped(install: Install, code: str, reason: str) -> None:
    install(stamp(API), code=code)
    report = load(Settings())
    assert guest(report) == Skipped("guest", "error", reason)
    assert report.loaded


def test_two_plugins_of_one_name_are_both_refused(install: Install) -> None:
    install(stamp(API))
    install(stamp(API), distribution="rival")
    assert [result.code for result in load(Settings()).skipped] == ["PK505", "PK505"]


def test_a_broken_distribution_does_not_hide_the_others(install: Install, tmp_path: Path) -> None:
    install(stamp(API))
    (tmp_path / "broken-1.0.dist-info").mkdir()
    (tmp_path / "broken-1.0.dist-info" / "entry_points.txt").write_text("[group]\nno equals sign\n")
    assert isinstance(guest(load(Settings())), Loaded)

"""Bytes that flip in the cache, and builds that are killed at any moment: the right artifacts, now and ever after."""

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from faults import Ended, Scenario, Tally, build, command, contents, scenarios
from monorepo import monorepo, settle
from processes import cache_beside

SEED = 17
ROOMS = ("artifacts", "environments")


@dataclass
class Flips:
    """A workspace, a cache of its own with all that it needs, and what came of flipping bytes there."""

    place: Path
    expected: dict = field(default_factory=dict)
    runs: dict[str, int] = field(default_factory=dict)
    warned: int = 0
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        monorepo(self.place / "workspace")
        (self.place / "cache").mkdir()
        settle()
        assert build(self.place).status == 0
        self.expected = dict(contents(self.place / "workspace"))

    def strike(self, room: str, number: int, chance: random.Random) -> None:
        """Flip one bit of one file in a room of the cache; build twice where nothing but the cache is known."""
        found = sorted(path for path in (self.place / "cache" / room).rglob("*") if regular(path))
        path = chance.choice(found)
        data = bytearray(path.read_bytes())
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        path.write_bytes(data)
        what = f"{room} {number}: {path.relative_to(self.place)}"
        self.runs[room] = self.runs.get(room, 0) + 1
        for again in (False, True):
            if room == "environments":  # else no build needs one
                shutil.rmtree(self.place / "cache/artifacts", ignore_errors=True)
            name = self.checkout()
            self.judge(what, build(self.place, name), name, room, again=again)
            shutil.rmtree(self.place / name)

    def judge(self, what: str, ended: Ended, name: str, room: str, *, again: bool) -> None:
        found = contents(self.place / name)
        if (ended.status, found) != (0, self.expected):
            self.wrong.append(f"{what}: status {ended.status}, {ended.said[-300:]}")
        if "Traceback" in ended.said:
            self.wrong.append(f"{what}: a traceback")
        self.warned += "is damaged, and was made anew" in ended.said
        healed = "warning" not in ended.said and (room != "artifacts" or "0 artifacts built, 3 from" in ended.said)
        if again and not healed:
            self.wrong.append(f"{what}: did not heal: {ended.said[-300:]}")

    def checkout(self) -> str:
        shutil.copytree(
            self.place / "workspace", self.place / "checkout", ignore=shutil.ignore_patterns(".pluginkit", "dist")
        )
        settle()  # what was edited a moment before is built, and not kept
        return "checkout"


def regular(path: Path) -> bool:
    """Return whether it is a file that something is read from: not set aside, not the interpreter, not empty."""
    return path.is_file() and not path.is_symlink() and path.stat().st_size > 0 and "/bad/" not in str(path)


@pytest.fixture(scope="module")
def own_uv(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let uv have a cache that is not the machine's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UV_CACHE_DIR", str(tmp_path_factory.mktemp("uv")))
        yield


@pytest.fixture(scope="module")
def flips(tmp_path_factory: pytest.TempPathFactory, own_uv: None) -> Flips:
    return Flips(tmp_path_factory.mktemp("flips"))


def flip(flips: Flips, room: str, count: int) -> None:
    chance = random.Random(f"{SEED} {room}")
    for number in range(count):
        flips.strike(room, number, chance)
        if number % 25 == 24:
            print(f"{number + 1} {room}, {len(flips.wrong)} wrong", flush=True)
    print(f"\n{flips.runs} flips, {flips.warned} environments made anew, {len(flips.wrong)} wrong")
    assert flips.wrong == []


@pytest.mark.slow
@pytest.mark.parametrize(("room", "count"), [("artifacts", 4), ("environments", 1)])
def test_a_flipped_bit_gives_no_wrong_artifact_and_heals(flips, monkeypatch, room, count) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")  # uv's cache has all that is needed
    flip(flips, room, count)


@pytest.mark.faults
@pytest.mark.parametrize("room", ROOMS)
def test_no_flipped_bit_gives_a_wrong_artifact(flips, monkeypatch, room) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")
    flip(flips, room, 350)


def kill(started: dict[str, Scenario], name: str, here: Path, share: float, tally: Tally) -> bool:
    """Kill a build after a share of the time that an undisturbed one takes, and judge what it left.

    Returns whether it was still running.
    """
    scenario = started[name]
    scenario.copy(here)
    child = subprocess.Popen(
        command(here),
        env={**os.environ, "PLUGINKIT_CACHE_DIR": str(here / "cache")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    time.sleep(share * took(scenario, here))
    child.send_signal(signal.SIGKILL)
    said, _ = child.communicate(timeout=120)
    killed = child.returncode == -signal.SIGKILL
    if killed:
        tally.count(f"{name} killed")
    else:
        tally.missed += 1
    scenario.judge(here, Ended(child.returncode, said), f"{name} killed after {share:.3f} of its time", tally)
    return killed


_TOOK: dict[str, float] = {}


def took(scenario: Scenario, here: Path) -> float:
    """Return the seconds of an undisturbed build in a process of its own."""
    name = scenario.place.name
    if name not in _TOOK:
        _TOOK[name] = min(_seconds(scenario, here.with_name(f"{here.name}-{number}")) for number in range(3))
    return _TOOK[name]


def _seconds(scenario: Scenario, place: Path) -> float:
    scenario.copy(place)
    begun = time.monotonic()
    environment = {**os.environ, "PLUGINKIT_CACHE_DIR": str(place / "cache")}
    subprocess.run(command(place), env=environment, check=True, capture_output=True)
    shutil.rmtree(place)
    return time.monotonic() - begun


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory, own_uv: None) -> dict[str, Scenario]:
    base = tmp_path_factory.mktemp("kills")
    shared = cache_beside(Path(os.environ["PLUGINKIT_CACHE_DIR"]), base / "shared")
    (shared / "environments").unlink()
    (shared / "environments").mkdir()
    return scenarios(base / "scenarios", shared)


def kills(started: dict[str, Scenario], place: Path, count: int) -> None:
    tally, chance = Tally(), random.Random(SEED)
    names = ("edit", "first", "fetch", "cold")
    killed = number = 0
    while killed < count:
        share = chance.uniform(0.1, 1)  # the interpreter starts in what is left out
        if number % 25 == 24:
            print(tally, flush=True)
        killed += kill(started, names[number % len(names)], place / f"{number:03}", share, tally)
        number += 1
    print(tally, tally.all())
    wrong = [*tally.torn, *tally.wrong, *tally.unclean]
    assert wrong == []


@pytest.mark.slow
def test_a_build_killed_at_any_moment_leaves_a_whole_release(tmp_path, started) -> None:
    kills(started, tmp_path, 2)


@pytest.mark.faults
def test_no_kill_leaves_less_than_a_whole_release(tmp_path, started) -> None:
    kills(started, tmp_path, 200)

"""What the loader remembers counts only where nobody else can write, and what is damaged there is made anew."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hosts import START, HostPlace
from memory import Memory
from monorepo import settle

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has other means")

EVIL = """\
class New:
    name = "two"

    def handle(self, body):
        return b"evil:" + body
"""
ARGUMENTS = "'plugins', group='acme.plugins'"
GOOD = {"one": "one:x", "two": "two:x"}


def _replaced(value: object, old: str, new: str) -> object:
    if isinstance(value, tuple | list):
        return type(value)(_replaced(each, old, new) for each in value)
    return new if value == old else value


@pytest.fixture
def both(host: HostPlace, built: Path) -> HostPlace:
    """Return a host with one plugin installed, and the other in its directory."""
    shutil.copy(built / "acme_two-1.0.0-py3-none-any.whl", host.plugins)
    settle()
    return host


@pytest.fixture
def forged(both: HostPlace) -> HostPlace:
    """Return a host whose memory sends an accepted plugin's import elsewhere."""
    both.start(ARGUMENTS)
    evil = both.root / "evil/acme_two"
    evil.mkdir(parents=True)
    (evil / "__init__.py").write_text(EVIL)
    memory = Memory(both.root / "cache/runtime", "plan")
    present, (name, stamped, modules, accepted, *rest) = memory.value
    (root,) = (both.root / "cache/unpacked").glob("*/lib")
    memory.write((present, [name, stamped, modules, _replaced(accepted, str(root), str(evil.parent)), *rest]))
    return both


def _everybodys(path: Path) -> None:
    path.chmod(path.stat().st_mode | 0o002)


def _groups(path: Path) -> None:
    os.chown(path, -1, 12345)
    path.chmod(path.stat().st_mode | 0o020)


def _anothers(path: Path) -> None:
    os.chown(path, 12345, -1)


def slow(value: object, *marks: pytest.MarkDecorator) -> object:
    return pytest.param(value, marks=(pytest.mark.slow, *marks))


as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")


def test_who_can_write_to_the_memory_decides_what_runs(forged: HostPlace) -> None:
    assert forged.start(ARGUMENTS).answers["two"] == "evil:x"


@pytest.mark.parametrize("place", [*map(slow, ("cache", "cache/runtime")), "cache/runtime/plan-*"])
@pytest.mark.parametrize(
    "given",
    [_everybodys, slow(_groups, as_root), slow(_anothers, as_root)],
    ids=["everybody", "a group", "another user"],
)
def test_so_it_counts_only_where_nobody_else_can(forged: HostPlace, place: str, given: Callable[[Path], None]) -> None:
    (path,) = forged.root.glob(place)
    given(path)
    started = forged.start(ARGUMENTS)
    assert started.answers == GOOD
    assert f"{path} is ignored: " in started.log
    assert started.log.rstrip().endswith(("`", "`'"))


@pytest.mark.slow
def test_the_command_of_the_warning_mends_it(both: HostPlace) -> None:
    both.start(ARGUMENTS)
    for place in ("cache", "cache/runtime", "cache/runtime/plan-*"):
        (path,) = both.root.glob(place)
        _everybodys(path)
        (command,) = (line.split("`")[1] for line in both.start(ARGUMENTS).log.splitlines() if "is ignored" in line)
        assert os.system(command) == 0
        both.start(ARGUMENTS)
        again = both.start(ARGUMENTS)
        assert "is ignored" not in again.log
        assert "pluginkit.rules" not in again.value["modules"]


def test_a_memory_is_private_whatever_the_umask(both: HostPlace) -> None:
    code = "import os\nos.umask(0)\n" + START
    first = both.start(ARGUMENTS, code=code)
    second = both.start(ARGUMENTS, code=code)
    assert first.answers == second.answers == GOOD
    assert "pluginkit.rules" not in second.value["modules"]
    written = [both.root / "cache", *(both.root / "cache/runtime").rglob("*"), *(both.root / "cache").glob("*")]
    assert [str(path) for path in written if path.stat().st_mode & 0o022] == []


@pytest.mark.parametrize("place", [*map(slow, ("cache", "cache/unpacked", "cache/unpacked/*/lib")), "cache/unpacked/*"])
def test_a_wheel_is_not_loaded_from_where_others_can_write(both: HostPlace, place: str) -> None:
    both.start("'plugins'")
    (path,) = both.root.glob(place)
    _everybodys(path)
    (pycache,) = (both.root / "cache/unpacked").rglob("acme_two/__pycache__")
    (unpacked,) = (both.root / "cache/unpacked").glob("*/lib/acme_two/__init__.py")
    stat = unpacked.stat()
    unpacked.write_text(unpacked.read_text().replace('b"two:"', 'b"EVL:"'))
    os.utime(unpacked, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    shutil.rmtree(pycache)
    for _ in range(2):
        started = both.start("'plugins'")
        assert started.answers == {"two": "two:x"}
        assert f"{path} is ignored: everybody can write to it" in started.log


FLIPS = """\
import os, random
from pathlib import Path
from acme_api import Plugin
from pluginkit.runtime import Asked, check
from pluginkit.store.memory import unpacked

asked, chance = Asked(str(Path("plugins").absolute()), "acme.plugins"), random.Random(17)
good = check(asked, Plugin)
(memory,) = Path("cache/runtime").glob("plan-*")
(code,) = Path("cache/unpacked").glob("*/lib/acme_two/__init__.py")
whole, text = memory.read_bytes(), code.read_bytes()
for turn in range({count}):
    path = code if turn % 5 == 4 else memory
    data = bytearray(path.read_bytes())
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)
    plan = check(asked, Plugin)
    assert [one.digest for one in plan.accepted] == [one.digest for one in good.accepted]
    assert plan.accepted[0] == good.accepted[0]
    assert (Path(plan.accepted[1].root) / "acme_two/__init__.py").read_bytes() == text
    unpacked(memory.read_bytes())
    code.write_bytes(text)
print("{{}}")
"""


@pytest.mark.parametrize("count", [slow(20), pytest.param(250, marks=pytest.mark.faults)])
def test_flipped_bits_load_nothing_else_and_are_healed(both: HostPlace, count: int) -> None:
    done = both.run(FLIPS.format(count=count))
    assert (done.returncode, done.stdout.strip()) == (0, "{}"), done.stderr

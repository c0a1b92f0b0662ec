"""A hundred hostile plugins in real hosts without a probe: the host goes on, and the plugins beside them load."""

import os
import signal
from pathlib import Path

import pytest
from hostileplugins import MADE, RAISED
from hostileprocess import ENDS, LATE, LEFT
from hosts import GOOD, START, HostPlace, Started, place, release

GOODS = ("aa", "zz")
"""The first and the last to be loaded."""
EXITS = {
    "raised-init-subclass-exits", "raised-instance-check-exits", "raised-exits-in-a-class", "raised-escapes-in-an-exit",
    "made-getattribute-exits", "made-init-exits", "made-handle-exits", "made-capabilities-exit",
    "made-capabilities-cannot-be-shown", "made-module-getattribute-exits", "made-module-getattr-exits",
}  # fmt: skip
LIE = {
    "made-capabilities-endless": "PK105", "made-capabilities-endless-numbers": "PK105",
    "made-capabilities-called-endless": "PK105", "made-capabilities-of-its-own": "PK105",
    "made-capabilities-cannot-be-hashed": "PK105", "made-capabilities-long": "PK105", "made-api-version-long": "PK302",
    "made-is-none": "PK503", "made-is-a-number": "PK503", "made-file-is-a-number": "PK503",
    "made-file-escapes": "PK503", "made-path-endless": "PK503", "made-path-exits": "PK503",
}  # fmt: skip
"""What is seen through without asking the plugin."""
HARMLESS = {
    "made-class-exits", "made-class-lies", "made-dict-exits", "made-init-is-a-number", "made-asked-exits",
    "made-huge-length", "made-meta-mro-exits", "made-meta-module-exits", "made-meta-name-exits", "made-meta-dict-exits",
    "made-meta-getattribute-exits", "made-meta-asked-exits", "made-module-of-its-own", "made-module-of-a-class-lies",
    "made-file-of-its-own", "made-name-of-its-own", "made-a-strange-class-inside", "made-a-shy-object-inside",
}  # fmt: skip
"""They load: what is hostile in them is never asked."""
PUT_BACK = {
    "replaces-import": "builtins.__import__", "replaces-open": "builtins.open",
    "replaces-isinstance": "builtins.isinstance", "replaces-baseexception": "builtins.BaseException",
    "replaces-and-fails": "builtins.tuple", "replaces-build-class": "builtins.__build_class__",
    "clears-builtins": "builtins.__build_class__", "replaces-in-init": "builtins.isinstance",
    "recursion-limit": "sys.setrecursionlimit", "meta-path-none": "sys.meta_path", "path-none": "sys.path",
    "path-empty": "sys.path", "path-own": "sys.path", "modules-cleared": "sys.modules",
    "modules-rebound": "sys.modules", "modules-none": "sys.modules",
}  # fmt: skip
MOST = 4000
"""Characters that the log has of one plugin."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a release with all of them."""
    groups = {"raised-": RAISED, "made-": MADE, "": LEFT | ENDS | LATE}
    codes = {f"{prefix}{name}": code for prefix, group in groups.items() for name, code in group.items()}
    whole = {name: code if _has_factory(code) else f"{code}\n\nclass New: ...\n" for name, code in codes.items()}
    goods = {name: GOOD.format(name=name) for name in GOODS}
    return release(tmp_path_factory.mktemp("workspace"), goods | whole)


def _has_factory(code: str) -> bool:
    return "New" in code or "\ndef __getattr__" in f"\n{code}"


def _place(root: Path, built: Path, *names: str) -> HostPlace:
    return place(root / "host", built, [name.replace("-", "_") for name in (*GOODS, *names)])


def _expected(name: str) -> list[str]:
    if name in HARMLESS:
        return []
    ends = name in EXITS or ("interrupts" in name and name != "raised-str-interrupts")
    return ["PK507" if ends else LIE.get(name, "PK508")]


def _assert_goods_run(started: Started) -> None:
    assert started.status == 0
    assert {name: started.answers.get(name) for name in GOODS} == {name: f"{name}:x" for name in GOODS}


def test_whatever_plugins_raise_or_are_the_others_load(tmp_path: Path, built: Path) -> None:
    names = [*(f"raised-{name}" for name in RAISED), *(f"made-{name}" for name in MADE)]
    started = _place(tmp_path, built, *names).start()
    _assert_goods_run(started)
    assert {name: started.codes.get(name, []) for name in names} == {name: _expected(name) for name in names}
    assert all(char.isprintable() or char == "\n" for char in started.log)
    assert len(started.log) < MOST * len(names)
    assert max(map(len, started.log.splitlines())) < MOST


@pytest.mark.sampled(12)
@pytest.mark.parametrize("name", [*(f"raised-{name}" for name in RAISED), *(f"made-{name}" for name in MADE)])
def test_whatever_one_raises_or_is_the_host_goes_on(tmp_path: Path, built: Path, name: str) -> None:
    started = _place(tmp_path, built, name).start()
    _assert_goods_run(started)
    assert started.codes.get(name, []) == _expected(name)


@pytest.mark.sampled(4)
@pytest.mark.parametrize("name", LEFT)
def test_whatever_one_leaves_behind_the_host_goes_on(tmp_path: Path, built: Path, name: str) -> None:
    started = _place(tmp_path, built, name).start()
    _assert_goods_run(started)
    (row,) = (row for row in started.value["report"]["plugins"] if row["name"] == name)
    warned = [one["message"] for one in row["findings"] if one["code"] == "PK506"]
    assert bool(warned) is (name in PUT_BACK)
    assert all(PUT_BACK[name] in message for message in warned)


def test_builtins_finders_and_the_api_are_put_back(tmp_path: Path, built: Path) -> None:
    names = ("replaces-import", "replaces-and-fails", "clears-builtins", "meta-path", "path-hooks", "api-replaced")
    code = START.replace("\nanswers =", "\nimport colorsys, acme_api\nassert acme_api.Plugin is Plugin\nanswers =")
    started = _place(tmp_path, built, *names).start(code=code)
    _assert_goods_run(started)
    assert set(started.codes) == set(names)


def test_an_init_that_edits_the_api_is_refused(tmp_path: Path, built: Path) -> None:
    started = _place(tmp_path, built, "api-edited-in-init").start()
    _assert_goods_run(started)
    assert started.codes == {"api-edited-in-init": ["PK304"]}


@pytest.mark.sampled(4)
@pytest.mark.parametrize("name", ENDS)
def test_a_probe_finds_what_would_end_the_host(tmp_path: Path, built: Path, name: str) -> None:
    started = _place(tmp_path, built, name).start("'plugins', probe=5")
    _assert_goods_run(started)
    assert started.codes == {name: ["PK507"]}


PROBED = """
from acme_api import Plugin
from pluginkit.runtime import Asked, check
from pluginkit.runtime.probe_results import tried

plan = tried(check(Asked("plugins"), Plugin), (Plugin,), 5)
print(*(one.name for one in plan.accepted))
"""


@pytest.mark.slow
def test_a_probe_passes_what_shows_only_later(tmp_path: Path, built: Path) -> None:
    done = _place(tmp_path, built, *LATE).run(PROBED)
    assert done.stdout.split() == sorted([*GOODS, *LATE]), done.stderr


INTERRUPTED = """\
import os, signal, threading, time
{guard}
    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
    time.sleep(5)
"""
HANDLED = {
    "left alone": INTERRUPTED.format(guard="if True:"),
    "raised again": INTERRUPTED.format(guard="try:")
    + "except BaseException as error:\n    raise KeyboardInterrupt('again') from error\n",
    "in a text": "class Strange(Exception):\n    def __str__(self):\n"
    + "".join(f"        {line}\n" for line in INTERRUPTED.format(guard="if True:").splitlines())
    + "\n\nraise Strange\n",
}


@pytest.mark.parametrize("how", HANDLED)
def test_a_ctrl_c_of_the_user_ends_the_host(tmp_path: Path, how: str) -> None:
    plugins = {"sleeps": f"{HANDLED[how]}\n\nclass New: ...\n", "zz": GOOD.format(name="zz")}
    host = place(tmp_path / "host", release(tmp_path / "workspace", plugins), ["sleeps", "zz"])
    done = host.run(START.format(arguments="'plugins'"))
    assert done.returncode == -signal.SIGINT
    assert done.stderr.rstrip().splitlines()[-1].startswith("KeyboardInterrupt")


OWN = """\
import signal, sys


def own(number, _frame):
    {raises}


signal.signal(signal.{signal}, own)
{more}
"""


@pytest.mark.slow
def test_what_the_hosts_own_handlers_raise_reaches_the_host(tmp_path: Path, built: Path) -> None:
    plugins = {"sleeps": f"{HANDLED['left alone'].replace('SIGINT', 'SIGTERM')}\n\nclass New: ...\n"}
    host = place(tmp_path / "host", release(tmp_path / "workspace", plugins), ["sleeps"])
    code = START.format(arguments="'plugins'")
    ended = host.run(OWN.format(signal="SIGTERM", raises="sys.exit(5)", more="") + code)
    assert ended.returncode == 5
    late = "signal.setitimer(signal.ITIMER_REAL, 2)"
    host = _place(tmp_path / "other", built, "loops-in-init")
    timed = host.run(OWN.format(signal="SIGALRM", raises="raise TimeoutError('the host')", more=late) + code)
    assert timed.stderr.rstrip().endswith("TimeoutError: the host")


HANDLERS = """
import signal
assert signal.getsignal(signal.SIGINT) is {handler}
print("{{}}")
"""


def test_the_handler_of_ctrl_c_is_the_hosts_again(tmp_path: Path, built: Path) -> None:
    host = _place(tmp_path, built)
    code = START.format(arguments="'plugins'")
    assert host.run(code + HANDLERS.format(handler="signal.default_int_handler")).returncode == 0
    own = "import signal\ndef own(*_): ...\nsignal.signal(signal.SIGINT, own)\n"
    assert host.run(own + code + HANDLERS.format(handler="own")).returncode == 0


def test_plugins_load_in_a_thread_that_gets_no_signals(tmp_path: Path, built: Path) -> None:
    host = _place(tmp_path, built, "raised-interrupts")
    code = START.format(arguments="'plugins'").replace("\n", "\n    ")
    done = host.run(f"def main():\n    {code}\nimport threading\none = threading.Thread(target=main)\none.start()\n")
    assert '"zz": "zz:x"' in done.stdout, done.stderr
    assert "interrupted the process by itself" in done.stdout


def test_a_cache_named_relative_to_a_directory_that_a_plugin_leaves(tmp_path: Path, built: Path) -> None:
    host = _place(tmp_path, built, "directory")
    for _ in range(2):
        _assert_goods_run(host.start(PLUGINKIT_CACHE_DIR="cache"))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_forked_child_does_not_become_a_second_host(tmp_path: Path, built: Path) -> None:
    done = _place(tmp_path, built, "forks").run(START.format(arguments="'plugins'"))
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 1)

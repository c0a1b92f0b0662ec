"""One source, four ways to run it: equal answers, plugins that end without their host, and stale APIs."""

import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from gomodes import APART, MODES, PLUGINKIT, Host, first_difference, four_plugins, release, without_times
from monorepo import edit
from processes import cache_beside

pytestmark = pytest.mark.modes

ENDS, MORE = 20, 4
"""How often each of five counters ends, and how often it might end again."""
LIMITS = f'timeout = "3s"\nmemory = "256MiB"\nrestarts = {ENDS + MORE}\n'
WAYS = ["panic", "panic elsewhere", "exit", "loop", "allocate"]
SETTINGS = {"AUDIT_FORBID": "z"}
STARTED = 'func init() { println("counter was started") }\n'
LEDGER = "\tTotals() map[string]int64\n"


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Build the four plugins once in each mode, from one lock; return the releases by mode."""
    place = tmp_path_factory.mktemp("modes")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLUGINKIT_CACHE_DIR", str(cache_beside(Path(os.environ["PLUGINKIT_CACHE_DIR"]), place / "cache")))
        root = four_plugins(place / "acme")
        subprocess.run([PLUGINKIT, "lock", root], check=True, capture_output=True)
        sealed = (root / "pluginkit.lock").read_bytes()
        made = {mode: release(root, place / mode, mode) for mode in MODES}
        assert (root / "pluginkit.lock").read_bytes() == sealed
    return made


@pytest.fixture(scope="module")
def expected(releases: Mapping[str, Path]) -> list[str]:
    """Return what a host says that loads plugins into its process."""
    return _said(releases["plugin"])


def _said(built: Path) -> list[str]:
    with Host(built, **SETTINGS) as host:
        return [*without_times(host.started), *host.do("run", 1000, 18)]


@pytest.mark.parametrize("mode", MODES[1:])
def test_1000_requests_are_answered_alike_in_each_mode(releases, expected, mode) -> None:
    assert len(expected) > 2000
    assert first_difference(expected, _said(releases[mode])) == ""


@pytest.mark.modes
def test_one_host_runs_plugins_of_all_four_modes(tmp_path, expected) -> None:
    root = four_plugins(tmp_path / "acme")
    for name, mode in zip(("transform", "filter", "counter", "audit"), MODES, strict=True):
        edit(root / "pluginkit.toml", f"[plugin.{name}]\n", f'[plugin.{name}]\nmode = "{mode}"\n')
    said = _said(release(root, tmp_path / "release"))
    start = next(index for index, line in enumerate(said) if line.startswith("an auditor"))
    assert sorted(said[:start]) == sorted(expected[:start])  # what is linked is loaded first
    assert first_difference(expected[start:], said[start:]) == ""


def test_what_a_release_has_is_what_its_mode_needs(releases) -> None:
    names = ("audit", "counter", "filter", "transform")
    suffixes = {"plugin": ".so", "subprocess": ".plugin", "wasm": ".wasm"}
    for mode, built in releases.items():
        found = sorted(path.name for path in built.glob("plugins/*"))
        assert found == [f"{name}{suffixes[mode]}" for name in names if mode in suffixes]
        done = subprocess.run([PLUGINKIT, "verify", built], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("mode", MODES)
def test_a_variable_is_shared_where_memory_is(releases, mode) -> None:
    with Host(releases[mode]) as host:
        (variable,) = host.do("look", "filter", "Counter")
        (function,) = host.do("look", "filter", "Tick")
    assert function == "func(), <nil>"
    if mode in APART:
        assert variable.startswith("<nil>, ")
        assert "Counter is a variable" in variable
    else:
        assert variable == "*int64, <nil>"


@pytest.fixture(scope="module", params=APART)
def apart(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """Build the four plugins in a mode in which they share no memory with the host, within narrow limits."""
    place, mode = tmp_path_factory.mktemp("apart"), request.param
    root = four_plugins(place / "acme", counter=f'mode = "{mode}"\n{LIMITS}', twins=4)
    return mode, release(root, place / "release", mode)


@pytest.mark.parametrize("how", WAYS)
def test_what_ends_a_plugin_does_not_end_its_host(apart, how) -> None:
    _, built = apart
    with Host(built) as host:
        assert host.do("ask", "counter", "before") == ['counter: 200 "1 before", no error']
        (answer,) = host.do("ask", "counter", f"break: {how}", within=60)
        assert answer.startswith("counter: nil, error "), answer
        assert host.do("ask", "filter", "hello") == ['filter: 200 "hello", no error']
        assert host.do("ask", "transform", "hello") == ['transform: 200 "HELLO", no error']
        (again,) = _in_time(host, "counter", "again")
        assert again.endswith(' again", no error'), again
        assert host.logged(r"counter.*PK50[78] "), host.log
        assert host.status is None


def test_a_process_that_is_killed_is_started_again(apart) -> None:
    mode, built = apart
    if mode != "subprocess":
        pytest.skip("no process of its own")
    with Host(built) as host:
        host.kill("counter")
        assert host.do("ask", "filter", "hello") == ['filter: 200 "hello", no error']
        assert _in_time(host, "counter", "again") == ['counter: 200 "1 again", no error']
        assert host.logged("counter.*PK507 .*signal: killed"), host.log


def test_after_100_ends_nothing_is_left_behind(apart, tmp_path) -> None:
    mode, built = apart
    names = ["counter", *(f"counter{number}" for number in range(4))]
    with Host(built, TMPDIR=str(tmp_path)) as host:
        children, files = len(host.children()), host.files()
        for _ in range(ENDS):
            for name in names:
                _end(host, mode, name)
            for name in names:
                assert _in_time(host, name, "again") == [f'{name}: 200 "1 again", no error']
        until = time.monotonic() + 10
        while (len(host.children()), host.files()) > (children, files) and time.monotonic() < until:
            time.sleep(0.1)
        assert len(host.children()) == children
        assert host.files() <= files
        for _ in range(MORE):
            _end(host, mode, "counter")
            assert _in_time(host, "counter", "again") == ['counter: 200 "1 again", no error']
        _end(host, mode, "counter")  # once too often
        (answer,) = host.do("ask", "counter", "gone", within=5)
        assert answer.startswith("counter: nil, error "), answer
        assert host.do("ask", "counter0", "hello") == ['counter0: 200 "2 hello", no error']
    assert list(tmp_path.rglob("*")) == []


def _end(host: Host, mode: str, name: str) -> None:
    if mode == "subprocess":
        host.kill(name)
    else:
        host.do("ask", name, "break: exit")


def _in_time(host: Host, name: str, body: str) -> list[str]:
    """Ask until a plugin answers without an error, as it does once it was started again; return the last answer."""
    until = time.monotonic() + 60
    while True:
        answer = host.do("ask", name, body)
        if answer[0].endswith("no error") or time.monotonic() > until:
            return answer
        time.sleep(0.05)


@pytest.fixture(scope="module")
def stale(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Mapping[str, Path]]:
    """Build in each mode, edit the API, build again, and put the first counter into the last release.

    The edit comes with another version of the API, or without: releases by "PK302" and "PK303".
    """
    place = tmp_path_factory.mktemp("stale")
    root = four_plugins(place / "acme")
    with (root / "plugins/counter/counter.go").open("a") as source:
        source.write(STARTED)
    modes = [mode for mode in MODES if mode != "linked"]
    made: dict[str, dict[str, Path]] = {"fresh": {mode: release(root, place / f"fresh-{mode}", mode) for mode in modes}}
    edits = {"PK303": ("// Entry is a line", "// Entry is one line"), "PK302": ('"v1.0.0"', '"v1.1.0"')}
    for code, (before, after) in edits.items():
        edit(root / f"pluginapi/{'api' if code == 'PK302' else 'more'}.go", before, after)
        subprocess.run([PLUGINKIT, "lock", root, "--allow-same-version"], check=True, capture_output=True)
        made[code] = {}
        for mode in modes:
            built = made[code][mode] = release(root, place / f"{code}-{mode}", mode)
            (old,) = made["fresh"][mode].glob("plugins/counter.*")
            shutil.copy(old, built / "plugins")
    return made


@pytest.mark.parametrize("code", ["PK303", "PK302"])
def test_a_stale_api_is_refused_in_the_same_words_before_anything_runs(stale, code) -> None:
    texts = {}
    for mode, built in stale[code].items():
        with Host(built) as host:
            said = [line for line in without_times(host.started) if line.startswith("counter: PK30")]
            assert "counter is refused" in without_times(host.started)
            assert host.do("ask", "counter", "hello") == ["counter is not there"]
            assert host.do("ask", "filter", "hello") == ['filter: 200 "hello", no error']
            assert "counter was started" not in host.log
            texts[mode] = said
    assert [line.split()[1] for line in texts["plugin"]] == (["PK302", "PK303"] if code == "PK302" else ["PK303"])
    assert texts["subprocess"] == texts["wasm"] == texts["plugin"]


def test_what_is_not_stale_runs(stale) -> None:
    for built in stale["fresh"].values():
        with Host(built) as host:
            assert host.do("ask", "counter", "hello") == ['counter: 200 "1 hello", no error']
            assert "counter was started" in host.log


def test_a_linked_plugin_that_is_stale_is_an_error_of_the_build(tmp_path, pluginkit) -> None:
    root = four_plugins(tmp_path / "acme")
    edit(root / "pluginapi/more.go", LEDGER, f"{LEDGER}\tClose() error\n")
    assert pluginkit("lock", root).status == 0
    built = pluginkit("build", root, "--mode", "linked")
    assert built.status == 2
    assert "plugins/counter" in built.err
    assert "missing method Close" in built.err

"""The loader: what fits runs, what does not is named, and nothing stops the host."""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hosts import API, GOOD, START, HostPlace, place, release
from memory import Memory
from monorepo import edit, monorepo, project, write
from wheels import good_wheel

from pluginkit.cli import main

BAD = {
    "raises": "raise KeyError('LIMIT')\n\n\nclass New: ...\n",
    "newraises": "def New():\n    raise RuntimeError('no room')\n",
    "nothing": "def New():\n    return object()\n",
    "initraises": GOOD.format(name="initraises").replace("started.append(host.limit)", "1 / 0"),
    "exits": "import sys\nsys.exit('goodbye')\n\n\nclass New: ...\n",
    "dies": "import os\nos._exit(42)\n\n\nclass New: ...\n",
    "hangs": "import time\ntime.sleep(600)\n\n\nclass New: ...\n",
}
GOODS = {name: GOOD.format(name=name) for name in ("one", "two", "three")}
EXPECTED = {
    "stranger": ["PK303"],
    "acme_torn-1.0.0-py3-none-any.whl": ["PK102"],
    "dies": ["PK507"],
    "exits": ["PK507"],
    "hangs": ["PK507"],
    "initraises": ["PK508"],
    "newraises": ["PK508"],
    "nothing": ["PK502"],
    "raises": ["PK508"],
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return release(tmp_path_factory.mktemp("workspace"), GOODS | BAD)


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plugin built against another copy of the API, of the same version."""
    other = API.replace("class Plugin", "class Extra: ...\n\n\nclass Plugin")
    built = release(tmp_path_factory.mktemp("other"), {"stranger": GOOD.format(name="stranger")}, api=other)
    return built / "acme_stranger-1.0.0-py3-none-any.whl"


@pytest.fixture
def good(tmp_path: Path, built: Path) -> HostPlace:
    return place(tmp_path / "host", built, list(GOODS))


@pytest.fixture
def twelve(tmp_path: Path, built: Path, stranger: Path) -> HostPlace:
    host = place(tmp_path / "host", built, [*GOODS, *BAD])
    shutil.copy(stranger, host.plugins)
    whole = (built / "acme_one-1.0.0-py3-none-any.whl").read_bytes()
    (host.plugins / "acme_torn-1.0.0-py3-none-any.whl").write_bytes(whole[: len(whole) // 2])
    return host


@pytest.mark.slow
def test_nine_bad_plugins_in_nine_ways_do_not_stop_the_three_good_ones(twelve: HostPlace) -> None:
    assert len(list(twelve.plugins.glob("*.whl"))) == 12
    started = twelve.start("'plugins', probe=3")
    assert started.status == 0
    assert started.answers == {name: f"{name}:x" for name in GOODS}
    assert started.codes == EXPECTED
    for name in started.codes:
        assert name in started.log


def test_a_library_that_only_a_plugin_needs_is_held_against_the_installed_one(tmp_path: Path) -> None:
    def make(name: str, value: int) -> Path:
        root = tmp_path / name
        write(root / "libs/common", project("acme-common", f"X = {value}\n"))
        monorepo(root, plugins={"one": f"from acme_common import X\n{GOODS['one']}"})
        edit(root / "plugins/one/pyproject.toml", '"acme-api>=1"', '"acme-api>=1", "acme-common"')
        edit(root / "pluginkit.toml", 'api = "api"', 'api = ["api", "libs/common"]')
        write(root, {"api/acme_api/__init__.py": API})
        assert main(["build", str(root)]) == 0
        return root / "dist"

    built = make("workspace", 1)
    host = place(tmp_path / "host", built, ["one"])
    host.install(built / "acme_common-1.0.0-py3-none-any.whl")
    assert host.start().answers == {"one": "one:x"}
    shutil.copy(make("other", 2) / "acme_one-1.0.0-py3-none-any.whl", host.plugins)
    assert host.start().codes == {"one": ["PK303"]}


def test_strict_is_one_error_that_names_every_failure(twelve: HostPlace) -> None:
    started = twelve.start("'plugins', probe=3, strict=True")
    assert started.status == 3
    assert "PK303" in started.value["error"]
    assert "acme_torn" in started.value["error"]
    assert "dies" not in started.value["error"]  # nothing was imported: what is refused is told first


def test_strict_names_what_fails_as_it_loads(good: HostPlace, built: Path) -> None:
    for name in ("raises", "initraises"):
        shutil.copy(built / f"acme_{name}-1.0.0-py3-none-any.whl", good.plugins)
    started = good.start("'plugins', strict=True")
    assert started.status == 3
    assert started.value["error"].startswith("2 plugins are not loaded:")
    assert "raises (" in started.value["error"]
    assert "ZeroDivisionError" in started.value["error"]


def test_a_required_plugin_that_is_absent_is_an_error(good: HostPlace) -> None:
    assert good.start("'plugins', required={'one'}").status == 0
    started = good.start("'plugins', required={'one', 'four'}")
    assert started.status == 3
    assert "four: required, and there is no plugin of that name" in started.value["error"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("raises", ["KeyError", "LIMIT", "__init__.py:1"]),
        ("newraises", ["RuntimeError: no room", "__init__.py:2"]),
        ("nothing", ["handle, name", "no Plugin"]),
        ("exits", ["goodbye", "__init__.py:2"]),
    ],
)
def test_a_finding_says_what_went_wrong_and_where(tmp_path: Path, built: Path, name: str, words: list[str]) -> None:
    started = place(tmp_path, built, [name]).start()
    spelled = json.dumps(started.finding(name))
    assert [word for word in words if word not in spelled] == []


@pytest.mark.slow
def test_a_probe_is_remembered_by_digest(tmp_path: Path, built: Path) -> None:
    host = place(tmp_path, built, ["one", "dies"])
    first = host.start("'plugins', probe=True")
    assert first.codes == {"dies": ["PK507"]}
    assert "status 42" in first.finding("dies")["message"]
    second = host.start("'plugins', probe=True")
    assert (second.codes, second.answers) == (first.codes, first.answers)
    assert "subprocess" not in second.value["modules"]
    memory = Memory(tmp_path / "cache/runtime", "probe")
    whole = memory.path.read_bytes()
    for damaged in (b"", whole[:-1], whole[:-1] + bytes([whole[-1] ^ 1]), b"{" * 100):
        memory.path.write_bytes(damaged)
        assert host.start("'plugins', probe=True").codes == first.codes
    memory.write({name: [1] for name in memory.value})
    assert host.start("'plugins', probe=True").codes == first.codes


def test_a_failed_probe_is_tried_again_after_an_hour(tmp_path: Path, built: Path) -> None:
    host = place(tmp_path, built, ["dies"])
    host.start("'plugins', probe=True")
    memory = Memory(tmp_path / "cache/runtime", "probe")
    ((name, (begun, told)),) = memory.value.items()
    told[3] = "an old message"
    memory.write({name: [begun, told]})
    assert host.start("'plugins', probe=True").finding("dies")["message"] == "an old message"
    memory.write({name: [begun - 3601, told]})
    assert "status 42" in host.start("'plugins', probe=True").finding("dies")["message"]


def test_plugins_are_found_by_entry_point_group_and_in_a_directory_at_once(tmp_path: Path, built: Path) -> None:
    host = place(tmp_path, built, ["one"])
    host.install(built / "acme_two-1.0.0-py3-none-any.whl")
    assert list(host.start("group=''").answers) == ["two"]
    assert list(host.start("group='acme.plugins'").answers) == ["two"]
    assert list(host.start("'plugins', group='acme.plugins'").answers) == ["one", "two"]
    host.install(built / "acme_one-1.0.0-py3-none-any.whl")
    both = host.start("'plugins', group='acme.plugins'")
    assert both.codes == {"one": ["PK505"]}
    assert list(both.answers) == ["two"]


SWAP = """\
import shutil
from pluginkit.runtime import startup as loading

before = loading.start


def swapped(*arguments):
    {swap}
    return before(*arguments)


loading.start = swapped
try:
"""


def _swapping(swap: str) -> str:
    return START.replace("try:\n", SWAP.format(swap=swap), 1)


def test_a_wheel_swapped_after_the_check_changes_nothing(good: HostPlace, stranger: Path) -> None:
    wheel = good.plugins / "acme_one-1.0.0-py3-none-any.whl"
    started = good.start(code=_swapping(f"shutil.copy('{stranger}', '{wheel}')"))
    assert started.answers == {name: f"{name}:x" for name in GOODS}
    assert wheel.read_bytes() == stranger.read_bytes()


def test_an_installed_file_changed_after_the_check_is_not_run(tmp_path: Path, built: Path) -> None:
    host = place(tmp_path, built)
    for name in ("one", "two"):
        host.install(built / f"acme_{name}-1.0.0-py3-none-any.whl")
    started = host.start("group=''", code=_swapping("open('site/acme_one/__init__.py', 'a').write('# changed')"))
    assert started.codes == {"one": ["PK103"]}
    assert list(started.answers) == ["two"]


def test_what_nothing_changed_of_is_not_read_again(good: HostPlace) -> None:
    time.sleep(0.2)  # what was changed a moment ago is not remembered
    first = good.start()
    assert "pluginkit.rules" in first.value["modules"]
    second = good.start()
    assert second.answers == first.answers
    assert not {"pluginkit.rules", "pluginkit.runtime.verify", "zipfile"} & {*second.value["modules"]}


@pytest.mark.parametrize("change", ["a wheel", "the API", "a new wheel", "an unpacked file", "the host's stamp"])
def test_whatever_changes_is_noticed(good: HostPlace, built: Path, stranger: Path, change: str) -> None:
    time.sleep(0.2)
    assert len(good.start().answers) == len(good.start().answers) == 3
    if change == "a wheel":
        shutil.copy(stranger, good.plugins / "acme_one-1.0.0-py3-none-any.whl")
        assert good.start().codes
    elif change == "the API":
        edit(good.site / "acme_api/__init__.py", "limit: int", "limit: str")
        assert set(good.start().codes) == set(GOODS)
        assert good.start().codes["one"] == ["PK103", "PK305"]
    elif change == "a new wheel":
        shutil.copy(built / "acme_nothing-1.0.0-py3-none-any.whl", good.plugins)
        assert good.start().codes == {"nothing": ["PK502"]}
    elif change == "an unpacked file":
        (unpacked,) = (good.root / "cache/unpacked").glob("*/lib/acme_one/__init__.py")
        edit(unpacked, 'b"one:"', 'b"evil:"')
        assert good.start().answers["one"] == "one:x"
    else:
        (stamp,) = good.site.glob("acme_host-*/pluginkit.json")
        stamp.write_text("{}")
        assert good.start().value["report"]["stamped"] is False


def test_a_module_from_elsewhere_is_not_taken_for_the_plugins(good: HostPlace) -> None:
    (good.site / "acme_one.py").write_text("class New: ...\n")
    started = good.start()
    assert started.codes == {"one": ["PK503"]}
    assert str(good.site / "acme_one.py") in json.dumps(started.finding("one"))


IDENTITY = """\
import importlib, sys
import acme_api

{how}


class New(Base):
    name = "copy"

    def handle(self, body):
        return body
"""


@pytest.mark.parametrize(
    "how",
    [
        "Base = importlib.reload(acme_api).Host",
        "del sys.modules['acme_api']\nBase = importlib.import_module('acme_api').Host",
        "spec = importlib.util.find_spec('acme_api')\nmodule = importlib.util.module_from_spec(spec)\n"
        "spec.loader.exec_module(module)\nBase = module.Host",
    ],
    ids=["reloaded", "imported again", "another module object"],
)
def test_a_second_copy_of_the_api_is_refused_with_the_reason(tmp_path: Path, how: str) -> None:
    code = IDENTITY.format(how=how).replace("import importlib,", "import importlib, importlib.util,")
    built = release(tmp_path / "workspace", {"copy": code, "good": GOOD.format(name="good")})
    started = place(tmp_path / "host", built, ["copy", "good"]).start()
    assert started.codes == {"copy": ["PK304"]}
    assert "a class is the object that its module made, not its name" in started.finding("copy")["message"]
    assert list(started.answers) == ["good"]


CAPABLE = GOOD.format(name="filter") + "\n    capabilities = {declared!r}\n"


@pytest.mark.parametrize(
    ("declared", "requires", "codes"),
    [
        ((), "{'filter'}", []),
        (("filter",), "{'filter'}", []),
        (("filter", "batch"), "()", ["PK105"]),
        ((), "{'batch'}", ["PK504"]),
    ],
)
def test_capabilities_are_required_and_what_runs_says_what_its_stamp_says(
    tmp_path: Path, declared: tuple[str, ...], requires: str, codes: list[str]
) -> None:
    code = CAPABLE.format(declared=declared) if declared else GOOD.format(name="filter")
    workspace = tmp_path / "workspace"
    release(workspace, {"filter": code})
    with (workspace / "plugins/filter/pyproject.toml").open("a") as config:
        config.write('\n[tool.pluginkit]\ncapabilities = ["filter"]\n')
    built = release_again(workspace)
    started = place(tmp_path / "host", built, ["filter"]).start(f"'plugins', requires={requires}")
    assert started.codes == ({"filter": codes} if codes else {})


def release_again(workspace: Path) -> Path:
    done = subprocess.run(
        [sys.executable, "-m", "pluginkit", "build", str(workspace)], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return workspace / "dist"


def test_data_files_of_a_wheel_are_found(tmp_path: Path) -> None:
    code = GOOD.format(name="data").replace(
        'b"data:"', "(__import__('pathlib').Path(__file__).parent / 'a.txt').read_bytes()"
    )
    workspace = tmp_path / "workspace"
    release(workspace, {"data": code})
    (workspace / "plugins/data/acme_data/a.txt").write_text("text:")
    started = place(tmp_path / "host", release_again(workspace), ["data"]).start()
    assert started.answers == {"data": "text:x"}


def test_extension_modules_work(tmp_path: Path) -> None:
    import markupsafe._speedups as compiled

    code = "from acme_data._speedups import _escape_inner\n\n" + GOOD.format(name="data").replace(
        'b"data:" + body', "_escape_inner('<').encode()"
    )
    workspace = tmp_path / "workspace"
    release(workspace, {"data": GOOD.format(name="data")})
    (workspace / "plugins/data/acme_data/__init__.py").write_text(code)
    shutil.copy(compiled.__file__, workspace / "plugins/data/acme_data")
    assert place(tmp_path / "host", release_again(workspace), ["data"]).start().answers == {"data": "&lt;"}


def test_a_whole_release_can_be_the_directory(tmp_path: Path, built: Path) -> None:
    host = place(tmp_path, built)
    host.plugins.rmdir()
    shutil.copytree(
        built, host.plugins, ignore=shutil.ignore_patterns("*raises*", "*nothing*", "*exits*", "*dies*", "*hangs*")
    )
    assert list(host.start().answers) == ["one", "three", "two"]


def test_a_host_without_a_stamp_holds_plugins_against_its_api_as_installed(good: HostPlace, stranger: Path) -> None:
    shutil.rmtree(next(good.site.glob("acme_host-*")))
    shutil.copy(stranger, good.plugins)
    started = good.start()
    assert started.value["report"]["stamped"] is False
    assert set(started.answers) == set(GOODS)
    assert list(started.codes.values()) == [["PK303"]]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("'nowhere'", "nowhere"),
        ("policy='loose'", "loose"),
        ("name='other-host'", "other-host"),
    ],
)
def test_a_situation_that_cannot_be_is_an_error(good: HostPlace, arguments: str, words: str) -> None:
    done = good.run(START.format(arguments=arguments))
    assert "PluginkitError" in done.stderr
    assert words in done.stderr


def test_no_home_and_no_place_to_write_are_no_trouble(good: HostPlace) -> None:
    started = good.start(HOME="/nonexistent", PLUGINKIT_CACHE_DIR="/proc/nowhere")
    assert set(started.answers) == set(GOODS)


def test_the_runtime_is_light() -> None:
    code = "import sys, pluginkit.runtime; print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    heavy = ("hatchling", "jinja2", "uv", "rich", "argparse", "importlib.metadata", "packaging", "zipfile", "typing")
    loaded = done.stdout.replace("'", " ").split()
    assert [name for name in heavy if name in loaded] == []


def test_threads_see_one_api_module(good: HostPlace) -> None:
    code = START + (
        "import threading\nfrom acme_one import started\nresults = []\n"
        "threads = [threading.Thread(target=lambda: results.append(report.loaded[0].plugin.handle(b'y')))"
        " for _ in range(8)]\n"
        "[one.start() for one in threads]\n[one.join() for one in threads]\n"
        "import acme_api, acme_two\nassert acme_two.Plugin is acme_api.Plugin is Plugin\n"
        "assert started == [7] and results == [b'one:y'] * 8\nprint('{{\"ok\": true}}')\n"
    )
    assert good.start(code=code).value == {"ok": True}


def test_a_stranger_in_the_directory_does_not_run(tmp_path: Path, built: Path) -> None:
    host = place(tmp_path, built, ["one"])
    (host.plugins / "acme_filter-1.0.0-py3-none-any.whl").write_bytes(good_wheel())
    started = host.start()
    assert list(started.answers) == ["one"]
    assert started.codes == {"filter": ["PK301"]}


def test_the_report_has_the_shape_of_the_go_hosts(twelve: HostPlace) -> None:
    report = twelve.start("'plugins', probe=3").value["report"]
    assert report.keys() >= {"version", "stamped", "plugins"}
    assert {frozenset(row) for row in report["plugins"]} == {
        frozenset(("path", "name", "status", "findings", "milliseconds"))
    }
    keys = {key for row in report["plugins"] for finding in row["findings"] for key in finding}
    assert keys == {"code", "severity", "message", "hint", "found", "expected", "details"}

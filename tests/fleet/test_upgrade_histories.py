"""`fleet --upgrade-to` on histories of a host: what it says is what running the plugins shows."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from histories import History, takes, wheel_of

from pluginkit.backends.python.building.uv import uv
from pluginkit.core.upgrade import Upgrade
from pluginkit.operations.fleet import FleetOptions
from pluginkit.operations.fleet.installs import install_plan
from pluginkit.operations.fleet.upgrade import upgrade
from pluginkit.operations.verify import verify

API = '''\
"""The shared API."""

from typing import Protocol


class Host(Protocol):
    def log(self, text: str) -> None: ...


class Plugin(Protocol):
    name: str

    def init(self, host: Host) -> None: ...

    def handle(self, body: bytes) -> bytes: ...


def shout(text: str) -> str:
    return text.upper()
'''
ADDED = API + "\n\ndef whisper(text: str) -> str:\n    return text.lower()\n"
RENAMED = ADDED.replace("def log(self, text: str)", "def log(self, message: str)")
PLUGIN = '''\
"""A plugin."""

import acme_api


class New:
    name = "NAME"

    def init(self, host: acme_api.Host) -> None:
        CALL

    def handle(self, body: bytes) -> bytes:
        return acme_api.shout("NAME").encode() + body
'''
START = """\
import json
from acme_api import Plugin
from pluginkit.runtime import load_plugins

class Settings:
    def log(self, LOG):
        pass

report = load_plugins('plugins', api=Plugin, host=Settings())
print(json.dumps({"answers": {one.name: one.plugin.handle(b"x").decode() for one in report.loaded},
                  "report": json.loads(report.to_json())}))
"""


def plugins(**calls: str) -> dict[str, str]:
    """Return plugins by name, each with what its `init` does with the host."""
    return {name: PLUGIN.replace("NAME", name).replace("CALL", call) for name, call in calls.items()}


def loaded(history: History, release: str, wheels: list[Path], place: str, log: str = "text") -> set[str]:
    """Return the names of the plugins that the host of a release loads, and that answer."""
    started = history.host(release, wheels, place).start(
        code=START.replace("LOG", log).replace("{", "{{").replace("}", "}}")
    )
    return set(started.answers)


def to_install(found: Upgrade) -> list[Path]:
    return [wheel_of(found.release(one.next)) for one in found.plugins if one.next is not None]


def in_use(found: Upgrade) -> list[Path]:
    return [wheel_of(found.release(one.now)) for one in found.plugins if one.now is not None]


@contextmanager
def released(directory: Path) -> Iterator[str]:
    """Serve a directory over HTTP, without ranges."""

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(directory)))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.slow
def test_an_addition_under_the_policy_exact_asks_for_a_rebuild_of_everything(tmp_path: Path) -> None:
    history = History(tmp_path, policy="exact")
    sources = plugins(a="pass", b="host.log(text='b')")
    first = history.release("1.0", API, "1.0.0", sources)
    history.release("1.1", ADDED, "1.1.0", {})
    found = history.upgrade([first], "1.0", "1.1")
    assert takes(found) == {"a": "rebuild", "b": "rebuild"}
    assert not found.plugins[0].breaks
    assert loaded(history, "1.0", in_use(found), "before") == {"a", "b"}
    assert loaded(history, "1.1", in_use(found), "unchanged") == set()
    rebuilt = history.release("rebuilt", ADDED, "1.1.0", sources)
    wheels = [rebuilt / wheel.name for wheel in in_use(found)]
    assert loaded(history, "1.1", wheels, "rebuilt-host") == {"a", "b"}


@pytest.mark.slow
def test_a_renamed_parameter_asks_for_an_edit_of_those_that_name_it(tmp_path: Path) -> None:
    history = History(tmp_path)
    sources = plugins(a="pass", b="host.log(text='b')", c="host.log('c')", d="host.log(text='d')", e="pass")
    first = history.release("1.1", ADDED, "1.1.0", sources)
    history.release("2.0", RENAMED, "2.0.0", {})
    found = history.upgrade([first], "1.1", "2.0")
    assert takes(found) == {"a": "keeps", "b": "edit", "c": "keeps", "d": "edit", "e": "keeps"}
    history.made["2.0 unreleased"] = history.workspace
    assert takes(history.upgrade([first], "1.1", "2.0 unreleased")) == takes(found)
    (only,) = found.plugins[1].breaks
    assert "log" in only.change
    assert only.places == ("acme_b/__init__.py:10",)
    assert loaded(history, "2.0", in_use(found), "unchanged", "message") == {"a", "c", "e"}
    rebuilt = history.release("rebuilt", RENAMED, "2.0.0", sources)
    wheels = [rebuilt / wheel.name for wheel in in_use(found)]
    assert loaded(history, "2.0", wheels, "unedited", "message") == {"a", "c", "e"}
    edited = history.release(
        "edited", RENAMED, "2.0.0", {k: v.replace("text=", "message=") for k, v in sources.items()}
    )
    wheels = [edited / wheel.name for wheel in in_use(found)]
    assert loaded(history, "2.0", wheels, "edited-host", "message") == {"a", "b", "c", "d", "e"}


@pytest.mark.slow
def test_where_a_release_for_the_next_host_is_there_it_is_named(tmp_path: Path) -> None:
    history = History(tmp_path, policy="exact")
    sources = plugins(a="pass", b="pass")
    first = history.release("2.0", RENAMED, "2.0.0", sources)
    more = RENAMED + "\n\ndef more() -> int:\n    return 1\n"
    second = history.release("2.1", more, "2.1.0", plugins(a="pass"), "1.1.0")
    found = history.upgrade([first], "2.0", "2.1")
    assert takes(found) == {"a": "newer", "b": "rebuild"}
    assert to_install(found) == [second / "acme_a-1.1.0-py3-none-any.whl"]
    for places in ([first, second], [*first.glob("acme_[ab]-*.whl")]):
        assert history.upgrade(places, "2.0", "2.1").plugins[0].takes == "newer"
    assert loaded(history, "2.1", to_install(found), "next", "message") == {"a"}
    assert loaded(history, "2.1", in_use(found), "unchanged", "message") == set()
    plan = install_plan(found, str(second), tmp_path / "pylock.toml")
    assert plan.left_out == ("acme-b: it has to be rebuilt",)
    (tmp_path / "pylock.toml").write_text(plan.text)
    python = tmp_path / "env/bin/python"
    subprocess.run([uv(), "venv", "--quiet", "--python", sys.executable, tmp_path / "env"], check=True)
    sync = [uv(), "pip", "sync", "--quiet", "--offline", "--python", python, tmp_path / "pylock.toml"]
    subprocess.run(sync, check=True)
    (verdict,) = verify([tmp_path / "env"], [tmp_path / "env"])
    assert verdict.accepted
    assert sorted(one.rpartition(": ")[2] for one in verdict.subjects) == [
        "acme_a-1.1.0",
        "acme_api-2.1.0",
        "acme_host-2.1.0",
    ]
    with released(second.parent) as url:
        options = FleetOptions(places=(str(first),), hosts=(str(first),), download=True)
        found = upgrade(options, f"{url}/2.1/release.json")
        assert takes(found) == {"a": "newer", "b": "rebuild"}
        assert found.fleet.hosts[1].label == f"{url}/2.1/release.json"
        plan = install_plan(found, f"{url}/2.1/release.json", tmp_path / "pylock.toml")
        (tmp_path / "pylock.toml").write_text(plan.text)
        subprocess.run([uv(), "venv", "--quiet", "--python", sys.executable, tmp_path / "env", "--clear"], check=True)
        sync = [uv(), "pip", "sync", "--quiet", "--python", python, tmp_path / "pylock.toml"]
        subprocess.run(sync, check=True)
    (again,) = verify([tmp_path / "env"], [tmp_path / "env"])
    assert again.accepted
    assert again.subjects == verdict.subjects

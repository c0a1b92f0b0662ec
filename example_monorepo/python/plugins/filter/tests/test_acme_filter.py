from dataclasses import dataclass

import pytest

from acme_filter import New
from acme_pluginapi import NeedsHost, Plugin, Request, Response


@dataclass(frozen=True)
class Limits:
    max_body: int


@pytest.mark.parametrize(("body", "status"), [(b"", 200), (b"four", 200), (b"five!", 413)])
def test_a_body_may_be_as_large_as_the_host_allows(body: bytes, status: int) -> None:
    plugin = New()
    assert isinstance(plugin, NeedsHost)
    plugin.init(Limits(max_body=4))
    assert plugin.handle(Request("1", body)).status == status


def test_an_accepted_body_is_passed_on() -> None:
    plugin = New()
    assert isinstance(plugin, NeedsHost)
    plugin.init(Limits(max_body=4))
    assert plugin.handle(Request("1", b"four")) == Response(200, b"four")


def test_it_has_the_name_of_its_entry_point() -> None:
    assert New().name == "filter"


def test_its_wheel_runs_in_the_host(request: pytest.FixtureRequest) -> None:
    if not (request.config.rootpath / "pluginkit.lock").is_file():
        pytest.skip("there is no lock to build it from: `pluginkit lock` writes one")
    plugin = request.getfixturevalue("load_plugin")(api=Plugin, host=Limits(max_body=9))
    assert plugin.handle(Request("1", b"hello")).ok

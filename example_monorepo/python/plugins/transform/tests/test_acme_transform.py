import pytest

from acme_pluginapi import Plugin, Request, Response
from acme_transform import New


@pytest.mark.parametrize(("body", "expected"), [(b"", b""), (b"hello", b"HELLO"), (b"a\xff1", b"A\xff1")])
def test_letters_become_capitals(body: bytes, expected: bytes) -> None:
    assert New().handle(Request("1", body)) == Response(200, expected)


def test_it_has_the_name_of_its_entry_point() -> None:
    assert New().name == "transform"


def test_its_wheel_runs_in_the_host(request: pytest.FixtureRequest) -> None:
    if not (request.config.rootpath / "pluginkit.lock").is_file():
        pytest.skip("there is no lock to build it from: `pluginkit lock` writes one")
    plugin = request.getfixturevalue("load_plugin")(api=Plugin, host=None)
    assert plugin.handle(Request("1", b"hello")).ok

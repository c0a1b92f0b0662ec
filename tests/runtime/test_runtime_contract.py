"""The loader calls factories as the contract says, and what it loads is what `verify` accepts."""

from pathlib import Path

import pytest
from hosts import GOOD, START, HostPlace, place, release

from pluginkit.cli import main

FACTORY = """\
class P:
    name = "{name}"

    def __init__(self, config, log):
        self.config, self.log = config, log

    def handle(self, body):
        return f"{{self.config}} {{self.log}}".encode()


def New(config, *, log):
    return P(config, log)
"""
CALLED = 'arguments = ["config", "log="]\n'


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return release(tmp_path_factory.mktemp("called"), {"one": FACTORY.format(name="one")}, contract=CALLED)


@pytest.fixture
def host(tmp_path: Path, built: Path) -> HostPlace:
    return place(tmp_path / "host", built, ["one"])


def test_a_factory_gets_the_arguments_of_the_contract(host: HostPlace) -> None:
    given = "arguments={'config': 3, 'log': 'here'}"
    assert host.start(f"'plugins', {given}").answers == {"one": "3 here"}
    assert host.start(f"'plugins', probe=True, {given}").answers == {"one": "3 here"}
    assert host.start(f"'plugins', {given}").answers == {"one": "3 here"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("'plugins', arguments={'config': 3}", "the contract's factories take log, and the host gives no value for it"),
        ("'plugins', arguments={'config': 3, 'log': 1, 'x': 2}", "the host gives x, which its contract does not name"),
    ],
)
def test_a_host_gives_just_what_its_contract_names(host: HostPlace, given: str, said: str) -> None:
    started = host.run(START.format(arguments=given))
    assert started.returncode == 1
    assert said in started.stderr


def test_a_class_is_loaded_where_the_contract_asks_for_one(tmp_path: Path) -> None:
    code = "from acme_api import Plugin\n\n\nclass New(Plugin):\n    name = 'a'\n    handle = bytes.upper\n"
    built = release(tmp_path / "workspace", {"one": code}, contract='kind = "class"\n')
    started = place(tmp_path / "host", built, ["one"]).start("'plugins'")
    assert started.answers == {"one": "X"}


@pytest.mark.parametrize("name", ["acme_api.Plugni", "acme_api.Plugin.handle", "other.Plugin"])
def test_a_class_that_the_api_does_not_have_ends_the_lock(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    with pytest.raises(AssertionError):
        release(tmp_path, {"one": GOOD.format(name="one")}, contract=f'implements = "{name}"\n')
    assert f"'implements' is '{name}', which is not a class of the API" in capsys.readouterr().err
    (tmp_path / "pluginkit.toml").write_text((tmp_path / "pluginkit.toml").read_text().replace(name, "acme_api.Plugin"))
    assert main(["lock", str(tmp_path)]) == 0

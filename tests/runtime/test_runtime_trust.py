"""`load_plugins(trust=...)`, and what a host's stamp seals: nothing that is not signed runs, or is even parsed."""

import shutil
import time
from pathlib import Path

import pytest
from hosts import START, HostPlace, place, wheel
from signing import TRUST, envelope, key, seal, sign_release, sign_wheel, trust_toml
from wheels import record_hash

from pluginkit.core.trust import Trust

SIGNED = "'plugins', trust='trust.toml'"


@pytest.fixture(scope="module")
def signed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The release, all of it signed by `ci`."""
    return sign_release(built, tmp_path_factory.mktemp("signed") / "release", "ci")


@pytest.fixture
def host(tmp_path: Path, signed: Path) -> HostPlace:
    found = place(tmp_path / "host", signed, ("one",))
    (found.root / "trust.toml").write_text(trust_toml("ci"))
    return found


def again(host: HostPlace, name: str, made: Path) -> None:
    """Install a wheel in place of the one of that name."""
    for path in host.site.glob(f"acme_{name}*"):
        shutil.rmtree(path)
    host.install(made)


def test_what_is_signed_runs(host: HostPlace, signed: Path) -> None:
    assert host.start(SIGNED).answers == {"one": "one:x"}
    host.install(wheel(signed, "two"))
    started = host.start(f"{SIGNED}, group='acme.plugins'")
    assert (started.answers, started.codes) == ({"one": "one:x", "two": "two:x"}, {})


def test_a_trust_may_be_given_as_it_is(host: HostPlace) -> None:
    code = "from pluginkit.core.trust import *\nfrom pathlib import Path\n" + START
    assert host.start("'plugins', trust=read_trust_file(Path('trust.toml'))", code=code).answers == {"one": "one:x"}


@pytest.mark.parametrize(("signers", "expected"), [((), "PK601"), (("stranger",), "PK603")])
def test_what_is_not_signed_does_not_run(host: HostPlace, built: Path, signers: tuple[str, ...], expected: str) -> None:
    sign_wheel(wheel(built, "two"), wheel(host.plugins, "two"), *signers)
    started = host.start(SIGNED)
    assert (started.answers, started.codes) == ({"one": "one:x"}, {"acme-two": [expected]})
    assert host.start("'plugins'").answers == {"one": "one:x", "two": "two:x"}


def test_nothing_is_parsed_of_an_installed_plugin_that_is_not_signed(host: HostPlace, built: Path) -> None:
    host.install(wheel(built, "two"))
    metadata = host.site / "acme_two-1.0.0.dist-info"
    (metadata / "METADATA").write_bytes(b"\xff")
    (metadata / "pluginkit.json").write_bytes(b"{")
    (metadata / "entry_points.txt").write_bytes(b"[acme.plugins]\n!\n")
    started = host.start(f"{SIGNED}, group='acme.plugins'")
    assert (started.answers, started.codes) == ({"one": "one:x"}, {"acme-two": ["PK601"]})


def test_without_a_stamp_it_is_not_signed(host: HostPlace, built: Path) -> None:
    host.install(wheel(built, "two"))
    (host.site / "acme_two-1.0.0.dist-info/pluginkit.json").unlink()
    assert host.start(f"{SIGNED}, group='acme.plugins'").codes == {"acme-two": ["PK201", "PK601"]}


@pytest.mark.parametrize("name", ["host", "api"])
def test_a_host_or_an_api_that_is_not_signed_loads_nothing(host: HostPlace, built: Path, name: str) -> None:
    (host.site / f"acme_{name}-1.0.0.dist-info/pluginkit.sig.json").unlink()
    assert host.start(SIGNED).codes == {"one": ["PK601"]}


def test_a_host_asks_by_what_it_was_built_with(host: HostPlace, signed: Path, built: Path) -> None:
    again(host, "host", seal(wheel(signed, "host"), host.root / wheel(signed, "host").name, TRUST, "ci"))
    sign_wheel(wheel(built, "two"), wheel(host.plugins, "two"))
    assert host.start("'plugins'").codes == {"acme-two": ["PK601"]}
    sign_wheel(wheel(built, "two"), wheel(host.plugins, "two"), "release")
    assert host.start("'plugins'").answers == {"one": "one:x", "two": "two:x"}
    assert host.start(SIGNED).codes == {"acme-two": ["PK603"]}  # it names fewer keys


def test_an_installed_file_that_was_edited_is_refused_whatever_record_says(host: HostPlace, signed: Path) -> None:
    host.install(wheel(signed, "two"))
    record, module = host.site / "acme_two-1.0.0.dist-info/RECORD", host.site / "acme_two/__init__.py"
    module.write_bytes(module.read_bytes() + b"\n")
    rows = [row for row in record.read_text().splitlines() if not row.startswith("acme_two/__init__.py")]
    record.write_text("\n".join([*rows, f"acme_two/__init__.py,{record_hash(module.read_bytes())},"]) + "\n")
    assert host.start("group='acme.plugins', trust='trust.toml'").codes == {"two": ["PK104"]}


def test_an_earlier_start_is_believed_until_the_trust_changes(host: HostPlace) -> None:
    time.sleep(0.1)  # what was changed a moment ago is not remembered
    host.start(SIGNED)
    second = host.start(SIGNED)
    assert second.answers == {"one": "one:x"}
    assert not {"pluginkit.rules", "pluginkit.core.dsse", "cryptography", "tomllib"} & {*second.value["modules"]}
    (host.root / "trust.toml").write_text(trust_toml("release"))
    assert host.start(SIGNED).codes == {"acme-one": ["PK603"] * 3}  # host, API and plugin


def test_an_earlier_start_is_believed_until_a_key_ends(host: HostPlace) -> None:
    (host.root / "trust.toml").write_text(trust_toml(ci=["until = 2999-12-31"]))
    time.sleep(0.1)
    host.start(SIGNED)
    assert host.start(SIGNED).answers == {"one": "one:x"}
    later = "import pluginkit.core.clock as clock\nclock.today = lambda: '3000-01-01'\n" + START
    started = host.start(SIGNED, code=later)
    assert (started.answers, started.codes) == ({}, {"one": ["PK603"] * 3})


def test_an_envelope_that_comes_later_is_seen(host: HostPlace, signed: Path, built: Path) -> None:
    host.install(wheel(built, "two"))
    asked = "group='acme.plugins', trust='trust.toml'"
    time.sleep(0.1)
    assert host.start(asked).codes == {"acme-two": ["PK601"]}
    metadata = host.site / "acme_two-1.0.0.dist-info"
    envelope_file = metadata / "pluginkit.sig.json"
    envelope_file.write_bytes(envelope((metadata / "pluginkit.json").read_bytes(), "ci"))
    assert host.start(asked).codes == {"two": ["PK103"]}  # which RECORD does not list
    again(host, "two", wheel(signed, "two"))
    assert host.start(asked).answers == {"two": "two:x"}


def test_a_trust_that_cannot_be_read_is_an_error(host: HostPlace) -> None:
    (host.root / "trust.toml").write_text("keys = 1")
    done = host.run(START.format(arguments=SIGNED))
    assert "PluginkitError" in done.stderr
    assert "PluginkitError" in host.run(START.format(arguments="'plugins', trust='none.toml'")).stderr


def test_a_weaker_trust_is_no_way_around_a_name(host: HostPlace, built: Path) -> None:
    trust = Trust((key("ci", "acme-one", "acme-host", "acme-api"), key("release", "acme-two")))
    again(host, "host", seal(wheel(built, "host"), host.root / wheel(built, "host").name, trust, "ci"))
    sign_wheel(wheel(built, "two"), wheel(host.plugins, "two"), "ci")
    assert host.start("'plugins'").codes == {"two": ["PK603"]}

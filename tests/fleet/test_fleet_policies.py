"""`fleet` and the options of `verify`: with each of them, each cell is what `verify` says of that pair."""

import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from fleets import GROUP, wheel_hosts, wheel_plugins
from signing import sign_wheel, trust_toml
from wheels import api_of, file_name, good_wheel, wheel_files

from pluginkit.cli import main
from pluginkit.core.api import Contract
from pluginkit.core.errors import PluginkitError
from pluginkit.core.fleet import Fleet
from pluginkit.operations.fleet import FleetOptions, fleet
from pluginkit.operations.fleet.upgrade import upgrade
from pluginkit.operations.verify import verify

LLM = wheel_files("llm", "1.0", files={"llm/__init__.py": b"def hookimpl(f): ...\n"}, entry_points="")
SURFACE = ("def llm.hookimpl(f)", "module llm")
CODE = {"llm_hi.py": b"import llm\n\n@llm.hookimpl\ndef register(): ...\n"}


def wheel(directory: Path, name: str, version: str = "1.0", **options: Any) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / file_name(name, version)
    path.write_bytes(good_wheel(name, version, **options))
    return path


def environment(place: Path, *wheels: Path) -> Path:
    """Unpack wheels into the like of a virtual environment."""
    site = place / "lib/python3.11/site-packages"
    site.mkdir(parents=True)
    (place / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.11.7\n")
    for path in wheels:
        with zipfile.ZipFile(path) as archive:
            archive.extractall(site)
    return place


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with hosts and plugins of all kinds."""
    root = tmp_path_factory.mktemp("policies")
    wheel_hosts(root / "hosts", 2)
    wheel_plugins(root / "plugins", 2, 2)
    for name, code in (("bare", b"def New(): ...\n"), ("lost", b"")):
        points = f"[{GROUP}]\n{name} = {name}:New\n"
        wheel(root / "plugins", name, stamp=None, files={f"{name}.py": code}, entry_points=points)
    llm = wheel(root / "llm", "llm", files={"llm/__init__.py": b"def hookimpl(f): ...\n"}, entry_points="", stamp=None)
    newer = {"files": {"llm/__init__.py": b"def other(f): ...\n"}, "entry_points": "", "stamp": None}
    newest = wheel(root / "llm", "llm", "2.0", **newer)
    environment(root / "env", llm)
    environment(root / "env2", newest)
    stamp = {"apis": (api_of(LLM, SURFACE),), "contract": Contract(group="llm"), "uses": ("call llm.hookimpl 1",)}
    hi: Mapping[str, Any] = {"files": CODE, "entry_points": "[llm]\nhi = llm_hi\n"}
    wheel(root / "llm-plugins", "llm-hi", **hi, stamp=stamp, requires=("llm>=1",))
    wheel(root / "llm-plugins", "llm-hi", "1.1", **hi, stamp=stamp, requires=("llm>=1", "httpx"))
    wheel(root / "llm-plugins", "llm-hi", "1.2", **hi, stamp=None, requires=("llm<2",))
    both = {"files": {"llm_both.py": b"", "llm/__init__.py": b""}, "entry_points": "[llm]\nb = llm_both\n"}
    wheel(root / "llm-plugins", "llm-both", "1.0", **both, stamp=stamp, requires=("llm",))
    for number, path in enumerate(sorted((root / "plugins/0").iterdir())):
        (root / "signed").mkdir(exist_ok=True)
        sign_wheel(path, root / "signed" / path.name, *(["ci"], ["stranger"], ["ci", "stranger"], [])[number])
    shutil.copytree(root / "hosts/py00", root / "signed-host")
    for path in sorted((root / "signed-host").iterdir()):
        sign_wheel(root / "hosts/py00" / path.name, path, "ci")
    (root / "trust.toml").write_text(trust_toml("ci"))
    (root / "broken.so").write_bytes(b"\x7fELF")
    return root


@pytest.fixture
def here(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PLUGINKIT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(made)
    return made


def table(places: tuple[str, ...], hosts: tuple[str, ...], **options: Any) -> Fleet:
    return fleet(FleetOptions(places=places, hosts=hosts, **options))


STAMPED = ("hosts/py00", "hosts/py01")
BARE = ("env", "env2", "llm/llm-1.0-py3-none-any.whl")
TRUST = {"trust": Path("trust.toml")}
CASES: dict[str, tuple[tuple[str, ...], tuple[str, ...], dict[str, Any]]] = {
    "no option": (("plugins",), STAMPED, {}),
    "unstamped": (("plugins",), STAMPED, {"unstamped": True}),
    "a trust": (("signed", "plugins"), ("signed-host",), TRUST),
    "a trust that does not accept the host": (("signed",), STAMPED, TRUST),
    "hosts without a stamp": (("llm-plugins",), BARE, {}),
    "hosts and plugins without a stamp": (("llm-plugins",), BARE, {"unstamped": True}),
    "hosts with and without a stamp": (("signed", "llm-plugins", "broken.so"), (*STAMPED, *BARE[:2]), {}),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.usefixtures("here")
def test_each_cell_is_what_verify_says_of_the_pair(case: str) -> None:
    places, hosts, options = CASES[case]
    found = table(places, hosts, **options)
    compared = 0
    for release, fits in zip(found.releases, found.fits, strict=True):
        for host, fit in zip(hosts, fits, strict=True):
            assert fit
            try:
                (verdict,) = verify([Path(release.subject)], [Path(host)], **options)
            except PluginkitError:
                assert not fit.accepted, (release.subject, host)
                continue
            assert (fit.findings, fit.ignored, fit.until) == (verdict.findings, verdict.ignored, verdict.until)
            compared += 1
    assert compared >= len(found.releases)
    assert table(places, hosts, **options) == found


@pytest.mark.usefixtures("here")
def test_each_distribution_of_an_environment_is_judged_alone(tmp_path: Path) -> None:
    wheels = [*sorted(Path("plugins/0").glob("*-1.0.0-*")), *Path("hosts/py00").iterdir()]
    place = environment(tmp_path / "env", *wheels)
    found = table((str(place),), STAMPED)
    assert [release.name for release in found.releases] == ["p0000", "p0001"]
    from pluginkit.operations.targets import host_sides
    from pluginkit.rules import judge
    from pluginkit.stages.verify import read_artifacts

    known = {one.subject: one for one in read_artifacts(place)}
    for column, host in enumerate(STAMPED):
        sides = host_sides([Path(host)], (), {}, print)
        for release, fits in zip(found.releases, found.fits, strict=True):
            (verdict,) = judge([known[release.subject]], sides)
            fit = fits[column]
            assert fit
            assert (fit.findings, fit.ignored) == (verdict.findings, verdict.ignored)


@pytest.mark.usefixtures("here")
def test_no_plugin_fits_a_host_that_nobody_signed(capsys: pytest.CaptureFixture[str]) -> None:
    found = table(("signed",), ("hosts/py00",), **TRUST)
    assert all(fit and "PK601" in fit.codes for fits in found.fits for fit in fits)
    assert [host.label for host in found.hosts] == ["hosts/py00"]
    arguments = ["fleet", "signed", "--host", "signed-host", "--trust", "trust.toml"]
    assert main(arguments) == 1
    assert main([*arguments, "--upgrade-to", "hosts/py00"]) == 2
    said = capsys.readouterr().err
    assert "hosts/py00: nobody whom the trust accepts signed a host there" in said
    assert (
        main(["fleet", "signed", "--host", "hosts/py00", "--upgrade-to", "signed-host", "--trust", "trust.toml"]) == 2
    )
    assert "--trust trust.toml`" in capsys.readouterr().err


NO_HOST = {
    "plugins": "plugins: no stamped host in it",
    "nothing": "nothing: no artifact in it",
    "plugins/0": "plugins/0: no stamped host in it",
    "broken.so": "broken.so: no stamped host in it",
    "trust.toml": "trust.toml: not a kind of artifact",
    "plugins/0/p0000-1.0.0-py3-none-any.whl": "no stamped host in it",
}


@pytest.mark.parametrize("host", NO_HOST)
def test_a_place_without_a_host_is_an_error_at_once(host: str, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "nothing").mkdir(exist_ok=True)
    monkeypatch.setattr("pluginkit.operations.fleet.judged", None)
    with pytest.raises(PluginkitError) as raised:
        table(("plugins",), (host,))
    assert NO_HOST[host] in raised.value.message


@pytest.mark.usefixtures("here")
def test_what_is_asked_and_not_there_is_said() -> None:
    with pytest.raises(PluginkitError, match=r"no plugin that is called nope\* at plugins") as raised:
        table(("plugins",), STAMPED, plugins=("nope*",))
    assert raised.value.hint.endswith("`pluginkit fleet plugins --host hosts/py00 --host hosts/py01`")
    with pytest.raises(PluginkitError, match="ftp://x/y: not a kind of place") as raised:
        table(("ftp://name:secret@x/y",), STAMPED)
    assert "s3://" in raised.value.hint


@pytest.mark.usefixtures("here")
def test_a_host_is_called_by_its_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {"https://x.example/a/release.json?token=1": Path("hosts/py00"), "https://y/release.json": Path("hosts")}
    (tmp_path / "hosts").mkdir()
    for target in ("linux_amd64", "linux_arm64"):
        shutil.copytree("hosts/py00", tmp_path / "hosts" / target)
    kept["https://y/release.json"] = tmp_path / "hosts"
    monkeypatch.setattr("pluginkit.operations.fleet.local", lambda place: kept.get(place, Path(place)))
    labels = ["https://x.example/a/release.json", "https://y/linux_amd64", "https://y/linux_arm64", "hosts/py01"]
    for _ in range(2):  # the second time they are remembered
        found = table(("plugins",), (*kept, "hosts/py01"))
        assert [host.label for host in found.hosts] == labels


@pytest.mark.usefixtures("here")
def test_in_use_is_what_lies_in_environments_that_a_list_names(tmp_path: Path) -> None:
    old, new = (f"p0000-1.{number}.0-py3-none-any.whl" for number in (0, 1))
    place = environment(tmp_path / "env", Path("plugins/0") / old)
    (tmp_path / "list.txt").write_text(f"{Path('plugins/0').resolve()}\nmore.list\n")
    (tmp_path / "more.list").write_text(f"# the one in use\n{place.name}\n")
    for places in ((str(tmp_path / "list.txt"),), ("plugins", str(place))):
        found = upgrade(FleetOptions(places, ("hosts/py00",), plugins=("p0000",)), "hosts/py01")
        (one,) = found.plugins
        assert one.now is not None
        assert one.next is not None
        assert str(place) in found.fleet.releases[one.now].subject
        assert found.fleet.releases[one.next].subject.endswith(new)

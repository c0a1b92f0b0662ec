"""`pluginkit verify --host` with wheels and environments that pluginkit did not build, and `--unstamped` plugins."""

import shutil
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from wheels import api_of, file_name, good_wheel, wheel_files

from pluginkit.core.api import Contract

OLD = b"def hookimpl(f): ...\n"
NEW = b"def hookimpl(f): ...\ndef tool(name): ...\n"
CODE = b"import llm\n\n@llm.hookimpl\ndef register(): ...\n"
POINTS = "[llm]\nhi = llm_hi\n"
SURFACE = ("def llm.hookimpl(f)", "module llm")

Make = Callable[..., Path]


def llm_files(source: bytes = OLD, version: str = "1.0") -> Mapping[str, bytes]:
    return wheel_files("llm", version, files={"llm/__init__.py": source}, entry_points="")


@pytest.fixture
def wheel(tmp_path: Path) -> Make:
    """Return what writes a wheel of llm, or of a plugin for it."""

    def make(name: str, version: str = "1.0", directory: str = "wheels", **options: Any) -> Path:
        place = tmp_path / directory
        place.mkdir(exist_ok=True)
        path = place / file_name(name, version)
        path.write_bytes(good_wheel(name, version, **options))
        return path

    return make


@pytest.fixture
def llm(wheel: Make) -> Make:
    def make(source: bytes = OLD, version: str = "1.0") -> Path:
        return wheel("llm", version, "host", files={"llm/__init__.py": source}, entry_points="", stamp=None)

    return make


@pytest.fixture
def plugin(wheel: Make) -> Make:
    """Return what writes a plugin that was built for llm 1.0, or is not stamped."""

    def make(policy: str = "exact", **options: Any) -> Path:
        contract = Contract(group="llm", policy=policy)
        stamp = {"apis": (api_of(llm_files(), SURFACE),), "contract": contract, "uses": ("call llm.hookimpl 1",)}
        settings = {"files": {"llm_hi.py": CODE}, "entry_points": POINTS, "requires": ("llm>=1",), "stamp": stamp}
        return wheel("llm-hi", **{**settings, **options})

    return make


@pytest.fixture
def environment(tmp_path: Path) -> Callable[..., Path]:
    """Return what unpacks wheels into the like of a virtual environment."""

    def make(*wheels: Path) -> Path:
        env = tmp_path / "env"
        (env / "lib/python3.11/site-packages").mkdir(parents=True)
        (env / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.11.7\n")
        for path in wheels:
            with zipfile.ZipFile(path) as archive:
                archive.extractall(env / "lib/python3.11/site-packages")
        return env

    return make


def codes(ran: Any) -> list[str]:
    return [line.split()[0] for line in ran.out.splitlines() if line.startswith("PK")]


CASES: dict[str, tuple[bytes, str, dict[str, Any], list[str]]] = {
    "the copy it was built for": (OLD, "1.0", {}, []),
    "another version": (NEW, "1.1", {}, ["PK302", "PK303"]),
    "another copy": (NEW, "1.0", {}, ["PK303"]),
    "a version that breaks nothing of it": (NEW, "1.1", {"policy": "compatible"}, []),
    "a version without what it calls": (b"def tool(name): ...\n", "1.1", {"policy": "compatible"}, ["PK303"]),
    "one that it does not admit": (OLD, "1.0", {"requires": ("llm>=2",)}, ["PK404"]),
    "a second copy in the plugin": (OLD, "1.0", {"files": {"llm_hi.py": CODE, "llm/__init__.py": OLD}}, ["PK304"]),
    "what llm requires not is no matter": (OLD, "1.0", {"requires": ("llm", "httpx")}, []),
}


@pytest.mark.parametrize("kind", ["wheel", "environment"])
@pytest.mark.parametrize("case", CASES)
def test_a_plugin_is_compared_with_the_files_of_a_host_without_a_stamp(
    case: str, kind: str, llm: Make, plugin: Make, environment: Callable[..., Path], pluginkit: Any
) -> None:
    source, version, options, expected = CASES[case]
    host = llm(source, version)
    if kind == "environment":
        host = environment(host)
    ran = pluginkit("verify", plugin(**options), "--host", host)
    assert (codes(ran), ran.status) == (expected, 1 if expected else 0), ran.out + ran.err
    assert f"no stamped host in {host}: compared with the files of llm {version}" in ran.err


@pytest.mark.parametrize("kind", ["wheel", "environment"])
def test_where_it_may_install_files_a_plugin_says_of_such_a_host_and_it_is_a_warning(
    kind: str, llm: Make, plugin: Make, environment: Callable[..., Path], pluginkit: Any
) -> None:
    contract = Contract(group="llm", may_install=("etc/jupyter/*",))
    stamp = {"apis": (api_of(llm_files(), SURFACE),), "contract": contract, "uses": ()}
    files = {"llm_hi.py": CODE, "llm_hi-1.0.data/data/etc/jupyter/a.json": b"{}"}
    host = llm() if kind == "wheel" else environment(llm())
    ran = pluginkit("verify", plugin(stamp=stamp, files=files), "--host", host)
    assert (codes(ran), ran.status) == (["PK107"], 0), ran.out
    assert "warning: would install etc/jupyter/a.json, and only its own stamp says" in ran.out
    ran = pluginkit("verify", plugin(files=files), "--host", host)
    assert (codes(ran), ran.status) == (["PK107"], 1), ran.out


def test_what_an_environment_has_from_elsewhere_is_not_installed_over(
    llm: Make, wheel: Make, plugin: Make, environment: Callable[..., Path], pluginkit: Any
) -> None:
    yaml = wheel("pyyaml", directory="host", files={"yaml/__init__.py": b""}, entry_points="", stamp=None)
    files = {"llm_hi.py": CODE, "yaml/__init__.py": b"x = 1\n"}
    ran = pluginkit("verify", plugin(files=files), "--host", environment(llm(), yaml))
    assert (codes(ran), ran.status) == (["PK107"], 1), ran.out
    assert "would install yaml/__init__.py, which belongs to pyyaml 1.0" in ran.out


BARE: dict[str, tuple[dict[str, Any], list[str]]] = {
    "fits": ({}, []),
    "does not admit it": ({"requires": ("llm<1",)}, ["PK404"]),
    "another Python": ({"requires_python": ">=3.98"}, ["PK403"]),
    "a module that is not there": ({"entry_points": "[llm]\nhi = other\n"}, ["PK503"]),
    "a name that is not there": ({"entry_points": "[llm]\nhi = llm_hi:nothing\n"}, ["PK501"]),
    "a second copy of the host": ({"files": {"llm_hi.py": CODE, "llm_hi/_vendor/llm/__init__.py": b""}}, ["PK304"]),
}


@pytest.mark.parametrize("case", BARE)
def test_a_plugin_without_a_stamp_is_compared_by_metadata_and_files(
    case: str, llm: Make, plugin: Make, environment: Callable[..., Path], pluginkit: Any
) -> None:
    options, expected = BARE[case]
    path, env = plugin(**{"stamp": None, **options}), environment(llm())
    assert codes(pluginkit("verify", path, "--host", env, "--unstamped")) == expected
    ran = pluginkit("verify", path, "--host", env)
    assert ran.status == (1 if not expected else ran.status)
    assert "--unstamped" in ran.out + ran.err


def test_an_environment_is_its_own_host(
    llm: Make, plugin: Make, environment: Callable[..., Path], pluginkit: Any
) -> None:
    env = environment(llm(), plugin())
    assert pluginkit("verify", env).status == 0
    module = env / "lib/python3.11/site-packages/llm/__init__.py"
    module.write_bytes(NEW)
    ran = pluginkit("verify", env)
    assert (codes(ran), ran.status) == (["PK303"], 1)
    shutil.rmtree(env)
    ran = pluginkit("verify", environment(llm(), plugin(requires=("llm", "httpx"))))
    assert codes(ran) == ["PK404"]  # what is installed already has to be complete


def test_where_the_api_is_not_there_it_says_so(
    llm: Make, plugin: Make, wheel: Make, environment: Callable[..., Path], pluginkit: Any
) -> None:
    other = wheel("other", directory="host", files={"other.py": b""}, entry_points="", stamp=None)
    for host in (other, environment(other)):
        for arguments in ((), ("--unstamped",)):
            ran = pluginkit("verify", plugin(), "--host", host, *arguments)
            assert ran.status == 2
            assert "no API that the plugins are for" in ran.err or "no artifact" in ran.err
    ran = pluginkit("verify", plugin(), "--host", "nowhere.whl")
    assert (ran.status, "no such file" in ran.err) == (2, True)


@pytest.mark.parametrize("damage", ["renamed", "cut", "no archive", "no text", "does not parse", "gone"])
def test_a_host_that_cannot_be_read_is_an_error(
    damage: str, llm: Make, plugin: Make, environment: Callable[..., Path], pluginkit: Any
) -> None:
    host = llm(NEW)
    site = environment(host) / "lib/python3.11/site-packages"
    if damage == "renamed":
        host = host.rename(host.with_name("x.whl"))
    elif damage == "cut":
        host.write_bytes(host.read_bytes()[:300])
    elif damage == "no archive":
        host.write_bytes(b"hi")
    elif damage == "no text":
        (site / "llm-1.0.dist-info/RECORD").write_bytes(b"\xff\xfe")
    elif damage == "does not parse":
        (site / "llm/__init__.py").write_text("def (")
    else:
        (site / "llm/__init__.py").unlink()
    named = host if damage in ("renamed", "cut", "no archive") else site.parents[2]
    ran = pluginkit("verify", plugin(), "--host", named)
    assert (ran.status, ran.err.startswith("error: ")) == (2, True), ran.err


def test_the_hint_is_for_a_host_that_is_no_member(llm: Make, plugin: Make, pluginkit: Any) -> None:
    ran = pluginkit("verify", plugin(), "--host", llm(NEW, "1.1"))
    assert "bring the host to llm 1.0; or require `llm==1.1`, run `pluginkit lock --upgrade`" in ran.out
    ran = pluginkit("verify", plugin(), "--host", llm(NEW))
    assert "reinstall llm 1.0 there" in ran.out

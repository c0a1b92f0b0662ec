"""`fleet` and servers: parts of wheels, counted at the server, and what is said where they cannot be had."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from fleets import API, GROUP, api, wheel_hosts
from index_server import Index, served
from wheels import file_name, good_wheel

from pluginkit.core.errors import PluginkitError
from pluginkit.core.fleet import Fleet
from pluginkit.operations.fleet import FleetOptions, fleet

HOSTS = ("hosts/py00", "hosts/py01")
BUDGET = 64 << 10


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with hosts, and wheels of plugins small and large."""
    root = tmp_path_factory.mktemp("index")
    wheel_hosts(root / "hosts", 2)
    noise = random.Random(19)
    for name, filling in (("small", 0), ("large", 900), ("many", 200)):
        for version in ("1.0.0", "1.1.0"):
            code = b"def New():\n    return object()\n"
            files = {f"{name}/__init__.py": code}
            for number in range(200 if name == "many" else 1 if filling else 0):
                files[f"{name}/data{number}.bin"] = noise.randbytes(filling << 10 if name == "large" else filling)
            stamp = {"apis": (api("1.0.0"),), "uses": ()}
            points = f"[{GROUP}]\n{name} = {name}:New\n"
            data = good_wheel(name, version, files=files, entry_points=points, requires=[API], stamp=stamp)
            (root / "wheels").mkdir(exist_ok=True)
            (root / "wheels" / file_name(name, version)).write_bytes(data)
    return root


@pytest.fixture
def index(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    monkeypatch.setenv("PLUGINKIT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tree)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with served(tree / "wheels") as found:
        yield found


def run(*places: str, **options: object) -> Fleet:
    return fleet(FleetOptions(places=places, hosts=HOSTS, **options))  # type: ignore[arg-type]


def cells(found: Fleet) -> dict[str, object]:
    """Return by file name what hosts make of it."""
    return {
        release.subject.rpartition("/")[2]: [
            fit and [(one.code, one.message, one.hint, dict(one.facts)) for one in fit.findings] for fit in fits
        ]
        for release, fits in zip(found.releases, found.fits, strict=True)
    }


@pytest.mark.parametrize("behaviour", ["", "html", "busy"])
def test_an_index_is_judged_as_the_files_are_with_at_most_64_kb_a_wheel(index: Index, behaviour: str) -> None:
    index.behaviour = behaviour
    found = run(index.url)
    assert cells(found) == cells(run("wheels"))
    assert all(index.given[name] <= BUDGET for name in index.files)
    assert index.given[file_name("large", "1.0.0")] < 20 << 10


def test_what_was_not_read_is_named(index: Index) -> None:
    found = {one.name: one for one in run(index.url).releases}
    assert found["small"].unchecked == ()
    assert found["large"].unchecked == ("PK103", "PK104")
    assert found["large"].digest.startswith("sha256:")


def test_a_second_run_fetches_pages_alone_and_a_new_host_nothing_more(index: Index) -> None:
    run(index.url)
    index.requests.clear()
    run(index.url)
    assert not any(path.startswith("/files/") for path in index.requests)
    fleet(FleetOptions(places=(index.url,), hosts=("hosts/py01",)))
    assert not any(path.startswith("/files/") for path in index.requests)


UNREAD = [
    ("no ranges", "the server gives no parts of files; --download fetches it whole"),
    ("gone", "the server answers 404"),
    ("wrong range", "Content-Range says"),
    ("no content-range", "without a Content-Range"),
    ("endless", "it has more than"),
    ("short", "cannot fetch"),
]


@pytest.mark.parametrize(("behaviour", "reason"), UNREAD)
def test_what_a_server_does_not_give_is_unread_and_said(index: Index, behaviour: str, reason: str) -> None:
    index.behaviour = behaviour
    found = run(index.url)
    assert [fits for fits in found.fits if any(fits)] == []
    assert all(reason in release.unread for release in found.releases)
    assert not found.complete
    assert all(index.requests[f"/files/{name}"] == 1 for name in index.files) or behaviour == "short"


def test_a_file_that_changes_while_it_is_read_is_not_believed(index: Index) -> None:
    index.behaviour = "grows"
    found = run(index.url, plugins=("many",))
    assert all(release.unread for release in found.releases)


def test_download_fetches_whole_what_a_server_does_not_give_in_parts(index: Index) -> None:
    index.behaviour = "no ranges"
    found = run(index.url, download=True)
    assert cells(found) == cells(run("wheels"))
    assert {one.unchecked for one in found.releases} == {()}
    index.requests.clear()
    run(index.url, download=True)
    assert not any(path.startswith("/files/") for path in index.requests)


def test_patterns_choose_projects_before_their_pages_are_fetched(index: Index) -> None:
    found = run(index.url, plugins=("sm*",))
    assert [one.name for one in found.plugins] == ["small"]
    assert set(index.requests) == {
        "/simple/",
        "/simple/small/",
        *(f"/files/{file_name('small', v)}" for v in ("1.0.0", "1.1.0")),
    }


def test_a_yanked_file_is_left_out_and_said(index: Index) -> None:
    index.yanked = {file_name("small", "1.1.0")}
    said: list[str] = []
    found = run(f"{index.url}small/", note=said.append)
    assert [one.version for one in found.releases] == ["1.0.0"]
    assert said == ["small-1.1.0-py3-none-any.whl is yanked: left out"]


def test_pages_with_links_urls_of_files_and_lists_of_places(index: Index, tree: Path, tmp_path: Path) -> None:
    base = index.url.removesuffix("simple/")
    everything = cells(run("wheels"))
    assert cells(run(f"{base}links.html")) == everything
    name = file_name("small", "1.0.0")
    assert cells(run(f"{base}files/{name}")) == {name: everything[name]}
    (tmp_path / "page.html").write_text(f'<a href="{base}files/{name}">x</a>')
    assert cells(run(str(tmp_path / "page.html"))) == {name: everything[name]}
    (tmp_path / "list.txt").write_text(f"# ours\n\n{base}files/{name}\n{tree}/wheels\n")
    assert cells(run(str(tmp_path / "list.txt"))).keys() == everything.keys()


def test_an_index_without_hashes_is_read_anew_each_time(index: Index) -> None:
    index.behaviour = "no hashes"
    run(index.url)
    index.requests.clear()
    run(index.url)
    assert any(path.startswith("/files/") for path in index.requests)


def test_errors_of_places_say_which_line_and_which_url(index: Index, tmp_path: Path) -> None:
    with pytest.raises(PluginkitError, match="the server answers 404"):
        run(f"{index.url}nobody/")
    (tmp_path / "list.txt").write_text("wheels-that-are-not-there\n")
    with pytest.raises(PluginkitError, match=r"list.txt:1: .*no such file"):
        run(str(tmp_path / "list.txt"))
    (tmp_path / "loop.txt").write_text("loop.txt\n")
    with pytest.raises(PluginkitError, match="name each other"):
        run(str(tmp_path / "loop.txt"))
    with pytest.raises(PluginkitError, match=r"cannot fetch http://127.0.0.1:1/simple/"):
        run("http://name:secret@127.0.0.1:1/simple/")

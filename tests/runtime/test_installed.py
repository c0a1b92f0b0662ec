"""Installed plugins: the loader and `pluginkit verify` find the same ones, and what an upgrade left behind is named."""

import importlib.metadata
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hosts import HostPlace, wheel
from monorepo import write
from wheels import record_hash

from pluginkit.backends.python.distributions import distributions, listing
from pluginkit.core.names import normalize
from pluginkit.core.verdict import Finding
from pluginkit.operations.verify import verify

ENTRY = "[acme.plugins]\none = acme_one:New\n"
OLD = "acme_one-0.9.0.dist-info"
METADATA = "Metadata-Version: 2.1\nName: acme-one\nVersion: 0.9.0\n"


@pytest.fixture
def host(host: HostPlace, built: Path) -> HostPlace:
    host.install(wheel(built, "two"))
    return host


def judged(site: Path) -> tuple[list[str], list[str], list[Finding]]:
    """Return the codes of errors and of warnings about the plugin by `pluginkit verify`, and its findings."""
    (verdict,) = verify([site])
    mine = [one for one in verdict.findings if "acme_one" in one.subject or "acme-one" in one.subject]
    assert mine == list(verdict.findings)
    codes = {kind: sorted({one.code for one in mine if one.severity == kind}) for kind in ("error", "warning")}
    return codes["error"], codes["warning"], mine


def row(site: Path, path: str, data: bytes | None = None) -> str:
    return f"{path},{record_hash((site / path).read_bytes() if data is None else data)},\n"


def second(site: Path, version: str, record: str) -> None:
    """Write a second complete `.dist-info`, whose RECORD lists itself and `record`."""
    name = f"acme_one-{version}.dist-info"
    write(site, {f"{name}/METADATA": METADATA.replace("0.9.0", version), f"{name}/entry_points.txt": ENTRY})
    (site / name / "pluginkit.json").write_bytes((site / "acme_one-1.0.0.dist-info/pluginkit.json").read_bytes())
    rows = "".join(row(site, f"{name}/{file}") for file in ("METADATA", "entry_points.txt", "pluginkit.json"))
    (site / name / "RECORD").write_text(record + rows)


LEFT: dict[str, Callable[[Path], object]] = {
    "an empty directory": lambda site: (site / OLD).mkdir(),
    "only a LICENSE": lambda site: write(site, {f"{OLD}/LICENSE": "free"}),
    "a file": lambda site: (site / OLD).write_text(""),
    "an empty version that is newer": lambda site: (site / "acme_one-9.dist-info").mkdir(),
    "another spelling of the name": lambda site: (site / "Acme.One-0.9.0.dist-info").mkdir(),
    "only entry points": lambda site: write(site, {f"{OLD}/entry_points.txt": ENTRY}),
    "no RECORD": lambda site: write(site, {f"{OLD}/METADATA": METADATA, f"{OLD}/entry_points.txt": ENTRY}),
    "an empty RECORD": lambda site: write(site, {f"{OLD}/METADATA": METADATA, f"{OLD}/RECORD": ""}),
    "a RECORD that is none": lambda site: write(site, {f"{OLD}/METADATA": METADATA, f"{OLD}/RECORD": '"' * 200_001}),
    "files that are gone": lambda site: second(site, "0.9.0", "acme_one/old.py,sha256=x,\n"),
    "files of another version": lambda site: second(site, "0.9.0", row(site, "acme_one/__init__.py", b"old\n")),
    "an egg-info": lambda site: write(
        site, {"acme_one.egg-info/PKG-INFO": METADATA, "acme_one.egg-info/entry_points.txt": ENTRY}
    ),
    "an egg-info of distutils": lambda site: write(site, {"acme_one-0.9-py3.11.egg-info": METADATA}),
    "what pip had moved aside": lambda site: write(
        site, {"~cme_one-0.9.0.dist-info/METADATA": METADATA, "~cme_one-0.9.0.dist-info/entry_points.txt": ENTRY}
    ),
    "a symlink to itself": lambda site: (site / OLD).symlink_to(OLD),
}


@pytest.mark.parametrize("left", LEFT.values(), ids=LEFT)
def test_what_is_left_behind_is_named_and_the_plugin_is_loaded(host: HostPlace, left: Callable[[Path], object]) -> None:
    left(host.site)
    errors, warnings, (found,) = judged(host.site)
    assert (errors, warnings) == ([], ["PK509"])
    started = host.start("group=''")
    assert started.answers == {"one": "one:x", "two": "two:x"}
    assert started.finding("one")["code"] == "PK509"
    command = found.hint.partition("`")[2].rstrip("`")
    subprocess.run(shlex.split(command), check=True, cwd=host.root)
    assert judged(host.site) == ([], [], [])
    assert host.start("group=''").value["report"]["plugins"][0]["findings"] == []


UNDECIDED = {
    "two that both fit": (lambda site: second(site, "0.9.0", row(site, "acme_one/__init__.py")), {"PK505"}),
    "two that both do not": (
        lambda site: (
            second(site, "0.9.0", row(site, "acme_one/__init__.py", b"old\n")),
            (site / "acme_one/__init__.py").write_text("class New: ...\n"),
        ),
        {"PK103", "PK505"},
    ),
}


@pytest.mark.parametrize("case", UNDECIDED.values(), ids=UNDECIDED)
def test_two_of_which_nobody_can_tell_are_refused(
    host: HostPlace, case: tuple[Callable[[Path], object], set[str]]
) -> None:
    case[0](host.site)
    assert case[1] <= set(judged(host.site)[0])
    started = host.start("group=''")
    assert list(started.answers) == ["two"]
    assert {code for codes in started.codes.values() for code in codes} >= case[1]


@pytest.mark.parametrize("name", ["acme_one-1.0.0.dist-info", "acme_one-0.9.0.dist-info"])
def test_an_empty_twin_in_an_earlier_root_hides_nothing(host: HostPlace, name: str) -> None:
    (host.root / "first" / name).mkdir(parents=True)
    path = os.pathsep.join((str(host.root / "first"), os.environ.get("PYTHONPATH", ""), str(host.site)))
    started = host.start("group=''", PYTHONPATH=path + os.pathsep + str(Path(__file__).parents[2]))
    assert list(started.answers) == ["one", "two"]
    assert started.finding("one")["code"] == "PK509"
    assert str(host.root / "first" / name) in started.finding("one")["hint"]


def test_of_two_copies_in_two_roots_the_first_is_loaded(host: HostPlace) -> None:
    copy = shutil.copytree(host.site, host.root / "first", ignore=shutil.ignore_patterns("*two*", "*api*", "*host*"))
    path = os.pathsep.join(map(str, (copy, host.site, Path(__file__).parents[2])))
    first = host.start("group=''", PYTHONPATH=path).value["report"]["plugins"]
    assert [row["status"] for row in first] == ["loaded", "loaded"]
    assert str(copy) in first[0]["path"]
    (copy / "acme_one/__init__.py").write_text("class New: ...\n")
    assert host.start("group=''", PYTHONPATH=path).codes == {"one": ["PK103"]}


def test_one_directory_by_two_names_holds_each_plugin_once(host: HostPlace) -> None:
    (host.root / "site64").symlink_to("site")
    path = os.pathsep.join(map(str, (host.root / "site64", host.site, Path(__file__).parents[2])))
    started = host.start("group=''", PYTHONPATH=path)
    assert started.answers == {"one": "one:x", "two": "two:x"}
    assert [row["findings"] for row in started.value["report"]["plugins"]] == [[], []]


SAME: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "its entry points are gone": (
        lambda site: (site / "acme_one-1.0.0.dist-info/entry_points.txt").unlink(),
        ["PK501"],
    ),
    "a module is gone": (lambda site: (site / "acme_one/__init__.py").unlink(), ["PK103", "PK503"]),
    "RECORD is gone": (lambda site: (site / "acme_one-1.0.0.dist-info/RECORD").unlink(), ["PK101"]),
    "METADATA is gone": (lambda site: (site / "acme_one-1.0.0.dist-info/METADATA").unlink(), ["PK101"]),
    "its stamp is gone": (lambda site: (site / "acme_one-1.0.0.dist-info/pluginkit.json").unlink(), ["PK201"]),
    "its stamp is a pipe": (
        lambda site: (
            (site / "acme_one-1.0.0.dist-info/pluginkit.json").unlink(),
            os.mkfifo(site / "acme_one-1.0.0.dist-info/pluginkit.json"),
        ),
        ["PK202"],
    ),
    "an egg-info has its place": (
        lambda site: (
            shutil.rmtree(site / "acme_one-1.0.0.dist-info"),
            write(site, {"acme_one.egg-info/PKG-INFO": METADATA, "acme_one.egg-info/entry_points.txt": ENTRY}),
        ),
        ["PK201"],
    ),
}


@pytest.mark.parametrize("case", SAME.values(), ids=SAME)
def test_the_loader_refuses_what_verify_refuses(
    host: HostPlace, case: tuple[Callable[[Path], object], list[str]]
) -> None:
    case[0](host.site)
    assert judged(host.site)[0] == case[1]
    started = host.start("group=''")
    assert (list(started.answers), *started.codes.values()) == (["two"], case[1])


def test_a_module_of_the_host_that_a_plugin_overwrites_is_found_by_both(host: HostPlace) -> None:
    record = host.site / "acme_one-1.0.0.dist-info/RECORD"
    record.write_text(record.read_text() + row(host.site, "acme_host/__init__.py"))
    assert judged_codes(host.site) == {"PK505"}
    finding = host.start("group=''").finding("one")
    assert (finding["code"], finding["severity"]) == ("PK505", "warning")


def test_an_edited_host_loads_nothing_as_verify_says(host: HostPlace) -> None:
    (host.site / "acme_host/__init__.py").write_text("edited = True\n")
    assert judged_codes(host.site) == {"PK103"}
    assert host.start("group=''").codes == {"one": ["PK103"], "two": ["PK103"]}


def judged_codes(site: Path) -> set[str]:
    (verdict,) = verify([site])
    return {one.code for one in verdict.findings}


def test_the_same_distributions_are_found_as_importlib_metadata_finds() -> None:
    theirs = {normalize(one.name) for one in importlib.metadata.distributions() if one.files is not None}
    mine = {one.name: one.version for one in distributions(listing(sys.path))}
    assert theirs <= mine.keys()
    assert {name: importlib.metadata.version(name) for name in theirs} == {name: mine[name] for name in theirs}


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ("acme_one-1.0.0.dist-info", ("acme-one", "1.0.0")),
        ("Acme.One-1.0.0.dist-info", ("acme-one", "1.0.0")),
        ("acme__one-1!2+local.1.dist-info", ("acme-one", "1!2+local.1")),
        ("acme_one-1.0-py3.11.egg-info", ("acme-one", "1.0")),
        ("acme_one.egg-info", ("acme-one", "")),
    ],
)
def test_names_are_read_as_importlib_metadata_reads_them(
    tmp_path: Path, metadata: str, expected: Sequence[str]
) -> None:
    write(tmp_path, {f"{metadata}/METADATA": f"Name: {expected[0]}\nVersion: {expected[1]}\n"})
    (mine,) = distributions(listing([str(tmp_path)]))
    (theirs,) = importlib.metadata.distributions(path=[str(tmp_path)])
    assert (mine.name, mine.version) == tuple(expected)
    assert normalize(theirs.name) == mine.name

"""The table of a fleet: what stands in it, that it fits any terminal, and that each reason is told once."""

import re

import pytest
from fleet_tables import EVIL, MIXED, NEEDS, OK, fits, fleet, host, hostile, large, other_api, release
from hypothesis import given, settings
from hypothesis import strategies as st

from pluginkit.core.fleet import Fleet
from pluginkit.report.fleet import FORMATS
from pluginkit.report.fleet.grid import clip, width
from pluginkit.report.fleet.reasons import reasons
from pluginkit.report.fleet.words import host_titles

WIDE = fleet(
    [host(f"主机{number}/dist", f"{number}.0.0") for number in range(9)],
    {release("acme-插件-" + "n" * 50, "1.0.0.dev20260101+g" + "f" * 30): [OK, fits(NEEDS)] + [OK] * 7},
)
SGR = re.compile(r"\x1b\[[0-9;]*m")


def text(one: Fleet, columns: int = 80, *, every: bool = False, color: bool = False) -> str:
    return FORMATS["text"](one, every=every, color=color, columns=columns)


def table(one: Fleet, columns: int = 80, *, every: bool = False) -> list[list[str]]:
    """The cells of the first block of lines, which are two blanks apart."""
    return [re.split(r"  +", line.strip()) for line in text(one, columns, every=every).split("\n\n")[0].splitlines()]


def test_each_cell_says_the_newest_that_fits_or_what_keeps_it_from_fitting() -> None:
    assert table(MIXED) == [
        ["prod", "staging", "next", "edge"],
        ["acme-filter", "1.4.0 (of 1.6.0)", "1.6.0", "1.6.0", "-"],
        ["acme-render", "2.1.0", "2.1.0", "PK302 +1", "-"],
        ["acme-remote", "unread", "unread", "unread", "-"],
        ["acme-store", "0.3.0", "0.3.0", "0.3.0", "-"],
        ["gofilter", "-", "-", "-", "ok, an older one"],
    ]


def test_all_gives_each_release_a_row() -> None:
    assert table(MIXED, every=True)[1:3] == [
        ["acme-filter 1.6.0", "PK302", "ok", "ok", "-"],
        ["acme-filter 1.4.0", "ok", "ok", "PK302", "-"],
    ]
    assert [row[0] for row in table(MIXED, every=True)[-2:]] == ["gofilter #3", "gofilter a/gofilter.so"]


def test_a_narrow_table_has_numbers_for_heads_and_is_folded() -> None:
    said = text(MIXED, 40)
    assert said.startswith("1  prod\n2  staging\n3  next\n4  edge\n\n")
    assert "acme-filter  1.4.0*  1.6.0   1.6.0\n" in said
    assert "* not the newest release" in said
    assert "             4\nacme-filter  -\n" in said


@pytest.mark.parametrize("columns", [40, 80, 120, 250])
@pytest.mark.parametrize("one", [MIXED, WIDE, hostile(), large(20, 2)], ids=["mixed", "wide", "hostile", "large"])
@pytest.mark.parametrize("every", [False, True])
def test_the_table_and_its_legend_are_not_wider_than_the_terminal(one: Fleet, columns: int, every: bool) -> None:
    said = text(one, columns, every=every)
    head = re.split(r"\n\n(?=PK|not |\* )", said)[0]
    assert all(width(line) <= columns for line in head.splitlines())
    assert SGR.sub("", text(one, columns, every=every, color=True)) == said


@pytest.mark.parametrize("columns", [40, 120])
def test_nothing_is_lost_by_folding(columns: int) -> None:
    one = large(3, 2)
    cells = re.findall(r"\d\.\d\.0\*?(?=  |\n)", text(one, columns).split("\n\nPK")[0])
    assert len(cells) == 3 * 20


def test_a_reason_is_told_once_and_names_whom_it_concerns() -> None:
    hosts = [host("a"), host("b", "3.0.0")]
    rows = {release(f"acme-{name}", "1.0"): [OK, fits(other_api(f"acme-{name}"))] for name in "stuvw"}
    said = text(fleet(hosts, rows))
    assert said.count("built for acme-pluginapi 2.0.0, the host has 3.0.0") == 1
    assert "  plugins   acme-s 1.0, acme-t 1.0, acme-u 1.0, acme-v 1.0, acme-w 1.0\n  host      b\n" in said
    assert "hint for acme-s: rebuild it against acme-pluginapi 3.0.0: `pluginkit build acme-s`" in said


def test_reasons_with_the_same_plugins_and_remedy_stand_together() -> None:
    digest = other_api("p", code="PK303", message="built against another copy", facts={})
    said = text(fleet([host("a")], {release("p", "1"): [fits(other_api("p"), digest)]}))
    assert (
        "PK302 built for acme-pluginapi 2.0.0, the host has 3.0.0\n"
        "  found     2.0.0   expected  3.0.0\n"
        "PK303 built against another copy\n"
        "  plugin    p 1\n"
        "  artifact  wheels/p-1-py3-none-any.whl\n"
        "  hint: rebuild it against acme-pluginapi 3.0.0: `pluginkit build p`\n"
    ) in said


def test_what_changed_is_shown_where_it_is_the_same_for_all() -> None:
    changed = ("class Plugin: added close(self)",)
    facts = [{"found": f"h1:{one}", "expected": "h1:9", "changed": changed} for one in range(1, 6)]
    rows = {release(one["found"], "1.0"): [fits(other_api("x", facts=one))] for one in facts}
    (reason,) = reasons(fleet([host("a")], rows), every=False)
    assert reason.facts == {"found": "h1:1, h1:2, h1:3, and 2 others", "expected": "h1:9", "changed": changed}


def test_what_leaves_a_plugin_without_a_release_comes_first() -> None:
    root = other_api("x", code="PK305", message="the host's API was changed")
    rows = {release(f"acme-{age}", "2.0"): [fits(other_api(f"acme-{age}"))] for age in range(3)}
    for age in range(3):
        rows[release(f"acme-{age}", "1.0")] = [OK]
    rows = dict(sorted(rows.items(), key=lambda row: row[0].name))
    rows |= {release("lost", "1.0"): [fits(NEEDS)], release("spoilt", "1.0"): [fits(root)]}
    assert [one.code for one in reasons(fleet([host("a")], rows), every=False)] == ["PK305", "PK404", "PK302"]


def test_of_wheels_for_several_platforms_the_closest_counts() -> None:
    other = other_api("acme-fast", code="PK403", message="for macosx_11_0_arm64")
    mac, linux = (release("acme-fast", "1.0", subject=f"acme_fast-1.0-{tag}.whl") for tag in ("mac", "linux"))
    fitting = fleet([host("a")], {mac: [fits(other)], linux: [OK]})
    assert table(fitting)[1] == ["acme-fast", "1.0"]
    assert reasons(fitting, every=False) == []
    assert table(fleet([host("a")], {mac: [fits(other)], linux: [fits(NEEDS)]}))[1] == ["acme-fast", "PK404"]


@pytest.mark.parametrize(
    ("labels", "titles"),
    [
        (["dist"], ["dist"]),
        (["/srv/a/very/long/way/to/acme"], ["acme"]),
        (["/srv/a/dist", "/srv/b/dist"], ["a", "b"]),
        (["/srv/a/dist", "/srv/a/b/dist"], ["dist", "b/dist"]),
        (["dist", "next/dist"], ["dist", "next/dist"]),
        (["x/dist for linux/amd64", "x/dist for linux/arm64"], ["linux/amd64", "linux/arm64"]),
        (["a/dist for linux/amd64", "b/dist for linux/amd64"], ["a", "b"]),
        (["same", "same"], ["same acme-host", "same acme-host"]),
        ([], []),
    ],
)
def test_heads_have_what_tells_hosts_apart(labels: list[str], titles: list[str]) -> None:
    assert host_titles([host(label) for label in labels]) == titles


def test_what_was_not_read_or_not_checked_is_said() -> None:
    said = text(MIXED)
    assert "not read: the server sends no ranges: see --download\n  wheels/acme_remote-1.0.0" in said
    assert "not checked, as only parts were read: PK103, PK104\n  wheels/acme_store-0.3.0" in said
    assert "2 files of the index are older than the API\n" in said
    assert said.endswith(
        "3 of 5 plugins have a release for every host\n7 releases, 4 hosts, 3 artifacts left out that are not plugins\n"
    )


def test_a_plugin_without_a_host_of_its_language_is_counted_apart() -> None:
    one = fleet([host("a")], {release("p", "1"): [OK], release("go", language="go"): [fits(NEEDS)]})
    assert "1 of 1 plugin has a release for every host; 1 plugin for which no host" in text(one)


def test_what_strangers_write_stays_on_its_line() -> None:
    said = text(hostile())
    assert EVIL not in said
    assert all(line.isprintable() for line in said.splitlines())
    assert not any(line.startswith(("::", "##[")) for line in map(str.lstrip, said.splitlines()))


@pytest.mark.parametrize(
    ("one", "size", "kept"),
    [("acme", 4, "acme"), ("acme-filter", 8, "acm..ter"), ("插件插件", 7, "插..件"), ("ab", 1, ".")],
)
def test_a_long_text_loses_its_middle(one: str, size: int, kept: str) -> None:
    assert clip(one, size) == kept


def test_an_older_release_that_was_not_read_is_named_too() -> None:
    rows = {
        release("p", "1.2"): [fits(NEEDS)],
        release("p", "1.1", unread="the server hung up"): [None],
        release("p", "1.0", unchecked=("PK103",)): [OK],
        release("p", "0.9", unchecked=("PK104",)): [OK],
    }
    said = text(fleet([host("a")], rows))
    assert "not read: the server hung up\n  wheels/p-1.1-py3-none-any.whl\n" in said
    assert "parts were read: PK103\n" in said
    assert "PK104" not in said


def test_warnings_and_what_is_ignored_are_counted() -> None:
    warned = fits(other_api("p", code="PK406", severity="warning"), ignored=(NEEDS,))
    said = text(fleet([host("a"), host("b", language="go")], {release("p", "1"): [warned, warned]}))
    assert said.endswith("1 release, 2 hosts, 1 warning (PK406), 1 ignored\n")


@pytest.mark.parametrize("columns", [0, 1, 12])
def test_a_terminal_can_be_narrower_than_any_table(columns: int) -> None:
    assert "acme-f" in text(MIXED, columns) or "ac" in text(MIXED, columns)


_WORDS = st.text(max_size=60)


@settings(max_examples=30, deadline=None)
@given(st.lists(_WORDS, min_size=1, max_size=9), st.lists(_WORDS, min_size=1, max_size=4), _WORDS, st.integers(34, 250))
def test_whatever_things_are_called_the_table_fits(
    labels: list[str], names: list[str], version: str, columns: int
) -> None:
    hosts = [host(label) for label in labels]
    rows = {release(name, version, subject=str(number)): [OK] * len(hosts) for number, name in enumerate(names)}
    said = text(fleet(hosts, rows), columns)
    table = said[: said.rindex("\n\n")].split("\n")
    assert all(width(line) <= columns for line in table)

"""The page of a fleet: complete, closed to strangers' text and to other servers, and readable without its script."""

import base64
import hashlib
import json
import re
import shutil
import subprocess
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from fleet_tables import EVIL, MIXED, hostile, large

from pluginkit.core.fleet import Fleet
from pluginkit.report.fleet import FORMATS
from pluginkit.rules.pages import pages

VOID = {"meta", "input", "rect", "line", "circle", "br"}


class Page(HTMLParser):
    """A page as its tags and texts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == [], "tags that nobody closes"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self._open[-1] if self._open else "", []).append(data)

    def attributes(self, name: str) -> list[str]:
        return [str(attrs[name]) for _, attrs in self.tags if name in attrs]


def rendered(fleet: Fleet, *, every: bool = False) -> str:
    return FORMATS["html"](fleet, every=every, pages=pages)


def data_of(text: str) -> dict[str, object]:
    found = re.search(r'<script type="application/json" id="fleet">(.*?)</script>', text, re.DOTALL)
    assert found
    value: dict[str, object] = json.loads(found[1])
    return value


@pytest.mark.parametrize("fleet", [MIXED, hostile(), large(3, 2, 20)], ids=["mixed", "hostile", "many hosts"])
def test_a_page_asks_nothing_of_anybody(fleet: Fleet) -> None:
    text = rendered(fleet)
    page = Page(text)
    assert not page.attributes("src")
    assert not [link for link in page.attributes("href") if not link.startswith("#")]
    assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on") or name == "style"]
    assert "@import" not in text
    assert "url(" not in text
    policy = next(str(attrs["content"]) for _, attrs in page.tags if attrs.get("http-equiv"))
    assert policy.startswith("default-src 'none'; ")
    for kind, tag in (("style-src", "style"), ("script-src", "script")):
        inline = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inline[0].encode()).digest()).decode()
        assert len(inline) == 1
        assert f"{kind} 'sha256-{digest}'" in policy


@pytest.mark.parametrize("fleet", [MIXED, hostile(), large(3, 2, 20)], ids=["mixed", "hostile", "many hosts"])
def test_names_of_places_are_there_once_and_links_lead_to_them(fleet: Fleet) -> None:
    page = Page(rendered(fleet))
    ids = Counter(page.attributes("id"))
    assert [name for name, count in ids.items() if count > 1] == []
    assert {link.removeprefix("#") for link in page.attributes("href")} <= set(ids)
    assert {name for text in page.attributes("aria-labelledby") for name in text.split()} <= set(ids)


def test_what_strangers_wrote_is_text() -> None:
    text = rendered(hostile(), every=True)
    page = Page(text)
    known = {tag for tag, _ in Page(rendered(MIXED)).tags}
    assert {tag for tag, _ in page.tags} <= known
    assert EVIL not in text
    for sign in ("\x1b", "\x00", "\u202e", "\udcff"):
        assert sign not in text
    text.encode("utf-8", "strict")


@pytest.mark.parametrize("fleet", [MIXED, large(3, 2, 20)], ids=["mixed", "many hosts"])
def test_every_cell_has_what_it_rests_on(fleet: Fleet) -> None:
    value = data_of(rendered(fleet))
    fits, findings = value["fits"], value["findings"]
    assert isinstance(fits, list)
    assert isinstance(findings, list)
    for row, some in enumerate(fleet.fits):
        for column, fit in enumerate(some):
            found = fits[row][column]
            if fit is None:
                assert found is None
                continue
            codes = sorted(findings[number]["code"] for number in found[0])
            assert codes == sorted(one.code for one in fit.findings)
            assert len(found[1]) == len(fit.ignored)
    assert len(findings) == len({json.dumps(one) for one in findings}), "the same finding twice"


def test_the_table_is_there_without_the_script_and_says_what_fits() -> None:
    text = rendered(MIXED)
    table = text[text.index("<table") : text.index("</table>")]
    rows = re.findall(r"<tr data-plugin=.*?</tr>", table, re.DOTALL)
    shown = [re.findall(r"<td class=\"([a-z-]+)\">(?:<button[^>]*>|<span[^>]*>)([^<]*)<", row) for row in rows]
    assert len(rows) == len(MIXED.plugins)
    assert shown[0] == [("older", "1.4.0"), ("fits", "1.6.0"), ("fits", "1.6.0"), ("other-language", "-")]
    assert shown[2][0] == ("unread", "unread")
    assert text.count('scope="row"') == len(rows)
    assert text.count('scope="col"') == 2 + len(MIXED.hosts)
    assert "What keeps releases from fitting" in text
    assert "not read: the server sends no ranges" in text


def test_equal_fleets_give_equal_pages_and_many_of_them_stay_small() -> None:
    assert rendered(MIXED) == rendered(MIXED)
    assert len(rendered(large())) < 8 << 20


@pytest.mark.fleet
@pytest.mark.parametrize("every", [False, True])
def test_the_script_runs_in_a_browser(tmp_path: Path, every: bool) -> None:
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no browser")
    (tmp_path / "page.html").write_text(rendered(MIXED, every=every), encoding="utf-8")
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    done = subprocess.run(
        [*command, "--dump-dom", (tmp_path / "page.html").as_uri()], capture_output=True, text=True, timeout=60
    )
    assert "5 of 5 plugins shown" in done.stdout
    assert done.stdout.count('class="release"') == (len(MIXED.releases) if every else 0)

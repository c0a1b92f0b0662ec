"""Reports on consoles that cannot encode all of what they say: it is escaped as their format has it."""

import io
import json
import sys
from pathlib import Path

import pytest
from fleets import wheel_hosts, wheel_plugins

from pluginkit.cli import main
from pluginkit.cli.publish import encodable
from pluginkit.report.fleet import FORMATS

TEXT = "é… 😀\udcff"
ESCAPED = {
    "text": ("ascii", "strict", r"\xe9\u2026 \U0001f600\udcff"),
    "json": ("ascii", "strict", r"\u00e9\u2026 \ud83d\ude00\udcff"),
    "html": ("ascii", "strict", "&#233;&#8230; &#128512;&#56575;"),
    "markdown": ("utf-8", "strict", r"é… 😀\udcff"),
    "github": ("utf-8", "surrogateescape", TEXT),
    "diff": ("latin-1", "strict", r"é\u2026 \U0001f600\udcff"),
}


@pytest.mark.parametrize("name", ESCAPED)
def test_what_an_encoding_lacks_is_escaped(name: str) -> None:
    encoding, errors, expected = ESCAPED[name]
    assert encodable(TEXT, name, encoding, errors) == expected
    assert json.loads(f'"{encodable(TEXT, "json", "ascii")}"').startswith("é… 😀")


@pytest.mark.parametrize("name", FORMATS)
def test_every_report_of_a_fleet_can_be_printed_in_ascii(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel_hosts(tmp_path / "hôsts", 1)
    wheel_plugins(tmp_path / "plügins", 1, 1)
    monkeypatch.setenv("PLUGINKIT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    printed = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(printed, encoding="ascii"))
    assert main(["fleet", "plügins", "--host", "hôsts/py00", "--all", "--output-format", name]) == 0
    assert "h\\xf4sts" in printed.getvalue().decode("ascii") or name not in ("text", "markdown")
    if name in ("json", "sarif"):
        json.loads(printed.getvalue())

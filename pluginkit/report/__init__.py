"""Verdicts and evidence for people and machines; nothing here decides, prints or exits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from pluginkit.core.verdict import Verdict
from pluginkit.report.text import render_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    Pages = Callable[[], Mapping[str, tuple[str, str]]]
    """Returns by code the name of each rule, and its page in Markdown."""

    class Format(Protocol):
        """Renders verdicts, ending in a newline; with `color` and the rules' `pages` where the format knows them.

        Where it names places for others, they are relative to the absolute path `base`.
        """

        def __call__(self, verdicts: Sequence[Verdict], *, color: bool, pages: Pages = ..., base: str = ...) -> str:
            """Return the report."""
            ...


def _text(verdicts: Sequence[Verdict], *, color: bool, pages: Pages = dict, base: str = "") -> str:
    return render_text(verdicts, color=color)


def _json(verdicts: Sequence[Verdict], *, color: bool, pages: Pages = dict, base: str = "") -> str:
    from pluginkit.report.json import render_json

    return render_json(verdicts)


def _github(verdicts: Sequence[Verdict], *, color: bool, pages: Pages = dict, base: str = "") -> str:
    from pluginkit.report.github import render_github

    return render_github(verdicts, base)


def _sarif(verdicts: Sequence[Verdict], *, color: bool, pages: Pages = dict, base: str = "") -> str:
    from pluginkit.report.sarif import render_sarif

    return render_sarif(verdicts, pages(), base)


def _junit(verdicts: Sequence[Verdict], *, color: bool, pages: Pages = dict, base: str = "") -> str:
    from pluginkit.report.junit import render_junit

    return render_junit(verdicts)


FORMATS: dict[str, Format] = {
    "text": _text,
    "json": _json,
    "github": _github,
    "sarif": _sarif,
    "junit": _junit,
}
"""What `--output-format` chooses from."""

__all__ = ["FORMATS", "render_text"]

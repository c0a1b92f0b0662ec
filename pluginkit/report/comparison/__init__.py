"""A comparison of two copies of an API, for people and machines; nothing here decides, prints or exits."""

from __future__ import annotations

from collections.abc import Callable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.surface.comparison import Comparison


def _text(comparison: Comparison, color: bool, width: int, base: str) -> str:
    from pluginkit.report.comparison.text import render_text

    return render_text(comparison, color=color, width=width)


def _json(comparison: Comparison, color: bool, width: int, base: str) -> str:
    from pluginkit.report.comparison.json import render_json

    return render_json(comparison)


def _github(comparison: Comparison, color: bool, width: int, base: str) -> str:
    from pluginkit.report.comparison.github import render_github

    return render_github(comparison, base)


def _sarif(comparison: Comparison, color: bool, width: int, base: str) -> str:
    from pluginkit.report.comparison.sarif import render_sarif

    return render_sarif(comparison, base)


def _markdown(comparison: Comparison, color: bool, width: int, base: str) -> str:
    from pluginkit.report.comparison.markdown import render_markdown

    return render_markdown(comparison)


FORMATS: dict[str, Callable[[Comparison, bool, int, str], str]] = {
    "text": _text,
    "json": _json,
    "github": _github,
    "sarif": _sarif,
    "markdown": _markdown,
}
"""By the name that `--output-format` chooses: (comparison, whether to colour, columns, directory of places) -> text."""

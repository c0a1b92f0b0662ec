"""A fleet for people and machines; nothing here decides, prints or exits."""

from __future__ import annotations

from collections.abc import Callable

from pluginkit.core.fleet import Fleet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol

    Pages = Callable[[], Mapping[str, tuple[str, str]]]
    """Returns by code the name of each rule, and its page in Markdown."""

    class Format(Protocol):
        """Renders a fleet, ending in a newline; with `every`, each release of a plugin and not its newest alone.

        `columns` is the width of the terminal; what names places for others makes them relative to the absolute path
        `base`.
        """

        def __call__(
            self,
            fleet: Fleet,
            *,
            every: bool,
            color: bool = ...,
            columns: int = ...,
            pages: Pages = ...,
            base: str = ...,
        ) -> str:
            """Return the report."""
            ...


def _text(
    fleet: Fleet, *, every: bool, color: bool = False, columns: int = 80, pages: Pages = dict, base: str = ""
) -> str:
    from pluginkit.report.fleet.text import render_text

    return render_text(fleet, every=every, color=color, columns=columns)


def _json(
    fleet: Fleet, *, every: bool, color: bool = False, columns: int = 80, pages: Pages = dict, base: str = ""
) -> str:
    from pluginkit.report.fleet.json import render_json

    return render_json(fleet)


def _markdown(
    fleet: Fleet, *, every: bool, color: bool = False, columns: int = 80, pages: Pages = dict, base: str = ""
) -> str:
    from pluginkit.report.fleet.markdown import render_markdown

    return render_markdown(fleet, every=every)


def _sarif(
    fleet: Fleet, *, every: bool, color: bool = False, columns: int = 80, pages: Pages = dict, base: str = ""
) -> str:
    from pluginkit.report.fleet.sarif import render_sarif

    return render_sarif(fleet, pages(), base)


def _junit(
    fleet: Fleet, *, every: bool, color: bool = False, columns: int = 80, pages: Pages = dict, base: str = ""
) -> str:
    from pluginkit.report.fleet.junit import render_junit

    return render_junit(fleet)


def _html(
    fleet: Fleet, *, every: bool, color: bool = False, columns: int = 80, pages: Pages = dict, base: str = ""
) -> str:
    from pluginkit.report.fleet.html import render_html

    return render_html(fleet, every=every, pages=pages())


FORMATS: dict[str, Format] = {
    "text": _text,
    "json": _json,
    "markdown": _markdown,
    "sarif": _sarif,
    "junit": _junit,
    "html": _html,
}
"""What `--output-format` chooses from."""

"""What an upgrade takes, for people and machines; nothing here decides, prints or exits."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pluginkit.core.upgrade import Upgrade


def _text(found: Upgrade, *, color: bool, columns: int, base: str) -> str:
    from pluginkit.report.fleet.upgrade.text import render_text

    return render_text(found, color=color, columns=columns)


def _json(found: Upgrade, *, color: bool, columns: int, base: str) -> str:
    from pluginkit.report.fleet.upgrade.json import render_json

    return render_json(found)


def _markdown(found: Upgrade, *, color: bool, columns: int, base: str) -> str:
    from pluginkit.report.fleet.upgrade.markdown import render_markdown

    return render_markdown(found)


UPGRADE_FORMATS: dict[str, Callable[..., str]] = {"text": _text, "json": _json, "markdown": _markdown}
"""What `--output-format` chooses from with `--upgrade-to`: each renders an `Upgrade`, ending in a newline, with
`color` and `columns` of the terminal, and subjects relative to the absolute path `base`."""

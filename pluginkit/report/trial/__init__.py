"""What plugins' own tests say of a change, for people and machines; nothing here decides, prints or exits."""

from __future__ import annotations

from pluginkit.core.trial import Trials

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Format(Protocol):
        """Renders trials, ending in a newline; `columns` is the width of the terminal."""

        def __call__(self, trials: Trials, *, color: bool = ..., columns: int = ...) -> str:
            """Return the report."""
            ...


def _text(trials: Trials, *, color: bool = False, columns: int = 80) -> str:
    from pluginkit.report.trial.text import render_text

    return render_text(trials, color=color, columns=columns)


def _json(trials: Trials, *, color: bool = False, columns: int = 80) -> str:
    from pluginkit.report.trial.json import render_json

    return render_json(trials)


def _markdown(trials: Trials, *, color: bool = False, columns: int = 80) -> str:
    from pluginkit.report.trial.markdown import render_markdown

    return render_markdown(trials)


def _junit(trials: Trials, *, color: bool = False, columns: int = 80) -> str:
    from pluginkit.report.trial.junit import render_junit

    return render_junit(trials)


FORMATS: dict[str, Format] = {"text": _text, "json": _json, "markdown": _markdown, "junit": _junit}
"""What `--output-format` chooses from."""

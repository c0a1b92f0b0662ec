"""Verdicts on standard output."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.core.verdict import Verdict


class RefusedError(Exception):
    """A build made artifacts that its own host would refuse."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__()
        self.verdict = verdict


def print_verdicts(verdicts: Sequence[Verdict], output_format: str) -> None:
    """Print verdicts in one of the formats of `pluginkit.report`."""
    from pluginkit.report import FORMATS
    from pluginkit.report.color import wants_color

    print(FORMATS[output_format](verdicts, color=wants_color(sys.stdout, os.environ)), end="")

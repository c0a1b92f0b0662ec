"""A report, and what the loader ignored on its way, in the host's log: `pluginkit.runtime`."""

from __future__ import annotations

import os

from pluginkit.core.notices import taken
from pluginkit.core.safe import safe
from pluginkit.runtime.interrupts import Interrupts
from pluginkit.runtime.report import Report, described

_STANDARD_ERROR = 2


def _what_is_open() -> tuple[int, int]:
    try:
        found = os.fstat(_STANDARD_ERROR)
    except OSError:
        return 0, 0
    return found.st_dev, found.st_ino


_AT_FIRST = _what_is_open()
"""Once it was closed, any other file may get its number."""


def log(report: Report) -> None:
    """Write a line for each reason for which a plugin was skipped, each thing that was ignored, and for development.

    Plugins may have closed or replaced what logging works with: then the lines go to the process's standard error.
    """
    warnings = [f"skipped {line}" for result in report.skipped for line in described(result)]
    warnings += [safe(f"{message}; {hint}" if hint else message, 1000) for message, hint in taken()]
    names = [safe(result.name) for result in report.loaded if result.development]
    developed = f"development: not verified, their sources lie in this workspace: {', '.join(names)}" if names else ""
    if not (warnings or developed):
        return
    with Interrupts() as interrupts:
        try:
            _logged(warnings, developed)
        except BaseException as error:
            if interrupts.are_behind(error):
                raise
            _printed([*warnings, "the loader's log cannot be written: a plugin, or the host, replaced part of it"])


def _logged(warnings: list[str], developed: str) -> None:
    import logging

    logger = logging.getLogger("pluginkit.runtime")
    for line in warnings:
        logger.warning("%s", line)
    if developed:
        logger.info("%s", developed)


def _printed(lines: list[str]) -> None:
    if _what_is_open() != _AT_FIRST:
        return
    try:
        os.write(_STANDARD_ERROR, "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace"))
    except OSError:  # it is closed too
        return

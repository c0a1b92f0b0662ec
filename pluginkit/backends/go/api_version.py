"""Where a Go package declares its constant `APIVersion`, found without starting Go."""

import re
from collections.abc import Iterator
from pathlib import Path

from pluginkit.core.model import Member
from pluginkit.core.stated_version import StatedVersion, StatedVersions

_HINT = 'declare const APIVersion = "v1.0.0" in it, on a line of its own'
_NOT_CODE = re.compile(
    r"""//[^\n]* | /\*.*?(?:\*/|\Z) | "(?:[^"\\\n]|\\.)*" | `[^`]*(?:`|\Z) | '(?:[^'\\\n]|\\.)*'""",
    re.DOTALL | re.VERBOSE,
)
_VALUE = r"""APIVersion(?:[ \t]+string)?[ \t]*=[ \t]*(?P<quote>["`])"""
_ALONE = re.compile(rf"^const[ \t]+{_VALUE}", re.MULTILINE)
_GROUP = re.compile(r"^const[ \t]*\(.*?^\)", re.MULTILINE | re.DOTALL)
_GROUPED = re.compile(rf"^[ \t]*{_VALUE}", re.MULTILINE)
_MAX_SIZE = 4 << 20
"""Bytes; a longer file is generated."""


def stated_versions(root: Path, member: Member) -> StatedVersions:
    """Return each declaration in the member's package, in files for other platforms too; each decides for its own."""
    files = sorted((root / member.path).glob("*.go"))
    found = [one for file in files if not file.name.endswith("_test.go") for one in _declared(root, file)]
    return StatedVersions(tuple(found), "" if found else _HINT)


def _declared(root: Path, file: Path) -> Iterator[StatedVersion]:
    try:
        text = file.read_bytes().decode("utf-8") if file.stat().st_size <= _MAX_SIZE else ""
    except (OSError, UnicodeDecodeError):
        return
    code = _NOT_CODE.sub(_blanked, text)
    groups = (found for group in _GROUP.finditer(code) for found in _GROUPED.finditer(code, *group.span()))
    for found in (*_ALONE.finditer(code), *groups):
        start = found.end()
        end = code.find(found["quote"], start)
        rest = code[end + 1 :].split("\n", 1)[0]
        if end >= 0 and not rest.strip() and "\\" not in text[start:end]:
            line = text.count("\n", 0, start) + 1
            yield StatedVersion(file.relative_to(root).as_posix(), line, start, text[start:end], decides=True)


def _blanked(found: re.Match[str]) -> str:
    """Return comments as blanks, and strings as their quotes with blanks between, all as long as they were."""
    text = found[0]
    blank = re.sub(r"[^\n]", " ", text)
    return blank if text.startswith("/") or len(text) < 2 else f"{text[0]}{blank[1:-1]}{text[-1]}"

"""Which interpreter and platform a Python artifact runs on, compared with the host's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from pluginkit.core.verdict import Host
from pluginkit.rules.rule import Problem
from pluginkit.rules.versions import admits, disjoint, is_specifier

_PLATFORM = (
    r"(?P<system>macosx|win|android|ios|emscripten|pyodide|(?P<libc>many|musl)?linux)"
    r"(?:1|2010|2014|(?:_[0-9]+)+)?_?(?P<machine>.*)"
)
_FAT = ("universal2", "universal", "fat", "fat32", "fat64", "intel")
"""Of macOS: for several processors."""


def python_problems(mine: str, host: Host) -> Iterable[Problem]:
    """Compare a plugin's `requires-python` with the host's interpreter, or with its range where only that is known."""
    exact, theirs = host.python, host.requires_python
    if not mine or (exact and admits(mine, exact)):
        return
    if not is_specifier(mine):
        yield Problem(
            f"requires-python {mine!r} is not a version specifier", "write it as in `>=3.11`", {"found": mine}
        )
    elif exact or (theirs and disjoint(mine, theirs)):
        yield Problem(
            f"requires Python {mine}, the host runs {exact or theirs}",
            "widen requires-python and rebuild it, or run the host on a Python it admits",
            {"found": mine, "expected": exact or theirs},
        )


def tag_problems(mine: Sequence[str], host: Host) -> Iterable[Problem]:
    """Compare a plugin's tags with those that the host accepts, or with what is known of where it runs."""
    if tags_fit(mine, host.tags, host.requires_python):
        return
    expected, python = ", ".join(host.tags[:5]), "" if _is_exact(host.tags) else host.requires_python
    yield Problem(
        "built for another interpreter or platform than the host's",
        "build it where the host runs, or as pure Python",
        {"found": ", ".join(mine[:5]), "expected": f"{expected} on Python {python}" if python else expected},
    )


def tags_fit(mine: Sequence[str], theirs: Sequence[str], python: str = "") -> bool:
    """Return whether a wheel with one of the tags `mine` can run where the host does.

    `theirs` are all tags that an interpreter accepts; or tags of compiled wheels on the host's side, which say its
    system and processor and, as `python` does (a range), which interpreters it may be.
    """
    if not mine or not theirs or "py3-none-any" in mine or not set(mine).isdisjoint(theirs):
        return True
    if all(tag.endswith("-none-any") for tag in theirs):
        return True
    if _is_exact(theirs):
        return False
    return any(_side_by_side(one, other, python) for one in mine for other in theirs)


def _is_exact(tags: Sequence[str]) -> bool:
    """Return whether these are all tags of an interpreter: only there, one for every platform stands among others."""
    return any(tag.endswith("-none-any") for tag in tags)


def _side_by_side(one: str, other: str, python: str) -> bool:
    """Return whether one interpreter on one platform may accept both tags."""
    (mine, my_abi, my_platform), (theirs, their_abi, their_platform) = one.split("-"), other.split("-")
    ranges = [_versions(mine, my_abi), _versions(theirs, their_abi), python]
    known = [text for text in ranges if text]
    apart = any(disjoint(text, later) for place, text in enumerate(known) for later in known[place + 1 :])
    return not apart and _implementation(mine, theirs) and _platforms_meet(my_platform, their_platform)


def _implementation(mine: str, theirs: str) -> bool:
    """Return whether both are for one implementation; that of a host which does not say so is CPython."""
    names = {re.sub(r"[0-9_]+$", "", one) for one in (mine, theirs)} - {"py"}
    return names <= {"cp"} or (len(names) == 1 and not theirs.startswith("py3"))


def _versions(python: str, abi: str) -> str:
    """Return which versions of Python the first two parts of a tag stand for, as a specifier; empty where unknown."""
    found = re.fullmatch(r"(py|cp|pp)([0-9])_?([0-9]*)", python)
    if found is None:
        return ""
    implementation, major, minor = found.groups()
    if not minor:
        return f"=={major}.*"
    least = implementation == "py" or abi.startswith("abi")
    return f">={major}.{minor},=={major}.*" if least else f"=={major}.{minor}.*"


def _platforms_meet(mine: str, theirs: str) -> bool:
    one, other = re.fullmatch(_PLATFORM, mine), re.fullmatch(_PLATFORM, theirs)
    if "any" in (mine, theirs) or one is None or other is None:
        return True
    if one["system"].endswith("linux") and other["system"].endswith("linux"):
        return one["machine"] == other["machine"] and (one["libc"] or other["libc"]) == (other["libc"] or one["libc"])
    same = one["machine"] == other["machine"] or any(each["machine"] in _FAT for each in (one, other))
    return one["system"] == other["system"] and same

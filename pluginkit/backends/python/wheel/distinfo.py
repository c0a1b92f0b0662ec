"""The files of a `.dist-info` directory that are text: METADATA, WHEEL, entry_points.txt."""

from __future__ import annotations

import re
from math import prod

from pluginkit.core.frozen import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SECTION = re.compile(r"\[([^\[\]]+)\]")
_MAX_HEADERS, _MAX_LINES = 4 << 20, 100_000
"""Bytes, and lines, before the first blank line."""
_MAX_VALUES, _MAX_VALUE = 10_000, 10_000
"""Headers of one name that is looked at, and characters of each."""
_READ = ("name", "version", "requires-python", "requires-dist", "wheel-version", "tag")
_MAX_POINTS, _MAX_TAGS = 10_000, 1000
_FILE_NAME = (
    r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._]*[A-Za-z0-9])?)-(?P<version>[A-Za-z0-9_.!+]+)"
    r"(?:-(?P<build>[0-9][A-Za-z0-9_.]*))?-(?P<tags>[A-Za-z0-9_.]+-[A-Za-z0-9_.]+-[A-Za-z0-9_.]+)\.whl"
)
_EVERYWHERE = "DEFAULT"
_NO_ENTRY = 1 << 30
"""Indentation of the entry before, which a deeper line would continue, where there is none."""
_USUAL_VERSION = r"[0-9]+(\.[0-9]+)*((a|b|rc)[0-9]+)?(\.post[0-9]+)?(\.dev[0-9]+)?"


class DistInfoError(ValueError):
    """A text that two readers could take for two things, or none (reported as PK105)."""


@record
class FileName:
    """What the file name of a wheel says (binary distribution format, PyPA specifications)."""

    name: str
    """As spelled, with `_` for `-`."""
    version: str
    tags: tuple[str, ...]
    """Expanded and sorted."""


def parse_file_name(file: str) -> FileName:
    """Split `file` (no directory) into its parts; raises DistInfoError when it is not a wheel's name in ASCII."""
    found = re.fullmatch(_FILE_NAME, file)
    if found is None:
        raise DistInfoError(
            f"{file[:200]!a} is not a wheel's file name (name-version-python-abi-platform.whl, in ASCII)"
        )
    return FileName(found["name"], found["version"], expand_tags([found["tags"]]))


def expand_tags(tags: list[str]) -> tuple[str, ...]:
    """Expand compressed tag sets (PEP 425), `py2.py3-none-any` into two; sorted, each once.

    Raises DistInfoError for a tag without three parts, or an absurd number of them.
    """
    expanded: set[str] = set()
    total = 0
    for tag in tags:
        parts = tag.split("-", 3)
        if len(parts) != 3 or not all(parts):
            raise DistInfoError(f"{tag[:80]!a} is not a compatibility tag (python-abi-platform)")
        total += prod(part.count(".") + 1 for part in parts)
        if total > _MAX_TAGS:
            raise DistInfoError(f"its compatibility tags stand for more than {_MAX_TAGS} others")
        pythons, abis, platforms = (part.split(".") for part in parts)
        expanded.update(f"{python}-{abi}-{platform}" for python in pythons for abi in abis for platform in platforms)
    return tuple(sorted(expanded))


def read_headers(data: bytes, file: str) -> Mapping[str, list[str]]:
    """Read the headers of a METADATA or WHEEL file, up to the first blank line; keys in lower case.

    Raises DistInfoError where the email format (RFC 822) and simpler readers would differ: bytes that are
    not UTF-8, lone carriage returns, lines that are neither a header nor a continuation.
    """
    head = data[:_MAX_HEADERS].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    if len(head) >= _MAX_HEADERS - 1:
        raise DistInfoError(f"{file} has more than {_MAX_HEADERS} bytes of headers")
    try:
        lines = head.decode("utf-8").split("\n")
    except UnicodeDecodeError:
        raise DistInfoError(f"{file} is not UTF-8") from None
    if b"\r" in head:
        raise DistInfoError(f"{file} has a lone carriage return")
    if len(lines) > _MAX_LINES:
        raise DistInfoError(f"{file} has more than {_MAX_LINES} lines of headers")
    headers: dict[str, list[list[str]]] = {}
    last: list[str] | None = None
    for line in lines:
        key, colon, value = line.partition(":")
        if last is not None and line[:1] in (" ", "\t"):
            last.append(line)
        elif colon and _is_key(key):
            last = [value.strip(" \t")]
            headers.setdefault(key.lower(), []).append(last)
        elif line:
            raise DistInfoError(f"{file} has a line that is not a header: {line[:80]!a}")
    return _bounded({key: ["\n".join(parts) for parts in found] for key, found in headers.items()}, file)


def _bounded(headers: Mapping[str, list[str]], file: str) -> Mapping[str, list[str]]:
    """Return headers, of which those that are looked at are not absurdly many or long. Raises DistInfoError."""
    for key in _READ:
        values = headers.get(key, ())
        if len(values) > _MAX_VALUES or max(map(len, values), default=0) > _MAX_VALUE:
            most = f"more than {_MAX_VALUES} times, or with more than {_MAX_VALUE} characters"
            raise DistInfoError(f"{key.title()} stands {most} in {file}")
    return headers


def _is_key(text: str) -> bool:
    """Return whether it is a letter, and then letters, digits, hyphens and underscores, all ASCII."""
    return text.isascii() and text[:1].isalpha() and text.replace("-", "").replace("_", "").isalnum()


def single(headers: Mapping[str, list[str]], key: str, file: str) -> str:
    """Return the value of a header that must stand exactly once, else raise DistInfoError."""
    values = headers.get(key.lower(), [])
    if len(values) != 1 or not values[0]:
        times = "is missing" if not any(values) else f"stands {len(values)} times"
        raise DistInfoError(f"{key} {times} in {file}")
    return values[0]


def same_version(one: str, other: str) -> bool:
    """Return whether two spellings name one version (PEP 440); a spelling that is not a version equals nothing."""
    if one == other and re.fullmatch(_USUAL_VERSION, one):
        return True
    from packaging.version import InvalidVersion, Version

    try:
        return Version(one) == Version(other)
    except InvalidVersion:
        return False


def read_entry_points(data: bytes) -> Iterator[tuple[str, str, str]]:
    """Yield (group, name, object reference) of an entry_points.txt.

    Raises DistInfoError where the readers of installers and importlib.metadata would read different things: a line
    indented deeper than the entry before it, `;` comments, text outside a group, a group that stands twice, the group
    DEFAULT, of which configparser puts all entries into each group, and what only str.splitlines takes for a new line.
    """
    try:
        text = data.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise DistInfoError("entry_points.txt is not UTF-8") from None
    lines = text.split("\n")
    if len(text.splitlines()) != len(lines) - (not lines[-1]):
        raise DistInfoError("entry_points.txt has a character that some readers take for the end of a line")
    group, groups, entry, points = "", {_EVERYWHERE}, _NO_ENTRY, 0
    for number, raw in enumerate(lines, 1):
        line = raw.strip(" \t")
        if not line or line[0] == "#":
            continue
        if len(line) > _MAX_VALUE:
            raise DistInfoError(f"entry_points.txt line {number} has more than {_MAX_VALUE} characters")
        indent = len(raw) - len(raw.lstrip(" \t"))
        if indent <= entry and (section := _SECTION.fullmatch(line)):
            group, entry = section[1], _NO_ENTRY
            if group in groups:
                why = "whose entries some readers find in each group" if group == _EVERYWHERE else "twice"
                raise DistInfoError(f"entry_points.txt has the group {group[:80]!a} {why}")
            groups.add(group)
        elif group and indent <= entry and (pair := _pair(line)):
            entry, points = indent, points + 1
            if points > _MAX_POINTS:
                raise DistInfoError(f"entry_points.txt has more than {_MAX_POINTS} entry points")
            yield group, *pair
        else:
            raise DistInfoError(
                f"entry_points.txt line {number} is neither a group nor `name = reference`: {line[:80]!a}"
            )


def _pair(line: str) -> tuple[str, str] | None:
    """Return name and reference of `name = reference`; None for another line."""
    name, equals, reference = (part.strip() for part in line.partition("="))
    return (name, reference) if equals and name and reference and name[0] not in "[;#:" else None

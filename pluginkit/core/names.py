"""The one rule for names that people type, and the normal form of distribution names."""

from __future__ import annotations

from pluginkit.core.errors import PluginkitError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_RULE = r"(?=.{1,63}\Z)[a-z][a-z0-9]*([_-][a-z0-9]+)*"
_DEVICES = {"con", "prn", "aux", "nul", *(f"{d}{i}" for d in ("com", "lpt") for i in range(10))}
_TAKEN = {"test", "tests", "host", "plugins", "pluginapi", "pluginkit"}


def check_name(name: str, what: str) -> str:
    """Return `name` when a directory, a distribution and an import package may carry it.

    Raises PluginkitError for anything but `[a-z][a-z0-9_-]{0,62}`, for a '-' or '_' at the end or after
    another, for device names of Windows and names the generated layout needs itself. What a language reserves is for
    its `Members` to check.
    """
    import re

    if not re.fullmatch(_RULE, name):
        raise PluginkitError(
            f"{what} {name!r} is not usable",
            hint="use a lower-case letter, then at most 62 of a-z, 0-9 and single '-' or '_' between them",
        )
    device = "Windows has a device of that name" if name in _DEVICES else ""
    refuse_reserved(what, name, device or ("the layout has a directory of that name" if name in _TAKEN else ""))
    return name


def refuse_reserved(what: str, name: str, reason: str, hint: str = "choose another name") -> None:
    """Raise PluginkitError with the reason for which nothing can have a name; nothing happens without a reason."""
    if reason:
        raise PluginkitError(f"{what} {name!r} is reserved: {reason}", hint=hint)


def normalize(name: str) -> str:
    """Return the normal form of a distribution name (PEP 503): lower case, runs of `-_.` as one `-`."""
    normal = name.lower().replace("_", "-").replace(".", "-")
    while "--" in normal:
        normal = normal.replace("--", "-")
    return normal


def requirement_name(requirement: str) -> str:
    """Return the normal form of the name a requirement (PEP 508) starts with; empty where there is none."""
    import re

    found = re.match(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)", requirement)
    return normalize(found[1]) if found else ""


def requirement_extras(requirement: str) -> tuple[str, ...]:
    """Return the normal forms of the extras that a requirement (PEP 508) asks for."""
    import re

    found = re.match(r"\s*[A-Za-z0-9][A-Za-z0-9._-]*\s*\[([^\]]*)\]", requirement)
    return tuple(normalize(name.strip()) for name in found[1].split(",") if name.strip()) if found else ()


def is_of_extra(requirement: str) -> bool:
    """Return whether a requirement (PEP 508) is wanted only with an extra."""
    import re

    return re.search(r"\bextra\s*==", requirement.partition(";")[2]) is not None


def nearest(word: str, known: Iterable[str]) -> str:
    """Return ` (did you mean 'x'?)` for the known word closest to `word`, or nothing."""
    import difflib

    close = difflib.get_close_matches(word, list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""

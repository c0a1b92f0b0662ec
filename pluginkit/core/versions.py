"""Versions of an API: which step its changes ask for, and whether a new version takes it. Pure.

A step is the size of a change: `major` breaks somebody, `minor` adds, `patch` does neither. A scheme says what that
means for the version. A version is one of PEP 440, which may begin with a `v`: `v3` and `v1.2.0` are versions too. Of
other labels only "it differs" can be said. Imports packaging when called.
"""

from __future__ import annotations

from functools import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from packaging.version import Version

STEPS = ("major", "minor", "patch")
"""The largest first; also the parts of a version that `bumped` moves."""
SCHEMES = ("semver", "pep440-calver", "none")
"""`semver`: Semantic Versioning 2.0.0. `pep440-calver`: YEAR.MONTH[.COUNTER], which only has to grow. `none`: any."""


@lru_cache(maxsize=4096)
def version(text: str) -> Version | None:
    """Return a version (PEP 440), None for anything else."""
    from packaging.version import InvalidVersion, Version

    try:
        return Version(text)
    except InvalidVersion:
        return None


def is_development(text: str) -> bool:
    """Return whether a version is one of development (`1.2.1.dev3`), which no release has."""
    found = version(text)
    return found is not None and found.is_devrelease


def is_enough(old: str, new: str, step: str, scheme: str = "semver") -> bool:
    """Return whether going from the version `old` to `new` is a step of at least that size.

    Within the pre-releases of one release, whatever that release may change may change. What cannot be compared is
    enough when it differs.
    """
    before, after = version(old), version(new)
    if scheme == "none" or before is None or after is None:
        return old != new
    if before.epoch != after.epoch:
        return after.epoch > before.epoch
    if version(before.public) == version(after.public):
        return before.local != after.local and (step == "patch" or scheme != "semver")
    if after < before:
        return False
    part = required_step(old, step, scheme)
    if scheme != "semver" or part == "patch" or _covers(before, part):
        return True
    length = STEPS.index(part) + 1
    return _padded(after)[:length] > _padded(before)[:length]


def required_step(old: str, step: str, scheme: str = "semver") -> str:
    """Return the part of the version `old` that a step of that size has to move.

    Before 1.0.0 anything may change at any time (SemVer, item 4). Package managers read it so that what breaks moves
    the minor part then, and all else the patch; so does this.
    """
    found = version(old)
    if scheme == "semver" and found is not None and found.major == 0:
        return "minor" if step == "major" else "patch"
    return step


def next_version(old: str, step: str, scheme: str = "semver", today: str = "") -> str:
    """Return the smallest version after `old` that `is_enough` for a step; empty where `old` is not a version.

    `today` is a date (ISO 8601), by which `pep440-calver` goes. A pre-release is followed by the next one.
    """
    found = version(old)
    if found is None:
        return ""
    if scheme == "pep440-calver":
        return _prefix(old) + _spelled(found.epoch, _dated(found, today))
    part = required_step(old, step, scheme)
    return _prefix(old) + _next_pre_release(found) if _covers(found, part) else bumped(old, part)


def bumped(old: str, part: str) -> str:
    """Return `old` with one of `STEPS` moved and what follows it reset; empty where `old` is not a version.

    A pre-release becomes the release that it leads to, where that moves the part already.
    """
    found = version(old)
    if found is None:
        return ""
    if _covers(found, part):
        return _prefix(old) + _spelled(found.epoch, found.release)
    at = STEPS.index(part)
    length = max(len(found.release), at + 1)
    moved = [*_padded(found)[:at], _padded(found)[at] + 1]
    return _prefix(old) + _spelled(found.epoch, (*moved, *[0] * (length - at - 1)))


def agrees(stated: str, whole: str) -> bool:
    """Return whether `stated` is the version `whole`, or the first parts of it: `v3` and `3.1` agree with `3.1.0`."""
    mine, other = version(stated), version(whole)
    if mine is None or other is None:
        return stated == whole
    if _is_partial(mine, other):
        return mine.release == other.release[: len(mine.release)]
    spellings = [whole, other.public, *([other.base_version] if other.is_devrelease else [])]
    return any(mine == version(spelling) for spelling in spellings)


def restated(stated: str, old: str, new: str) -> str:
    """Return how a place that stated the version `old` as `stated` states `new`: with as many parts, and its `v`."""
    mine, before, after = version(stated), version(old), version(new)
    if mine is None or before is None or after is None:
        return new
    if _is_partial(mine, before):
        return _prefix(stated) + _spelled(0, _padded(after)[: len(mine.release)])
    return _prefix(stated) + new.removeprefix(_prefix(new))


def _is_partial(stated: Version, whole: Version) -> bool:
    return str(stated) == _spelled(0, stated.release) and len(stated.release) < len(whole.release)


def _covers(found: Version, part: str) -> bool:
    """Return whether a pre-release leads to a release that moves the part, or a larger one."""
    if not found.is_prerelease or found.post is not None:
        return False
    _, minor, *rest = _padded(found)
    leads_to = "patch" if any(rest) else "minor" if minor else "major"
    return STEPS.index(leads_to) <= STEPS.index(part)


def _next_pre_release(found: Version) -> str:
    if found.dev is not None:
        pre = "".join(map(str, found.pre or ()))
        return f"{_spelled(found.epoch, found.release)}{pre}.dev{found.dev + 1}"
    name, number = found.pre or ("a", 0)
    return f"{_spelled(found.epoch, found.release)}{name}{number + 1}"


def _dated(found: Version, today: str) -> tuple[int, ...]:
    """Return the release of this month, or the next one after `found` where that is not later."""
    year, month = (int(part) for part in today.split("-")[:2]) if today else (0, 0)
    release = found.release if len(found.release) > 1 else (*found.release, 0)
    now = (year if release[0] >= 1000 else year % 100, month)
    if 1 <= release[1] <= 12 and now > release[:2]:
        return (*now, *[0] * (len(release) - 2))
    if found.is_prerelease and found.post is None:
        return found.release
    return (*release, 1) if len(release) == 2 else (*release[:-1], release[-1] + 1)


def _padded(found: Version) -> tuple[int, ...]:
    return (*found.release, *[0] * (len(STEPS) - len(found.release)))


def _spelled(epoch: int, release: tuple[int, ...]) -> str:
    return (f"{epoch}!" if epoch else "") + ".".join(map(str, release))


def _prefix(text: str) -> str:
    return text[:1] if text[:1] in ("v", "V") else ""

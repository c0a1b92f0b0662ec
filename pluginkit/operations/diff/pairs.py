"""Which API of one side is which of the other, and both in the same words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pluginkit.backends.protocol import ApiCopy
from pluginkit.core.digest import content_digest
from pluginkit.core.errors import PluginkitError
from pluginkit.core.frozen import record
from pluginkit.operations.diff.sides import Side


@record
class Pair:
    """An API on both sides; None where one does not have it."""

    old: ApiCopy | None
    new: ApiCopy | None

    @property
    def either(self) -> ApiCopy:
        """The older copy, which plugins were written for, or the only one."""
        return self.old or self.new  # type: ignore[return-value]

    @property
    def name(self) -> str:
        """What it is called: as its newer copy's distribution is, where that says more than its package."""
        copies = [one for one in (self.new, self.old) if one is not None]
        return next((one.name for one in copies if one.name not in one.modules), copies[0].name)


def pair(old: Side, new: Side) -> list[Pair]:
    """Return the APIs of both sides in pairs, by name.

    Those whose names differ are taken together by their import packages, and where each side has one of them left.
    An API that a side lacks stands alone only if that side is whole. Raises PluginkitError where nothing is left.
    """
    mine, theirs = _joined(old.apis, new.apis), _joined(new.apis, old.apis)
    found = list(_matched(mine, theirs))
    alone = [Pair(one, None) for one in mine if new.whole and not any(pair.old is one for pair in found)]
    alone += [Pair(None, one) for one in theirs if old.whole and not any(pair.new is one for pair in found)]
    if not found and not (old.whole and new.whole):
        names = [", ".join(one.name for one in side) for side in (mine, theirs)]
        raise PluginkitError(
            f"nothing to compare: {old.label} has {names[0]}, {new.label} has {names[1]}",
            hint="name both sides so that they have an API of one name, or one API each",
        )
    return sorted((_aligned(one) for one in (*found, *alone)), key=lambda one: one.name)


def same_bytes(old: ApiCopy, new: ApiCopy) -> bool:
    """Return whether two copies are known to have the same bytes."""
    if old.files and new.files:
        return _unnamed(old) == _unnamed(new)
    if not (old.files or new.files):
        return (old.name, old.version, old.digest) == (new.name, new.version, new.digest)
    sealed, read = (old, new) if new.files else (new, old)
    try:
        return content_digest(f"{sealed.name}@{sealed.version}", read.files) == sealed.digest
    except ValueError:  # names that no wheel may have
        return False


def _matched(old: Sequence[ApiCopy], new: Sequence[ApiCopy]) -> Iterator[Pair]:
    left, right = list(old), list(new)
    for field in ("name", "modules"):
        for one in list(left):
            mine = (one.language, getattr(one, field))
            other = next((other for other in right if (other.language, getattr(other, field)) == mine), None)
            if other is not None:
                left.remove(one)
                right.remove(other)
                yield Pair(one, other)
    if len(left) == len(right) == 1:
        if left[0].language != right[0].language:
            raise PluginkitError(f"{left[0].name} is {left[0].language}, {right[0].name} is {right[0].language}")
        yield Pair(left[0], right[0])


def _joined(mine: Sequence[ApiCopy], theirs: Sequence[ApiCopy]) -> Sequence[ApiCopy]:
    """Return packages that lie side by side as one API, where the other side has one API that is several packages."""
    if len(mine) < 2 or len(theirs) != 1 or theirs[0].language != "python" or len(theirs[0].modules) < 2:
        return mine
    parts = [one for one in mine if set(one.modules) & set(theirs[0].modules)]
    if not parts:
        return mine
    return [
        ApiCopy(
            theirs[0].name,
            next((one.version for one in parts if one.version), ""),
            "python",
            tuple(sorted(module for one in parts for module in one.modules)),
            tuple(line for one in sorted(parts, key=lambda one: one.modules) for line in one.surface),
            tuple(sorted(file for one in parts for file in one.files)),
        )
    ]


def _aligned(pair: Pair) -> Pair:
    """Return the pair with the newer surface in the older one's words, where its package is called otherwise."""
    old, new = pair.old, pair.new
    if old is None or new is None or _own(old) == _own(new) or not (_own(old) and _own(new)):
        return pair
    pattern = re.compile(rf"(?<![\w./-]){re.escape(_own(new))}(?![\w/-])")
    lines = tuple(pattern.sub(lambda _: _own(old), line) for line in new.surface)
    return Pair(old, replace(new, surface=lines))


def _own(one: ApiCopy) -> str:
    """Return by what lines of a surface call its one package; empty where there are several."""
    if one.language == "go":
        return one.name
    return one.modules[0] if len(one.modules) == 1 else ""


def _unnamed(one: ApiCopy) -> list[tuple[str, str]]:
    """Return the files by their paths within the package, whatever that is called."""
    own = _own(one).replace(".", "/") if one.language == "python" else ""
    return [(path.removeprefix(own), digest) for path, digest in one.files]

"""Differences of a new build from a release -> their reasons, each proven by a build in which one thing is changed."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from pluginkit.backends.language import language, resolve
from pluginkit.core.difference import Difference
from pluginkit.core.errors import PluginkitError
from pluginkit.core.frozen import EMPTY
from pluginkit.core.model import Release
from pluginkit.operations.rebuild.attempt import Attempt, attempt
from pluginkit.operations.rebuild.clues import clue, dated, is_of_then
from pluginkit.operations.rebuild.factors import CHANCE, SORTED, TIME, Factor, factors
from pluginkit.operations.rebuild.place import Place
from pluginkit.operations.rebuild.reason import OF_BYTES, Reason

_MEMORY = Path("/dev/shm")  # noqa: S108 - a file system in memory, which lists files by when they were made
_SECOND = 1.1
_PATIENCE = 900
"""Seconds after which no further build is begun."""
Wanted = Mapping[str, Difference]
"""By file of the release."""


class Search:
    """Looks for the reasons, by building what differs again and again."""

    def __init__(self, place: Place, released: Release, first: Attempt, progress: Callable[[str], None]) -> None:
        """Prepare to copy the checkout into `place` and build it; `first` is the build that differs from `released`."""
        self._place, self._released, self._first, self._progress = place, released, first, progress
        self._compare = resolve(language(first.plan.workspace.language).compare)
        self._until = time.monotonic() + _PATIENCE
        self._found: dict[str, Reason] = {}

    def reasons(self, wanted: Wanted, *, quick: bool = False) -> Mapping[str, Reason]:
        """Return, by file, the reason for each difference of which one was found; `quick`: without another build."""
        self._found = {file: OF_BYTES[one.cause] for file, one in wanted.items() if one.cause}
        if not quick:
            self._build_again(wanted)
        for file, difference in self._open(wanted).items():
            if found := clue(difference, self._first):
                self._found[file] = found
        return self._found

    def _build_again(self, wanted: Wanted) -> None:
        self._once_more(self._open(wanted))
        for file, difference in self._open(wanted).items():
            if found := dated(difference, self._first):
                self._found[file] = found
        for factor in factors():
            self._change(factor, self._open(wanted))
        if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK):
            self._reorder(self._open(wanted))

    def _open(self, wanted: Wanted) -> Wanted:
        return {file: one for file, one in wanted.items() if file not in self._found}

    def _once_more(self, wanted: Wanted) -> None:
        """Build in the same way: what differs then depends on time or chance."""
        if not wanted:
            return
        time.sleep(max(0.0, self._first.ended + _SECOND - time.time()))
        again = self._built(self._place.copy(), wanted)
        for file, one in self._changed(self._first, again, wanted).items():
            both = one.released.strip(), one.rebuilt.strip()
            if again and is_of_then(both[0], self._first) and is_of_then(both[1], again):
                self._found[file] = Reason("the time", f"two builds in one place have {both[0]} and {both[1]}", TIME)
            else:
                self._found[file] = Reason("chance", "two builds in one place differ in it", CHANCE)

    def _change(self, factor: Factor, wanted: Wanted) -> None:
        if not wanted:
            return
        made = self._built(self._place.copy(factor.place, loose=factor.loose), wanted, factor.variables)
        for file in self._changed(self._first, made, wanted):
            self._found[file] = Reason(factor.name, f"{factor.how}, the same file is another one", factor.hint)

    def _reorder(self, wanted: Wanted) -> None:
        """Build twice in a file system whose listings depend on which file was made first."""
        if not wanted:
            return
        with tempfile.TemporaryDirectory(prefix="pluginkit-rebuild-", dir=_MEMORY) as scratch:
            place = self._place.moved(Path(scratch))
            usual = self._built(place.copy(), wanted)
            other = self._built(place.copy(backwards=True), wanted)
        proof = "built from files that were made in the opposite order, the same file is another one"
        for file in self._changed(usual, other, wanted):
            self._found[file] = Reason("the order of directories", proof, SORTED)

    def _built(self, root: Path, wanted: Wanted, variables: Mapping[str, str] = EMPTY) -> Attempt | None:
        """Build the members of the wanted files; None where that fails, or where it took long enough."""
        if time.monotonic() > self._until:
            return None
        names = sorted({one.name for one in self._released.artifacts if one.file in wanted})
        try:
            return attempt(root, self._released, names, variables, self._progress)
        except PluginkitError:
            return None

    def _changed(self, one: Attempt | None, other: Attempt | None, wanted: Wanted) -> Wanted:
        """Return where two builds differ, of the wanted files those that differ in the same place inside."""
        if one is None or other is None:
            return {}
        both = [file for file in wanted if file in one.files and file in other.files]
        found = {file: self._compare(one.files[file], other.files[file]) for file in both}
        return {file: made for file, made in found.items() if made and made.inside == wanted[file].inside}

"""The file system that a host runs in: this machine's, or a directory that holds all of another's, as a container's."""

from __future__ import annotations

import os
import stat
from pathlib import Path

_MOST_LINKS = 40


class Root:
    """Finds files by their absolute paths on the host's machine."""

    def __init__(self, directory: Path | None = None) -> None:
        self._top = os.path.realpath(directory) if directory else ""
        self.where = f"in {directory}" if directory else "on this machine"
        """As messages say it."""

    @property
    def is_here(self) -> bool:
        """True for this machine."""
        return not self._top

    def file(self, path: str) -> str:
        """Return where a regular file really lies, every link followed inside the root; empty where there is none."""
        real = self._inside(path) if self._top else os.path.realpath(path)
        try:
            return real if real and stat.S_ISREG(os.stat(real).st_mode) else ""  # noqa: PTH116 - PurePath costs more
        except OSError:
            return ""

    def directory_of(self, path: str) -> str:
        """Return the absolute directory of a file of this machine, as seen from inside the root where it lies there."""
        found = os.path.dirname(os.path.realpath(path))  # noqa: PTH120 - as above
        if self._top and (found == self._top or found.startswith(f"{self._top}/")):
            return found[len(self._top) :] or "/"
        return found

    def beside(self, path: str) -> str:
        """Return a file by its path inside the root, or else by that of this machine, where plugins lie outside."""
        return self.file(path) or (Root().file(path) if self._top else "")

    def _inside(self, path: str) -> str:
        done: list[str] = []
        waiting, links = path.split("/")[::-1], 0
        while waiting:
            part = waiting.pop()
            if part in ("", ".", ".."):
                if part == "..":
                    del done[-1:]
                continue
            try:
                target = os.readlink("/".join([self._top, *done, part]))  # noqa: PTH115 - as above
            except OSError:
                done.append(part)
                continue
            links += 1
            if links > _MOST_LINKS:
                return ""
            if target.startswith("/"):
                done.clear()
            waiting += target.split("/")[::-1]
        return "/".join([self._top, *done])

"""Where an environment imports from, found without running its interpreter."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path

from pluginkit.backends.python.regular_file import read_file

_MOST = 1 << 20
"""Bytes read of a `.pth` file."""


def site_packages(place: Path) -> Path | None:
    """Return the import root of an environment: of a virtual environment, or `place` itself if it is one."""
    if (place / "pyvenv.cfg").is_file():
        return next((path for path in (*place.glob("lib/python3*/site-packages"), place / "Lib/site-packages")), None)
    return place if any(place.glob("*.dist-info/METADATA")) else None


def import_roots(place: Path) -> tuple[Path, ...]:
    """Return the directories an environment imports from, the first first: as `site` of the standard library does.

    That is its site-packages, directories named by `.pth` files there, and what it sees of the interpreter it was
    made with. Code in `.pth` files, which may add others, is not run. Empty when `place` is not an environment.
    """
    site = site_packages(place)
    if site is None:
        return ()
    own = [site, *_named_by_pth(site)]
    return tuple(dict.fromkeys((*own, *chain.from_iterable((one, *_named_by_pth(one)) for one in _system(place)))))


def settings(place: Path) -> Mapping[str, str]:
    """Return what `pyvenv.cfg` says of a virtual environment."""
    config = place / "pyvenv.cfg"
    lines = config.read_text(encoding="utf-8", errors="replace").splitlines() if config.is_file() else []
    return {key.strip(): value.strip() for key, _, value in (line.partition("=") for line in lines)}


def _named_by_pth(site: Path) -> Iterator[Path]:
    for path in sorted(site.glob("*.pth")):
        try:
            text = read_file(path)[:_MOST].decode("utf-8", "replace")
        except OSError:
            continue
        for line in text.splitlines():
            if line.strip() and "\0" not in line and not line.startswith(("#", "import ", "import\t")):
                place = os.path.realpath(site / line.strip())
                if os.path.isdir(place):  # noqa: PTH112 - which takes any name
                    yield Path(place)


def _system(place: Path) -> Iterator[Path]:
    said = settings(place)
    if said.get("include-system-site-packages", "").lower() != "true":
        return
    base, version = Path(said.get("home", "")).parent, said.get("version_info") or said.get("version", "")
    python = "python" + ".".join(version.split(".")[:2])
    for pattern in (f"lib/{python}/*-packages", "lib/python3/dist-packages", f"local/lib/{python}/dist-packages"):
        yield from sorted(base.glob(pattern))

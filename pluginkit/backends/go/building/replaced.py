"""A go.mod for a module by which it takes another module from a directory; its own stays as it is."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pluginkit.backends.go.project import import_path


@contextmanager
def with_module_of(directory: Path, place: str) -> Iterator[Path | None]:
    """Yield a go.mod for the module of a directory with which it takes the module that the file `place` is in.

    None where either lies in no module. The file is removed in the end.
    """
    own, other = _module(directory.resolve()), _module(Path(place).resolve()) if place else None
    if own is None or other is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="pluginkit-") as scratch:
        manifest = Path(scratch, "go.mod")
        text = (own / "go.mod").read_text(encoding="utf-8", errors="replace")
        manifest.write_text(f'{text}\nreplace {import_path(other, other)} => "{other}"\n', encoding="utf-8")
        if (own / "go.sum").is_file():
            shutil.copyfile(own / "go.sum", manifest.with_suffix(".sum"))
        yield manifest


def _module(place: Path) -> Path | None:
    """Return the directory of the module that a place is in."""
    return next((above for above in (place, *place.parents) if (above / "go.mod").is_file()), None)

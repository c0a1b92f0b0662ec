"""`build --watch`: build, and build again after each change, until it is interrupted."""

import gc
import sys
from collections.abc import Callable
from pathlib import Path

from pluginkit.core.config import DIST
from pluginkit.core.extras import from_extra
from pluginkit.core.lockfile import NAME

_TURN = 300
"""Milliseconds that the watcher waits at a time."""
_QUIET = 100
"""Milliseconds without a change after which what an editor does is over."""


def watch(root: Path, build: Callable[[], int]) -> int:
    """Call `build` now and after each change beneath `root`; return 0 once interrupted.

    Files that version control and tools keep for themselves do not count. Raises PluginkitError without watchfiles.
    """
    watchfiles = from_extra("watchfiles", "build --watch", "watch")

    class Sources(watchfiles.DefaultFilter):  # type: ignore[misc, name-defined]
        def __call__(self, change: object, path: str) -> bool:
            inside = Path(path).relative_to(root).parts
            return bool(inside) and not _is_ours(inside[0]) and bool(super().__call__(change, path))

    gc.enable()  # it was put to rest for commands that are over in a moment
    pace = {"debounce": 1600, "step": _QUIET, "rust_timeout": _TURN, "yield_on_timeout": True}
    changes = watchfiles.watch(root, watch_filter=Sources(), raise_interrupt=False, **pace)
    next(changes, None)  # only from then on it watches; what changes during the first build is a change
    build()
    sealed = _read(root / NAME)
    print(f"watching {root}; Ctrl-C ends it", flush=True)
    for batch in changes:
        own = {NAME} if _read(root / NAME) == sealed else set()  # that this very build wrote
        paths = sorted({str(Path(path).relative_to(root)) for _, path in batch} - own)
        if not paths:
            continue
        more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
        print(f"\nchanged: {', '.join(paths[:3])}{more}", flush=True)
        build()
        sealed = _read(root / NAME)
        sys.stdout.flush()
    return 0


def _is_ours(name: str) -> bool:
    """Return whether a build itself writes that name in the root; a lock may be somebody else's."""
    return name in (".pluginkit", DIST) or name.startswith((f".{DIST}.", f".{NAME}."))


def _read(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""

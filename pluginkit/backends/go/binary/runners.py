"""For which modes a program has what runs their plugins: the loader's generated packages, by the names of functions."""

from __future__ import annotations

from pluginkit.core.modes import MODULES

TYPE_CHECKING = False
if TYPE_CHECKING:
    import mmap
    from collections.abc import Iterable

    from pluginkit.core.gobinary import GoModule


def runners(data: bytes | mmap.mmap, modules: Iterable[GoModule]) -> tuple[str, ...]:
    """Return the modes of the runners that a program of these modules contains.

    Its functions are named in it also where it was stripped, since Go's runtime needs the names.
    """
    paths = {one.path for one in modules}
    possible = (mode for mode, module in MODULES.items() if module in paths)
    return tuple(mode for mode in possible if data.find(f"/pluginkitgen/{mode}.".encode()) >= 0)

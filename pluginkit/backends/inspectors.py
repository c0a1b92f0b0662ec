"""Which Inspector reads artifacts of which language, imported when first asked. Nothing here can reach a toolchain."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.backends.protocol import Inspector


def _go() -> Inspector:
    from pluginkit.backends.go.inspector import GoInspector

    return GoInspector()


def _python() -> Inspector:
    from pluginkit.backends.python.inspector import PythonInspector

    return PythonInspector()


INSPECTORS: dict[str, Callable[[], Inspector]] = {"python": _python, "go": _go}
SUFFIXES = {".whl": "python", ".so": "go"}
"""File name ending of the artifacts of each language; a Go host has none."""

_OTHERS = (".toml", ".json", ".gz", ".zip", ".txt", ".lock", ".py", ".go", ".md")
"""What is given by mistake, and no artifact of any language."""
_OF_AN_ENVIRONMENT = ("pyvenv.cfg", "site-packages")


def for_file(path: Path) -> Inspector | None:
    """Return who reads the artifact at `path`: by the ending of its name; a Go host has none."""
    language = SUFFIXES.get(path.suffix) or ("" if path.suffix in _OTHERS else "go")
    return INSPECTORS[language]() if language else None


def for_directory(place: Path) -> Iterable[Inspector]:
    """Return who may find artifacts in a directory: a release, a directory of plugins or an environment."""
    names = {path.name for path in place.iterdir()}
    environment = any(name in names for name in _OF_AN_ENVIRONMENT) or any(
        name.endswith(".dist-info") for name in names
    )
    if not environment and ("plugins" in names or "bin" in names or any(name.endswith(".so") for name in names)):
        yield _go()
    if environment or "lib" in names or "lib64" in names or any(name.endswith(".whl") for name in names):
        yield _python()

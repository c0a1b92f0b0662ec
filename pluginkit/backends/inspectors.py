"""Which Inspector reads artifacts of which language, imported when first asked. Nothing here can reach a toolchain."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pluginkit.backends.language import LANGUAGES, Language, resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.backends.protocol import Inspector

_OTHERS = (".toml", ".json", ".gz", ".zip", ".txt", ".lock", ".py", ".go", ".md")
"""What is given by mistake, and is not an artifact of any language."""


def suffixes() -> tuple[str, ...]:
    """Return how the file names of artifacts end, in any language."""
    return tuple(suffix for one in LANGUAGES.values() for suffix in one.suffixes)


def for_file(path: Path) -> Inspector | None:
    """Return who reads the artifact at `path`, by the ending of its name; a host may have none."""
    by_name = [one for one in LANGUAGES.values() if path.suffix in one.suffixes]
    bare = [one for one in LANGUAGES.values() if one.has_bare_hosts and path.suffix not in _OTHERS]
    return next(map(_inspector, by_name or bare), None)


def for_directory(place: Path) -> Iterator[Inspector]:
    """Yield who may find artifacts in a directory: a release, a directory of plugins or an environment."""
    names = {path.name for path in place.iterdir()}
    yield from (_inspector(one) for one in LANGUAGES.values() if one.holds_artifacts(names))


def _inspector(one: Language) -> Inspector:
    found: Inspector = resolve(one.inspector)()
    return found

"""Who reads APIs and plugins of which language, from sources and from what was published; nothing is built or run."""

from __future__ import annotations

from pathlib import Path

from pluginkit.backends.language import LANGUAGES, Language, resolve
from pluginkit.backends.protocol import ApiCopy, Code, Publications, SourceReader
from pluginkit.core.api import Api


def readers(language: str = "") -> list[tuple[Language, SourceReader]]:
    """Return who reads sources of which language; of all languages, or of the one named."""
    found = (one for one in LANGUAGES.values() if one.sources and language in ("", one.name))
    return [(one, resolve(one.sources)) for one in found]


def publications(language: str) -> Publications | None:
    """Return who reads what is published in a language, where its artifacts contain their sources."""
    reference = LANGUAGES[language].publications
    found: Publications | None = resolve(reference) if reference else None
    return found


def read_plugins(place: Path, language: str = "") -> list[tuple[str, Code]]:
    """Return the plugins in a file or directory of sources, each with its language: those of the first that has any."""
    for one, reader in readers(language):
        if found := reader.plugins(place):
            return [(one.name, code) for code in found]
    return []


def sealed_copy(api: Api, language: str) -> ApiCopy:
    """Return a copy of an API as far as a stamp or a lock knows it."""
    return ApiCopy(api.name, api.version, language, api.modules, api.surface, digest=api.digest)

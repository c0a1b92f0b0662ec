"""What a plugin's Python code uses, and the lines on which it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from pluginkit.backends.protocol import ApiCopy, Code
from pluginkit.surface.comparison import Place
from pluginkit.surface.python.places import find_places
from pluginkit.surface.python.uses import Place as Use
from pluginkit.surface.python.uses import known_names, read_places, read_uses
from pluginkit.surface.uses import Uses


def code(name: str, subject: str, files: Mapping[str, bytes], prefix: str = "") -> Code:
    """Return a plugin's code.

    `files` are its bytes by POSIX path beneath the import root (of compiled modules the paths alone count); `prefix`
    stands before these paths in reports.
    """

    @cache
    def made(modules: tuple[str, ...], surface: tuple[str, ...]) -> Sequence[Use]:
        return read_places(files, modules, known_names([surface]))

    def uses(api: ApiCopy) -> Uses:
        return read_uses(files, api.modules, known_names([api.surface]))

    def find(api: ApiCopy, mentions: Sequence[str]) -> Sequence[Place]:
        found = find_places(made(api.modules, api.surface), mentions) if mentions else ()
        return [Place(prefix + one.file, one.number) for one in found]

    return Code(name, subject, uses, find)

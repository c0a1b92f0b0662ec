"""Which files of a checkout decide how a plugin's tests end, found from sources alone: no process is started.

Imports are read from the files as they stand, those that build constraints leave out too: what is read too much costs a
run of the tests, what is read too little a wrong answer.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from pluginkit.backends.go.project import directories, read_pins
from pluginkit.core.digest import fields_digest
from pluginkit.core.files import refuse_special
from pluginkit.incremental.entries import entry, is_junk
from pluginkit.incremental.file_stat import UNKNOWN, settled, signatures

_MODULE = re.compile(r"""^module[ \t]+["`]?([^\s"`]+)""", re.MULTILINE)
_CLAUSE = re.compile(r"^import[ \t]*(?:\(([^)]*)\)|(.*))", re.MULTILINE)
_QUOTED = re.compile(r"""["`]([^"`\n]+)["`]""")
_REPLACED = re.compile(
    r"""^[ \t]*(?:replace[ \t]+)?["`]?([^\s"`(]+)["`]?(?:[ \t]+v\S+)?[ \t]+=>"""
    r"""[ \t]+["`]?(\.{0,2}/[^\s"`]*|\.\.?)["`]?""",
    re.MULTILINE,
)
_ELSEWHERE = re.compile(r"""["`](\.\./[^"`\n]*)["`]""")
"""A file in another directory, as a test opens it."""
_EMBED = re.compile(r"^//go:embed[ \t]", re.MULTILINE)


def closure_digest(root: Path, path: str, apis: Sequence[str]) -> str:
    """Return the digest of all in a checkout that the tests of the member in `root/path` may depend on.

    That is: what pins modules; every file in the member's directory, in each `testdata` above it, and where its files
    name one as `"../..."`; and of the packages that it, its tests or an API import: what lies beside their sources, and
    below them where they embed files.
    """
    modules = _modules(root)
    found = set(_below(root / path, top=True))
    found |= {file for above in _above(root, root / path) for file in _below(above / "testdata")}
    found |= {file for place in _named(root, found) for file in _below(place)}
    ahead = [name for file in found if file.endswith(".go") for name in _read(file).imports]
    ahead += apis
    seen: set[str] = set()
    while ahead:
        name = ahead.pop()
        directory = None if name in seen else _directory(name, modules)
        seen.add(name)
        if directory is not None and directory.is_dir():
            files = _package(directory)
            found |= set(files)
            ahead += [one for file in files if _is_source(file) for one in _read(file).imports]
    pins = [f"{name} {digest}" for name, digest in sorted(read_pins(root).items())]
    told = sorted(f"{os.path.relpath(file, root)} {_read(file).digest}" for file in found)
    return fields_digest("pluginkit go closure v1", [os.fsencode(one) for one in (*pins, *_manifests(modules), *told)])


def _named(root: Path, files: Iterable[str]) -> Iterator[Path]:
    """Yield the files and directories of the checkout that Go files name by a path that leads out of theirs."""
    for file in files:
        for name in _read(file).names:
            place = Path(os.path.normpath(Path(file).parent / name))
            if place != root and place.is_relative_to(root):
                yield place


def _modules(root: Path) -> Mapping[str, Path]:
    """Return where each module lies whose sources are on this machine beside the checkout or in it, by its path."""
    found = {}
    for directory in (root, *(root / name for name in directories(root))):
        text = _text(directory / "go.mod")
        if said := _MODULE.search(text):
            found[said[1]] = directory
    replaced = {
        one[1]: root / one[2] for name in ("go.mod", "go.work") for one in _REPLACED.finditer(_text(root / name))
    }
    vendor = {"": root / "vendor"} if (root / "vendor" / "modules.txt").is_file() else {}
    return found | replaced | vendor


def _manifests(modules: Mapping[str, Path]) -> Iterator[str]:
    for name, directory in sorted(modules.items()):
        for file in (directory / "go.mod", directory / "go.sum"):
            yield f"{name} {file.name} {_read(str(file)).digest if file.is_file() else ''}"


def _directory(package: str, modules: Mapping[str, Path]) -> Path | None:
    """Return where the sources of a package are; None where a module that go.sum pins has them, or Go itself."""
    fitting = [name for name in modules if not name or package == name or package.startswith(f"{name}/")]
    if not fitting:
        return None
    module = max(fitting, key=len)
    return modules[module] / package.removeprefix(module).strip("/")


def _package(directory: Path) -> list[str]:
    """Return the files that a package is made from, and more that lie beside them."""
    with os.scandir(directory) as entries:
        found = [one.path for one in entries if one.is_file() and not one.name.endswith("_test.go")]
    embeds = any(_read(file).embeds for file in found if file.endswith(".go"))
    return [*dict.fromkeys([*found, *_below(directory)])] if embeds else found


def _is_source(file: str) -> bool:
    return file.endswith(".go") and not file.endswith("_test.go")


def _below(place: Path, *, top: bool = False, above: frozenset[str] = frozenset()) -> Iterator[str]:
    """Yield a file, or all files in a directory and below it, but for what tools leave behind; links are followed."""
    if place.is_file():
        yield str(place)
    real = os.path.realpath(place)
    if not place.is_dir() or real in above:
        return
    with os.scandir(place) as entries:
        for one in entries:
            if is_junk(one.name, top=top):
                continue
            if one.is_dir():
                yield from _below(Path(one.path), above=above | {real})
            elif one.is_file() or one.is_symlink():
                yield one.path


def _above(root: Path, directory: Path) -> Iterator[Path]:
    """Yield the directories above a member's, the root's included."""
    for above in directory.parents:
        if above.is_relative_to(root):
            yield above


def _text(manifest: Path) -> str:
    refuse_special(manifest)
    return manifest.read_text(encoding="utf-8", errors="replace") if manifest.is_file() else ""


class _File(NamedTuple):
    """A file, as far as it has a say."""

    digest: str
    imports: tuple[str, ...] = ()
    embeds: bool = False
    names: tuple[str, ...] = ()
    """Paths of other files, relative to its directory."""


def _read(file: str) -> _File:
    """Return what a file says; it is opened once, as long as its stat stays the same."""
    signature = settled(signatures([file])[0], time.time_ns())
    return _remembered.__wrapped__(file, signature) if signature == UNKNOWN else _remembered(file, signature)


@lru_cache(maxsize=65_536)
def _remembered(file: str, _signature: str) -> _File:
    digest = entry(file)
    if not file.endswith(".go") or not os.path.isfile(file):  # noqa: PTH113
        return _File(digest)
    text = Path(file).read_text(encoding="utf-8", errors="replace")
    quoted = [name for one in _CLAUSE.finditer(text) for name in _QUOTED.findall(one[1] or one[2] or "")]
    names = tuple(dict.fromkeys(_ELSEWHERE.findall(text)))
    return _File(digest, tuple(dict.fromkeys(quoted)), bool(_EMBED.search(text)), names)

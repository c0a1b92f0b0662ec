"""folder -> Proposal: how `pluginkit init` reads an existing monorepo, and the configuration it proposes."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pluginkit.backends.builders import draft
from pluginkit.backends.language import LANGUAGES, Language
from pluginkit.backends.members import members
from pluginkit.core.config import CONFIG
from pluginkit.core.errors import PluginkitError
from pluginkit.core.files import write_atomic
from pluginkit.core.toml import read_toml
from pluginkit.incremental.entries import is_junk


@dataclass(frozen=True, slots=True)
class Proposal:
    """A configuration, ready to be written."""

    path: Path
    text: str
    appends: bool
    """`text` goes to the end of an existing file."""
    notes: tuple[str, ...]
    """What was found, for a reader who decides."""


def propose(root: Path, progress: Callable[[str], None] = lambda path: None) -> Proposal:
    """Read the tree beneath `root` and propose the roles of its members; `progress` hears of each. Writes nothing.

    The files in it say which language it is written in: `go.mod` means Go. Raises PluginkitError when `root` is
    configured already, or no plugins are found.
    """
    root = root.resolve()
    if not root.is_dir():
        raise PluginkitError(f"{root}: no such directory")
    manifest = root / "pyproject.toml"
    configured = manifest.is_file() and read_toml(manifest).table("tool").table("pluginkit").values
    if configured or (root / CONFIG).exists():
        raise PluginkitError(f"{root} is configured already", hint="edit its [tool.pluginkit] or pluginkit.toml")
    language = _language(root)
    made = draft(language.name, root, progress)
    if language.manifest and (root / language.manifest).is_file():
        return Proposal(root / language.manifest, f"[tool.pluginkit]\n{made.table}", appends=True, notes=made.notes)
    return Proposal(root / CONFIG, made.table, appends=False, notes=made.notes)


def write(proposal: Proposal) -> None:
    """Write the proposal in one rename; what the file held before stays in front of it."""
    before = proposal.path.read_text(encoding="utf-8").rstrip("\n") + "\n\n" if proposal.appends else ""
    write_atomic(proposal.path, (before + proposal.text).encode("utf-8"))


def _language(root: Path) -> Language:
    """Return the language that a file in the root gives away; else that of the projects beneath it.

    The language that needs no file in the root comes first, and is the answer where there is nothing.
    """
    by_file = _by_file(root)
    if by_file:
        return by_file
    plain = next(one for one in LANGUAGES.values() if not one.root_files)
    found = None
    for directory in _directories(root):
        if members(plain.name).is_project(directory):
            return plain
        found = found or _by_file(directory) or _by_project(directory)
    return found or plain


def _by_file(directory: Path) -> Language | None:
    found = (one for one in LANGUAGES.values() if any((directory / name).is_file() for name in one.root_files))
    return next(found, None)


def _by_project(directory: Path) -> Language | None:
    found = (one for one in LANGUAGES.values() if one.root_files and members(one.name).is_project(directory))
    return next(found, None)


def _directories(root: Path) -> Iterator[Path]:
    for directory, folders, _ in os.walk(root):
        kept = (name for name in folders if name[0] != "." and not is_junk(name, top=directory == str(root)))
        folders[:] = sorted(kept)
        yield Path(directory)

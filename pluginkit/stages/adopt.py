"""folder -> Proposal: how `pluginkit init` reads an existing monorepo, and the configuration it proposes."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pluginkit.backends.builders import draft
from pluginkit.backends.language import LANGUAGES, Language
from pluginkit.core.config import CONFIG
from pluginkit.core.errors import PluginkitError
from pluginkit.core.files import write_atomic
from pluginkit.core.toml import read_toml


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

    The files in its root say which language it is written in: `go.mod` means Go. Raises PluginkitError when `root` is
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
    """Return the language that a file in the root gives away; else the one that needs none."""
    by_file = [one for one in LANGUAGES.values() if any((root / name).is_file() for name in one.root_files)]
    return next(iter(by_file or [one for one in LANGUAGES.values() if not one.root_files]))

"""folder -> Proposal: how `pluginkit init` reads an existing monorepo, and the configuration it proposes."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pluginkit.backends.drafts import Draft
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


def _go(root: Path) -> Draft:
    from pluginkit.backends.go.building.adopting import draft

    return draft(root)


def _python(root: Path) -> Draft:
    from pluginkit.backends.python.adopting import draft

    return draft(root)


DRAFTS: dict[str, Callable[[Path], Draft]] = {"go": _go, "python": _python}


def propose(root: Path) -> Proposal:
    """Read the tree beneath `root` and propose the roles of its members. Writes nothing.

    A tree with `go.mod` or `go.work` at its root is Go's, any other Python's. Raises PluginkitError when `root` is
    configured already, or no plugins are found.
    """
    root = root.resolve()
    if not root.is_dir():
        raise PluginkitError(f"{root}: no such directory")
    manifest = root / "pyproject.toml"
    configured = manifest.is_file() and read_toml(manifest).table("tool").table("pluginkit").values
    if configured or (root / CONFIG).exists():
        raise PluginkitError(f"{root} is configured already", hint="edit its [tool.pluginkit] or pluginkit.toml")
    language = "go" if (root / "go.mod").is_file() or (root / "go.work").is_file() else "python"
    made = DRAFTS[language](root)
    if manifest.is_file() and language == "python":
        return Proposal(manifest, f"[tool.pluginkit]\n{made.table}", appends=True, notes=made.notes)
    return Proposal(root / CONFIG, made.table, appends=False, notes=made.notes)


def write(proposal: Proposal) -> None:
    """Write the proposal in one rename; what the file held before stays in front of it."""
    before = proposal.path.read_text(encoding="utf-8").rstrip("\n") + "\n\n" if proposal.appends else ""
    write_atomic(proposal.path, (before + proposal.text).encode("utf-8"))

"""Which plugins of a workspace a change of an API concerns, by the names that their sources mention."""

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from pluginkit.core.model import Member, Workspace
from pluginkit.core.names import requirement_name
from pluginkit.incremental.entries import is_junk
from pluginkit.surface.severity import Change

_SUFFIXES = {"go": (".go",), "python": (".py", ".pyi")}
"""How names of sources end; in other languages every file is one."""
_HIDDEN = re.compile(r"\bgetattr\b|\bimport \*|\bexec\b|\beval\b")
"""What may use a name without mentioning it."""
_MAX_SIZE = 2 << 20


def concerned(workspace: Workspace, api: str, changes: Sequence[Change]) -> tuple[str, ...]:
    """Return the names of the plugins that one of `changes` of the API `api` may break, sorted.

    A plugin that must implement something new need not mention it; any other change concerns those that mention its
    name. In doubt it concerns the plugin.
    """
    plugins = [one for one in workspace.members if one.kind == "plugin" and _may_require(one, api)]
    return tuple(sorted(one.name for one in plugins if _is_concerned(workspace, one, changes)))


def _may_require(plugin: Member, api: str) -> bool:
    required = {requirement_name(line) for line in plugin.requires}
    return not required or "dependencies" in plugin.dynamic or api in required


def _is_concerned(workspace: Workspace, plugin: Member, changes: Sequence[Change]) -> bool:
    if any(one.severity in ("implementers", "unknown") and not one.old for one in changes):
        return True
    names = {part for one in changes for part in _names(one)}
    words = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(names)))})\b") if names else None
    suffixes = _SUFFIXES.get(workspace.language, ("",))
    texts = _texts(workspace.root / plugin.path, suffixes)
    return words is not None and any(words.search(text) or _HIDDEN.search(text) for text in texts)


def _names(change: Change) -> Iterator[str]:
    """Yield what a plugin mentions to use what changed: its name, of a constructor or something new its class's."""
    owner, _, short = change.name.rpartition(".")
    of_class = not change.old or short in ("__init__", "__new__")
    yield owner.rpartition(".")[2] if of_class else short


def _texts(directory: Path, suffixes: tuple[str, ...]) -> Iterator[str]:
    for place, folders, files in os.walk(directory):
        folders[:] = [name for name in folders if not is_junk(name, top=place == str(directory))]
        for name in files:
            path = Path(place, name)
            if name.endswith(suffixes) and path.is_file() and path.stat().st_size <= _MAX_SIZE:
                yield path.read_text(encoding="utf-8", errors="replace")

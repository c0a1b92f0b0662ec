"""Edits of a workspace's configuration that keep what people wrote in it: comments, order, blanks."""

import json
import re
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from pluginkit.core.config import CONFIG, configuration
from pluginkit.core.errors import PluginkitError

_LIST = re.compile(r"^(plugins[ \t]*=[ \t]*\[)([^\]]*)(?=\])", re.MULTILINE)
_STRING = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'")


def config_file(root: Path) -> Path:
    """Return the file with the configuration of the workspace at `root`: pluginkit.toml or pyproject.toml."""
    return root / CONFIG if (root / CONFIG).is_file() else root / "pyproject.toml"


def home_of_plugins(root: Path, members: Sequence[str]) -> tuple[str, bool]:
    """Return the directory, POSIX, that a new plugin of the workspace at `root` goes to, and whether a glob finds it.

    `members` are the directories of the plugins that there are: where no glob says it, a new one goes beside the last
    of them, and where there are none, to `plugins`.
    """
    patterns = configuration(root).strings("plugins", ())
    for pattern in patterns:
        above, _, last = pattern.rstrip("/").rpartition("/")
        if last == "*" and not any(mark in above for mark in "*?["):
            return above or ".", True
    home = members[-1].rpartition("/")[0] or "." if members else "plugins"
    new = PurePosixPath(home, "new")
    return home, any(new.match(one) and len(PurePosixPath(one).parts) == len(new.parts) for one in patterns)


def with_plugin(root: Path, path: str, capabilities: Sequence[str], *, listed: bool) -> bytes:
    """Return the configuration of the workspace at `root` with one more plugin, in the directory `path`.

    Its capabilities are declared where there are any; where it has to be `listed`, its path is one more of `plugins`.
    Raises PluginkitError where that cannot be written without rewriting the file.
    """
    file = config_file(root)
    text, name = file.read_bytes().decode(), path.rpartition("/")[2]
    inside = () if file.name == CONFIG else ("tool", "pluginkit")
    if listed:
        text = _edited(file, text, inside, lambda table: table.setdefault("plugins", []).append(path), _append(path))
    if capabilities:
        table = ".".join((*inside, "plugin", name))
        more = f"\n[{table}]\ncapabilities = {json.dumps(list(capabilities))}\n"
        added = {"capabilities": list(capabilities)}
        text = _edited(
            file,
            text,
            inside,
            lambda table: table.setdefault("plugin", {}).update({name: added}),
            lambda text: [text + more],
        )
    return text.encode()


def _append(path: str) -> Callable[[str], list[str]]:
    """Return a function that adds a path to each list of plugins in a text, one at a time."""

    def variants(text: str) -> list[str]:
        return [text[: found.end(1)] + _longer(found[2], path) + text[found.end() :] for found in _LIST.finditer(text)]

    return variants


def _longer(items: str, path: str) -> str:
    """Return the items of an array with one more after the last string, on a line of its own where that has one."""
    strings = list(_STRING.finditer(items))
    if not strings:
        return json.dumps(path)
    last = strings[-1]
    before, after = items[: last.end()], items[last.end() :]
    blank = re.search(r"\n[ \t]*\Z", items[: last.start()])
    if blank is None or "\n" not in after:
        return f"{before}, {json.dumps(path)}{after}"
    line, end, rest = after.partition("\n")  # what follows the last item may be a comment on it
    comma = line.lstrip().startswith(",")
    return f"{before}{line if comma else f',{line}'}{blank[0]}{json.dumps(path)}{',' if comma else ''}{end}{rest}"


def _edited(
    file: Path,
    text: str,
    inside: Sequence[str],
    change: Callable[[dict[str, Any]], object],
    variants: Callable[[str], list[str]],
) -> str:
    """Return the first variant of a text that means the same as the text with a change of its data."""
    wanted = tomllib.loads(text)
    table = wanted
    for key in inside:
        table = table[key]
    change(table)
    for variant in variants(text if text.endswith("\n") else f"{text}\n"):
        try:
            if tomllib.loads(variant) == wanted:
                return variant
        except tomllib.TOMLDecodeError:
            continue
    raise PluginkitError(
        f"{file}: the new plugin cannot be added without rewriting it",
        hint="write `plugins` as an array of strings on lines of its own, and each plugin's table as [plugin.NAME]",
    )

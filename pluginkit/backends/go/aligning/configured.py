"""The configuration of a repository that `pluginkit build` builds, brought in step with a host."""

from __future__ import annotations

import re
from pathlib import Path

from pluginkit.backends.alignment import Edit, Unmet
from pluginkit.backends.go.aligning.facts import HostFacts
from pluginkit.backends.go.aligning.within import unlike_pluginkit
from pluginkit.backends.protocol import toml_array
from pluginkit.core.config import CONFIG, configuration

_TAGS = re.compile(r"^tags[ \t]*=[ \t]*\[[^\]]*\][^\n]*\n?", re.MULTILINE)


def set_tags(root: Path, facts: HostFacts) -> tuple[Edit, ...]:
    """Give the configuration at `root` the build tags of the host, and return what that changed."""
    wanted = sorted(filter(None, facts.target["tags"].split(",")))
    go = configuration(root).values.get("go")
    own = sorted(set(go.get("tags", ()))) if isinstance(go, dict) else []
    if own == wanted:
        return ()
    path, header = root / CONFIG, "[go]"
    if not path.is_file():
        path, header = root / "pyproject.toml", "[tool.pluginkit.go]"
    text = path.read_text(encoding="utf-8")
    before, found, after = text.partition(f"{header}\n")
    line = f"tags = {toml_array(wanted)}\n"
    if not found:
        text = f"{text.rstrip()}\n\n{header}\n{line}"
    else:
        end = re.search(r"^\[", after, re.MULTILINE)
        table, rest = (after[: end.start()], after[end.start() :]) if end else (after, "")
        text = f"{before}{found}{line}{_TAGS.sub('', table)}{rest}"
    path.write_text(text, encoding="utf-8")
    spelled = ", ".join(wanted) or "none"
    return (Edit(f"{path.name}: tags {spelled}, not {', '.join(own) or 'none'}", "the host was built with these"),)


def unmet(facts: HostFacts, name: str) -> tuple[Unmet, ...]:
    """Return why `pluginkit build` cannot build for a host, whatever is edited."""
    need = "a host that `pluginkit build` builds for"
    return tuple(Unmet(need, f"another build: {why}", (name,)) for why in unlike_pluginkit(facts))
